"""A segment leaves: what it shows of its sender at the moment it is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import inlined
from tcpexplain.machine.endpoint import LISTENER, RESET, SCALE_UNKNOWN, TIMED_OUT, fail
from tcpexplain.machine.move import move
from tcpexplain.machine.resets import (
    ACTIVE,
    BAD_ACKNOWLEDGMENT,
    ENDPOINT,
    FOREIGN,
    KEEPALIVE_TIMEOUT,
    MIDDLEBOX,
    NO_SUCH_CONNECTION,
    REPLY,
    UNKNOWN_ORIGIN,
    WINDOWS_HABIT,
    alternative,
    habit,
    lives_after,
    matches_acknowledgment,
    reason,
    shape,
)
from tcpexplain.machine.step import new_reset
from tcpexplain.machine.transitions import State, Trigger
from tcpexplain.vantage.stacks import WINDOWS, system_of
from tcpexplain.wire.segment import (
    ACK,
    FIN,
    HAS_SACK,
    HAS_TIMESTAMP,
    HAS_WINDOW_SCALE,
    MARK_INFERRED,
    MARK_PROBE,
    MARK_RETRANSMISSION,
    OPTIONS_CUT,
    PSH,
    RST,
    SYN,
    URG,
    consumed,
)
from tcpexplain.wire.seqnum import later, offset, same

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.endpoint import Endpoint
    from tcpexplain.machine.step import Book
    from tcpexplain.wire.segment import Segment

_LISTEN, _SYN_SENT, _SYN_RECEIVED = int(State.LISTEN), int(State.SYN_SENT), int(State.SYN_RECEIVED)
_FIN_WAIT_1, _FIN_WAIT_2, _UNKNOWN = int(State.FIN_WAIT_1), int(State.FIN_WAIT_2), int(State.UNKNOWN)
_SEND_SYN, _RECEIVE_SYN, _SEND_FIN, _SEND_RST = (
    int(Trigger.SEND_SYN),
    int(Trigger.RECEIVE_SYN),
    int(Trigger.SEND_FIN),
    int(Trigger.SEND_RST),
)
_SEEN_ALIVE, _EXPIRE, _FORGET = int(Trigger.SEEN_ALIVE), int(Trigger.EXPIRE), int(Trigger.FORGET)


@inlined
def leave(
    row: int,
    me: Endpoint,
    peer: Endpoint,
    pool: Array[Segment],
    order: Array[int],
    n: int,
    position: int,
    rtt: Array[int],
    book: Book,
) -> None:
    """What a segment shows of its sender at the moment it is seen."""
    segment = pool[order[position]]
    if segment.flags & RST:
        leave_reset(row, me, peer, pool, order, n, position, rtt, book)
        return
    note_numbers(me, segment)
    note_repeats(me, segment)
    me.segments += 1
    if segment.mark & MARK_INFERRED:
        me.inferred += 1
        if segment.length:
            me.unproved += 1
            me.unproved_end = int(segment.seq) + consumed(segment)
    else:
        me.flags |= segment.flags
    if segment.flags & SYN:
        leave_syn(me, segment)
    if segment.flags & ACK:
        note_acknowledgment(me, peer, segment)
    if segment.flags & FIN and not me.fin_sent:
        me.fin_sent = 1
        me.gave_up = 1 if me.repeats else 0
        me.fin_end = int(segment.seq) + consumed(segment)
        move(me, _SEND_FIN)
    me.snd_nxt = later(int(segment.seq) + consumed(segment), me.snd_nxt)
    if me.alive and peer.alive and not (me.fin_sent or me.eof or peer.fin_sent or peer.eof):
        see_alive(me)
        see_alive(peer)
    me.last_packet, me.last_file, me.last_time = segment.packet, segment.file, segment.time


def see_alive(end: Endpoint) -> None:
    """Both ends have sent new data, and neither a FIN: an end whose beginning was missed is ESTABLISHED."""
    if end.state == _UNKNOWN:
        move(end, _SEEN_ALIVE)


def leave_syn(me: Endpoint, segment: Segment) -> None:
    """A SYN: the sequence space begins here."""
    if me.fin_sent:
        return  # a late copy, or another's: the sequence space has been used up
    if not segment.flags & ACK and not me.syn_sent:
        move(me, _SEND_SYN)
    elif me.state == _LISTEN:
        move(me, _RECEIVE_SYN)
    me.syn_sent = me.has_iss = 1
    me.iss = int(segment.seq)
    if not me.system and not segment.mark & MARK_INFERRED:
        me.system = system_of(segment)
    if me.state == _SYN_RECEIVED and me.role == LISTENER and me.has_rcv and offset(int(segment.ack), me.irs + 1) > 0:
        # Fast Open (RFC 7413): it takes the data in the SYN, and accept() hands the connection out before the handshake ends.
        me.connected = 1
    if segment.options & HAS_WINDOW_SCALE:
        me.wscale = segment.wscale
    else:
        me.wscale = SCALE_UNKNOWN if segment.options & OPTIONS_CUT else -1


@inlined
def note_numbers(me: Endpoint, segment: Segment) -> None:
    """First numbers, TTL, options and window of an end."""
    if not me.has_sent:
        me.has_sent = 1
        me.snd_nxt = int(segment.seq)
        if not me.has_iss:
            me.has_iss, me.iss, me.snd_una = 1, int(segment.seq), int(segment.seq)
    if segment.mark & MARK_INFERRED:
        me.window = me.window if me.segments else segment.window
        return
    if segment.options & OPTIONS_CUT:
        me.cut = 1
    if me.ttl < 0:
        me.ttl = segment.ttl
        me.timestamps = 1 if segment.options & HAS_TIMESTAMP else 0
    scale = me.wscale if me.wscale > 0 and not segment.flags & SYN else 0
    me.window = int(segment.window) << scale
    if me.window == 0:
        me.zero_windows += 1
        me.zero_since = me.zero_since or segment.time
    else:
        me.zero_since = 0


@inlined
def note_repeats(me: Endpoint, segment: Segment) -> None:
    """Retransmissions and probes: what lies wholly before SND.NXT, but for a first SYN ACK, which answers the peer's SYN (simultaneous open)."""
    size = consumed(segment)
    answers = segment.flags & (SYN | ACK) == SYN | ACK and not me.flags & ACK
    if (
        size
        and me.segments
        and not answers
        and not is_old_byte(me, segment, size)
        and offset(int(segment.seq) + size, me.snd_nxt) <= 0
    ):
        me.retransmitted += 1
        me.repeats += 1
        if me.repeats == 1:
            me.repeats_since = me.last_data_time
        me.repeat_gap = segment.time - me.last_time
        segment.mark |= MARK_RETRANSMISSION
    elif is_old_byte(me, segment, size) or (
        size == 0 and me.segments and offset(int(segment.seq), me.snd_nxt) == -1 and segment.flags & ACK
    ):
        me.probes += 1
        segment.mark |= MARK_PROBE
    elif size:
        me.last_data_time = segment.time
        if segment.length:
            me.largest = max(me.largest, segment.length)
            me.data_segments += 1
            me.more = int(segment.flags & PSH == 0)
            me.alive = 1


def is_old_byte(me: Endpoint, segment: Segment, size: int) -> bool:
    """Whether a segment is a keepalive probe that repeats one byte which has been acknowledged (RFC 9293 section 3.8.4; Windows).

    A retransmission repeats what has not, from its first byte on, and the last byte that an application wrote carries PSH: one without it
    that begins later shows that the rest had been acknowledged, though the capture has no such ACK.
    """
    if size != 1 or segment.flags & ~(ACK | URG) or not segment.flags & ACK or not me.segments or not me.has_acked:
        return False
    return bool(same(int(segment.seq) + 1, me.snd_nxt) and offset(me.snd_nxt, me.snd_acked) != 1)


@inlined
def note_acknowledgment(me: Endpoint, peer: Endpoint, segment: Segment) -> None:
    """What the ACK field proves to have arrived, whether or not the capture shows it."""
    me.acked = int(segment.ack)
    if not peer.has_iss:
        peer.has_iss, peer.iss = 1, int(segment.ack)
        peer.snd_nxt = peer.snd_una = peer.snd_acked = int(segment.ack)
    peer.snd_acked = later(int(segment.ack), peer.snd_acked) if peer.has_acked else int(segment.ack)
    peer.has_acked = 1
    if peer.unproved and offset(peer.snd_acked, peer.unproved_end) >= 0:
        peer.unproved = 0
    if not me.has_rcv:
        me.has_rcv, me.rcv_nxt = 1, int(segment.ack)
    elif me.state != _SYN_SENT:
        me.rcv_nxt = later(int(segment.ack), me.rcv_nxt)
    if segment.options & HAS_SACK:
        me.has_sack, me.sack_edge = 1, int(segment.sack_high)


def leave_reset(
    row: int,
    me: Endpoint,
    peer: Endpoint,
    pool: Array[Segment],
    order: Array[int],
    n: int,
    position: int,
    rtt: Array[int],
    book: Book,
) -> None:
    """A RST: who made it and why is decided first; only the endpoint's own ends the endpoint."""
    segment = pool[order[position]]
    answers = last_of(peer, pool, order, position, 1 - segment.sender)
    has_answered = answers >= 0
    answered = pool[order[answers]] if has_answered else segment
    matches = matches_acknowledgment(pool, order, position, segment)
    kind = shape(segment, answered, has_answered, matches, me.timestamps and peer.timestamps)
    last = last_of(me, pool, order, position, segment.sender)
    own = habit(
        segment,
        kind,
        me,
        answered,
        has_answered,
        pool[order[max(last, 0)]],
        last >= 0,
        rtt[1 - segment.sender] + rtt[segment.sender],
    )
    if own:
        kind = ACTIVE
    if own == WINDOWS_HABIT and not me.system:
        me.system = WINDOWS
    alive = lives_after(me, pool, order, n, position, rtt)
    odd_ttl = 1 if me.ttl >= 0 and segment.ttl != me.ttl else 0
    why = reason(segment, kind, alive, odd_ttl, me, peer, answered, has_answered)
    entry = new_reset(book, row)
    entry.packet, entry.file, entry.time, entry.by = segment.packet, segment.file, segment.time, segment.sender
    entry.shape, entry.reason, entry.other = kind, why, alternative(why, kind, me.segments)
    entry.answers = answered.packet if has_answered and kind == REPLY else 0
    entry.odd_ttl = odd_ttl
    entry.exact = 1 if me.has_sent and same(int(segment.seq), me.snd_nxt) else 0
    entry.alive, entry.habit = 1 if alive else 0, own
    entry.accepted = -1
    entry.origin = origin(why, kind, alive, entry.odd_ttl)
    me.segments += 1
    me.flags |= segment.flags
    if why in (FOREIGN, BAD_ACKNOWLEDGMENT):
        return
    if me.state == _SYN_RECEIVED and why == NO_SUCH_CONNECTION:
        return
    if kind == REPLY and me.state in (_FIN_WAIT_1, _FIN_WAIT_2):
        fail(me, RESET, segment.packet, segment.time)
    elif why == KEEPALIVE_TIMEOUT:
        fail(me, me.soft or TIMED_OUT, segment.packet, segment.time)
    me.rst_sent = 1
    move(
        me,
        _FORGET
        if why == NO_SUCH_CONNECTION
        else _EXPIRE
        if fin_wait_2_expired(me, kind, answered, has_answered)
        else _SEND_RST,
    )
    me.last_packet, me.last_file, me.last_time = segment.packet, segment.file, segment.time


def fin_wait_2_expired(me: Endpoint, kind: int, answered: Segment, has_answered: bool) -> bool:
    """Whether the RST answers a FIN without data: FIN-WAIT-2 would have taken that, so it had ended (tcp_fin_timeout)."""
    return bool(
        me.state == _FIN_WAIT_2 and kind == REPLY and has_answered and answered.flags & FIN and not answered.length
    )


def origin(why: int, kind: int, alive: bool, odd_ttl: int) -> int:
    """Who made the RST; the TTL alone, or a shape that other systems than Linux give theirs, only casts doubt."""
    if why == FOREIGN:
        return MIDDLEBOX if alive or odd_ttl or kind == REPLY else UNKNOWN_ORIGIN
    return UNKNOWN_ORIGIN if odd_ttl and kind != REPLY else ENDPOINT


def last_of(end: Endpoint, pool: Array[Segment], order: Array[int], position: int, sender: int) -> int:
    """Position of the last segment of one end before ``position`` that is no RST, or -1; ``position`` only grows.

    What was looked through for an earlier position is not looked through again.
    """
    for i in range(position - 1, int(end.sought) - 1, -1):
        segment = pool[order[i]]
        if segment.sender == sender and not segment.icmp and not segment.flags & RST:
            end.latest = i
            break
    end.sought = position
    return int(end.latest)
