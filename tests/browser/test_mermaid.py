"""The real mermaid draws every diagram that is written, alone and in the Markdown of a postmortem."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from browser.conftest import CAPTURES
from examples import crashed_client, mixed

from tcpexplain import read
from tcpexplain.model.capture import Capture
from tcpexplain.reports import markdown, mermaid

pytestmark = pytest.mark.needs("mermaid")

FOLDER = Path(os.environ.get("TCPEXPLAIN_MERMAID", Path(__file__).parents[2] / "node_modules" / "mermaid"))
PCAPS = sorted(CAPTURES.glob("*/capture.pcap"))


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    path = tmp_path_factory.mktemp("mermaid") / "page.html"
    path.write_text("<!doctype html><title>mermaid</title><body></body>", encoding="utf-8")
    with browser.page(path) as page:
        page.evaluate((FOLDER / "dist" / "mermaid.min.js").read_text(encoding="utf-8") + "; 0")
        page.evaluate("mermaid.initialize({startOnLoad: false}); window.drawn = 0")
        yield page


def texts(page, diagram):
    """Draw; the texts in the picture. mermaid throws what it cannot parse, or draws a bomb."""
    page.evaluate(f"window.diagram = {json.dumps(diagram)}")
    return page.evaluate(
        "mermaid.render('d' + ++drawn, diagram).then(({svg}) => {"
        " document.body.innerHTML = svg; return [...document.querySelectorAll('text')].map((one) => one.textContent).join('|') })"
    )


def diagrams(text):
    """The diagrams of a Markdown file."""
    return re.findall(r"^```mermaid\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", PCAPS, ids=[path.parent.name for path in PCAPS])
def test_every_capture(page, path):
    capture = read(path)
    drawn = texts(page, mermaid.render(capture))
    assert "SYN" in drawn
    assert "Syntax error" not in drawn
    for diagram in diagrams(markdown.render(capture)):
        assert "SYN" in texts(page, diagram)


def test_states_calls_and_packets_are_in_the_picture(page):
    drawn = texts(page, mermaid.render(crashed_client()))
    for text in (
        "10.10.121.101 port 42642",
        "FIN ACK",
        "CLOSE-WAIT",
        "next write → EPIPE + SIGPIPE",
        "19.9 s of silence",
    ):
        assert text in drawn


def test_a_postmortem_of_many_connections(page):
    found = diagrams(markdown.render(mixed()))
    for diagram in found:
        assert "Syntax error" not in texts(page, diagram)


def test_the_characters_of_its_syntax_are_text(page):
    one = crashed_client()[0]
    sign = "a#b;c<d>e{f}%%g"
    segments = tuple(replace(segment, icmp=sign) if segment.packet == 8 else segment for segment in one.segments_seen)
    drawn = texts(page, mermaid.render(Capture([replace(one, segments_seen=segments)])))
    assert sign in drawn
