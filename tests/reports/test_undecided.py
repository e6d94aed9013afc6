"""What counts as fine only because nothing shows that it is not never has the mark of what is fine, in any report."""

from __future__ import annotations

import pytest
from stories import play

from tcpexplain.reports import html, markdown, text

ONE_DIRECTION = """\
    client                                                   server
1.  0.000  --> <SEQ=100><CTL=SYN>                  -->
2.  0.020  --> <SEQ=101><ACK=301><CTL=ACK>         -->
3.  0.030  --> <SEQ=101><ACK=301><CTL=ACK><LEN=60> -->
4.  0.060  --> <SEQ=161><ACK=701><CTL=ACK>         -->
"""


@pytest.fixture(scope="module")
def capture():
    return play(ONE_DIRECTION)


def test_its_group_is_counted_apart(capture):
    (group,) = capture.groups
    assert (group.code, group.severity, group.all_undecided) == ("one-direction-only", "fine", True)
    assert (capture.undecided, capture.missing) == (1, {"server-direction": 1})


@pytest.mark.parametrize("render", [html.render, markdown.render, text.render], ids=["html", "markdown", "text"])
def test_no_report_marks_it_as_fine(capture, render):
    said = render(capture)
    assert (
        "? one-direction-only" in said
        or "? `one-direction-only`" in said
        or "<span>?</span>" in said
        or ">?</span>" in said
    )
    assert "● one-direction-only" not in said
    assert "● `one-direction-only`" not in said


def test_the_page_counts_it_in_a_tile_of_its_own(capture):
    said = html.render(capture)
    assert '<b class="fine">? 1</b>cannot be told from this capture' in said
    assert '<b class="fine">● 0</b>fine' in said


def test_a_notebook_marks_it_too(capture):
    assert "1 cannot be told" in capture._repr_html_()
    assert "●" not in capture[0].finding._repr_html_()
