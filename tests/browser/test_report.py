"""The HTML report in a real browser: it opens, filters, copies, is reachable by keys, and asks nobody for anything."""

import json

import pytest
from browser.conftest import CAPTURES

from tcpexplain import read
from tcpexplain.page import machine
from tcpexplain.picture.svg import svg
from tcpexplain.reports import html, ladder
from tcpexplain.reports.html import shown_connections
from tcpexplain.story import story

pytestmark = pytest.mark.needs("chromium")

SHOWN = "[...document.querySelectorAll('details.connection')].filter((card) => card.offsetParent)"
LAST = "details.connection:last-of-type"


@pytest.fixture
def page(browser, report):
    with browser.page(report) as page:
        yield page
        assert page.problems() == []
        assert page.requests() == []


@pytest.fixture(scope="session")
def cards(many):
    """The connections on the page, in its order."""
    return shown_connections(many)


def copied(page, name, card="details.connection"):
    """Press a copy button of a card; what is on the clipboard then."""
    page.allow_clipboard()
    page.evaluate(f"document.querySelector('{card}').open = true")
    page.evaluate(f"document.querySelector('{card} [data-copy={name}]').click()")
    page.until(f"document.querySelector('{card} [data-copy={name}]').dataset.copied")
    return page.evaluate("navigator.clipboard.readText()")


def test_it_opens_with_the_worst_connection_unfolded(page, cards):
    worst = cards[0]
    assert page.evaluate("document.querySelector('details.connection').open")
    assert page.evaluate("document.querySelector('details.connection').id") == f"s{worst.stream}"
    assert page.evaluate("document.querySelectorAll('details[open]').length") == 1


def test_it_says_how_many_connections_it_left_out(page, many, cards):
    assert f"{len(cards)} of {len(many):,} connections" in page.evaluate("document.body.innerText")


def test_words_in_the_search_box_filter_the_cards(page, cards):
    address = str(cards[0].client)
    page.evaluate("document.getElementById('search').focus()")
    page.type(address)
    assert page.until(f"{SHOWN}.length < {len(cards)} && {SHOWN}.length") >= 1
    assert all(address in text for text in page.evaluate(f"{SHOWN}.map((card) => card.dataset.words)"))
    shown = page.evaluate(f"{SHOWN}.length")
    assert page.evaluate("document.getElementById('told').textContent") == f"{shown} of {len(cards)} shown"


def test_a_severity_that_is_unticked_goes(page):
    page.evaluate("document.querySelector('input[value=failed]').click()")
    assert "failed" not in page.evaluate(f"{SHOWN}.map((card) => card.dataset.severity)")
    page.evaluate("document.querySelector('input[value=failed]').click()")
    assert "failed" in page.evaluate(f"{SHOWN}.map((card) => card.dataset.severity)")


def test_a_cause_in_the_table_shows_its_connections(page, cards):
    cause = cards[0].cause
    page.evaluate(f"document.querySelector('button[data-cause={cause}]').click()")
    assert page.evaluate("document.getElementById('search').value") == cause
    expected = sum(connection.cause == cause for connection in cards)
    assert page.evaluate(f"{SHOWN}.length") >= expected
    assert all(cause in words for words in page.evaluate(f"{SHOWN}.map((card) => card.dataset.words)"))


def test_a_link_to_a_connection_opens_it(page):
    link = page.evaluate("document.querySelector('table a[href^=\"#s\"]').hash")
    page.evaluate("document.querySelector('table a[href^=\"#s\"]').click()")
    assert page.evaluate(f"document.querySelector('{link}').open")


def test_what_cannot_be_told_has_a_filter_box_of_its_own(page, cards):
    unknown = sum(card.finding.undecided for card in cards)
    page.evaluate("document.querySelector('input[value=unknown]').click()")
    assert "unknown" not in page.evaluate(f"{SHOWN}.map((card) => card.dataset.severity)")
    assert (
        page.evaluate("document.getElementById('told').textContent") == f"{len(cards) - unknown} of {len(cards)} shown"
    )


def test_escape_empties_the_search_box(page, cards):
    page.evaluate("document.getElementById('search').focus()")
    page.type("nothing has this")
    page.until(f"{SHOWN}.length == 0")
    page.press("Escape")
    assert page.until(f"{SHOWN}.length") == len(cards)


def test_a_folded_card_is_drawn_when_it_is_opened(page):
    assert not page.evaluate(f"document.querySelector('{LAST} [data-picture=ladder] svg')")
    page.evaluate(f"document.querySelector('{LAST} summary').click()")
    page.until(f"document.querySelector('{LAST} [data-picture=ladder] svg')")
    page.until(f"document.querySelector('{LAST} [data-picture=machine] svg')")


STEPS = "document.querySelector('details .steps').getBoundingClientRect()"
DRAWN = "document.querySelector('details [data-picture=ladder]').offsetParent !== null"


def test_a_narrow_screen_shows_the_ladder_as_a_list_and_a_wide_one_as_a_picture(browser, single):
    with browser.page(single, width=390) as page:
        assert page.evaluate(f"{STEPS}.height") > 300
        assert not page.evaluate(DRAWN)
    with browser.page(single, width=1280) as page:
        assert page.evaluate(f"{STEPS}.height") <= 1
        assert page.evaluate(DRAWN)
        assert page.evaluate("document.querySelector('details .steps').textContent.includes('next write')")


def test_a_wall_of_screens_shows_ladder_and_reasons_side_by_side_and_larger(browser, single):
    with browser.page(single, width=3840) as page:
        ladder_right, reasons_left = (
            page.evaluate(f"document.querySelector('details {name}').getBoundingClientRect().{side}")
            for name, side in (("[data-picture=ladder]", "right"), (".facts", "left"))
        )
        assert ladder_right < reasons_left
        assert float(page.evaluate("getComputedStyle(document.documentElement).fontSize").removesuffix("px")) > 20


@pytest.mark.parametrize("name", ["ladder", "machine"])
def test_the_script_draws_what_the_page_holds_drawn(page, cards, name):
    def pictures(one):
        return ladder.picture(one) if name == "ladder" else machine.picture(one, story(one))

    before = machine.USE if name == "machine" else ""
    given = [(picture, svg(picture, before)) for one in cards[::7] if (picture := pictures(one))]
    assert len(given) > 10
    page.evaluate(f"window.given = {json.dumps(given)}; 0")
    same = f"""given.map(([rows, markup]) => {{
        const parsed = new DOMParser().parseFromString(markup, "text/html").body.firstChild;
        return drawing.{name}(rows).isEqualNode(parsed);
    }})"""
    assert set(page.evaluate(same)) == {True}


def test_text_is_copied_from_drawn_and_from_folded_cards(page, cards):
    worst = cards[0]
    assert worst.cause in copied(page, "text")
    last = cards[-1]
    assert str(last.client) in copied(page, "text", LAST)


def test_filters_are_copied(page, cards):
    worst = cards[0]
    assert copied(page, "wireshark") == f"tcp.stream == {worst.stream}"
    assert copied(page, "tcpdump") == (
        f"tcp and host {worst.client.address} and host {worst.server.address} and port {worst.client.port} and port {worst.server.port}"
    )


def test_mermaid_and_json_are_copied(page, cards):
    assert copied(page, "mermaid").startswith("sequenceDiagram\n")
    assert json.loads(copied(page, "json"))["stream"] == cards[0].stream
    assert json.loads(copied(page, "json", LAST))["stream"] == cards[-1].stream


def test_everything_is_reached_by_keys(browser, single):
    with browser.page(single) as page:
        reached = []
        for _ in range(30):
            page.press("Tab")
            reached.append(
                page.evaluate(
                    "(document.activeElement.id || document.activeElement.dataset.copy || document.activeElement.value"
                    " || document.activeElement.className || document.activeElement.tagName).toLowerCase()"
                )
            )
        for name in ("skip", "cause", "search", "failed", "suspicious", "fine", "summary", "mermaid", "json"):
            assert name in reached, reached


def test_enter_folds_and_unfolds_a_card(browser, single):
    with browser.page(single) as page:
        page.evaluate("document.querySelector('summary').focus()")
        page.press("Enter")
        assert not page.evaluate("document.querySelector('details').open")
        page.press("Enter")
        assert page.evaluate("document.querySelector('details').open")


def test_a_slash_goes_to_the_search_box(page):
    page.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    assert page.evaluate("document.getElementById('search').value") == ""


def test_without_scripts_every_ladder_stands_there_as_a_list(browser, report, cards):
    with browser.page(report, scripts=False) as page:
        tree = page.send("DOM.getDocument", depth=-1)["root"]
        found = page.send("DOM.querySelectorAll", nodeId=tree["nodeId"], selector="details .steps")["nodeIds"]
        assert len(found) == len(cards)
        text = page.send("DOM.getOuterHTML", nodeId=found[-1])["outerHTML"]
        assert "SYN" in text
        assert "next read" in text
        assert page.problems() == []


def test_paper_gets_no_controls(browser, single):
    with browser.page(single, printed=True) as page:
        assert page.evaluate("document.getElementById('search').offsetParent") is None
        assert page.evaluate("document.querySelector('.buttons').offsetParent") is None
        assert page.evaluate("document.querySelector('details svg').getBoundingClientRect().width") > 300


def test_printing_draws_the_first_cards_and_folds_them_again(page):
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.querySelectorAll('details[open]').length") == 20
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.querySelectorAll('details[open]').length") == 1


PAPER = {"A4": (8.27, 11.69), "Letter": (8.5, 11.0)}
CLIPPED = """[...document.querySelectorAll("details[open] *")].filter((one) => {
    const [box, card] = [one.getBoundingClientRect(), one.closest("details").getBoundingClientRect()];
    return box.width && (box.right > card.right + 1 || box.bottom > card.bottom + 1);
}).map((one) => one.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("paper", PAPER)
@pytest.mark.parametrize(
    "name", ["crashed-client-2019", "zero-window", "nginx-upstream-dies", "go-client-full-buffers"]
)
def test_each_connection_takes_a_page_of_paper_at_most(browser, tmp_path, name, paper):
    capture = read(CAPTURES / name / "capture.pcap")
    html.write(capture, tmp_path / "x.html")
    width, height = PAPER[paper]
    with browser.page(tmp_path / "x.html", printed=True, width=round((width - 0.95) * 96)) as page:
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.until(
            "document.querySelectorAll('details[open] [data-picture=ladder] svg').length == " + str(len(capture))
        )
        assert page.evaluate(CLIPPED) == []
        assert 2 <= page.paper(width, height).count(b"/Type /Page\n") <= 1 + len(capture)


@pytest.mark.parametrize("width", [390, 700, 1000, 1280, 3840])
@pytest.mark.parametrize("path", ["single", "report"])
def test_nothing_sticks_out_of_the_page(browser, path, width, request):
    with browser.page(request.getfixturevalue(path), width=width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_paper_is_white_whatever_the_screen_was(browser, single):
    with browser.page(single, printed=True, dark=True) as page:
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
        assert (
            page.evaluate("getComputedStyle(document.querySelector('.tx-ladder .ground')).fill") == "rgb(255, 255, 255)"
        )
