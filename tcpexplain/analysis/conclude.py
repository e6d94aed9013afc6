"""One connection after the other through the machine: its segments in order, both endpoints, facts. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import entry, inlined
from tcpexplain.machine.arrival import measure
from tcpexplain.machine.endpoint import clear
from tcpexplain.machine.facts_of_connection import close_facts, collect, open_facts
from tcpexplain.machine.fast_path import is_level
from tcpexplain.machine.prediction import GAP, expect_more, expect_nothing, survey
from tcpexplain.machine.run import SCAN, begin, run
from tcpexplain.machine.steps import last_conditions
from tcpexplain.machine.timers import finish
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
    from tcpexplain.machine.coalesced import CoalescedEnd, Stretch
    from tcpexplain.machine.endpoint import Endpoint
    from tcpexplain.machine.facts import EndFacts, Facts
    from tcpexplain.machine.step import Book
    from tcpexplain.tracking.entry import Counters, Entry
    from tcpexplain.vantage.sighting import Sighting
    from tcpexplain.wire.segment import Segment

TELLING = 64
"""Segments that are kept at most of a connection that leaves memory, for its causes to speak of; one of each file it spans is among them."""
RECENT, LEAST = 64, 64
"""Segments that stay of a connection that is condensed, and how many must go for it to be worth while."""
FILES = 60
"""Bits in which it is noted of which files there are segments already."""


@inlined
def begin_connection(
    row: Entry,
    pool: Array[Segment],
    sides: Array[CoalescedEnd],
    facts: Facts,
    ends: Array[Endpoint],
    order: Array[int],
    rtt: Array[int],
    sight: Array[CoalescedEnd],
    forced: int,
) -> int:
    """The endpoints and facts of a connection before its first segment; ``order`` and what ``survey`` says of its segments."""
    expect_nothing(sight)
    traits = survey(row.first, pool, sides, order, sight)
    clear(ends[0])
    clear(ends[1])
    rtt[0] = rtt[1] = 0
    measure(pool, order, row.kept, rtt)
    begin(ends, pool, order, row.kept)
    open_facts(facts, ends, pool[row.first], row.low_port, row.high_port)
    ends[facts.client].forced, ends[1 - facts.client].forced = forced & 15, forced >> 4
    return traits


def go_on(
    row: Entry,
    pool: Array[Segment],
    sides: Array[CoalescedEnd],
    ends: Array[Endpoint],
    held: Array[Endpoint],
    at: int,
    order: Array[int],
    rtt: Array[int],
    sight: Array[CoalescedEnd],
) -> int:
    """The same for what is left of a connection that has been condensed: its endpoints are ``held[at]`` and the next."""
    for side in range(2):
        ends[side] = held[at + side]
        rtt[side] = ends[side].rtt
    expect_more(sight, ends[0], ends[1])
    return survey(row.first, pool, sides, order, sight)


@inlined
def conclude(
    index: int, row: Entry, pool: Array[Segment], stretches: Array[Stretch], sides: Array[CoalescedEnd], facts: Facts, tells: Array[EndFacts], ends: Array[Endpoint], held: Array[Endpoint], at: int,
    order: Array[int], after: Array[int], fate: Array[int], rtt: Array[int], scan: Array[int], sight: Array[CoalescedEnd], seen: Array[Sighting], book: Book, capture_end: int,
) -> None:  # fmt: skip
    """Take one connection through the machine; ``facts`` and ``tells`` are all 0 before, or what ``condense`` left of it.

    They stay so for a connection of which nothing is kept: nobody asked for it.
    """
    n = row.kept
    if n == 0:
        return
    stepped = put_in_order(row, pool, order) if row.known & UNORDERED else 0
    traits = (
        go_on(row, pool, sides, ends, held, at, order, rtt, sight)
        if row.held
        else begin_connection(row, pool, sides, facts, ends, order, rtt, sight, book.forced)
    )
    first_reset = book.used[1]
    facts.replaced = 1 if row.known & (REPLACED | DOUBTED) == REPLACED else 0
    if stepped:
        facts.hidden |= HIDDEN_ORDER
    if traits & GAP:
        begun = 1 if row.held else 0
        if begun:
            go_on_seeing(seen, ends)
        n = fill(pool, sides, order, n, after, seen, begun, capture_end)
        facts.hidden |= HIDDEN_PLAIN if seen[0].filtered else 0
    run(index, ends, pool, sides, order, n, n, traits, after, fate, rtt, scan, book)
    last = pool[order[n - 1]]
    if not book.whole:
        last_conditions(ends, n - 1, last.time)
    finish(index, ends, last, capture_end, book)
    collect(facts, tells, pool, stretches, sides, order, n)
    close_facts(facts, tells, ends, book, first_reset, capture_end)
    for side in range(2):
        tells[side].iss, tells[side].condition = ends[side].iss, ends[side].condition
        tells[side].fingerprint, tells[side].forced = ends[side].system, ends[side].forced


def fits_machine(
    pool: Array[Segment], stretches: Array[Stretch], sides: Array[CoalescedEnd], blank: Array[Facts],
    blanks: Array[EndFacts], tells: Array[EndFacts], ends: Array[Endpoint], order: Array[int], after: Array[int],
    fate: Array[int], rtt: Array[int], scan: Array[int], sight: Array[CoalescedEnd], book: Book,
) -> bool:  # fmt: skip
    """Whether what one connection after the other is worked on with is long enough."""
    if len(pool) < ROOM or len(sides) < 2 * len(stretches) or len(after) < len(order) or len(fate) < len(order):
        return False
    if min(len(tells), len(ends), len(sight), len(rtt), len(book.used)) < 2 or len(scan) < SCAN:
        return False
    return min(len(blank), len(blanks)) > 0 and book.used[0] >= 0 and book.used[1] >= 0


def has_place(
    index: int, rows: Array[Entry], facts: Array[Facts], clients: Array[EndFacts], servers: Array[EndFacts],
    held: Array[Endpoint],
) -> bool:  # fmt: skip
    """Whether there is such a connection, a place for what is found of it, and what is held of it."""
    if not 0 <= index < min(len(rows), len(facts), len(clients), len(servers)):
        return False
    return rows[index].held >= 0 and 2 * rows[index].held <= len(held)


def fits_conclude_all(
    due: Array[int], at: int, count: int, rows: Array[Entry], pool: Array[Segment], stretches: Array[Stretch],
    sides: Array[CoalescedEnd], facts: Array[Facts], clients: Array[EndFacts], servers: Array[EndFacts],
    blank: Array[Facts], blanks: Array[EndFacts], tells: Array[EndFacts], ends: Array[Endpoint],
    held: Array[Endpoint], order: Array[int], after: Array[int], fate: Array[int], rtt: Array[int],
    scan: Array[int], sight: Array[CoalescedEnd], seen: Array[Sighting], book: Book, used: Array[int],
) -> bool:  # fmt: skip
    """Whether there are such connections, and room for what is found of them; how much room there is for steps is asked again for each."""
    if not 0 <= at <= count <= len(due) or len(used) < 1 or len(seen) < 2:
        return False
    if not fits_machine(pool, stretches, sides, blank, blanks, tells, ends, order, after, fate, rtt, scan, sight, book):
        return False
    for i in range(at, count):
        if not has_place(due[i], rows, facts, clients, servers, held):
            return False
    return True


@entry(fits_conclude_all)
def conclude_all(
    due: Array[int], at: int, count: int, rows: Array[Entry], pool: Array[Segment], stretches: Array[Stretch], sides: Array[CoalescedEnd], facts: Array[Facts], clients: Array[EndFacts],
    servers: Array[EndFacts], blank: Array[Facts], blanks: Array[EndFacts], tells: Array[EndFacts], ends: Array[Endpoint], held: Array[Endpoint], order: Array[int], after: Array[int], fate: Array[int], rtt: Array[int],
    scan: Array[int], sight: Array[CoalescedEnd], seen: Array[Sighting], book: Book, kept: Array[Segment], used: Array[int], capture_end: int,
) -> int:  # fmt: skip
    """Conclude the connections ``due[at]`` to ``due[count]`` into columns, as long as there is room for what they write.

    The segments that causes speak of are copied to ``kept``, of which ``used[0]`` are in use, if it has room for any: now they are
    in the processor's cache.

    Returns
    -------
    int
        The first one that was not concluded.
    """
    for i in range(at, count):
        index = due[i]
        n = rows[index].kept
        room = n + most(n)
        if room > len(order) or len(book.steps) - book.used[0] < 6 * room + 4 or len(book.resets) - book.used[1] < n:
            return i
        if len(kept) and len(kept) - used[0] < TELLING:
            return i
        foresee_connections(due, i, count, rows, pool, stretches, sides, after)
        recall(rows[index], facts, clients, servers, index, tells, blank, blanks)
        conclude(
            index, rows[index], pool, stretches, sides, facts[index], tells, ends, held, 2 * (rows[index].held - 1),
            order, after, fate, rtt, scan, sight, seen, book, capture_end,
        )  # fmt: skip
        client = facts[index].client
        clients[index] = tells[client]
        servers[index] = tells[1 - client]
        if len(kept):
            keep_telling(index, rows[index], pool, facts[index], kept, used)
    return count


def condense(
    index: int, row: Entry, pool: Array[Segment], stretches: Array[Stretch], sides: Array[CoalescedEnd], facts: Facts, tells: Array[EndFacts], ends: Array[Endpoint], held: Array[Endpoint], at: int,
    order: Array[int], after: Array[int], fate: Array[int], rtt: Array[int], scan: Array[int], sight: Array[CoalescedEnd], book: Book, desk: Counters,
) -> int:  # fmt: skip
    """Take an open connection through the machine as far as it is settled, and free the slots of those segments.

    Returns
    -------
    int
        How many; 0, and nothing has changed, if there is no place at which both ends were level.
    """
    n = row.kept
    if row.known & UNORDERED:
        put_in_order(row, pool, order)
    traits = (
        go_on(row, pool, sides, ends, held, at, order, rtt, sight)
        if row.held
        else begin_connection(row, pool, sides, facts, ends, order, rtt, sight, book.forced)
    )
    stop = settled(pool, order, n)
    if stop == 0 or run(index, ends, pool, sides, order, n, stop, traits, after, fate, rtt, scan, book) < stop:
        return 0
    if not is_level(ends):
        return 0
    collect(facts, tells, pool, stretches, sides, order, stop)
    ends[0].rtt, ends[1].rtt = rtt[0], rtt[1]
    let_stretches_go(row, pool, stretches, order, stop, desk)
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
    due: Array[int], count: int, rows: Array[Entry], pool: Array[Segment], stretches: Array[Stretch],
    sides: Array[CoalescedEnd], facts: Array[Facts], clients: Array[EndFacts], servers: Array[EndFacts],
    blank: Array[Facts], blanks: Array[EndFacts], tells: Array[EndFacts], ends: Array[Endpoint],
    held: Array[Endpoint], used: Array[int], order: Array[int], after: Array[int], fate: Array[int],
    rtt: Array[int], scan: Array[int], sight: Array[CoalescedEnd], book: Book, desks: Array[Counters],
    kept: Array[Segment],
) -> bool:  # fmt: skip
    """Whether there are such connections, and room for what is found of them and for what is kept."""
    if not len(desks) or not 0 <= count <= len(due) or len(used) < 2 or len(held) < 2 * (used[0] + count):
        return False
    if len(kept) and len(kept) < used[1] + count * TELLING:
        return False
    if not fits_machine(pool, stretches, sides, blank, blanks, tells, ends, order, after, fate, rtt, scan, sight, book):
        return False
    for i in range(count):
        if not has_place(due[i], rows, facts, clients, servers, held) or rows[due[i]].kept > len(order):
            return False
    return True


@entry(fits_condense_all)
def condense_all(
    due: Array[int], count: int, rows: Array[Entry], pool: Array[Segment], stretches: Array[Stretch], sides: Array[CoalescedEnd], facts: Array[Facts], clients: Array[EndFacts], servers: Array[EndFacts],
    blank: Array[Facts], blanks: Array[EndFacts], tells: Array[EndFacts], ends: Array[Endpoint], held: Array[Endpoint], used: Array[int], order: Array[int], after: Array[int], fate: Array[int], rtt: Array[int],
    scan: Array[int], sight: Array[CoalescedEnd], book: Book, desks: Array[Counters], kept: Array[Segment],
) -> int:  # fmt: skip
    """Condense connections; ``held`` has room for the endpoints of all of them behind the ``used[0]`` pairs it holds.

    The segments that go and that causes speak of are copied to ``kept`` behind the ``used[1]`` it holds, if it has room for any.

    Returns
    -------
    int
        How many slots this has freed.
    """
    freed = 0
    for i in range(count):
        index = due[i]
        row = rows[index]
        recall(row, facts, clients, servers, index, tells, blank, blanks)
        pair = row.held - 1 if row.held else used[0]
        gone = condense(
            index, row, pool, stretches, sides, facts[index], tells, ends, held, 2 * pair, order, after, fate, rtt,
            scan, sight, book, desks[0],
        )  # fmt: skip
        if gone:
            used[0] += 0 if row.held else 1
            row.held = pair + 1
            held[2 * pair] = ends[0]
            held[2 * pair + 1] = ends[1]
            client = facts[index].client
            clients[index] = tells[client]
            servers[index] = tells[1 - client]
            freed += gone
            if len(kept):
                for j in range(telling(row, order, gone, pool, facts[index], after)):
                    kept[used[1]] = pool[after[j]]
                    kept[used[1]].next = index
                    used[1] += 1
    return freed


@inlined
def recall(
    row: Entry,
    facts: Array[Facts],
    clients: Array[EndFacts],
    servers: Array[EndFacts],
    index: int,
    tells: Array[EndFacts],
    blank: Array[Facts],
    blanks: Array[EndFacts],
) -> None:
    """What is known of a connection before: nothing, or what ``condense`` has put down."""
    if row.held:
        client = facts[index].client
        tells[client] = clients[index]
        tells[1 - client] = servers[index]
    else:
        facts[index] = blank[0]
        tells[0] = blanks[0]
        tells[1] = blanks[0]


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
