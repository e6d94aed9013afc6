"""Nothing of a capture gets into the page as markup or script, whatever its names and texts are."""

from dataclasses import replace

import pytest
from examples import crashed_client

from tcpexplain.model.capture import Capture
from tcpexplain.model.connection import Address
from tcpexplain.reports import html

pytestmark = pytest.mark.needs("chromium")

MARKUP = '"><img src=x onerror=alert(1)>'
ENDS = "</script></style></title></svg></pre><script>alert(2)</script>"
EVIL = MARKUP + ENDS + "'-->]]>\u2028\u202e{{7*7}}${alert(3)}javascript:alert(4)"


def poisoned():
    """One connection in which every text that could come from outside is hostile."""
    one = crashed_client()[0]
    told = dict.fromkeys(("title", "sees", "why", "lost", "do", "sure"), EVIL)
    return replace(
        one,
        client=Address(EVIL, 1),
        finding=replace(one.finding, **told, also=(EVIL,), alternatives=(EVIL,)),
        retry=replace(one.retry, because=EVIL),
    )


@pytest.fixture
def page(browser, tmp_path):
    capture = Capture(
        [replace(poisoned(), stream=n) for n in range(22)],
        files=(f"{MARKUP}.pcap", EVIL),
        skipped={EVIL: 3},
        packets=9,
    )
    path = tmp_path / "evil.html"
    html.write(capture, path)
    with browser.page(path) as page:
        yield page


def test_no_script_of_a_capture_runs(page):
    page.until("document.querySelector('summary')")
    assert page.problems() == []
    assert page.requests() == []


def test_no_element_of_a_capture_is_made(page):
    page.evaluate("document.querySelectorAll('details').forEach((card) => { card.open = true; })")
    page.until("document.querySelectorAll('[data-picture=ladder] svg').length == 22")
    assert page.evaluate("document.querySelectorAll('img').length") == 0
    assert (
        page.evaluate(
            "[...document.querySelectorAll('*')].filter((one) => [...one.attributes].some((a) => a.name.startsWith('on'))).length"
        )
        == 0
    )
    assert page.evaluate("document.querySelectorAll('script:not([type])').length") == 1
    assert page.problems() == []


def test_the_hostile_name_is_shown_as_it_is(page):
    assert f"{MARKUP}.pcap" in page.evaluate("document.querySelector('h1').textContent")


def test_what_is_copied_is_text(page):
    page.allow_clipboard()
    page.evaluate("document.querySelector('[data-copy=tcpdump]').click()")
    page.until("document.querySelector('[data-copy=tcpdump]').dataset.copied")
    assert MARKUP in page.evaluate("navigator.clipboard.readText()")
    assert page.problems() == []
