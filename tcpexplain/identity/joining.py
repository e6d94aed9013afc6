"""The images of each segment at all points: one segment, with when and where it was seen."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tcpexplain.wire.segment import RST, consumed
from tcpexplain.wire.seqnum import offset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.identity.member import Likeness, Member
    from tcpexplain.wire.segment import Segment

RETRY = 100_000_000
"""ns: half of what a kernel waits at least before it sends the same segment again. Images further apart are two segments."""


@dataclass(slots=True)
class Whole:
    """One segment: what each member saw of it, by the member's place on the path."""

    image: Likeness
    seen: dict[int, tuple[Segment, int]] = field(default_factory=dict)
    """The segment, and its time by the first capture's clock."""
    cut: dict[int, int] = field(default_factory=dict)
    """When the bytes were seen where cards had cut or glued them otherwise."""

    @property
    def where(self) -> set[int]:
        """The members that saw it, however cut."""
        return set(self.seen) | set(self.cut)

    @property
    def sent(self) -> tuple[Segment, int]:
        """As it was seen nearest to its sender, whatever was seen of it before that."""
        return self.seen[max(self.seen) if self.image.side else min(self.seen)]

    @property
    def size(self) -> int:
        """Sequence space it takes."""
        return consumed(self.sent[0])


def wholes(path: Sequence[Member]) -> list[Whole]:
    """The segments that the members of a path saw, in the order of time."""
    found: defaultdict[Likeness, list[Whole]] = defaultdict(list)
    for at, member in enumerate(path):
        for segment, image, time in zip(member.segments, member.images, member.times, strict=True):
            slack = RETRY + round(2 * abs(member.place))
            near = [one for one in found[image] if at not in one.seen and gap(one, time) <= slack]
            whole = min(near, key=lambda one: gap(one, time)) if near else Whole(image)
            if not near:
                found[image].append(whole)
            whole.seen[at] = segment, time
    every = sorted((one for of_image in found.values() for one in of_image), key=lambda one: one.sent[1])
    return without_cuts(every, path)


def gap(whole: Whole, time: int) -> int:
    """Ns between a time and the nearest at which a segment was seen."""
    return min(abs(time - other) for _, other in whole.seen.values())


def without_cuts(every: list[Whole], path: Sequence[Member]) -> list[Whole]:
    """Segments without those whose bytes another point has cut otherwise, which stand for both."""
    reaches = [[Reach(member, side) for side in range(2)] for member in path]
    kept: list[Whole] = []
    covered: dict[int, int] = {}
    for whole in every:
        side, begin = whole.image.side, whole.image.seq
        stops = whole.size and not whole.image.flags & RST and not whole.image.icmp
        if stops and len(whole.where) < len(path):
            for at in range(len(path)):
                if at not in whole.seen:
                    time = reaches[at][side].when(begin, begin + whole.size, whole.sent[1])
                    if time is not None:
                        whole.cut[at] = time
            nearest = min(whole.where, key=lambda at: -at if side else at)
            if nearest in whole.cut and offset(begin + whole.size, covered.get(side, begin)) <= 0:
                continue
        if stops:
            end = begin + whole.size
            covered[side] = end if side not in covered or offset(end, covered[side]) > 0 else covered[side]
        kept.append(whole)
    return kept


class Reach:
    """Up to which number one member had seen one side's bytes, and when."""

    def __init__(self, member: Member, side: int) -> None:
        self.ranges = [
            (image.seq, image.seq + consumed(segment), time)
            for segment, image, time in zip(member.segments, member.images, member.times, strict=True)
            if image.side == side and consumed(segment) and not image.flags & RST and not image.icmp
        ]
        self.times = [time for _, _, time in self.ranges]

    def when(self, begin: int, end: int, near: int) -> int | None:
        """When the last of some bytes was seen about a time, if all of them were; by several segments, or as a part of one."""
        first = bisect_left(self.times, near - RETRY)
        last = bisect_left(self.times, near + RETRY)
        reach, time = begin, None
        for one, stop, when in sorted(self.ranges[first:last], key=lambda item: offset(item[0], begin)):
            if (one, stop) == (begin, end):
                continue
            if offset(one, reach) <= 0 < offset(stop, reach):
                reach, time = stop, when
        return time if offset(reach, end) >= 0 else None
