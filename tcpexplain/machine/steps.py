"""What the loop writes down: a step for every change of a state, or of what a call returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import inlined
from tcpexplain.machine.endpoint import LIKELY, NO, SCALE_UNKNOWN, UNLIKELY
from tcpexplain.machine.step import new_step
from tcpexplain.machine.unread import still_unread
from tcpexplain.wire.segment import ACK
from tcpexplain.wire.seqnum import offset

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.endpoint import Endpoint
    from tcpexplain.machine.step import Book
    from tcpexplain.wire.segment import Segment


def write_change(row: int, ends: Array[Endpoint], segment: Segment, position: int, basis: int, book: Book) -> None:
    """``note_change`` where it is not called for every segment."""
    note_change(row, ends, segment, position, basis, book)


@inlined
def note_change(row: int, ends: Array[Endpoint], segment: Segment, position: int, basis: int, book: Book) -> None:
    """One step if a state or what a call returns has changed at either end; called where steps are wanted."""
    low, high = ends[0], ends[1]
    refresh_both(ends, segment.time, position)
    first, second = condition(low), condition(high)
    if first == low.condition and second == high.condition:
        return
    low.condition, high.condition = first, second
    write_step(row, ends, segment, segment.time, basis, book)


@inlined
def write_state_change(
    row: int, ends: Array[Endpoint], segment: Segment, position: int, basis: int, book: Book
) -> None:
    """One step if a state has changed, before the same segment changes it again."""
    if ends[0].state != ends[0].previous or ends[1].state != ends[1].previous:
        write_change(row, ends, segment, position, basis, book)


def write_step(row: int, ends: Array[Endpoint], segment: Segment, time: int, basis: int, book: Book) -> None:
    """Append one step at ``time``, which the segment shows; the states before it are those of the step before."""
    step, low, high = new_step(book, row), ends[0], ends[1]
    me, peer = ends[segment.sender], ends[1 - segment.sender]
    step.packet, step.file, step.time = segment.packet, segment.file, time
    step.sender, step.flags, step.length, step.basis = segment.sender, segment.flags, segment.length, basis
    step.seq = (int(segment.seq) - me.iss) & 0xFFFFFFFF
    step.has_ack = 1 if segment.flags & ACK else 0
    step.ack = (int(segment.ack) - peer.iss) & 0xFFFFFFFF
    step.previous0, step.state0, step.condition0 = low.previous, low.state, low.condition
    step.previous1, step.state1, step.condition1 = high.previous, high.state, high.condition
    low.previous, high.previous = low.state, high.state


def last_conditions(ends: Array[Endpoint], position: int, time: int) -> None:
    """Where no steps were wanted: what the sockets know after the last segment."""
    low, high = ends[0], ends[1]
    refresh_both(ends, time, position)
    low.condition, high.condition = condition(low), condition(high)


def condition(end: Endpoint) -> int:
    """Everything ``sockets/`` needs to know of an end, packed: the words of ``sockets.CONDITIONS`` are its parts."""
    return int(
        end.state
        | end.role << 4
        | end.error << 6
        | end.soft << 10
        | end.eof << 14
        | end.fin_sent << 15
        | end.unread << 16
        | end.full << 18
        | end.icmp_killed << 20
        | end.rst_sent << 21
        | end.connected << 22
    )


@inlined
def refresh_both(ends: Array[Endpoint], time: int, position: int) -> None:
    """Bring both ends up to date: what they know depends on what they knew at each packet before."""
    refresh(ends[0], ends[1], position, time)
    refresh(ends[1], ends[0], position, time)


def refresh(end: Endpoint, peer: Endpoint, position: int, time: int) -> None:
    """Bring up to date what changes without a packet: whether received bytes have been read, whether the send buffer is full."""
    if end.unread and end.unread_at != position:
        end.unread = still_unread(end, time - end.unread_time)
    end.full = buffer_full(end, peer)


def buffer_full(end: Endpoint, peer: Endpoint) -> int:
    """Whether the next write meets a full send buffer: LIKELY once the window is used up and bytes are seen to wait behind it, UNLIKELY when only the former is.

    Bytes wait where a probe of the closed window is sent, or where the last data has no PSH (RFC 9293 section 3.9.1.2, MUST-61:
    the last one of what is queued has it).
    """
    if not end.connected or not peer.segments or not end.has_acked or end.fin_sent:
        return NO
    if peer.wscale == SCALE_UNKNOWN and peer.window:
        return NO
    usable = peer.window - offset(end.snd_nxt, end.snd_acked)
    if usable <= 0 and (end.probes or end.more or end.full == LIKELY):
        return LIKELY
    return UNLIKELY if usable < end.largest else NO
