"""The loop: every segment leaves its sender, then arrives at the receiver; both are events for the table.

One connection's segments in capture order go in; steps, resets and the two endpoints as they are at the end come out.
"""

from __future__ import annotations

from typing import Any

from tcpexplain.machine.arrival import ASSUMED, LOST, REFUSED, SURVIVED, consumed, settle
from tcpexplain.machine.endpoint import (
    LIKELY,
    LISTENER,
    NO,
    NO_ERROR,
    OPENER,
    RESET,
    RESET_IN_CLOSE_WAIT,
    TIMED_OUT,
    UNLIKELY,
    YES,
)
from tcpexplain.machine.endpoint import (
    REFUSED as CONNECTION_REFUSED,
)
from tcpexplain.machine.events import ACCEPTED, acknowledges_fin, acknowledges_syn, reset_effect
from tcpexplain.machine.icmp import error as icmp_error
from tcpexplain.machine.resets import (
    BAD_ACKNOWLEDGMENT,
    ENDPOINT,
    FOREIGN,
    KEEPALIVE_TIMEOUT,
    MIDDLEBOX,
    NO_SUCH_CONNECTION,
    REPLY,
    UNKNOWN_ORIGIN,
    alternative,
    lives_after,
    matches_acknowledgment,
    reason,
    shape,
)
from tcpexplain.machine.step import INFERRED, SEEN, new_reset, new_step, reset_of
from tcpexplain.machine.transitions import EVENTS, NEXT, Event, State
from tcpexplain.machine.unread import still_unread
from tcpexplain.wire.segment import (
    ACK,
    FIN,
    HAS_SACK,
    HAS_TIMESTAMP,
    HAS_WINDOW_SCALE,
    MARK_ASSUMED,
    MARK_DUPLICATE,
    MARK_IGNORED,
    MARK_LOST,
    MARK_PROBE,
    MARK_RETRANSMISSION,
    RST,
    SYN,
)
from tcpexplain.wire.seqnum import later, offset, same

_CLOSED, _LISTEN, _SYN_SENT, _SYN_RECEIVED = (
    int(State.CLOSED),
    int(State.LISTEN),
    int(State.SYN_SENT),
    int(State.SYN_RECEIVED),
)
_ESTABLISHED, _FIN_WAIT_1, _FIN_WAIT_2 = int(State.ESTABLISHED), int(State.FIN_WAIT_1), int(State.FIN_WAIT_2)
_CLOSE_WAIT, _TIME_WAIT, _UNKNOWN = int(State.CLOSE_WAIT), int(State.TIME_WAIT), int(State.UNKNOWN)

_SEND_SYN, _RECEIVE_SYN, _RECEIVE_SYN_ACK = int(Event.SEND_SYN), int(Event.RECEIVE_SYN), int(Event.RECEIVE_SYN_ACK)
_RECEIVE_ACK_OF_SYN, _SEND_FIN, _RECEIVE_FIN = (
    int(Event.RECEIVE_ACK_OF_SYN),
    int(Event.SEND_FIN),
    int(Event.RECEIVE_FIN),
)
_RECEIVE_ACK_OF_FIN, _SEND_RST, _RECEIVE_RST = (
    int(Event.RECEIVE_ACK_OF_FIN),
    int(Event.SEND_RST),
    int(Event.RECEIVE_RST),
)
_RECEIVE_RST_OF_OPENING, _RECEIVE_ICMP, _SEEN_ALIVE = (
    int(Event.RECEIVE_RST_OF_OPENING),
    int(Event.RECEIVE_ICMP),
    int(Event.SEEN_ALIVE),
)
_EXPIRE, _FORGET = int(Event.EXPIRE), int(Event.FORGET)


def run(
    row: int, ends: Any, base: int, pool: Any, order: Any, n: int, after: Any, fate: Any, rtt: Any, book: Any
) -> None:
    """Take connection ``row``, endpoints ``ends[base]`` and ``ends[base + 1]``, through its ``n`` segments ``pool[order[i]]``.

    ``after``, ``fate`` are scratch of at least ``n``; ``book`` takes steps and resets.
    """
    settle(pool, order, n, after, fate, rtt)
    begin(ends, base, pool, order, n)
    pending = 0
    for position in range(n):
        segment = pool[order[position]]
        me, peer = ends[base + segment.sender], ends[base + 1 - segment.sender]
        if segment.icmp:
            receive_icmp(me, segment, pool, order, n, position)
        elif not segment.mark & MARK_DUPLICATE:
            leave(row, me, peer, pool, order, n, position, rtt, book)
            mark(segment, fate[position])
        write_changes(row, ends, base, segment, position, SEEN, book)
        while pending <= position and (after[pending] < 0 or fate[pending] == LOST):
            pending += 1
        for i in range(pending, position + 1):
            if 0 <= after[i] <= position and fate[i] != LOST and not pool[order[i]].icmp:
                after[i] = -1
                arrive(row, ends, base, pool, order, i, position, fate[i], book)


def begin(ends: Any, base: int, pool: Any, order: Any, n: int) -> None:
    """States before the first segment: who opens, who listens; UNKNOWN for what began before the capture."""
    for i in range(n):
        segment = pool[order[i]]
        if segment.flags & RST and segment.flags & ACK and segment.window > 0:
            ends[base + segment.sender].will_abort = 1
    first = pool[order[0]]
    opener, listener = ends[base + first.sender], ends[base + 1 - first.sender]
    if first.icmp or not first.flags & SYN:
        return
    if first.flags & ACK:
        opener, listener = listener, opener
    opener.role, listener.role = OPENER, LISTENER
    opener.state = opener.previous = _SYN_SENT if first.flags & ACK else _CLOSED
    if first.flags & ACK:
        listener.state = listener.previous = _LISTEN
        opener.has_iss = opener.has_sent = opener.syn_sent = 1
        opener.iss, opener.snd_nxt, opener.snd_una = int(first.ack) - 1, int(first.ack), int(first.ack) - 1
    else:
        answer = first_answer(pool, order, n)
        if answer & (SYN | ACK) == SYN:
            listener.role = OPENER
        listener.state = listener.previous = _CLOSED if answer & RST or listener.role == OPENER else _LISTEN


def first_answer(pool: Any, order: Any, n: int) -> int:
    """The control bits of the first segment that answers: RST, nobody listens; SYN without ACK, both ends open; 0, nothing.

    A RST that does not acknowledge the SYN is no answer to it (RFC 9293 section 3.10.7.3 second).
    """
    first = pool[order[0]]
    for i in range(1, n):
        segment = pool[order[i]]
        stray = segment.flags & RST and not (segment.flags & ACK and same(int(segment.ack), int(first.seq) + 1))
        if segment.sender != first.sender and not segment.icmp and not stray:
            return int(segment.flags)
    return 0


def move(end: Any, event: int) -> None:
    """The one place where a state changes: one look-up in the table."""
    end.state = NEXT[end.state * EVENTS + event]
    if end.state == _ESTABLISHED:
        end.connected = 1


def mark(segment: Any, fate: int) -> None:
    """Note on the segment what became of it, for those who draw it."""
    if fate == LOST:
        segment.mark |= MARK_LOST
    elif fate == SURVIVED:
        segment.mark |= MARK_IGNORED
    elif fate == ASSUMED:
        segment.mark |= MARK_ASSUMED


# ---- a segment leaves ----


def leave(row: int, me: Any, peer: Any, pool: Any, order: Any, n: int, position: int, rtt: Any, book: Any) -> None:
    """What a segment shows of its sender at the moment it is seen."""
    segment = pool[order[position]]
    if segment.flags & RST:
        leave_reset(row, me, peer, pool, order, n, position, rtt, book)
        return
    note_numbers(me, segment)
    note_repeats(me, segment)
    me.segments += 1
    me.flags |= segment.flags
    if segment.flags & SYN:
        leave_syn(me, segment)
    if segment.flags & ACK:
        note_acknowledgment(me, peer, segment)
    if segment.flags & FIN and not me.fin_sent:
        me.fin_sent = 1
        me.fin_end = int(segment.seq) + consumed(segment)
        move(me, _SEND_FIN)
    me.snd_nxt = later(int(segment.seq) + consumed(segment), me.snd_nxt)
    if me.alive and peer.alive and not (me.fin_sent or me.eof or peer.fin_sent or peer.eof):
        see_alive(me)
        see_alive(peer)
    me.last_packet, me.last_file, me.last_time = segment.packet, segment.file, segment.time


def see_alive(end: Any) -> None:
    """Both ends have sent new data, and neither a FIN: an end whose beginning was missed is ESTABLISHED."""
    if end.state == _UNKNOWN:
        move(end, _SEEN_ALIVE)


def leave_syn(me: Any, segment: Any) -> None:
    """A SYN: the sequence space begins here."""
    if not segment.flags & ACK and not me.syn_sent:
        move(me, _SEND_SYN)
    elif me.state == _LISTEN:
        move(me, _RECEIVE_SYN)
    me.syn_sent = me.has_iss = 1
    me.iss = int(segment.seq)
    me.wscale = segment.wscale if segment.options & HAS_WINDOW_SCALE else -1


def note_numbers(me: Any, segment: Any) -> None:
    """First numbers, TTL, options and window of an end."""
    if not me.has_sent:
        me.has_sent = 1
        me.snd_nxt = int(segment.seq)
        if not me.has_iss:
            me.has_iss, me.iss, me.snd_una = 1, int(segment.seq), int(segment.seq)
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


def note_repeats(me: Any, segment: Any) -> None:
    """Retransmissions and probes: what lies wholly before SND.NXT."""
    size = consumed(segment)
    if size and me.segments and offset(int(segment.seq) + size, me.snd_nxt) <= 0:
        me.retransmitted += 1
        me.repeats += 1
        if me.repeats == 1:
            me.repeats_since = me.last_data_time
        me.repeat_gap = segment.time - me.last_time
        segment.mark |= MARK_RETRANSMISSION
    elif size == 0 and me.segments and offset(int(segment.seq), me.snd_nxt) == -1 and segment.flags & ACK:
        me.probes += 1
        segment.mark |= MARK_PROBE
    elif size:
        me.last_data_time = segment.time
        if segment.length:
            me.largest = max(me.largest, segment.length)
            me.data_segments += 1
            me.alive = 1


def note_acknowledgment(me: Any, peer: Any, segment: Any) -> None:
    """What the ACK field proves to have arrived, whether or not the capture shows it."""
    me.acked = int(segment.ack)
    if not peer.has_iss:
        peer.has_iss, peer.iss = 1, int(segment.ack)
        peer.snd_nxt = peer.snd_una = peer.snd_acked = int(segment.ack)
    peer.snd_acked = later(int(segment.ack), peer.snd_acked) if peer.has_acked else int(segment.ack)
    peer.has_acked = 1
    if not me.has_rcv:
        me.has_rcv, me.rcv_nxt = 1, int(segment.ack)
    elif me.state != _SYN_SENT:
        me.rcv_nxt = later(int(segment.ack), me.rcv_nxt)
    if segment.options & HAS_SACK:
        me.has_sack, me.sack_edge = 1, int(segment.sack_high)


def leave_reset(
    row: int, me: Any, peer: Any, pool: Any, order: Any, n: int, position: int, rtt: Any, book: Any
) -> None:
    """A RST: who made it and why is decided first; only the endpoint's own ends the endpoint."""
    segment = pool[order[position]]
    answers = last_of(pool, order, position, 1 - segment.sender)
    has_answered = answers >= 0
    answered = pool[order[answers]] if has_answered else segment
    matches = matches_acknowledgment(pool, order, position, segment)
    kind = shape(segment, answered, has_answered, matches, me.timestamps and peer.timestamps)
    alive = lives_after(pool, order, n, position, rtt)
    odd_ttl = 1 if me.ttl >= 0 and segment.ttl != me.ttl else 0
    why = reason(segment, kind, alive, odd_ttl, me, peer, answered, has_answered)
    entry = new_reset(book, row)
    entry.packet, entry.file, entry.time, entry.by = segment.packet, segment.file, segment.time, segment.sender
    entry.shape, entry.reason, entry.other = kind, why, alternative(why, kind)
    entry.answers = answered.packet if has_answered and kind == REPLY else 0
    entry.odd_ttl = odd_ttl
    entry.exact = 1 if me.has_sent and same(int(segment.seq), me.snd_nxt) else 0
    entry.alive = 1 if alive else 0
    entry.accepted = -1
    entry.origin = origin(why, kind, entry.odd_ttl)
    me.segments += 1
    me.flags |= segment.flags
    if why in (FOREIGN, BAD_ACKNOWLEDGMENT):
        return
    if me.state == _SYN_RECEIVED and why == NO_SUCH_CONNECTION:
        return
    if kind == REPLY and me.state in (_FIN_WAIT_1, _FIN_WAIT_2):
        me.error = RESET
    elif why == KEEPALIVE_TIMEOUT:
        me.error = me.soft or TIMED_OUT
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


def fin_wait_2_expired(me: Any, kind: int, answered: Any, has_answered: bool) -> bool:
    """Whether the RST answers a FIN without data: FIN-WAIT-2 would have taken that, so it had ended (tcp_fin_timeout)."""
    return bool(
        me.state == _FIN_WAIT_2 and kind == REPLY and has_answered and answered.flags & FIN and not answered.length
    )


def origin(why: int, kind: int, odd_ttl: int) -> int:
    """Who made the RST; the TTL alone only casts doubt."""
    if why == FOREIGN:
        return MIDDLEBOX
    return UNKNOWN_ORIGIN if odd_ttl and kind != REPLY else ENDPOINT


def last_of(pool: Any, order: Any, position: int, sender: int) -> int:
    """Position of the last segment of one end before ``position`` that is no RST, or -1."""
    for i in range(position - 1, -1, -1):
        segment = pool[order[i]]
        if segment.sender == sender and not segment.icmp and not segment.flags & RST:
            return i
    return -1


# ---- a segment arrives ----


def arrive(row: int, ends: Any, base: int, pool: Any, order: Any, i: int, position: int, fate: int, book: Any) -> None:
    """What segment ``i`` does to its receiver, in the order of RFC 9293 section 3.10.7; the packet of ``position`` shows it."""
    segment, shown = pool[order[i]], pool[order[position]]
    me = ends[base + 1 - segment.sender]
    basis = SEEN if i == position else INFERRED
    if segment.flags & RST:
        arrive_reset(row, me, segment, fate, book)
        write_changes(row, ends, base, shown, position, basis, book)
        return
    me.repeats = me.probes = 0
    if fate == REFUSED and i > 0 and segment.length == 0 and not segment.flags & FIN:
        return
    if segment.flags & SYN:
        arrive_syn(me, segment)
        write_changes(row, ends, base, shown, position, basis, book)
    if segment.flags & ACK:
        arrive_ack(me, segment)
        write_state_change(row, ends, base, shown, position, basis, book)
    if consumed(segment) and fate != REFUSED:
        arrive_data(me, segment, position, shown)
    write_changes(row, ends, base, shown, position, basis, book)


def arrive_syn(me: Any, segment: Any) -> None:
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


def receive_isn(me: Any, segment: Any) -> None:
    """The peer's sequence space begins here."""
    me.has_rcv, me.has_irs, me.irs, me.rcv_nxt = 1, 1, int(segment.seq), int(segment.seq) + 1


def arrive_ack(me: Any, segment: Any) -> None:
    """The ACK field (RFC 9293 section 3.10.7.4 fifth)."""
    if me.state == _SYN_RECEIVED and acknowledges_syn(me, segment):
        move(me, _RECEIVE_ACK_OF_SYN)
    if offset(int(segment.ack), me.snd_nxt) <= 0:
        me.snd_una = later(int(segment.ack), me.snd_una)
    if not me.fin_acked and acknowledges_fin(me, segment):
        me.fin_acked = 1
        move(me, _RECEIVE_ACK_OF_FIN)


def arrive_data(me: Any, segment: Any, position: int, shown: Any) -> None:
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
        known = me.flags & ACK and offset(data_end, me.acked) <= 0 and not segment.mark & MARK_RETRANSMISSION
        if segment.length and (fresh > 0 or known):
            me.received += int(segment.length)
            me.unread, me.unread_at, me.unread_time = YES, position, shown.time
        me.rcv_nxt = later(data_end, me.rcv_nxt)
        release(me)
    elif segment.length:
        hold(me, start, data_end)
    if me.fin_held and not me.eof and offset(me.rcv_nxt, me.fin_held_end - 1) >= 0:
        me.eof = 1
        me.rcv_nxt = later(me.fin_held_end, me.rcv_nxt)
        move(me, _RECEIVE_FIN)


def hold(me: Any, start: int, end: int) -> None:
    """Keep bytes that came before their turn: the first stretch of them, and what touches it."""
    if not me.held:
        me.held, me.held_from, me.held_to = 1, start, end
    elif offset(start, me.held_to) <= 0 and offset(end, me.held_from) >= 0:
        me.held_from = start if offset(start, me.held_from) < 0 else me.held_from
        me.held_to = later(end, me.held_to)


def release(me: Any) -> None:
    """Take the bytes held back once everything before them has come."""
    if me.held and offset(me.held_from, me.rcv_nxt) <= 0:
        me.rcv_nxt = later(me.held_to, me.rcv_nxt)
        me.held = 0


def arrive_reset(row: int, me: Any, segment: Any, fate: int, book: Any) -> None:
    """A RST at its receiver: what RFC 9293 and RFC 5961 let it do, unless life after it shows that it did nothing."""
    effect = reset_effect(me, segment, me.sack_edge, me.has_sack)
    entry = reset_of(book, row, segment)
    if fate == SURVIVED or effect != ACCEPTED or entry.reason == KEEPALIVE_TIMEOUT:
        entry.accepted = -1 if effect == ACCEPTED else 0
        segment.mark |= MARK_IGNORED
        return
    entry.accepted = 1
    if me.state == _SYN_RECEIVED and me.role == LISTENER:
        move(me, _RECEIVE_RST_OF_OPENING)
        return
    if me.state == _SYN_SENT:
        me.error = CONNECTION_REFUSED
    elif me.state == _CLOSE_WAIT:
        me.error = RESET_IN_CLOSE_WAIT
    elif me.state != _TIME_WAIT:
        me.error = RESET
    move(me, _RECEIVE_RST)


def receive_icmp(me: Any, segment: Any, pool: Any, order: Any, n: int, position: int) -> None:
    """An ICMP error: ends SYN-SENT unless the SYN is repeated after it (it came inside the SYN's own transmission); else soft."""
    code = icmp_error(segment.icmp)
    if code == NO_ERROR:
        return
    if me.state != _SYN_SENT:
        me.soft = code
        return
    for i in range(position + 1, n):
        other = pool[order[i]]
        if other.sender == segment.sender and not other.icmp and other.flags & SYN:
            me.soft = code
            return
    me.error, me.icmp_killed = code, 1
    move(me, _RECEIVE_ICMP)


# ---- what is written down ----


def condition(end: Any) -> int:
    """Everything ``sockets/`` needs to know of an end, packed: see ``sockets.CONDITION_BITS``."""
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


def refresh(end: Any, peer: Any, position: int, time: int) -> None:
    """Bring up to date what changes without a packet: whether received bytes have been read, whether the send buffer is full."""
    if end.unread and end.unread_at != position:
        end.unread = still_unread(end, time - end.unread_time)
    end.full = buffer_full(end, peer)


def buffer_full(end: Any, peer: Any) -> int:
    """Whether the next write meets a full send buffer: LIKELY once a probe of the closed window shows that bytes wait in it; UNLIKELY when the window is used up."""
    if not end.connected or not peer.segments or not end.has_acked or end.fin_sent:
        return NO
    usable = peer.window - offset(end.snd_nxt, end.snd_acked)
    if usable <= 0 and (end.probes or end.full == LIKELY):
        return LIKELY
    return UNLIKELY if usable < end.largest else NO


def write_changes(row: int, ends: Any, base: int, segment: Any, position: int, basis: int, book: Any) -> None:
    """One step if a state or what a call returns has changed at either end."""
    low, high = ends[base], ends[base + 1]
    refresh(low, high, position, segment.time)
    refresh(high, low, position, segment.time)
    first, second = condition(low), condition(high)
    if first == low.condition and second == high.condition:
        return
    low.condition, high.condition = first, second
    write_step(row, low, high, segment, ends, base, basis, book)


def write_state_change(row: int, ends: Any, base: int, segment: Any, position: int, basis: int, book: Any) -> None:
    """One step if a state has changed, before the same segment changes it again."""
    if ends[base].state != ends[base].previous or ends[base + 1].state != ends[base + 1].previous:
        write_changes(row, ends, base, segment, position, basis, book)


def write_step(row: int, low: Any, high: Any, segment: Any, ends: Any, base: int, basis: int, book: Any) -> None:
    """Append one step; the states before it are those of the step before."""
    step = new_step(book, row)
    me, peer = ends[base + segment.sender], ends[base + 1 - segment.sender]
    step.packet, step.file, step.time = segment.packet, segment.file, segment.time
    step.sender, step.flags, step.length, step.basis = segment.sender, segment.flags, segment.length, basis
    step.seq = (int(segment.seq) - me.iss) & 0xFFFFFFFF
    step.has_ack = 1 if segment.flags & ACK else 0
    step.ack = (int(segment.ack) - peer.iss) & 0xFFFFFFFF
    step.previous0, step.state0, step.condition0 = low.previous, low.state, low.condition
    step.previous1, step.state1, step.condition1 = high.previous, high.state, high.condition
    low.previous, high.previous = low.state, high.state
