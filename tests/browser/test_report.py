"""The HTML report in a real browser: it opens, filters, copies, is reachable by keys, and asks nobody for anything."""

import json

import pytest

from tcpexplain.page import machine
from tcpexplain.picture.svg import svg
from tcpexplain.reports import ladder
from tcpexplain.reports.html import shown_connections

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


def test_a_folded_card_is_drawn_when_it_is_opened(page):
    assert page.evaluate(f"document.querySelector('{LAST} [data-picture=ladder] pre') !== null")
    page.evaluate(f"document.querySelector('{LAST} summary').click()")
    page.until(f"document.querySelector('{LAST} [data-picture=ladder] svg')")
    page.until(f"document.querySelector('{LAST} [data-picture=machine] svg')")
    assert not page.evaluate(f"document.querySelector('{LAST} [data-picture=ladder] pre')")


@pytest.mark.parametrize("name", ["ladder", "machine"])
def test_the_script_draws_what_the_page_holds_drawn(page, cards, name):
    def pictures(one):
        return ladder.picture(one) if name == "ladder" else machine.picture(one)

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


def test_without_scripts_the_text_ladder_stands_there(browser, report, cards):
    with browser.page(report, scripts=False) as page:
        tree = page.send("DOM.getDocument", depth=-1)["root"]
        found = page.send("DOM.querySelectorAll", nodeId=tree["nodeId"], selector="details pre")["nodeIds"]
        assert len(found) == len(cards) - 20
        text = page.send("DOM.getOuterHTML", nodeId=found[-1])["outerHTML"]
        assert "SYN" in text
        assert "▶" in text
        assert page.problems() == []


def test_paper_gets_no_controls(browser, single):
    with browser.page(single, printed=True) as page:
        assert page.evaluate("document.getElementById('search').offsetParent") is None
        assert page.evaluate("document.querySelector('.buttons').offsetParent") is None
        assert page.evaluate("document.querySelector('details svg').getBoundingClientRect().width") > 300


def test_printing_draws_the_first_cards(page):
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.querySelectorAll('details[open]').length") == 20


@pytest.mark.parametrize("width", [400, 700, 1000, 1400])
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
