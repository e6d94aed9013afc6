"""What two points prove of a segment: that it was lost between them, or made there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.model.points import Journey, Sight
from tcpexplain.units import counted
from tcpexplain.wire.segment import FIN, RST, SYN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.identity.joining import Whole
    from tcpexplain.identity.member import Member

MARGIN = 2_000_000
"""ns that a capture must have gone on beyond the moment at which a segment would have come."""


def passage(whole: Whole, path: Sequence[Member], names: Sequence[str], spans: Sequence[tuple[int, int]]) -> Journey:
    """The way of one segment; ``spans``: when each capture begins and ends, by the first one's clock."""
    times = {at: time for at, (_, time) in whole.seen.items()} | whole.cut
    seen = tuple(Sight(names[at], times[at]) for at in sorted(times))
    fate, between = fate_of(whole, path, spans) if matters(whole) else ("", (0, 0))
    return Journey(
        int(whole.sent[0].packet),
        1 if whole.image.side else 0,
        seen,
        "lost" if fate == "lost" else "made" if fate == "made" else "",
        (names[between[0]], names[between[1]]) if fate else ("", ""),
        words=words(whole),
    )


def matters(whole: Whole) -> bool:
    """Whether it is worth a word where a segment was not seen: it ends, opens or carries something."""
    return not whole.image.icmp and bool(whole.image.flags & (SYN | FIN | RST) or whole.image.length)


def fate_of(whole: Whole, path: Sequence[Member], spans: Sequence[tuple[int, int]]) -> tuple[str, tuple[int, int]]:
    """What is proved, and between which members, in the order of travel."""
    travel = range(len(path) - 1, -1, -1) if whole.image.side else range(len(path))
    where = [at for at in travel if at in whole.where]
    before = [at for at in travel if at not in whole.where and is_before(travel, at, where[0])]
    after = [at for at in travel if at not in whole.where and is_before(travel, where[-1], at)]
    for at in reversed(before):
        if proves(path[at], whole, spans, path):
            return "made", (at, where[0])
    for at in after:
        if proves(path[at], whole, spans, path):
            return "lost", (where[-1], at)
    return "", (0, 0)


def is_before(travel: range, one: int, other: int) -> bool:
    """Whether a segment passes one member before the other."""
    return travel.index(one) < travel.index(other)


def proves(member: Member, whole: Whole, spans: Sequence[tuple[int, int]], path: Sequence[Member]) -> bool:
    """Whether a member would have seen the segment: it was capturing before and after, and lacks nothing of that direction."""
    begin, end = spans[member.name.file]
    time, way = whole.sent[1], round(max(one.place for one in path))
    # A capture runs from its first packet on, as far as anybody can tell; the segment may have passed it before it was seen elsewhere.
    return begin <= time - way and time + way + MARGIN <= end and not member.lossy[whole.image.side]


def words(whole: Whole) -> str:
    """What the segment is."""
    found = [counted(whole.image.length, "byte")] if whole.image.length else []
    found += [name for bit, name in ((SYN, "SYN"), (FIN, "FIN"), (RST, "RST")) if whole.image.flags & bit]
    if whole.image.flags & SYN and whole.image.side:
        found = ["SYN-ACK"]
    return " and ".join(found) or "ACK"
