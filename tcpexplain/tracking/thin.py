"""Connections that hold more segments than one may, none of which is settled: those in the middle go, and are counted. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import entry
from tcpexplain.wire.segment import FIN, MARK_BREAK, RST, STRETCH, SYN

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.coalesced import CoalescedEnd, Stretch
    from tcpexplain.tracking.entry import Counters, Entry
    from tcpexplain.tracking.tracked import Tracked
    from tcpexplain.wire.segment import Segment

STARTLING = 8
"""What part of the segments that stay may be SYNs, FINs, RSTs and ICMP errors of the middle."""


def fits_thin(due: Array[int], count: int, most: int, tracked: Tracked) -> bool:
    """Whether there are such connections, with such slots and stretches."""
    if not len(tracked.desks) or not 0 <= count <= len(due) or most < 2:
        return False
    if len(tracked.sides) < 2 * len(tracked.stretches):
        return False
    for i in range(count):
        if not 0 <= due[i] < len(tracked.rows):
            return False
        row = tracked.rows[due[i]]
        if not 0 <= row.first < len(tracked.pool) or not 0 <= row.stretch <= len(tracked.stretches):
            return False
    return True


@entry(fits_thin)
def thin(due: Array[int], count: int, most: int, tracked: Tracked) -> int:
    """Of connections that keep more than ``most`` segments leave the first half of these and the last half, and free the others.

    ``Entry.omitted`` counts what nobody looks at then. Of the middle stay what stands for a stretch, what such a one refers to, and
    the first segments that may change a state.

    Returns
    -------
    int
        How many slots this has freed.
    """
    freed = 0
    for i in range(count):
        row = tracked.rows[due[i]]
        if row.kept > most:
            freed += thin_one(row, row.kept - most, most, tracked)
    return freed


def thin_one(row: Entry, excess: int, most: int, tracked: Tracked) -> int:
    """Free up to ``excess`` segments behind the first half of ``most``; how many that were."""
    pool, before, room, freed = tracked.pool, row.first, most // STARTLING, 0
    for _ in range(most // 2 - 1):
        before = pool[before].next
    for _ in range(excess):
        slot = pool[before].next
        segment = pool[slot]
        startling = segment.flags & (SYN | FIN | RST) or segment.icmp
        if is_referred_to(row, slot, segment, tracked.stretches, tracked.sides) or (startling and room > 0):
            before = slot
            room -= 1
            continue
        pool[before].next = segment.next
        give_back_slot(slot, pool, tracked.desks[0])
        pool[before].mark |= MARK_BREAK
        freed += 1
    row.kept -= freed
    row.omitted += freed
    return freed


def is_referred_to(
    row: Entry, slot: int, segment: Segment, stretches: Array[Stretch], sides: Array[CoalescedEnd]
) -> bool:
    """Whether a slot stands for a stretch, or the latest stretch of its connection leads to it."""
    if segment.icmp == STRETCH:
        return True
    if not row.stretch:
        return False
    at = row.stretch - 1
    return bool(slot == stretches[at].edge or slot == sides[2 * at].latest or slot == sides[2 * at + 1].latest)


def give_back_slot(slot: int, pool: Array[Segment], desk: Counters) -> None:
    """Make a slot a free one."""
    pool[slot].next = desk.free
    desk.free = slot
    desk.vacant += 1
