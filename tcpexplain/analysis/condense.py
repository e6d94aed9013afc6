"""Connections that are still open: as far as they are settled their segments leave memory. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.analysis.found import FactColumns, begin_connection, fits_machine, go_on, has_place, put, recall
from tcpexplain.analysis.telling import TELLING, telling
from tcpexplain.hot.inline import entry
from tcpexplain.machine.facts_of_connection import collect
from tcpexplain.machine.fast_path import is_level
from tcpexplain.machine.run import run
from tcpexplain.tracking.coalescing import give_up
from tcpexplain.tracking.entry import UNORDERED
from tcpexplain.vantage.order import put_in_order
from tcpexplain.wire.segment import (
    MARK_PREDICTED,
    STRETCH,
)

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.coalesced import Stretch
    from tcpexplain.machine.facts import Facts
    from tcpexplain.machine.workspace import Workspace
    from tcpexplain.tracking.entry import Counters, Entry
    from tcpexplain.tracking.tracked import Tracked
    from tcpexplain.wire.segment import Segment

RECENT, LEAST = 64, 64
"""Segments that stay of a connection that is condensed, and how many must go for it to be worth while."""


def condense(index: int, tracked: Tracked, facts: Facts, work: Workspace, at: int) -> int:
    """Take an open connection through the machine as far as it is settled, and free the slots of those segments.

    Returns
    -------
    int
        How many; 0, and nothing has changed, if there is no place at which both ends were level.
    """
    row, pool, sides, desk = tracked.rows[index], tracked.pool, tracked.sides, tracked.desks[0]
    ends, order, rtt = work.ends, work.order, work.rtt
    n = row.kept
    if row.known & UNORDERED:
        put_in_order(row, pool, order)
    traits = go_on(row, tracked, work, at) if row.held else begin_connection(row, tracked, facts, work)
    stop = settled(pool, order, n)
    if stop == 0 or run(index, pool, sides, n, stop, traits, work) < stop:
        return 0
    if not is_level(ends):
        return 0
    collect(facts, work.tells, pool, tracked.stretches, sides, order, stop)
    ends[0].rtt, ends[1].rtt = rtt[0], rtt[1]
    let_stretches_go(row, pool, tracked.stretches, order, stop, desk)
    pool[order[stop - 1]].next = desk.free
    desk.free = row.first
    desk.vacant += stop
    row.first = order[stop]
    row.kept -= stop
    row.gone += stop
    return stop


def let_stretches_go(
    row: Entry, pool: Array[Segment], stretches: Array[Stretch], order: Array[int], stop: int, desk: Counters
) -> None:
    """Nothing joins behind an edge that goes with the first ``stop`` segments; their stretches are spare ones then."""
    if not row.stretch:
        return
    latest = stretches[row.stretch - 1]
    keep = 0 if latest.packets else 1
    for i in range(row.kept):
        if i < stop:
            latest.over = 1 if order[i] == latest.edge else latest.over
        elif pool[order[i]].icmp == STRETCH:
            keep += 1
    give_up(row, stretches, keep, desk)


def settled(pool: Array[Segment], order: Array[int], n: int) -> int:
    """How many of the segments may go: up to the last one that was predicted, but for the last ``RECENT``, which RSTs refer to."""
    for stop in range(n - RECENT, LEAST, -1):
        if pool[order[stop - 1]].mark & MARK_PREDICTED:
            return stop
    return 0


def fits_condense_all(
    due: Array[int],
    count: int,
    tracked: Tracked,
    columns: FactColumns,
    work: Workspace,
    used: Array[int],
    kept: Array[Segment],
) -> bool:
    """Whether there are such connections, and room for what is found of them and for what is kept."""
    if not len(tracked.desks) or not 0 <= count <= len(due) or not fits_machine(tracked, columns, work):
        return False
    if len(used) < 2 or len(work.held) < 2 * (used[0] + count):
        return False
    if len(kept) and len(kept) < used[1] + count * TELLING:
        return False
    for i in range(count):
        if not has_place(due[i], tracked.rows, columns, work.held) or tracked.rows[due[i]].kept > len(work.order):
            return False
    return True


@entry(fits_condense_all)
def condense_all(
    due: Array[int],
    count: int,
    tracked: Tracked,
    columns: FactColumns,
    work: Workspace,
    used: Array[int],
    kept: Array[Segment],
) -> int:
    """Condense connections; ``work.held`` has room for the endpoints of all of them behind the ``used[0]`` pairs it holds.

    The segments that go and that causes speak of are copied to ``kept`` behind the ``used[1]`` it holds, if it has room for any.

    Returns
    -------
    int
        How many slots this has freed.
    """
    freed, rows, held, facts = 0, tracked.rows, work.held, columns.facts
    for i in range(count):
        index = due[i]
        row = rows[index]
        recall(row, columns, index, work.tells)
        pair = row.held - 1 if row.held else used[0]
        gone = condense(index, tracked, facts[index], work, 2 * pair)
        if gone:
            used[0] += 0 if row.held else 1
            row.held = pair + 1
            held[2 * pair] = work.ends[0]
            held[2 * pair + 1] = work.ends[1]
            put(index, columns, work.tells)
            freed += gone
            if len(kept):
                for j in range(telling(row, work.order, gone, tracked.pool, facts[index], work.after)):
                    kept[used[1]] = tracked.pool[work.after[j]]
                    kept[used[1]].next = index
                    used[1] += 1
    return freed
