"""One story, many forms: whatever is told of an end in a row is told in every picture, list and table."""

import re
from html import unescape
from pathlib import Path

import pytest

import tcpexplain
from tcpexplain.notebook import ladder as notebook
from tcpexplain.page.steps import steps
from tcpexplain.reports import ladder, markdown, mermaid
from tcpexplain.story import end_of, parted, story

CAPTURES = sorted((Path(__file__).parents[2] / "captures").glob("*/capture.pcap"))


def plain(text):
    """The words of a picture or page, one blank between them."""
    text = re.sub(r"</?(?:b|i|code|span)\b[^>]*>", "", text)
    text = re.sub(r"<[^>]+>", " ", text)
    text = re.sub(r"\\([\\`*_\[\]<>|#])", r"\1", unescape(text)).replace("#59;", ";")
    return " ".join(text.replace("*", " ").split())


def forms(capture, one, rows):
    yield "drawing", ladder.svg(one, rows=rows)
    yield "list", steps(one, rows)
    yield "notebook", notebook.ladder(one, rows)
    yield "markdown", markdown.render(capture, stream=one.stream)
    yield "mermaid", mermaid.diagram(one, rows)


@pytest.mark.parametrize("path", CAPTURES, ids=[path.parent.name for path in CAPTURES])
def test_every_form_of_a_ladder_tells_the_same(path):
    capture = tcpexplain.read(path)
    for one in capture:
        rows = story(one, end_of(capture, one))
        notes = {note for row in rows for side in ("client", "server") for note in row.cell(side).notes}
        for form, drawn in forms(capture, one, rows):
            told = plain(drawn)
            for note in notes:
                text = note.text.removeprefix("· ")
                assert text in told or " ".join(parted(note)) in told, (form, text)
