"""The notes of a state diagram, stacked in the margins at the height of their states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.picture.geometry import Box, broken
from tcpexplain.picture.places import HEIGHT, MARGIN, PLACES, STATE_WIDTH, WIDTH, Place, name
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcpexplain.model.calls import Side
    from tcpexplain.picture.paths import Remark
    from tcpexplain.story import Note

NOTE_SIZE = 12.0
LINE = 16.0
HEADING = 20.0
PADDING = 7.0
LETTERS = 28
"""Of ``next write → EPIPE + SIGPIPE``, which stays on one line."""
NOTE_WIDTH = 218.0
BETWEEN = 8.0

Line = tuple[str, bool]
"""One line of a note and whether it is an error."""


class PlacedNote(NamedTuple):
    """A note, the end or ends that it is about, and where it stands."""

    sides: tuple[Side, ...]
    heading: str
    lines: tuple[Line, ...]
    box: Box

    @property
    def bad(self) -> bool:
        """Whether it tells of an error."""
        return any(bad for _, bad in self.lines)


def place_notes(remarks: Sequence[Remark]) -> tuple[PlacedNote, ...]:
    """Stack the notes left and right, the first ones first; those that would not fit are left out."""
    columns: tuple[list[PlacedNote], list[PlacedNote]] = ([], [])
    for sides, remark in _together(remarks):
        lines = tuple((line, note.tone == "bad") for note in remark.notes for line in broken(note.text, LETTERS))
        x, y = PLACES[remark.place]
        near = _nearest(x, columns)
        height = HEADING + LINE * len(lines) + PADDING
        left = (MARGIN - NOTE_WIDTH) / 2 + near * (WIDTH - MARGIN)
        note = PlacedNote(
            sides, name(remark.place), lines, Box(left, y - height / 2, left + NOTE_WIDTH, y + height / 2)
        )
        if _needed([*columns[near], note]) <= HEIGHT:
            columns[near].append(note)
    return tuple(note for column in columns for note in _stacked(column))


def _together(remarks: Sequence[Remark]) -> Iterator[tuple[tuple[Side, ...], Remark]]:
    """Remarks with the ends they hold for: both, if both ends were told the same in the same state."""
    ends: dict[tuple[Place, tuple[Note, ...]], list[Side]] = {}
    for remark in remarks:
        ends.setdefault((remark.place, remark.notes), []).append(remark.side)
    for remark in remarks:
        sides = ends.pop((remark.place, remark.notes), None)
        if sides:
            yield tuple(sides), remark


def _nearest(x: float, columns: tuple[list[PlacedNote], list[PlacedNote]]) -> int:
    """The column for a state: its own side's; the emptier one for the states in the middle."""
    if abs(x - WIDTH / 2) > STATE_WIDTH:
        return 0 if x < WIDTH / 2 else 1
    return 0 if _needed(columns[0]) < _needed(columns[1]) else 1


def _needed(column: Sequence[PlacedNote]) -> float:
    """Pixels that these notes take above one another."""
    return sum(note.box.height + BETWEEN for note in column)


def _stacked(column: Sequence[PlacedNote]) -> Iterator[PlacedNote]:
    """The notes of one margin, moved up or down as little as keeps them apart and on the picture."""
    left = _needed(column)
    lowest = 0.0
    for note in sorted(column, key=lambda note: note.box.middle.y):
        top = min(max(note.box.top, lowest), HEIGHT - left)
        left -= note.box.height + BETWEEN
        lowest = top + note.box.height + BETWEEN
        yield note._replace(box=Box(note.box.left, top, note.box.right, top + note.box.height))
