"""The story of a connection laid out from top to bottom: which height each segment, state and note of a ladder has.

Nothing covers anything else because every row begins below what the row before it needs; only segments that cross on the wire share a height.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from math import log10
from textwrap import wrap
from typing import TYPE_CHECKING

from tcpexplain.picture.geometry import Box, broken, text_width
from tcpexplain.picture.lanes import Lanes, lanes_of
from tcpexplain.story import Row, annotated, net_of, parted, story
from tcpexplain.tuples import NamedTuple
from tcpexplain.units import NO_BREAK_UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tcpexplain.model.calls import Packet, Side
    from tcpexplain.model.connection import Connection

SIDES: tuple[Side, Side] = ("client", "server")

LABEL_SIZE = 13.0
LABEL_LINE = 16.0
NOTE_SIZE = 11.8
NOTE_LINE = 15.0
NOTE_LETTERS = 28
"""Of ``next write → EPIPE + SIGPIPE``, which stays on one line."""
CHIP = 19.0
SPAN = 24.0
WAY_DELAY = 12.0
"""Pixels below an arrow for the delays between points of capture."""
BAR_LEAST = 22.0
"""Less than this does not hold the name of a state."""
ROWS = 160
"""Rows of one ladder; of longer stories the middle is left out, and the ladder says how much."""


class Chip(NamedTuple):
    """One note: what was done, or what a call returns next, in lines that fit."""

    side: Side
    lines: tuple[str, ...]
    tone: str
    form: str
    box: Box


class Bar(NamedTuple):
    """A time that an end spends in a state."""

    side: Side
    state: str
    top: float
    bottom: float


class Rung(NamedTuple):
    """One row: it leaves at height ``top`` and arrives at ``bottom`` (a silence or a fold lasts from ``top`` to ``bottom``)."""

    row: Row
    top: float
    bottom: float
    label: tuple[str, ...]
    crossing: bool = False
    states: Mapping[Side, str] = {}
    """The states that last through a silence, to be named again below it."""


class Timeline(NamedTuple):
    """A laid-out ladder; heights begin at 0."""

    rungs: tuple[Rung, ...]
    bars: tuple[Bar, ...]
    chips: tuple[Chip, ...]
    height: float
    flight: float | None
    """Seconds that a segment takes, which the slope of the arrows stands for; None if unknown."""
    lanes: Lanes = Lanes()


def timeline(connection: Connection, told: Sequence[Row] | None = None, most: int = ROWS) -> Timeline:
    """Lay out the story of a connection, as ``told`` if that is given; of more rows than ``most`` the middle is left out."""
    rows = shortened(story(connection) if told is None else told, most)
    layout = _Layout(connection)
    before = False
    for row, following in zip_longest(rows, rows[1:]):
        crossing = not before and following is not None and crosses(row, following, layout.seconds)
        layout.add(row, crossing=crossing, crossed=before)
        before = crossing
    return layout.done()


def shortened(rows: Sequence[Row], most: int = ROWS) -> tuple[Row, ...]:
    """The rows, of too many only the first and last and those where a state changes; folds say how many were left out."""
    if len(rows) <= most:
        return tuple(rows)
    head, tail = rows[: most // 2], rows[-(most // 2) :]
    return tuple(annotated((*head, *_thinned(rows[len(head) : len(rows) - len(tail)]), *tail)))


def _thinned(rows: Sequence[Row]) -> Iterator[Row]:
    """The rows where a state changes, and a fold for those between."""
    left_out: list[Row] = []
    for row in rows:
        if row.client.state or row.server.state:
            yield from _not_drawn(left_out)
            left_out = []
            yield row
        else:
            left_out.append(row)
    yield from _not_drawn(left_out)


def _not_drawn(rows: Sequence[Row]) -> Iterator[Row]:
    """One fold for rows, if there are any."""
    if rows:
        count = sum(row.count for row in rows)
        yield Row(
            "fold",
            rows[0].time,
            rows[-1].until,
            f"… {count:,} packets not drawn …",
            rows[0].packet,
            rows[-1].last,
            file=rows[0].file,
            last_file=rows[-1].last_file,
            apart=rows[0].apart,
            count=count,
            client=net_of(rows, "client"),
            server=net_of(rows, "server"),
        )


def flight(connection: Connection) -> float | None:
    """Seconds that a segment takes to the other end: half of the time from a SYN to its SYN ACK, if the capture has both."""
    asked: Packet | None = None
    for segment in connection.segments_seen:
        if "S" not in segment.flags:
            continue
        if asked and "A" in segment.flags and segment.sender != asked.sender:
            return (segment.time - asked.time) / 2
        asked = segment
    return None


def above(row: Row) -> float:
    """Pixels between a label and the start of its arrow: more where a sign stands on the line."""
    return 10.0 if row.kind == "icmp" or row.fate == "lost" else 4.0


def delays(row: Row) -> bool:
    """Whether times between points of capture stand below the arrow."""
    return row.kind == "segment" and row.way is not None and len(row.way.at) > 1


def slope(seconds: float | None) -> float:
    """Pixels that an arrow drops: 4 for 10 microseconds, 4 more for each factor of ten, at most 26."""
    return 8.0 if not seconds or seconds <= 0 else min(max(4.0 + 4.0 * log10(seconds / 1e-5), 4.0), 26.0)


def crosses(one: Row, other: Row, seconds: float | None) -> bool:
    """Whether ``other`` left before ``one`` arrived: it is soon, takes sequence numbers itself, and does not acknowledge ``one``."""
    first, second = one.segment, other.segment
    if not first or not second or {one.kind, other.kind} != {"segment"} or first.sender == second.sender:
        return False
    if first.fate != "arrived" or not _takes(first) or not _takes(second) or "R" in first.flags + second.flags:
        return False
    soon = other.time - one.time <= max(2 * (seconds or 0.0), 0.001)
    return second.ack is None or (soon and second.ack < first.seq + _takes(first))


def _takes(segment: Packet) -> int:
    """How many sequence numbers a segment takes."""
    return segment.length + sum(flag in segment.flags for flag in "SF")


class _Layout:
    """Rows are added from top to bottom."""

    def __init__(self, connection: Connection) -> None:
        self.lanes = lanes_of(connection)
        self.room = self.lanes.lane[1] - self.lanes.lane[0]
        self.seconds = flight(connection)
        self.slope = slope(self.seconds)
        self.y = BAR_LEAST
        self.rungs: list[Rung] = []
        self.chips: list[Chip] = []
        self.bars: list[Bar] = []
        self.now: dict[Side, tuple[str, float]] = {}
        """The state of each end, and the height since which it is in it; empty if the capture was read without events."""
        self.free: dict[Side, float] = {"client": 0.0, "server": 0.0}
        """The height from which on each column of notes is empty."""
        self.reached: dict[tuple[int, int, Side], list[str]] = {}
        """The states that a packet led an end to, one after the other."""
        for event in connection.events:
            for side in SIDES:
                end = event.end(side)
                self.now.setdefault(side, (end.previous, 0.0))
                if event.basis != "timer" and end.state != end.previous:
                    self.reached.setdefault((event.file, event.packet, side), []).append(end.state)

    def add(self, row: Row, *, crossing: bool, crossed: bool) -> None:
        """Put one row below the last; one that is ``crossing`` is still under way when the next one starts."""
        if row.kind in ("silence", "fold", "timer"):
            self._span(row)
            return
        half = crossing or crossed
        lines = fitted(row.label, self.room / (2 if half else 1) - 40)
        top = self.y + LABEL_LINE * len(lines) + above(row)
        bottom = top + self.slope + (36 if half else 0)
        self.rungs.append(Rung(row, top, bottom, lines, half))
        ends = [bottom + (WAY_DELAY if delays(row) else 0)]
        for side in SIDES:
            height = top if side == row.sender and row.kind != "icmp" else bottom
            ends += [self._states(row, side, height), self._notes(row, side, height)]
        self.y = top + 10 if crossing else max(ends) + 10

    def _span(self, row: Row) -> None:
        """A row without an arrow: a silence, a fold, a timer."""
        named = [since + BAR_LEAST for _, since in self.now.values()] if row.kind == "silence" else []
        top = max(self.y + 4, self.free["client"], self.free["server"], *named)
        lines = fitted(row.label, self.room - 48)
        bottom = top + SPAN + LABEL_LINE * (len(lines) - 1)
        states = {side: state for side, (state, _) in self.now.items()}
        self.rungs.append(Rung(row, top, bottom, lines, states=states))
        middle = (top + bottom) / 2
        ends = [bottom]
        for side in SIDES:
            if row.cell(side).state:
                self._become(side, row.cell(side).state, middle)
                ends.append(middle + BAR_LEAST)
            ends.append(self._notes(row, side, middle))
        self.y = max(ends) + 6

    def _states(self, row: Row, side: Side, height: float) -> float:
        """End bars where a packet led an end to new states; the height below which the next row may start."""
        for state in self.reached.pop((row.file, row.packet, side), None) or [row.cell(side).state]:
            if state and state != self.now[side][0]:
                height = max(height, self.now[side][1] + BAR_LEAST)
                self._become(side, state, height)
        # Labels begin a line above their arrow, so a bar that starts here has room for its name.
        return height

    def _become(self, side: Side, state: str, height: float) -> None:
        """End the bar of one end and begin the next."""
        before, since = self.now[side]
        self.bars.append(Bar(side, before, since, height))
        self.now[side] = (state, height)

    def _notes(self, row: Row, side: Side, height: float) -> float:
        """Stack the notes of one side from ``height`` on; the height below which the next row may start."""
        last = 0.0
        for note in row.cell(side).notes:
            parts = (note.text,) if len(note.text) <= NOTE_LETTERS else parted(note)
            lines = tuple(line for part in parts for line in broken(part, NOTE_LETTERS))
            top = max(height - CHIP / 2, self.free[side])
            bottom = top + CHIP + NOTE_LINE * (len(lines) - 1)
            self.chips.append(
                Chip(side, lines, note.tone, note.form, _column(self.lanes.notes(side), side, lines, top, bottom))
            )
            self.free[side] = bottom + 3
            last = bottom - CHIP
        return last

    def done(self) -> Timeline:
        """Close the bars."""
        bottom = max(self.y + 14, *self.free.values(), *(since + BAR_LEAST for _, since in self.now.values()))
        self.bars += [Bar(side, state, since, bottom) for side, (state, since) in self.now.items()]
        return Timeline(tuple(self.rungs), tuple(self.bars), tuple(self.chips), bottom, self.seconds, self.lanes)


def _column(place: tuple[float, float], side: Side, lines: Sequence[str], top: float, bottom: float) -> Box:
    """The outline of a note: flush with its bar."""
    left, right = place
    width = max(text_width(line, NOTE_SIZE, mono=True) for line in lines) + 16
    return Box(right - width, top, right, bottom) if side == "client" else Box(left, top, left + width, bottom)


def fitted(label: str, width: float) -> tuple[str, ...]:
    """A label in lines of at most ``width`` pixels."""
    letters = max(int(len(label) * width / max(text_width(label, LABEL_SIZE, bold=True), 1.0)), 8)
    return tuple(wrap(re.sub(NO_BREAK_UNIT, "\N{NO-BREAK SPACE}", label), letters)) or ("",)
