"""In what order one connection's packets were on the wire: a capture may hold them in another. Hot.

Packets of several queues, interfaces or processors are written down as they reach the capturing process; their time stamps
are taken earlier, and say more. What lies further back than captures mix up is a clock that was set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tcpexplain.wire.frames import WINDOW
from tcpexplain.wire.segment import STRETCH

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.wire.segment import Segment

REACH = 1024
"""Packets of the connection within which it may."""


class Chain(Protocol):
    """What is asked of a connection's row: ``tracking.entry`` stands to the right."""

    first: int
    last: int


def put_in_order(row: Chain, pool: Array[Segment], order: Array[int]) -> int:
    """Link the connection's segments by their times; ``order`` is scratch of ``row.kept``.

    A time that steps back further than ``WINDOW`` is a clock that was set: times go on from there without the step, unless the
    next packet shows that one alone came late. What was put together (``STRETCH``) stays where it is.

    Returns
    -------
    int
        Whether the clock was set.
    """
    n = floor = stepped = 0
    shift = last = 0
    slot = row.first
    while slot >= 0:
        segment = pool[slot]
        following = segment.next
        if segment.icmp == STRETCH:
            floor = n + 1
            order[n] = slot
        else:
            if segment.time >= last:
                shift = 0
            segment.time += shift
            if n > floor and segment.time < last - WINDOW:
                shift += last - segment.time
                segment.time = last
                stepped = 1
            place = n
            while place > floor and n - place < REACH and pool[order[place - 1]].time > segment.time:
                order[place] = order[place - 1]
                place -= 1
            order[place] = slot
        last = max(last, segment.time)
        n += 1
        slot = following
    link(row, pool, order, n)
    return stepped


def link(row: Chain, pool: Array[Segment], order: Array[int], n: int) -> None:
    """Let the segments follow each other as ``order`` says."""
    for i in range(n - 1):
        pool[order[i]].next = order[i + 1]
    row.first, row.last = order[0], order[n - 1]
    pool[row.last].next = -1
