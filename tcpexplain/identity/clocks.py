"""How far the clocks of captures lie apart, and how fast they part: from the shortest ways in both directions."""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from tcpexplain.identity.same import once
from tcpexplain.tuples import NamedTuple
from tcpexplain.units import NANOSECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tcpexplain.identity.member import Member

WINDOWS = 8
"""Parts of a connection's time whose shortest ways are compared to find a drift."""
LONG = 20 * NANOSECOND
"""Time over which a drift can be told from jitter."""
STEEP = 5e-4
"""A quartz is wrong by less than 500 microseconds a second."""
SLACK = 100_000
"""ns by which clocks have to part at least, so that it is told."""
NEAR = NANOSECOND
"""Clocks that seem to lie less apart than this, with packets of one direction only, are taken to agree."""


class Clock(NamedTuple):
    """What to add to the times of a capture: ``offset`` ns at ``since``, and ``drift`` ns for each ns after it.

    ``steps``: since when so many ns more, as the clock was set.
    """

    offset: int = 0
    drift: float = 0.0
    since: int = 0
    steps: tuple[tuple[int, int], ...] = ()

    def right(self, time: int) -> int:
        """A time by the first capture's clock."""
        stepped = sum(more for begin, more in self.steps if time >= begin)
        return time + self.offset + round(self.drift * (time - self.since)) + stepped


class Mark(NamedTuple):
    """At a time by the other's clock: by how much it was ahead, whether both directions say so, and by how much that may be wrong (ns)."""

    time: int
    ahead: int
    both: bool
    wrong: int


class Ways(NamedTuple):
    """What it takes from one member to another: the shortest differences of times, ns; None where no packet tells."""

    there: int | None
    back: int | None

    @property
    def delay(self) -> float | None:
        """Ns by which the other lies nearer to the server; None where only one direction tells."""
        return None if self.there is None or self.back is None else (self.there - self.back) / 2

    @property
    def offset(self) -> int | None:
        """Ns by which the other's clock is ahead."""
        if self.there is not None and self.back is not None:
            return (self.there + self.back) // 2
        one = self.there if self.there is not None else self.back
        return one if one is None or abs(one) > NEAR else 0


def samples(one: Member, other: Member) -> list[tuple[int, int, int]]:
    """Time, side and difference of times of each segment that both saw once, in the order of time."""
    mine, its = once(one), once(other)
    return sorted((mine[image], image.side, its[image] - mine[image]) for image in mine.keys() & its.keys())


def ways(found: Sequence[tuple[int, int, int]]) -> Ways:
    """The shortest way in each direction, whichever of the two is nearer to the client."""
    there = [difference for _, side, difference in found if side == 0]
    back = [difference for _, side, difference in found if side == 1]
    if there and back and median(there) < median(back):
        return Ways(max(there), min(back))
    return Ways(min(there, default=None), max(back, default=None))


def clocks(groups: Iterable[Sequence[Member]], files: int) -> list[Clock]:
    """The clock of each capture against the first one it is connected with."""
    pairs = measured(groups)
    found: dict[int, Clock] = {}
    for first in range(files):
        if first in found:
            continue
        found[first] = Clock()
        due = [first]
        for known in due:
            for (one, other), clock in pairs.items():
                if one == known and other not in found:
                    found[other] = chained(found[known], clock)
                    due.append(other)
    return [found[file] for file in range(files)]


def measured(groups: Iterable[Sequence[Member]]) -> dict[tuple[int, int], Clock]:
    """What to add to the second capture's times so that they are the first's, for every pair, in both orders."""
    offsets: dict[tuple[int, int], list[Mark]] = {}
    for group in groups:
        for one in group:
            for other in group:
                if one.name.file != other.name.file:
                    offsets.setdefault((one.name.file, other.name.file), []).extend(marks(one, other))
    return {pair: fitted(points) for pair, points in offsets.items() if points}


def marks(one: Member, other: Member) -> list[Mark]:
    """By how much the other's clock was ahead, in parts of a connection."""
    found = samples(one, other)
    if not found:
        return []
    parts = [found]
    span = found[-1][0] - found[0][0]
    if span >= LONG:
        size = span // WINDOWS + 1
        parts = [[sample for sample in found if (sample[0] - found[0][0]) // size == at] for at in range(WINDOWS)]
    every = [(part, ways(part)) for part in parts if part]
    best = [(part, way) for part, way in every if way.delay is not None] or [(found, ways(found))]
    return [
        Mark(part[len(part) // 2][0] + way.offset, way.offset, way.delay is not None, round(abs(way.delay or 0)))
        for part, way in best
        if way.offset is not None
    ]


def fitted(points: list[Mark]) -> Clock:
    """A line through the points, if they lie on one that is not level; or the steps between them, if no drift can explain them."""
    good = sorted([mark for mark in points if mark.both] or points)
    if len(runs := unbroken(good)) > 1:
        return stepped(runs)
    since, middle = min(mark.time for mark in good), round(median(mark.ahead for mark in good))
    level = Clock(-middle, 0.0, since)
    if len(good) < 2 or max(mark.time for mark in good) - since < LONG:
        return level
    mean_time = sum(mark.time - since for mark in good) / len(good)
    mean_ahead = sum(mark.ahead - middle for mark in good) / len(good)
    square = sum((mark.time - since - mean_time) ** 2 for mark in good)
    slope = sum((mark.time - since - mean_time) * (mark.ahead - middle - mean_ahead) for mark in good) / square
    start = mean_ahead - slope * mean_time
    left = max(abs(mark.ahead - middle - start - slope * (mark.time - since)) for mark in good)
    if len(good) == 2:
        # Any two lie on a line: these are apart only if neither may be so wrong.
        left = max(mark.wrong for mark in good)
    parted = abs(slope) * (max(mark.time for mark in good) - since)
    if abs(slope) > STEEP or parted < 4 * left + SLACK:
        return level
    return Clock(-middle - round(start), -slope, since)


def unbroken(marks: Sequence[Mark]) -> list[list[Mark]]:
    """Marks in the order of time, parted where one is further from the next than both may be wrong, and any quartz in between."""
    runs = [[marks[0]]]
    for before, mark in pairwise(marks):
        by_drift = STEEP * (mark.time - before.time)
        if mark.both and abs(mark.ahead - before.ahead) > before.wrong + mark.wrong + by_drift + SLACK:
            runs.append([])
        runs[-1].append(mark)
    return runs


def stepped(runs: Sequence[Sequence[Mark]]) -> Clock:
    """A clock that was set between some marks: half-way between those that show it."""
    ahead = [round(median(mark.ahead for mark in run)) for run in runs]
    begins = [(before[-1].time + after[0].time) // 2 for before, after in pairwise(runs)]
    steps = [before - after for before, after in pairwise(ahead)]
    return Clock(-ahead[0], 0.0, runs[0][0].time, tuple(zip(begins, steps, strict=True)))


def chained(first: Clock, second: Clock) -> Clock:
    """To the times of a capture that is known by one whose clock is known."""
    steps = tuple((begin - second.right(second.since) + second.since, more) for begin, more in first.steps)
    offset = first.right(second.right(second.since)) - second.since
    return Clock(offset, first.drift + second.drift, second.since, (*second.steps, *steps))
