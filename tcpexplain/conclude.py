"""One connection after the other through the machine: its segments in order, both endpoints, facts. Hot."""

from __future__ import annotations

from typing import Any

from tcpexplain.borrowed import borrowed
from tcpexplain.machine.endpoint import clear
from tcpexplain.machine.facts import collect
from tcpexplain.machine.run import run
from tcpexplain.machine.step import Book
from tcpexplain.machine.timers import finish


def gather(row: Any, pool: Any, order: Any) -> int:
    """The slots of a connection's segments, in order; how many there are. What an earlier run marked is forgotten."""
    slot = row.first
    n = 0
    while slot >= 0:
        order[n] = slot
        pool[slot].mark &= 7
        slot = pool[slot].next
        n += 1
    return n


def conclude(
    index: int, row: Any, pool: Any, facts: Any, tells: Any, ends: Any, order: Any, after: Any, fate: Any, rtt: Any, book: Any, capture_end: int
) -> None:
    """Take one connection through the machine; ``facts`` and ``tells`` are all 0 before."""
    n = gather(row, pool, order)
    clear(ends[0])
    clear(ends[1])
    rtt[0] = rtt[1] = 0
    first_reset = book.used[1]
    run(index, ends, 0, pool, order, n, after, fate, rtt, book)
    finish(index, ends, 0, pool[order[n - 1]], capture_end, book)
    collect(facts, tells, ends, 0, pool, order, n, book, first_reset, row.low_port, row.high_port, capture_end)
    for side in range(2):
        tells[side].iss, tells[side].condition = ends[side].iss, ends[side].condition


def conclude_all(
    due: Any, at: int, count: int, rows: Any, pool: Any, facts: Any, clients: Any, servers: Any, blank: Any, blanks: Any,
    tells: Any, ends: Any, order: Any, after: Any, fate: Any, rtt: Any, book: Any, capture_end: int, keep_steps: int,
) -> int:  # fmt: skip
    """Conclude the connections ``due[at]`` to ``due[count]`` into columns, as long as there is room for what they write.

    Returns
    -------
    int
        The first one that was not concluded.
    """
    due, rows, pool, facts, clients, servers = borrowed(due), borrowed(rows), borrowed(pool), borrowed(facts), borrowed(clients), borrowed(servers)
    tells, ends, order, after, fate, rtt = borrowed(tells), borrowed(ends), borrowed(order), borrowed(after), borrowed(fate), borrowed(rtt)
    book = Book(borrowed(book.steps), borrowed(book.resets), borrowed(book.used))
    for i in range(at, count):
        index = due[i]
        n = rows[index].kept
        if not keep_steps:
            book.used[0] = 0
        if n > len(order) or len(book.steps) - book.used[0] < 6 * n + 4 or len(book.resets) - book.used[1] < n:
            return i
        facts[index] = blank[0]
        tells[0] = blanks[0]
        tells[1] = blanks[0]
        conclude(index, rows[index], pool, facts[index], tells, ends, order, after, fate, rtt, book, capture_end)
        client = facts[index].client
        clients[index] = tells[client]
        servers[index] = tells[1 - client]
    return count
