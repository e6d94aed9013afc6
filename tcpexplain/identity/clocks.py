"""How far the clocks of captures lie apart, and how fast they part: from the shortest ways in both directions."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from tcpexplain.identity.same import once
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
NEAR = NANOSECOND
"""Clocks that seem to lie less apart than this, with packets of one direction only, are taken to agree."""


class Clock(NamedTuple):
    """What to add to the times of a capture: ``offset`` ns at ``since``, and ``drift`` ns for each ns after it."""

    offset: int = 0
    drift: float = 0.0
    since: int = 0

    def right(self, time: int) -> int:
        """A time by the first capture's clock."""
        return time + self.offset + round(self.drift * (time - self.since))


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
    offsets: dict[tuple[int, int], list[tuple[int, int, bool]]] = {}
    for group in groups:
        for one in group:
            for other in group:
                if one.name.file != other.name.file:
                    offsets.setdefault((one.name.file, other.name.file), []).extend(marks(one, other))
    return {pair: fitted(points) for pair, points in offsets.items() if points}


def marks(one: Member, other: Member) -> list[tuple[int, int, bool]]:
    """When, by the other's clock, by how much it was ahead, and whether both directions say so."""
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
        (part[len(part) // 2][0] + way.offset, way.offset, way.delay is not None)
        for part, way in best
        if way.offset is not None
    ]


def fitted(points: list[tuple[int, int, bool]]) -> Clock:
    """A line through the points, if they lie on one that is not level."""
    good = [(time, ahead) for time, ahead, both in points if both] or [(time, ahead) for time, ahead, _ in points]
    since, middle = min(time for time, _ in good), round(median(ahead for _, ahead in good))
    level = Clock(-middle, 0.0, since)
    if len(good) < 3 or max(time for time, _ in good) - since < LONG:
        return level
    mean_time = sum(time - since for time, _ in good) / len(good)
    mean_ahead = sum(ahead - middle for _, ahead in good) / len(good)
    square = sum((time - since - mean_time) ** 2 for time, _ in good)
    slope = sum((time - since - mean_time) * (ahead - middle - mean_ahead) for time, ahead in good) / square
    start = mean_ahead - slope * mean_time
    left = max(abs(ahead - middle - start - slope * (time - since)) for time, ahead in good)
    parted = abs(slope) * (max(time for time, _ in good) - since)
    if abs(slope) > STEEP or parted < 4 * left + 100_000:
        return level
    return Clock(-middle - round(start), -slope, since)


def chained(first: Clock, second: Clock) -> Clock:
    """To the times of a capture that is known by one whose clock is known."""
    return Clock(first.right(second.right(second.since)) - second.since, first.drift + second.drift, second.since)
