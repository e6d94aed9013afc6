"""Which connections have ended or grown long, and the slots that they leave. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import entry
from tcpexplain.tracking.coalescing import give_up
from tcpexplain.tracking.entry import CONCLUDED, DOUBTED, FIN_HIGH, FIN_LOW, REPLACED, RESET
from tcpexplain.tracking.talk import is_to_be_read
from tcpexplain.tracking.tells import may_tell

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.coalesced import Stretch
    from tcpexplain.machine.facts import EndFacts, Facts
    from tcpexplain.tracking.entry import Counters, Entry
    from tcpexplain.wire.segment import Segment


def can_list(rows: Array[Entry], desks: Array[Counters], due: Array[int]) -> bool:
    """Whether there are so many connections, and ``due`` has room for all that are not concluded."""
    if not len(desks):
        return False
    desk = desks[0]
    return 0 <= desk.oldest <= desk.rows <= len(rows) and desk.rows - desk.oldest <= len(due)


def has_closed(row: Entry) -> bool:
    """Whether both ends have sent a FIN, or one a RST: from then on the connection may be concluded, whatever comes later on its port pair."""
    return bool(row.known & RESET or (row.known & FIN_LOW and row.known & FIN_HIGH))


def fits_finished(rows: Array[Entry], desks: Array[Counters], due: Array[int]) -> bool:
    """Whether there are so many connections, and room for all of them."""
    return can_list(rows, desks, due)


@entry(fits_finished)
def finished(rows: Array[Entry], desks: Array[Counters], before: int, due: Array[int]) -> int:
    """Fill ``due`` with the connections that have closed and been quiet since ``before`` (ns); their number."""
    desk = desks[0]
    count = 0
    for index in range(desk.oldest, desk.rows):
        known = rows[index].known
        if known & CONCLUDED:
            if index == desk.oldest:
                desk.oldest += 1
            continue
        if (known & REPLACED or has_closed(rows[index])) and (
            rows[index].time <= before or known & (REPLACED | DOUBTED) == REPLACED
        ):
            due[count] = index
            count += 1
    return count


def fits_long_ones(rows: Array[Entry], desks: Array[Counters], due: Array[int]) -> bool:
    """Whether there are so many connections, and room for all of them."""
    return can_list(rows, desks, due)


@entry(fits_long_ones)
def long_ones(rows: Array[Entry], desks: Array[Counters], least: int, due: Array[int]) -> int:
    """Fill ``due`` with the connections that have not been concluded of which at least so many segments are kept; their number."""
    count = 0
    for index in range(desks[0].oldest, desks[0].rows):
        row = rows[index]
        if row.kept >= least and not row.known & CONCLUDED and not row.doubt:
            due[count] = index
            count += 1
    return count


def fits_unfinished(rows: Array[Entry], desks: Array[Counters], due: Array[int]) -> bool:
    """Whether there are so many connections, and room for all of them."""
    return can_list(rows, desks, due)


@entry(fits_unfinished)
def unfinished(rows: Array[Entry], desks: Array[Counters], due: Array[int]) -> int:
    """Fill ``due`` with all connections that have not been concluded; their number."""
    count = 0
    for index in range(desks[0].oldest, desks[0].rows):
        if not rows[index].known & CONCLUDED:
            due[count] = index
            count += 1
    return count


def are_held(
    due: Array[int],
    count: int,
    rows: Array[Entry],
    facts: Array[Facts],
    clients: Array[EndFacts],
    servers: Array[EndFacts],
) -> bool:
    """Whether there are such connections, and facts of them."""
    if not 0 <= count <= len(due):
        return False
    for i in range(count):
        if not 0 <= due[i] < min(len(rows), len(facts), len(clients), len(servers)):
            return False
    return True


def is_worth_holding(row: Entry, facts: Facts, client: EndFacts, server: EndFacts) -> bool:
    """Whether all segments of a concluded connection are there, and its messages, which nobody has followed, may tell something."""
    return is_to_be_read(row) and not row.gone and not row.omitted and may_tell(row, facts, client, server)


@entry(are_held)
def to_be_held(
    due: Array[int],
    count: int,
    rows: Array[Entry],
    facts: Array[Facts],
    clients: Array[EndFacts],
    servers: Array[EndFacts],
) -> int:
    """How many segments more than now are to stay in memory of the connections ``due``, which have been concluded."""
    held = 0
    for i in range(count):
        at = due[i]
        if is_worth_holding(rows[at], facts[at], clients[at], servers[at]):
            held += rows[at].kept - rows[at].waits
    return held


def fits_release(
    due: Array[int], count: int, rows: Array[Entry], facts: Array[Facts], clients: Array[EndFacts], servers: Array[EndFacts],
    pool: Array[Segment], stretches: Array[Stretch], desks: Array[Counters],
) -> bool:  # fmt: skip
    """Whether there are such connections, with such slots and stretches."""
    if not len(desks) or not are_held(due, count, rows, facts, clients, servers):
        return False
    for i in range(count):
        row = rows[due[i]]
        if row.first >= len(pool) or row.last >= len(pool) or not 0 <= row.stretch <= len(stretches):
            return False
    return True


@entry(fits_release)
def release(
    due: Array[int],
    count: int,
    rows: Array[Entry],
    facts: Array[Facts],
    clients: Array[EndFacts],
    servers: Array[EndFacts],
    pool: Array[Segment],
    stretches: Array[Stretch],
    desks: Array[Counters],
    hold: int,
) -> None:
    """Free the slots and stretches of connections that have been concluded; with ``hold``, but for segments whose messages are to be read."""
    desk = desks[0]
    for i in range(count):
        at = due[i]
        row = rows[at]
        row.known |= CONCLUDED
        if hold and is_worth_holding(row, facts[at], clients[at], servers[at]):
            desk.may_hold -= row.kept - row.waits
        elif row.first >= 0:
            pool[row.last].next = desk.free
            desk.free = row.first
            desk.vacant += row.kept
            desk.may_hold += row.waits
            row.first = row.last = -1
            row.kept = row.waits = 0
        if row.stretch:
            give_up(row, stretches, 0, desk)


def fits_slots_of(due: Array[int], rows: Array[Entry], order: Array[int]) -> bool:
    """Whether there are such connections, and room for their slots."""
    kept = 0
    for i in range(len(due)):
        if not 0 <= due[i] < len(rows) or rows[due[i]].kept < 0:
            return False
        kept += rows[due[i]].kept
    return kept <= len(order)


@entry(fits_slots_of)
def slots_of(due: Array[int], rows: Array[Entry], pool: Array[Segment], order: Array[int]) -> None:
    """Fill ``order`` with the slots of the segments that are kept of the connections ``due``, one behind the other."""
    n = 0
    for i in range(len(due)):
        slot = rows[due[i]].first
        while slot >= 0:
            order[n] = slot
            slot = pool[slot].next
            n += 1
