"""One connection after the other through the machine: its segments in order, both endpoints, facts. Hot."""

from __future__ import annotations

from typing import Any

from tcpexplain.borrowed import borrowed
from tcpexplain.machine.collect import collect
from tcpexplain.machine.endpoint import clear
from tcpexplain.machine.predicted import survey
from tcpexplain.machine.run import run
from tcpexplain.machine.step import Book
from tcpexplain.machine.timers import finish
from tcpexplain.wire.segment import FIN, MARK_DUPLICATE, MARK_LOST, MARK_PROBE, MARK_RETRANSMISSION, RST, SYN

TELLING = 64
"""Segments that are kept at most of a connection that leaves memory, for its causes to speak of; one of each file it spans is among them."""
FILES = 60
"""Bits in which it is noted of which files there are segments already."""


def conclude(
    index: int,
    row: Any,
    pool: Any,
    facts: Any,
    tells: Any,
    ends: Any,
    order: Any,
    after: Any,
    fate: Any,
    rtt: Any,
    scan: Any,
    book: Any,
    capture_end: int,
) -> None:
    """Take one connection through the machine; ``facts`` and ``tells`` are all 0 before."""
    n = row.kept
    traits = survey(row.first, pool, order, scan)
    clear(ends[0])
    clear(ends[1])
    rtt[0] = rtt[1] = 0
    first_reset = book.used[1]
    run(index, ends, 0, pool, order, n, traits, after, fate, rtt, scan, book)
    finish(index, ends, 0, pool[order[n - 1]], capture_end, book)
    collect(facts, tells, ends, 0, pool, order, n, book, first_reset, row.low_port, row.high_port, capture_end)
    for side in range(2):
        tells[side].iss, tells[side].condition = ends[side].iss, ends[side].condition


def conclude_all(
    due: Any, at: int, count: int, rows: Any, pool: Any, facts: Any, clients: Any, servers: Any, blank: Any, blanks: Any,
    tells: Any, ends: Any, order: Any, after: Any, fate: Any, rtt: Any, scan: Any, book: Any,
    capture_end: int,
) -> int:  # fmt: skip
    """Conclude the connections ``due[at]`` to ``due[count]`` into columns, as long as there is room for what they write.

    Returns
    -------
    int
        The first one that was not concluded.
    """
    due, rows, pool, facts, clients, servers = (
        borrowed(due),
        borrowed(rows),
        borrowed(pool),
        borrowed(facts),
        borrowed(clients),
        borrowed(servers),
    )
    tells, ends, order, after, fate, rtt, scan = (
        borrowed(tells),
        borrowed(ends),
        borrowed(order),
        borrowed(after),
        borrowed(fate),
        borrowed(rtt),
        borrowed(scan),
    )
    book = Book(borrowed(book.steps), borrowed(book.resets), borrowed(book.used), book.whole)
    for i in range(at, count):
        index = due[i]
        n = rows[index].kept
        if n > len(order) or len(book.steps) - book.used[0] < 6 * n + 4 or len(book.resets) - book.used[1] < n:
            return i
        facts[index] = blank[0]
        tells[0] = blanks[0]
        tells[1] = blanks[0]
        conclude(index, rows[index], pool, facts[index], tells, ends, order, after, fate, rtt, scan, book, capture_end)
        client = facts[index].client
        clients[index] = tells[client]
        servers[index] = tells[1 - client]
    return count


def keep_telling(due: Any, at: int, count: int, rows: Any, pool: Any, facts: Any, kept: Any, used: Any) -> int:
    """Copy the segments that causes speak of to ``kept``, which is in use up to ``used[0]``; their ``next`` is the connection.

    Returns
    -------
    int
        The first connection for which there was no room.
    """
    for i in range(at, count):
        if len(kept) - used[0] < TELLING:
            return i
        row = rows[due[i]]
        slot, room, alive = row.first, TELLING - 2, sign_of_life(row, pool, facts[due[i]])
        files = 0
        while slot >= 0:
            segment = pool[slot]
            following = segment.next
            ends = slot == row.first or slot == alive or following < 0
            if ends or (room > 0 and (tells(segment, facts[due[i]]) or not files >> segment.file % FILES & 1)):
                kept[used[0]] = segment
                kept[used[0]].next = due[i]
                used[0] += 1
                room -= 1
                files |= 1 << segment.file % FILES
            slot = following
    return count


def sign_of_life(row: Any, pool: Any, facts: Any) -> int:
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


def tells(segment: Any, facts: Any) -> bool:
    """Whether some cause may point at the segment."""
    if (
        segment.flags & (SYN | FIN | RST)
        or segment.icmp
        or segment.mark & (MARK_DUPLICATE | MARK_LOST | MARK_PROBE | MARK_RETRANSMISSION)
    ):
        return True
    return bool(segment.packet == facts.quiet_packet or segment.packet == facts.stray_ack)
