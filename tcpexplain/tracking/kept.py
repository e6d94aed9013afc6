"""What is still kept of the segments of connections, copied to where nothing else lies. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import entry
from tcpexplain.wire.segment import STRETCH

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.coalesced import CoalescedEnd, Stretch
    from tcpexplain.tracking.entry import Entry
    from tcpexplain.wire.segment import Segment


def fits_copy_kept(
    rows: Array[Entry], count: int, pool: Array[Segment], stretches: Array[Stretch], sides: Array[CoalescedEnd], slots: Array[Segment],
    standing: Array[Stretch], standing_sides: Array[CoalescedEnd], used: Array[int],
) -> bool:  # fmt: skip
    """Whether there are so many connections, and room for all that is kept of them."""
    if not 0 <= count <= len(rows) or len(used) < 2 or len(sides) < 2 * len(stretches):
        return False
    kept = 0
    for index in range(count):
        if rows[index].first >= len(pool) or rows[index].kept < 0:
            return False
        kept += rows[index].kept
    if used[0] < 0 or used[1] < 0 or len(standing_sides) < 2 * len(standing):
        return False
    return used[0] + kept <= len(slots) and used[1] + kept <= len(standing)


@entry(fits_copy_kept)
def copy_kept(
    rows: Array[Entry],
    count: int,
    pool: Array[Segment],
    stretches: Array[Stretch],
    sides: Array[CoalescedEnd],
    slots: Array[Segment],
    standing: Array[Stretch],
    standing_sides: Array[CoalescedEnd],
    used: Array[int],
) -> None:
    """Copy the segments of the first ``count`` connections, one behind the other, and the stretches that stand among them.

    ``used``: how many of ``slots``, and of ``standing``, are in use already. What comes later joins none of these stretches.
    """
    for index in range(count):
        row = rows[index]
        slot = row.first
        row.stretch = 0
        row.first = row.last = -1
        while slot >= 0:
            at = used[0]
            used[0] += 1
            slots[at] = pool[slot]
            slot = pool[slot].next
            slots[at].next = at + 1 if slot >= 0 else -1
            row.first = at if row.first < 0 else row.first
            row.last = at
            if slots[at].icmp == STRETCH:
                stands, new = slots[at].seq, used[1]
                used[1] += 1
                standing[new] = stretches[stands]
                standing_sides[2 * new] = sides[2 * stands]
                standing_sides[2 * new + 1] = sides[2 * stands + 1]
                slots[at].seq = new
                row.stretch = new + 1
