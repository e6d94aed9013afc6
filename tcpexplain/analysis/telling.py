"""Which segments of a connection causes may point at: they are kept when it leaves memory. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.segment import (
    FIN,
    MARK_DUPLICATE,
    MARK_LOST,
    MARK_PROBE,
    MARK_RETRANSMISSION,
    RST,
    SYN,
)

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.facts import Facts
    from tcpexplain.tracking.entry import Entry
    from tcpexplain.wire.segment import Segment

TELLING = 64
"""Segments that are kept at most of a connection that leaves memory, for its causes to speak of; one of each file it spans is among them."""


FILES = 60
"""Bits in which it is noted of which files there are segments already."""


def keep_telling(
    index: int, row: Entry, pool: Array[Segment], facts: Facts, kept: Array[Segment], used: Array[int]
) -> None:
    """Copy the segments of a connection that causes speak of to ``kept``, behind the ``used[0]`` it holds; their ``next`` is the connection."""
    slot, room, alive = row.first, TELLING - 2, sign_of_life(row, pool, facts)
    files = 0
    while slot >= 0:
        segment = pool[slot]
        following = segment.next
        ends = slot == row.first or slot == alive or following < 0
        if ends or (room > 0 and (tells(segment, facts) or not files >> segment.file % FILES & 1)):
            kept[used[0]] = segment
            kept[used[0]].next = index
            used[0] += 1
            room -= 1
            files |= 1 << segment.file % FILES
        slot = following


def telling(row: Entry, order: Array[int], count: int, pool: Array[Segment], facts: Facts, found: Array[int]) -> int:
    """Fill ``found`` with those of the ``count`` slots in ``order``, which have been freed, that causes speak of; their number.

    ``TELLING`` of a connection at most, however often it is condensed; its very first segment is one.
    """
    n = 0
    for i in range(count):
        if row.told < TELLING and (row.told == 0 or tells(pool[order[i]], facts)):
            found[n] = order[i]
            row.told += 1
            n += 1
    return n


def sign_of_life(row: Entry, pool: Array[Segment], facts: Facts) -> int:
    """The slot of the last segment by which the pretended sender of a RST shows that it did not send it; -1: there is none."""
    if not facts.reset_alive:
        return -1
    sender, found, slot = facts.reset_by ^ facts.client, -1, row.first
    while slot >= 0:
        segment = pool[slot]
        if segment.sender == sender and not segment.flags & RST and not segment.icmp:
            found = slot
        slot = segment.next
    return int(found)


def tells(segment: Segment, facts: Facts) -> bool:
    """Whether some cause may point at the segment."""
    if (
        segment.flags & (SYN | FIN | RST)
        or segment.icmp
        or segment.mark & (MARK_DUPLICATE | MARK_LOST | MARK_PROBE | MARK_RETRANSMISSION)
    ):
        return True
    return bool(segment.packet == facts.quiet_packet or segment.packet == facts.stray_ack)
