"""axe-core finds nothing to object to: contrast, labels, roles, regions that scroll."""

import os
from pathlib import Path

import pytest

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("axe")]

FOLDER = Path(os.environ.get("TCPEXPLAIN_AXE", Path(__file__).parents[2] / "node_modules" / "axe-core"))
RUN = """axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]})
  .then((found) => found.violations.map((one) => [one.id, one.help, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200) + " " + (node.any[0]?.message || ""))]))"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 3840])
def test_the_page_of_one_connection(browser, single, dark, width):
    with browser.page(single, dark=dark, width=width) as page:
        page.evaluate((FOLDER / "axe.min.js").read_text(encoding="utf-8") + "; 0")
        assert page.evaluate(RUN) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_of_many_connections(browser, report, dark):
    with browser.page(report, dark=dark) as page:
        page.evaluate("document.querySelectorAll('details:nth-of-type(n+30)').forEach((card) => card.remove())")
        page.evaluate("document.querySelector('details:last-of-type summary').click()")
        page.until("document.querySelector('details:last-of-type [data-picture=machine] svg')")
        page.evaluate((FOLDER / "axe.min.js").read_text(encoding="utf-8") + "; 0")
        assert page.evaluate(RUN) == []
