"""Every ladder in the Markdown files beside the tests of the machine and the sockets holds, line by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from stories import check, found_in

HERE = Path(__file__).parent
STORIES = [*found_in(HERE / "machine"), *found_in(HERE / "sockets")]


@pytest.mark.parametrize("ladder", [ladder for _, ladder in STORIES], ids=[name for name, _ in STORIES])
def test_the_ladder_is_what_is_found(ladder):
    check(ladder)


def test_a_story_that_is_wrong_fails():
    _, ladder = next(story for story in STORIES if "Figure 12" in story[0])
    lines = [
        line.__class__(line.left.replace("TIME-WAIT", "CLOSED"), line.right, line.segment, line.number, line.time)
        for line in ladder.lines
    ]
    wrong = ladder.__class__(tuple(lines), ladder.left, ladder.right)
    with pytest.raises(AssertionError):
        check(wrong)
