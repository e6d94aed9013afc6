"""The state diagram as SVG in a real browser: nothing covers anything else, nothing is cut off."""

import pytest
from browser.conftest import CAPTURES

from tcpexplain import read
from tcpexplain.picture.subject import subject_of
from tcpexplain.reports import diagram

pytestmark = pytest.mark.needs("chromium")

BOXES = "[...document.querySelectorAll('text')].map((one) => [one.textContent, one.getBBox()])"
COVERED = f"""{BOXES}.flatMap(([one, a], at) => {BOXES}.slice(at + 1).filter(([other, b]) =>
    a.x + 1 < b.x + b.width && b.x + 1 < a.x + a.width && a.y + 3 < b.y + b.height && b.y + 3 < a.y + a.height
).map(([other]) => one + " | " + other))"""
OUTSIDE = """[...document.querySelectorAll('text')].filter((one) => {
    const [box, sheet] = [one.getBoundingClientRect(), document.querySelector('svg').getBoundingClientRect()];
    return box.left < sheet.left || box.top < sheet.top || box.right > sheet.right || box.bottom > sheet.bottom;
}).map((one) => one.textContent)"""


@pytest.mark.parametrize(
    "name", ["crashed-client-2019", "forged-reset-exact", "forged-reset-out-of-window", "zero-window", "half-close"]
)
def test_no_text_covers_another_or_leaves_the_picture(browser, tmp_path, name):
    told = subject_of(read(CAPTURES / name / "capture.pcap"), None)
    path = tmp_path / "x.html"
    path.write_text(f"<!doctype html><meta charset=utf-8><body style='margin:0'>{diagram.svg(told)}", encoding="utf-8")
    with browser.page(path, width=1100) as page:
        assert page.evaluate("document.querySelectorAll('text').length") > 20
        assert page.evaluate(COVERED) == []
        assert page.evaluate(OUTSIDE) == []
