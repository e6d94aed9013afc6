"""What the segments of a batch need is brought into the processor's cache before it is asked for. Hot, compiled only.

A connection's row, its place in the table, its stretch: in a large capture none of them is near when its segment comes,
and one after the other is waited for. The addresses of a whole batch are known early, so that the waits overlap.
"""

from __future__ import annotations

from typing import Any


def foresee(slots: Any, places: Any, n: int, rows: Any, table: Any, pool: Any, stretches: Any, sides: Any) -> None:
    """Nothing in plain code; ``fetch_all`` in compiled code."""


def foresee_connection(due: Any, i: int, count: int, rows: Any, pool: Any, stretches: Any, sides: Any) -> None:
    """Nothing in plain code; ``fetch_connection`` in compiled code."""


def fetch(array: Any, index: int) -> None:
    """Ask for ``array[index]``, without waiting; in plain code nothing."""


def fetch_all(slots: Any, places: Any, n: int, rows: Any, table: Any, pool: Any, stretches: Any, sides: Any) -> None:
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


def fetch_connection(due: Any, i: int, count: int, rows: Any, pool: Any, stretches: Any, sides: Any) -> None:
    """Ask for what is needed to conclude the connections that follow ``due[i]``: the further ahead, the less is known of it."""
    if i + 9 < count:
        fetch(rows, due[i + 9])
    if i + 6 < count:
        row = rows[due[i + 6]]
        if row.first >= 0:
            fetch(pool, row.first)
            fetch(pool, row.last)
        if row.stretch:
            fetch(stretches, row.stretch - 1)
            fetch(sides, 2 * row.stretch - 2)
            fetch(sides, 2 * row.stretch - 1)
    for ahead in range(4, 0, -1):
        if i + ahead < count:
            slot = rows[due[i + ahead]].first
            for _ in range(5 - ahead):
                slot = pool[slot].next if slot >= 0 else slot
            if slot >= 0:
                fetch(pool, slot)
