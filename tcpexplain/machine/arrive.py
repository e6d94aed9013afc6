"""A segment arrives: what it does to its receiver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import inlined
from tcpexplain.machine.arrival import REFUSED, SURVIVED
from tcpexplain.machine.endpoint import LISTENER, NO_ERROR, RESET, RESET_IN_CLOSE_WAIT, YES, fail, hears
from tcpexplain.machine.endpoint import REFUSED as CONNECTION_REFUSED
from tcpexplain.machine.events import ACCEPTED, acknowledges_fin, acknowledges_syn, is_bsd, reset_effect
from tcpexplain.machine.icmp import error as icmp_error
from tcpexplain.machine.move import move
from tcpexplain.machine.resets import ACTIVE, KEEPALIVE_TIMEOUT
from tcpexplain.machine.step import INFERRED, SEEN, reset_of
from tcpexplain.machine.steps import note_change, refresh_both, write_change, write_state_change
from tcpexplain.machine.transitions import State, Trigger
from tcpexplain.wire.segment import (
    ACK,
    FIN,
    MARK_IGNORED,
    MARK_INFERRED,
    MARK_LOST,
    MARK_PROBE,
    MARK_RETRANSMISSION,
    RST,
    SYN,
    consumed,
)
from tcpexplain.wire.seqnum import later, offset

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.endpoint import Endpoint
    from tcpexplain.machine.step import Book
    from tcpexplain.wire.segment import Segment

_LISTEN, _SYN_SENT, _SYN_RECEIVED = int(State.LISTEN), int(State.SYN_SENT), int(State.SYN_RECEIVED)
_CLOSE_WAIT, _TIME_WAIT, _UNKNOWN = int(State.CLOSE_WAIT), int(State.TIME_WAIT), int(State.UNKNOWN)
_RECEIVE_SYN, _RECEIVE_SYN_ACK, _RECEIVE_ACK_OF_SYN = (
    int(Trigger.RECEIVE_SYN),
    int(Trigger.RECEIVE_SYN_ACK),
    int(Trigger.RECEIVE_ACK_OF_SYN),
)
_RECEIVE_FIN, _RECEIVE_ACK_OF_FIN, _RECEIVE_ICMP = (
    int(Trigger.RECEIVE_FIN),
    int(Trigger.RECEIVE_ACK_OF_FIN),
    int(Trigger.RECEIVE_ICMP),
)
_RECEIVE_RST, _RECEIVE_RST_OF_OPENING = int(Trigger.RECEIVE_RST), int(Trigger.RECEIVE_RST_OF_OPENING)


DEAD = 3
"""Unanswered copies of what an end has sent after which its RST has hardly arrived either."""


@inlined
def arrive(
    row: int,
    ends: Array[Endpoint],
    pool: Array[Segment],
    order: Array[int],
    i: int,
    position: int,
    fate: int,
    book: Book,
) -> None:
    """What segment ``i`` does to its receiver, in the order of RFC 9293 section 3.10.7; the packet of ``position`` shows it."""
    segment, shown = pool[order[i]], pool[order[position]]
    me = ends[1 - segment.sender]
    basis = SEEN if i == position and not shown.mark & MARK_INFERRED else INFERRED
    if segment.flags & RST:
        arrive_reset(row, me, ends[segment.sender], segment, fate, book)
        if book.whole:
            write_change(row, ends, shown, position, basis, book)
        return
    me.unheard = 0 if segment.flags & ACK and hears(me, int(segment.ack)) else me.unheard + me.repeats
    me.repeats = me.probes = 0
    if fate == REFUSED and i > 0 and (me.state == _SYN_RECEIVED or not (segment.length or segment.flags & FIN)):
        return
    if segment.flags & SYN:
        arrive_syn(me, segment)
        if book.whole:
            write_change(row, ends, shown, position, basis, book)
    if segment.flags & ACK:
        arrive_ack(me, segment)
        if book.whole:
            write_state_change(row, ends, shown, position, basis, book)
    if consumed(segment) and fate != REFUSED:
        arrive_data(me, segment, position, shown)
    if book.whole:
        note_change(row, ends, shown, position, basis, book)
    else:
        refresh_both(ends, shown.time, position)


@inlined
def arrive_syn(me: Endpoint, segment: Segment) -> None:
    """A SYN or SYN-ACK (RFC 9293 section 3.10.7.2 third, 3.10.7.3 fourth)."""
    if me.state in (_LISTEN, _UNKNOWN, _SYN_SENT) and not segment.flags & ACK:
        receive_isn(me, segment)
        move(me, _RECEIVE_SYN)
    elif me.state == _SYN_SENT and acknowledges_syn(me, segment):
        receive_isn(me, segment)
        me.snd_una = int(segment.ack)
        move(me, _RECEIVE_SYN_ACK)
    elif me.state == _UNKNOWN:
        receive_isn(me, segment)
        move(me, _RECEIVE_SYN_ACK)


def receive_isn(me: Endpoint, segment: Segment) -> None:
    """The peer's sequence space begins here."""
    me.has_rcv, me.has_irs, me.irs, me.rcv_nxt = 1, 1, int(segment.seq), int(segment.seq) + 1


@inlined
def arrive_ack(me: Endpoint, segment: Segment) -> None:
    """The ACK field (RFC 9293 section 3.10.7.4 fifth)."""
    if me.state == _SYN_RECEIVED and acknowledges_syn(me, segment):
        move(me, _RECEIVE_ACK_OF_SYN)
    if offset(int(segment.ack), me.snd_nxt) <= 0:
        me.snd_una = later(int(segment.ack), me.snd_una)
    if not me.fin_acked and acknowledges_fin(me, segment):
        me.fin_acked = 1
        move(me, _RECEIVE_ACK_OF_FIN)


@inlined
def arrive_data(me: Endpoint, segment: Segment, position: int, shown: Segment) -> None:
    """Payload and FIN, in order or held back until the hole before them is filled."""
    start = int(segment.seq) + ((segment.flags & SYN) >> 1)
    end = int(segment.seq) + consumed(segment)
    data_end = end - (segment.flags & FIN)
    if not me.has_rcv:
        me.has_rcv, me.rcv_nxt = 1, start
    if segment.flags & FIN:
        me.fin_held, me.fin_held_end = 1, end
    if offset(start, me.rcv_nxt) <= 0 or not me.has_irs:
        fresh = offset(data_end, me.rcv_nxt)
        known = (
            me.flags & ACK and offset(data_end, me.acked) <= 0 and not segment.mark & (MARK_RETRANSMISSION | MARK_PROBE)
        )
        if segment.length and (fresh > 0 or known):
            me.received += int(segment.length)
            me.unread, me.unread_at, me.unread_time = YES, position, shown.time
            me.asked = int(me.data_segments > 0)
        me.rcv_nxt = later(data_end, me.rcv_nxt)
        release(me)
    elif segment.length:
        hold(me, start, data_end)
    if me.fin_held and not me.eof and offset(me.rcv_nxt, me.fin_held_end - 1) >= 0:
        me.eof, me.eof_time, me.eof_packet = 1, shown.time, segment.packet
        me.rcv_nxt = later(me.fin_held_end, me.rcv_nxt)
        move(me, _RECEIVE_FIN)


def hold(me: Endpoint, start: int, end: int) -> None:
    """Keep bytes that came before their turn: the first stretch of them, and what touches it."""
    if not me.held:
        me.held, me.held_from, me.held_to = 1, start, end
    elif offset(start, me.held_to) <= 0 and offset(end, me.held_from) >= 0:
        me.held_from = start if offset(start, me.held_from) < 0 else me.held_from
        me.held_to = later(end, me.held_to)


def release(me: Endpoint) -> None:
    """Take the bytes held back once everything before them has come."""
    if me.held and offset(me.held_from, me.rcv_nxt) <= 0:
        me.rcv_nxt = later(me.held_to, me.rcv_nxt)
        me.held = 0


def arrive_reset(row: int, me: Endpoint, peer: Endpoint, segment: Segment, fate: int, book: Book) -> None:
    """A RST at its receiver: what RFC 9293 and RFC 5961 let it do, unless life after it shows that it did nothing."""
    effect = reset_effect(me, segment, me.sack_edge, me.has_sack)
    entry = reset_of(book, row, segment)
    if peer.repeats >= DEAD and entry.shape == ACTIVE:
        entry.accepted = -1
        segment.mark |= MARK_LOST
        return
    if effect != ACCEPTED and fate != SURVIVED and entry.exact and entry.shape == ACTIVE and not peer.fin_sent:
        # It stands right behind data of which nothing shows whether it arrived.
        entry.accepted = -1
        return
    if fate == SURVIVED or effect != ACCEPTED or entry.reason == KEEPALIVE_TIMEOUT:
        entry.accepted = -1 if effect == ACCEPTED else 0
        segment.mark |= MARK_IGNORED
        return
    entry.accepted = 1
    if me.state == _SYN_RECEIVED and me.role == LISTENER and not me.connected:
        move(me, _RECEIVE_RST_OF_OPENING)
        return
    if me.state == _SYN_SENT or (me.state == _SYN_RECEIVED and not me.connected and is_bsd(me)):
        fail(me, CONNECTION_REFUSED, segment.packet, segment.time)
    elif me.state == _CLOSE_WAIT:
        fail(me, RESET_IN_CLOSE_WAIT, segment.packet, segment.time)
    elif me.state != _TIME_WAIT:
        fail(me, RESET, segment.packet, segment.time)
    move(me, _RECEIVE_RST)


def receive_icmp(
    me: Endpoint, segment: Segment, pool: Array[Segment], order: Array[int], n: int, position: int
) -> None:
    """An ICMP error: ends SYN-SENT unless the SYN is repeated after it (it came inside the SYN's own transmission); else soft."""
    code = icmp_error(segment.icmp)
    if code == NO_ERROR:
        return
    if me.state != _SYN_SENT:
        me.soft = code
        return
    # A SYN found for an error before this one still comes later: it is not looked for again.
    for i in range(max(position + 1, int(me.syn_after)), n):
        other = pool[order[i]]
        if other.sender == segment.sender and not other.icmp and other.flags & SYN:
            me.soft, me.syn_after = code, i
            return
    fail(me, code, segment.packet, segment.time)
    me.icmp_killed = 1
    move(me, _RECEIVE_ICMP)
