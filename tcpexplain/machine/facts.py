"""What the causes ask about a connection, as numbers.

A second pass over the segments, after ``run`` has marked what became of each. Times are ns since the connection's first
packet, plus 1: 0 means "never". In plain mode ``Facts`` objects; in compiled mode records, so that a cause's condition holds
for one connection and for a column of a million alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.machine.arrival import consumed
from tcpexplain.machine.endpoint import OPENER
from tcpexplain.machine.resets import FOREIGN
from tcpexplain.machine.transitions import State
from tcpexplain.wire.segment import (
    ACK,
    FIN,
    MARK_DUPLICATE,
    MARK_IGNORED,
    MARK_LOST,
    MARK_PROBE,
    MARK_RETRANSMISSION,
    RST,
    SYN,
)
from tcpexplain.wire.seqnum import offset

HANDSHAKE, SIMULTANEOUS, MIDSTREAM, CONNECTION_REFUSED, UNANSWERED, INCOMPLETE, FAST_OPEN = range(7)
OPENINGS = ("handshake", "simultaneous", "midstream", "refused", "unanswered", "incomplete", "fast-open")

END_FIELDS = (
    ("state", "i8"),  # at the end
    ("eof", "i8"),  # the peer's FIN has arrived
    ("segments", "i8"),
    ("flags", "i8"),
    ("data", "i8"),  # segments with new payload
    ("sent", "i8"),  # payload bytes, repetitions not counted
    ("acknowledged", "i8"),
    ("unacknowledged", "i8"),
    ("pending", "i8"),  # bytes that reached it since it last sent data: perhaps unread
    ("retransmitted", "i8"),
    ("fin_time", "i8"),
    ("fin_packet", "i8"),
    ("fin_acked", "i8"),  # time of the first packet that acknowledges it
    ("first_data", "i8"),
    ("first_data_packet", "i8"),
    ("last_data", "i8"),
    ("last_data_packet", "i8"),
    ("late_data", "i8"),  # its first new data after the peer's FIN was seen
    ("late_packet", "i8"),
    ("late_bytes", "i8"),
    ("late_known", "i8"),  # 1: that FIN had provably arrived before: it, or an earlier packet, acknowledges it
    ("late_acked", "i8"),  # 1: the peer acknowledged it: it had only half-closed
    ("repeats", "i8"),  # copies at the end that nothing answers
    ("repeats_since", "i8"),
    ("probes", "i8"),  # probes at the end that nothing answers
    ("zero_since", "i8"),  # since when its window is closed, at the end
    ("zero_longest", "i8"),  # ns
    ("timed_out", "i8"),
    ("resets", "i8"),  # RSTs it has sent itself
    ("was_reset", "i8"),  # a RST ended it
    ("ttl", "i8"),
    ("largest_lost", "i8"),  # bytes of the largest segment that never arrived
    ("largest_arrived", "i8"),
    ("fin_end", "i8"),  # the number one past its FIN, modulo 2**32
)

FIELDS = (
    ("client", "i8"),  # which end of the key is the client
    ("sure_client", "i8"),  # 1: a SYN says so; 0: likely, by port or direction
    ("opening", "i8"),
    ("packets", "i8"),
    ("start", "i8"),  # ns since 1970
    ("duration", "i8"),  # ns
    ("left", "i8"),  # ns from its last packet to the end of the capture
    ("syns", "i8"),
    ("syn_last", "i8"),
    ("syn_acks", "i8"),
    ("syn_acks_late", "i8"),  # SYN-ACKs repeated after the handshake's last ACK
    ("established", "i8"),  # when both ends were
    ("closed_first", "i8"),  # 0 client, 1 server, -1 none
    ("idle_before_fin", "i8"),  # ns without data before the first FIN
    ("idle_before_reset", "i8"),
    ("request_time", "i8"),  # the client's last request: its first segment
    ("request_packet", "i8"),
    ("request_last_packet", "i8"),
    ("request_bytes", "i8"),
    ("request_acked", "i8"),  # 1: wholly, 2: partly
    ("response_bytes", "i8"),  # since then
    ("response_time", "i8"),
    ("resets", "i8"),
    ("ghosts", "i8"),  # RSTs without effect
    ("foreign", "i8"),  # RSTs that no end sent
    ("reset_by", "i8"),  # the RST that counts: 0 client, 1 server, -1 there is none
    ("reset_packet", "i8"),
    ("reset_time", "i8"),
    ("reset_shape", "i8"),
    ("reset_reason", "i8"),
    ("reset_other", "i8"),
    ("reset_accepted", "i8"),
    ("reset_origin", "i8"),
    ("reset_answers", "i8"),
    ("reset_odd_ttl", "i8"),
    ("icmp", "i8"),  # ICMP errors
    ("icmp_packet", "i8"),
    ("icmp_last", "i8"),
    ("duplicates", "i8"),
    ("missed", "i8"),  # 1: bytes were acknowledged that the capture does not hold
    ("midstream", "i8"),
    ("one_way", "i8"),
    ("ignored_resets", "i8"),
    ("silence", "i8"),  # ns, the longest
    ("silence_end", "i8"),
    ("silence_packet", "i8"),
    ("rtt", "i8"),  # ns, of the handshake
)


class Record:
    """Slots of integers, all 0 at first."""

    __slots__ = ()

    def __init__(self) -> None:
        for name in self.__slots__:
            setattr(self, name, 0)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> int: ...
        def __setattr__(self, name: str, value: int) -> None: ...


class EndFacts(Record):
    """One end (see ``END_FIELDS``)."""

    __slots__ = tuple(name for name, _ in END_FIELDS)


class Facts(Record):
    """The connection (see ``FIELDS``)."""

    __slots__ = tuple(name for name, _ in FIELDS)


_CLOSED, _TIME_WAIT = int(State.CLOSED), int(State.TIME_WAIT)


def collect(
    facts: Any, tells: Any, ends: Any, base: int, pool: Any, order: Any, n: int, book: Any, first_reset: int, low_port: int, high_port: int, capture_end: int
) -> None:
    """Fill ``facts``, and ``tells[base]``, ``tells[base + 1]`` for the lower and the higher end of the key.

    ``book.resets[first_reset:]`` are the connection's RSTs. Afterwards sides in ``facts`` are 0 for the client, 1 for the server.
    """
    first, last = pool[order[0]], pool[order[n - 1]]
    choose_client(facts, ends, base, first, low_port, high_port)
    facts.packets, facts.start = n, first.time
    facts.duration, facts.left = last.time - first.time, capture_end - last.time
    facts.closed_first = facts.reset_by = -1
    for i in range(n):
        note(facts, tells, base, pool[order[i]], pool[order[i - 1]] if i else first, first.time)
    for side in range(2):
        conclude_end(facts, tells[base + side], ends[base + side], ends[base + 1 - side], first.time)
    conclude_resets(facts, tells, base, book, first_reset, first.time)
    conclude_opening(facts, tells, base, ends)


def choose_client(facts: Any, ends: Any, base: int, first: Any, low_port: int, high_port: int) -> None:
    """The opener; where the opening was missed the end with the higher port, or of equal ports the first to speak."""
    facts.sure_client = 1
    low, high = ends[base], ends[base + 1]
    if low.role == OPENER and high.role == OPENER:
        facts.client = first.sender
    elif low.role == OPENER or high.role == OPENER:
        facts.client = 0 if low.role == OPENER else 1
    else:
        facts.sure_client, facts.midstream = 0, 1
        facts.client = first.sender if low_port == high_port else 0 if low_port > high_port else 1


def note(facts: Any, tells: Any, base: int, segment: Any, before: Any, start: int) -> None:
    """One segment."""
    me, peer = tells[base + segment.sender], tells[base + 1 - segment.sender]
    now = segment.time - start + 1
    gap = segment.time - before.time
    if gap > facts.silence:
        facts.silence, facts.silence_end, facts.silence_packet = gap, now, segment.packet
    if segment.mark & MARK_DUPLICATE:
        facts.duplicates += 1
    if segment.icmp:
        facts.icmp += 1
        facts.icmp_packet, facts.icmp_last = segment.packet, segment.icmp
        return
    if segment.flags & SYN:
        note_syn(facts, segment, now, me)
    if segment.flags & RST:
        note_abort(facts, me, segment, now)
        return
    if segment.flags & ACK and peer.fin_packet and not peer.fin_acked and offset(int(segment.ack), peer.fin_end) >= 0:
        peer.fin_acked = now
    if segment.length and not segment.mark & (MARK_RETRANSMISSION | MARK_PROBE):
        note_data(facts, me, peer, segment, now)
    if segment.length and segment.mark & MARK_LOST:
        me.largest_lost = max(me.largest_lost, segment.length)
    elif segment.length:
        me.largest_arrived = max(me.largest_arrived, segment.length)
    if segment.flags & FIN and not me.fin_packet:
        note_fin(facts, me, peer, segment, now)


def note_syn(facts: Any, segment: Any, now: int, me: Any) -> None:
    """SYNs and SYN-ACKs, and SYN-ACKs repeated though the handshake was over."""
    if not segment.flags & ACK:
        facts.syns += 1
        facts.syn_last = now
    else:
        facts.syn_acks += 1
        if facts.syn_acks > 1 and facts.established:
            facts.syn_acks_late += 1


def note_abort(facts: Any, me: Any, segment: Any, now: int) -> None:
    """A RST: whose, and after how long a silence."""
    if not segment.mark & MARK_IGNORED and not facts.idle_before_reset:
        facts.idle_before_reset = now - max(facts.request_time, facts.response_time)


def note_data(facts: Any, me: Any, peer: Any, segment: Any, now: int) -> None:
    """New payload."""
    if not me.first_data:
        me.first_data, me.first_data_packet = now, segment.packet
    if peer.fin_packet and not me.late_packet:
        me.late_data, me.late_packet = now, segment.packet
        me.late_known = 1 if peer.fin_acked and peer.fin_acked <= now else 0
    if peer.fin_packet:
        me.late_bytes += segment.length
    if segment.sender == facts.client:
        if facts.response_bytes or not facts.request_packet:
            facts.request_time, facts.request_packet, facts.request_bytes, facts.response_bytes = now, segment.packet, 0, 0
        facts.request_bytes += segment.length
        facts.request_last_packet = segment.packet
    else:
        facts.response_bytes += segment.length
        facts.response_time = now
    me.data += 1
    me.last_data, me.last_data_packet = now, segment.packet
    me.pending = 0
    peer.pending += segment.length


def note_fin(facts: Any, me: Any, peer: Any, segment: Any, now: int) -> None:
    """The first copy of a FIN."""
    me.fin_time, me.fin_packet = now, segment.packet
    me.fin_end = int(segment.seq) + consumed(segment)
    if not peer.fin_packet:
        data = me.last_data if me.last_data > peer.last_data else peer.last_data
        facts.idle_before_fin = now - data if data else now - facts.established if facts.established else now


def conclude_end(facts: Any, me: Any, end: Any, peer: Any, start: int) -> None:
    """What the endpoint's control block knows at the end."""
    me.state, me.eof, me.segments, me.flags = end.state, end.eof, end.segments, end.flags
    me.retransmitted, me.repeats, me.probes, me.ttl = end.retransmitted, end.repeats, end.probes, end.ttl
    me.repeats_since = end.repeats_since - start + 1 if end.repeats else 0
    me.zero_since = end.zero_since - start + 1 if end.zero_since else 0
    if end.has_iss and end.has_sent:
        begin = end.iss + end.syn_sent
        me.sent = max(offset(end.snd_nxt, begin) - end.fin_sent, 0)
        acked = offset(end.snd_acked, begin) - end.fin_acked if end.snd_acked else 0
        me.acknowledged = min(max(acked, 0), me.sent)
        me.unacknowledged = me.sent - me.acknowledged
    if me.late_packet and peer.acked and not end.rst_sent and offset(peer.acked, end.snd_nxt - end.fin_sent) >= 0:
        me.late_acked = 1


def conclude_resets(facts: Any, tells: Any, base: int, book: Any, first_reset: int, start: int) -> None:
    """Count the RSTs and choose the one that counts: the first that ended an end, else the first that an end sent."""
    chosen = -1
    for i in range(first_reset, book.used[1]):
        entry = book.resets[i]
        facts.resets += 1
        facts.foreign += 1 if entry.reason == FOREIGN else 0
        facts.ghosts += 1 if entry.accepted == 0 else 0
        if entry.reason != FOREIGN:
            tells[base + entry.by].resets += 1
        if entry.accepted == 1:
            tells[base + 1 - entry.by].was_reset = 1
        if chosen < 0 or (entry.accepted == 1 and book.resets[chosen].accepted != 1):
            chosen = i
    if chosen < 0:
        return
    entry = book.resets[chosen]
    facts.reset_by, facts.reset_packet, facts.reset_time = entry.by ^ facts.client, entry.packet, entry.time - start + 1
    facts.reset_shape, facts.reset_reason, facts.reset_other = entry.shape, entry.reason, entry.other
    facts.reset_accepted, facts.reset_origin = entry.accepted, entry.origin
    facts.reset_answers, facts.reset_odd_ttl = entry.answers, entry.odd_ttl


def conclude_opening(facts: Any, tells: Any, base: int, ends: Any) -> None:
    """How it began, who closed first, what the capture lacks."""
    client, server = tells[base + facts.client], tells[base + 1 - facts.client]
    opener, listener = ends[base + facts.client], ends[base + 1 - facts.client]
    if facts.midstream:
        facts.opening = MIDSTREAM
    elif opener.connected and listener.role == OPENER:
        facts.opening = SIMULTANEOUS
    elif opener.connected:
        facts.opening = HANDSHAKE if listener.connected else INCOMPLETE
    elif server.resets and not facts.syn_acks:
        facts.opening = CONNECTION_REFUSED
    elif server.segments == 0:
        facts.opening = UNANSWERED
    else:
        facts.opening = INCOMPLETE
    facts.one_way = 1 if client.segments == 0 or (server.segments == 0 and (client.data or facts.midstream)) else 0
    if facts.request_packet and client.sent:
        facts.request_acked = 1 if client.unacknowledged == 0 else 2 if client.unacknowledged < facts.request_bytes else 0
    facts.closed_first = first_to_close(facts, client, server)


def first_to_close(facts: Any, client: Any, server: Any) -> int:
    """Whose own FIN or RST left first: 0 client, 1 server, -1 nobody; a forged RST does not count."""
    best, who = 0, -1
    for side in range(2):
        end = client if side == 0 else server
        moment = end.fin_time
        if end.resets and facts.reset_by == side and facts.reset_reason != FOREIGN:
            moment = facts.reset_time if not moment else min(moment, facts.reset_time)
        if moment and (who < 0 or moment < best):
            best, who = moment, side
    return who


__all__ = ["END_FIELDS", "FIELDS", "OPENINGS", "EndFacts", "Facts", "collect"]
