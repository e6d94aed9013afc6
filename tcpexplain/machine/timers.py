"""What happens without a packet: retransmission, SYN and 2 MSL timers, after the last packet of a connection.

The intervals are Linux's defaults (tcp(7), Documentation/networking/ip-sysctl.rst); sysctls and TCP_USER_TIMEOUT change
them, so a step that a timer makes says so by its basis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.machine.endpoint import TIMED_OUT, fail
from tcpexplain.machine.move import move
from tcpexplain.machine.step import TIMER
from tcpexplain.machine.steps import condition, write_step
from tcpexplain.machine.transitions import State, Trigger

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.endpoint import Endpoint
    from tcpexplain.machine.step import Book
    from tcpexplain.wire.segment import Segment

SECOND = 1_000_000_000
MSL_2 = 60 * SECOND
"""TCP_TIMEWAIT_LEN, include/net/tcp.h."""
RTO_MAX = 120 * SECOND
RETRIES_2 = 15
"""tcp_retries2: data is sent again 15 times with doubling intervals before ETIMEDOUT."""
SYN_ACK_RETRIES = 5
"""tcp_synack_retries: 1, 3, 7, 15, 31 s, and 63 s to the end."""
DEAD_AFTER = 3
"""Unanswered copies of data from which on the peer is taken for dead: chance loss does not take four in a row."""
DEAD_AFTER_SYNS = 2

_TIMEOUT, _TWO_MSL = int(Trigger.TIMEOUT), int(Trigger.TWO_MSL)
_CLOSED, _SYN_SENT, _SYN_RECEIVED = int(State.CLOSED), int(State.SYN_SENT), int(State.SYN_RECEIVED)
_TIME_WAIT, _UNKNOWN = int(State.TIME_WAIT), int(State.UNKNOWN)


def finish(row: int, ends: Array[Endpoint], segment: Segment, capture_end: int, book: Book) -> None:
    """Add the steps that timers make after ``segment``, the connection's last; ``capture_end``: time of the capture's last packet."""
    for side in range(2):
        me = ends[side]
        if me.state == _TIME_WAIT and me.last_time and capture_end - segment.time >= MSL_2:
            move(me, _TWO_MSL)
            write(row, ends, segment, segment.time + MSL_2, book)
        elif me.state == _SYN_SENT and me.repeats >= DEAD_AFTER_SYNS:
            moment = segment.time + 2 * me.repeat_gap
            fail(me, me.soft or TIMED_OUT, segment.packet, moment)
            move(me, _TIMEOUT)
            write(row, ends, segment, moment, book)
        elif me.state == _SYN_RECEIVED and me.repeats >= DEAD_AFTER:
            move(me, _TIMEOUT)
            write(row, ends, segment, give_up(me, segment.time, SYN_ACK_RETRIES), book)
        elif (
            me.state != _CLOSED
            and (me.connected or me.state == _UNKNOWN)
            and me.repeats >= DEAD_AFTER
            and not ends[1 - side].rst_sent
        ):
            moment = give_up(me, segment.time, RETRIES_2)
            if not me.gave_up:
                fail(me, me.soft or TIMED_OUT, segment.packet, moment)
            move(me, _TIMEOUT)
            write(row, ends, segment, moment, book)


def give_up(me: Endpoint, last: int, retries: int) -> int:
    """When the kernel stops: the intervals double from the last one seen until ``retries`` copies have been sent."""
    gap, moment = max(me.repeat_gap, SECOND // 5), last
    for _ in range(me.repeats, retries + 1):
        gap = min(2 * gap, RTO_MAX)
        moment += gap
    return moment


def write(row: int, ends: Array[Endpoint], segment: Segment, time: int, book: Book) -> None:
    """One step of basis TIMER: it carries the connection's last packet, and the timer's own time."""
    low, high = ends[0], ends[1]
    low.condition, high.condition = condition(low), condition(high)
    if book.whole:
        write_step(row, ends, segment, time, TIMER, book)
