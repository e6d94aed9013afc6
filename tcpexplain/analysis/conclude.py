"""One connection after the other through the machine: its segments in order, both endpoints, facts. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.analysis.found import FactColumns, begin_connection, fits_machine, go_on, has_place, put, recall
from tcpexplain.analysis.telling import TELLING, keep_telling
from tcpexplain.hot.inline import entry, inlined
from tcpexplain.machine.facts_of_connection import close_facts, collect
from tcpexplain.machine.prediction import GAP
from tcpexplain.machine.run import run
from tcpexplain.machine.steps import last_conditions
from tcpexplain.machine.timers import finish
from tcpexplain.tracking.ended import has_closed
from tcpexplain.tracking.entry import DOUBTED, REPLACED, UNORDERED
from tcpexplain.tracking.prefetch import foresee_connections
from tcpexplain.vantage.gaps import fill
from tcpexplain.vantage.hidden import HIDDEN_MIDDLE, HIDDEN_ORDER, HIDDEN_PLAIN
from tcpexplain.vantage.inferred import most
from tcpexplain.vantage.order import put_in_order
from tcpexplain.vantage.sighting import go_on_seeing

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.facts import Facts
    from tcpexplain.machine.workspace import Workspace
    from tcpexplain.tracking.tracked import Tracked
    from tcpexplain.wire.segment import Segment


@inlined
def conclude(index: int, tracked: Tracked, facts: Facts, work: Workspace, at: int, capture_end: int) -> None:
    """Take one connection through the machine; ``facts`` and ``work.tells`` are all 0 before, or what ``condense`` left of it.

    They stay so for a connection of which nothing is kept: nobody asked for it. What is held of it is ``work.held[at]`` and the next.
    """
    row, pool, sides = tracked.rows[index], tracked.pool, tracked.sides
    ends, tells, order, book = work.ends, work.tells, work.order, work.book
    n = row.kept
    if n == 0:
        return
    stepped = put_in_order(row, pool, order) if row.known & UNORDERED else 0
    traits = go_on(row, tracked, work, at) if row.held else begin_connection(row, tracked, facts, work)
    first_reset = book.used[1]
    facts.replaced = 1 if row.known & (REPLACED | DOUBTED) == REPLACED and not has_closed(row) else 0
    if stepped:
        facts.hidden |= HIDDEN_ORDER
    if traits & GAP:
        begun = 1 if row.held else 0
        if begun:
            go_on_seeing(work.seen, ends)
        n = fill(pool, sides, order, n, work.after, work.seen, begun, capture_end)
        facts.hidden |= HIDDEN_PLAIN if work.seen[0].filtered else 0
    run(index, pool, sides, n, n, traits, work)
    last = pool[order[n - 1]]
    if not book.whole:
        last_conditions(ends, n - 1, last.time)
    finish(index, ends, last, capture_end, book)
    collect(facts, tells, pool, tracked.stretches, sides, order, n)
    if row.omitted:
        facts.hidden |= HIDDEN_MIDDLE
        facts.packets += row.omitted
    close_facts(facts, tells, ends, book, first_reset, capture_end)
    for side in range(2):
        tells[side].iss, tells[side].condition = ends[side].iss, ends[side].condition
        tells[side].fingerprint, tells[side].forced = ends[side].system, ends[side].forced


def fits_conclude_all(
    due: Array[int], at: int, count: int, tracked: Tracked, columns: FactColumns, work: Workspace, used: Array[int]
) -> bool:
    """Whether there are such connections, and room for what is found of them; how much room there is for steps is asked again for each."""
    if not 0 <= at <= count <= len(due) or len(used) < 1 or not fits_machine(tracked, columns, work):
        return False
    for i in range(at, count):
        if not has_place(due[i], tracked.rows, columns, work.held):
            return False
    return True


@entry(fits_conclude_all)
def conclude_all(
    due: Array[int],
    at: int,
    count: int,
    tracked: Tracked,
    columns: FactColumns,
    work: Workspace,
    kept: Array[Segment],
    used: Array[int],
    capture_end: int,
) -> int:
    """Conclude the connections ``due[at]`` to ``due[count]`` into columns, as long as there is room for what they write.

    The segments that causes speak of are copied to ``kept``, of which ``used[0]`` are in use, if it has room for any: now they are
    in the processor's cache.

    Returns
    -------
    int
        The first one that was not concluded.
    """
    rows, pool, book = tracked.rows, tracked.pool, work.book
    for i in range(at, count):
        index = due[i]
        n = rows[index].kept
        room = n + most(n)
        if room > len(work.order) or len(book.steps) - book.used[0] < 6 * room + 4:
            return i
        if len(book.resets) - book.used[1] < n or (len(kept) and len(kept) - used[0] < TELLING):
            return i
        foresee_connections(due, i, count, rows, pool, tracked.stretches, tracked.sides, work.after)
        recall(rows[index], columns, index, work.tells)
        conclude(index, tracked, columns.facts[index], work, 2 * (rows[index].held - 1), capture_end)
        put(index, columns, work.tells)
        if len(kept):
            keep_telling(index, rows[index], pool, columns.facts[index], kept, used)
    return count
