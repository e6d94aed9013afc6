"""Prefetches the cache lines that the next batch will touch. Hot, native only.

A connection's row, its place in the table, its stretch: in a large capture none of them is near when its segment comes,
and one after the other is waited for. The addresses of a whole batch are known early, so that the waits overlap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import inlined, replaced_by
from tcpexplain.hot.prefetch import LINE, fetch

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array, Bytes
    from tcpexplain.machine.coalesced import CoalescedEnd, Stretch
    from tcpexplain.tracking.entry import Entry
    from tcpexplain.wire.segment import Segment

ABREAST, AHEAD = 8, 64
"""Connections whose segments are asked for together, and how many of each at most: so many stay in the cache until they are needed."""


def fetch_all(
    slots: Array[int],
    places: Array[int],
    n: int,
    rows: Array[Entry],
    table: Array[int],
    pool: Array[Segment],
    stretches: Array[Stretch],
    sides: Array[CoalescedEnd],
) -> None:
    """Ask for what leads from the ``n`` places in the table to the connections, one step for all before the next step."""
    for i in range(n):
        fetch(table, places[i])
    for i in range(n):
        # What was found so far of each, behind the slots: its row, its stretch, the edge of that.
        slots[n + i] = table[places[i]]
        fetch(rows, max(slots[n + i], 0))
    for i in range(n):
        if slots[n + i] >= 0:
            row = rows[slots[n + i]]
            fetch(pool, max(row.last, 0))
            slots[n + i] = row.stretch - 1
            if row.stretch:
                fetch(stretches, row.stretch - 1)
                fetch(sides, 2 * row.stretch - 2)
                fetch(sides, 2 * row.stretch - 1)
    if not len(stretches):
        return
    for i in range(n):
        if slots[n + i] >= 0:
            slots[n + i] = stretches[slots[n + i]].edge
            fetch(pool, slots[n + i])
    for i in range(n):
        if slots[n + i] >= 0:
            fetch(pool, max(pool[slots[n + i]].next, 0))


@inlined
def fetch_frame(buffer: Bytes, start: int, pool: Array[Segment], slot: int) -> None:
    """Ask for the headers of a frame that is to come, and for the slot that the next one will be decoded into."""
    fetch(buffer, start)
    fetch(buffer, start + LINE)
    fetch(pool, slot)


def fetch_connections(
    due: Array[int],
    i: int,
    count: int,
    rows: Array[Entry],
    pool: Array[Segment],
    stretches: Array[Stretch],
    sides: Array[CoalescedEnd],
    slots: Array[int],
) -> None:
    """Ask for what is needed to conclude the connections from ``due[i]`` on: the further ahead, the less is known of it.

    Segments of a connection lead from one to the next, and each is waited for. Those of ``ABREAST`` connections are followed
    side by side, so that the waits overlap. ``slots`` is scratch of as many.
    """
    if i + 2 * ABREAST < count:
        fetch(rows, due[i + 2 * ABREAST])
    if i + ABREAST < count:
        row = rows[due[i + ABREAST]]
        if row.first >= 0:
            fetch(pool, row.first)
            fetch(pool, row.last)
        if row.stretch:
            fetch(stretches, row.stretch - 1)
            fetch(sides, 2 * row.stretch - 2)
            fetch(sides, 2 * row.stretch - 1)
    if i % ABREAST == 0:
        n = min(ABREAST, count - i)
        for j in range(n):
            slots[j] = rows[due[i + j]].first
        fetch_chains(slots, n, pool)


def fetch_chains(slots: Array[int], n: int, pool: Array[Segment]) -> None:
    """Ask for the segments that follow the first ``n`` of ``slots``, one of each before the next of any, ``AHEAD`` at most."""
    for _ in range(AHEAD):
        left = 0
        for j in range(n):
            if slots[j] >= 0:
                slots[j] = pool[slots[j]].next
                left += 1
                if slots[j] >= 0:
                    fetch(pool, slots[j])
        if left == 0:
            return


@replaced_by(fetch_all)
def foresee(
    slots: Array[int],
    places: Array[int],
    n: int,
    rows: Array[Entry],
    table: Array[int],
    pool: Array[Segment],
    stretches: Array[Stretch],
    sides: Array[CoalescedEnd],
) -> None:
    """Nothing in plain code; ``fetch_all`` in native code."""


@replaced_by(fetch_frame)
def foresee_frame(buffer: Bytes, start: int, pool: Array[Segment], slot: int) -> None:
    """Nothing in plain code; ``fetch_frame`` in native code."""


@replaced_by(fetch_connections)
def foresee_connections(
    due: Array[int],
    i: int,
    count: int,
    rows: Array[Entry],
    pool: Array[Segment],
    stretches: Array[Stretch],
    sides: Array[CoalescedEnd],
    slots: Array[int],
) -> None:
    """Nothing in plain code; ``fetch_connections`` in native code."""
