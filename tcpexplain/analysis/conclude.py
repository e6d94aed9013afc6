"""One connection after the other through the machine: its segments in order, both endpoints, facts. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tcpexplain.hot.inline import entry, inlined
from tcpexplain.machine.arrival import measure
from tcpexplain.machine.endpoint import clear
from tcpexplain.machine.facts_of_connection import close_facts, collect, open_facts
from tcpexplain.machine.fast_path import is_level
from tcpexplain.machine.prediction import GAP, expect_more, expect_nothing, survey
from tcpexplain.machine.run import begin, run
from tcpexplain.machine.steps import last_conditions
from tcpexplain.machine.timers import finish
from tcpexplain.machine.workspace import is_long_enough
from tcpexplain.tracking.coalescing import give_up
from tcpexplain.tracking.entry import DOUBTED, REPLACED, UNORDERED
from tcpexplain.tracking.prefetch import foresee_connections
from tcpexplain.vantage.gaps import fill
from tcpexplain.vantage.hidden import HIDDEN_ORDER, HIDDEN_PLAIN
from tcpexplain.vantage.inferred import ROOM, most
from tcpexplain.vantage.order import put_in_order
from tcpexplain.vantage.sighting import go_on_seeing
from tcpexplain.wire.segment import (
    FIN,
    MARK_DUPLICATE,
    MARK_LOST,
    MARK_PREDICTED,
    MARK_PROBE,
    MARK_RETRANSMISSION,
    RST,
    STRETCH,
    SYN,
)

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.coalesced import Stretch
    from tcpexplain.machine.endpoint import Endpoint
    from tcpexplain.machine.facts import EndFacts, Facts
    from tcpexplain.machine.workspace import Workspace
    from tcpexplain.tracking.entry import Counters, Entry
    from tcpexplain.tracking.tracked import Tracked
    from tcpexplain.wire.segment import Segment

TELLING = 64
"""Segments that are kept at most of a connection that leaves memory, for its causes to speak of; one of each file it spans is among them."""
RECENT, LEAST = 64, 64
"""Segments that stay of a connection that is condensed, and how many must go for it to be worth while."""
FILES = 60
"""Bits in which it is noted of which files there are segments already."""


class FactColumns(NamedTuple):
    """What is found of all connections, by their numbers: facts, those of the client, those of the server; and one of each that says nothing."""

    facts: Array[Facts]
    clients: Array[EndFacts]
    servers: Array[EndFacts]
    blank: Array[Facts]
    blanks: Array[EndFacts]


@inlined
def begin_connection(row: Entry, tracked: Tracked, facts: Facts, work: Workspace) -> int:
    """The endpoints and facts of a connection before its first segment; ``order`` and what ``survey`` says of its segments."""
    pool, order, rtt, ends, forced = tracked.pool, work.order, work.rtt, work.ends, work.book.forced
    expect_nothing(work.sight)
    traits = survey(row.first, pool, tracked.sides, order, work.sight)
    clear(ends[0])
    clear(ends[1])
    rtt[0] = rtt[1] = 0
    measure(pool, order, row.kept, rtt)
    begin(ends, pool, order, row.kept)
    open_facts(facts, ends, pool[row.first], row.low_port, row.high_port)
    ends[facts.client].forced, ends[1 - facts.client].forced = forced & 15, forced >> 4
    return traits


def go_on(row: Entry, tracked: Tracked, work: Workspace, at: int) -> int:
    """The same for what is left of a connection that has been condensed: its endpoints are ``held[at]`` and the next."""
    ends, rtt = work.ends, work.rtt
    for side in range(2):
        ends[side] = work.held[at + side]
        rtt[side] = ends[side].rtt
    expect_more(work.sight, ends[0], ends[1])
    return survey(row.first, tracked.pool, tracked.sides, work.order, work.sight)


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
    facts.replaced = 1 if row.known & (REPLACED | DOUBTED) == REPLACED else 0
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
    close_facts(facts, tells, ends, book, first_reset, capture_end)
    for side in range(2):
        tells[side].iss, tells[side].condition = ends[side].iss, ends[side].condition
        tells[side].fingerprint, tells[side].forced = ends[side].system, ends[side].forced


def fits_machine(tracked: Tracked, columns: FactColumns, work: Workspace) -> bool:
    """Whether what one connection after the other is worked on with is long enough."""
    if len(tracked.pool) < ROOM or len(tracked.sides) < 2 * len(tracked.stretches) or not is_long_enough(work):
        return False
    return min(len(columns.blank), len(columns.blanks)) > 0


def has_place(index: int, rows: Array[Entry], columns: FactColumns, held: Array[Endpoint]) -> bool:
    """Whether there is such a connection, a place for what is found of it, and what is held of it."""
    if not 0 <= index < min(len(rows), len(columns.facts), len(columns.clients), len(columns.servers)):
        return False
    return rows[index].held >= 0 and 2 * rows[index].held <= len(held)


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


def put(index: int, columns: FactColumns, tells: Array[EndFacts]) -> None:
    """Put what was found of both ends of a connection where it belongs: by then it is known which is the client."""
    client = columns.facts[index].client
    columns.clients[index] = tells[client]
    columns.servers[index] = tells[1 - client]


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


@inlined
def recall(row: Entry, columns: FactColumns, index: int, tells: Array[EndFacts]) -> None:
    """What is known of a connection before: nothing, or what ``condense`` has put down."""
    if row.held:
        client = columns.facts[index].client
        tells[client] = columns.clients[index]
        tells[1 - client] = columns.servers[index]
    else:
        columns.facts[index] = columns.blank[0]
        tells[0] = columns.blanks[0]
        tells[1] = columns.blanks[0]


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
