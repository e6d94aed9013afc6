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
    TLS_ALERT,
    TLS_HANDSHAKE,
)
from tcpexplain.wire.seqnum import offset

HANDSHAKE, SIMULTANEOUS, MIDSTREAM, CONNECTION_REFUSED, UNANSWERED, INCOMPLETE, FAST_OPEN = range(7)
OPENINGS = ("handshake", "simultaneous", "midstream", "refused", "unanswered", "incomplete", "fast-open")

END_FIELDS = (
    ("state", "i1"),  # at the end
    ("eof", "i1"),  # the peer's FIN has arrived
    ("segments", "i4"),
    ("flags", "i4"),
    ("data", "i4"),  # segments with new payload
    ("sent", "i8"),  # payload bytes, repetitions not counted
    ("acknowledged", "i8"),
    ("unacknowledged", "i8"),
    ("pending", "i8"),  # bytes that reached it since it last sent data: perhaps unread
    ("retransmitted", "i4"),
    ("fin_time", "i8"),
    ("fin_packet", "i4"),
    ("fin_acked", "i8"),  # time of the first packet that acknowledges it
    ("first_data", "i8"),
    ("first_data_packet", "i4"),
    ("last_data", "i8"),
    ("last_data_packet", "i4"),
    ("late_data", "i8"),  # its first new data after the peer's FIN was seen
    ("late_packet", "i4"),
    ("late_bytes", "i8"),
    ("late_known", "i1"),  # 1: that FIN had provably arrived before: it, or an earlier packet, acknowledges it
    ("late_acked", "i1"),  # 1: the peer acknowledged all of it: it had only half-closed
    ("late_taken", "i8"),  # 1: the peer acknowledged the first segment of it
    ("late_end", "i8"),  # one past that segment, modulo 2**32
    ("repeats", "i4"),  # copies at the end that nothing answers
    ("repeats_since", "i8"),
    ("probes", "i4"),  # probes at the end that nothing answers
    ("zero_since", "i8"),  # since when its window is closed, at the end
    ("zero_longest", "i8"),  # ns
    ("timed_out", "i1"),
    ("resets", "i4"),  # RSTs it has sent itself
    ("was_reset", "i1"),  # a RST ended it
    ("ttl", "i4"),
    ("largest_lost", "i4"),  # bytes of the largest segment that was sent again and never arrived
    ("largest_arrived", "i4"),
    ("fin_end", "i4"),  # the number one past its FIN, modulo 2**32
    ("iss", "i4"),  # its initial sequence number, or the first number seen
    ("condition", "i4"),  # what its socket knows at the end, packed as ``run.condition`` does
    ("fin_copies", "i4"),
    ("fin_again", "i8"),  # packet of a copy of its FIN that was sent after the peer's acknowledgment of it
    (
        "fin_answered",
        "i8",
    ),  # 1: at its FIN it owed no answer: its own data is later than the peer's, or the peer had sent none
    ("fin_moments", "i8"),  # ns from its own last data to its FIN
    (
        "crossed_packet",
        "i4",
    ),  # its data before the peer's FIN in the capture that the FIN does not acknowledge: they crossed
    ("arrived_time", "i8"),  # when data last reached it
    ("zero_packet", "i4"),  # where the longest closed window begins
    ("ttl_packet", "i4"),  # its first segment (no RST) with another TTL than its first
    ("ttl_changes", "i4"),
    ("highest", "i8"),  # one past the highest number it was seen to send, modulo 2**32
    ("hole", "i8"),  # a number from which on bytes are missing in the capture
    ("has_hole", "i1"),
    ("tls", "i8"),  # its first data: 1 a TLS handshake record, 2 a TLS alert, 3 anything else
    ("alerts", "i8"),  # segments that begin with a TLS alert
    ("alert_packet", "i4"),
    ("frame_id", "i8"),  # scratch: its last frame
    ("frame_seq", "i4"),
    ("frame_ack", "i4"),
    ("frame_length", "i4"),
    ("frame_time", "i8"),
    ("large", "i8"),  # scratch: length and end of its largest segment under way
    ("large_end", "i8"),
)

FIELDS = (
    ("client", "i1"),  # which end of the key is the client
    ("sure_client", "i1"),  # 1: a SYN says so; 0: likely, by port or direction
    ("opening", "i1"),
    ("packets", "i4"),
    ("start", "i8"),  # ns since 1970
    ("duration", "i8"),  # ns
    ("left", "i8"),  # ns from its last packet to the end of the capture
    ("syns", "i4"),
    ("syn_last", "i8"),
    ("syn_acks", "i4"),
    ("syn_acks_late", "i4"),  # SYN-ACKs repeated after the handshake's last ACK
    ("established", "i8"),  # when both ends were
    ("closed_first", "i1"),  # 0 client, 1 server, -1 none
    ("idle_before_fin", "i8"),  # ns without data before the first FIN
    ("idle_before_reset", "i8"),
    ("request_time", "i8"),  # the client's last request: its first segment
    ("request_packet", "i4"),
    ("request_last_packet", "i4"),
    ("request_bytes", "i8"),
    ("request_acked", "i1"),  # 1: wholly, 2: partly
    ("response_bytes", "i8"),  # since then
    ("response_time", "i8"),
    ("resets", "i4"),
    ("ghosts", "i4"),  # RSTs without effect
    ("foreign", "i4"),  # RSTs that no end sent
    ("reset_by", "i1"),  # the RST that counts: 0 client, 1 server, -1 there is none
    ("reset_packet", "i4"),
    ("reset_time", "i8"),
    ("reset_shape", "i1"),
    ("reset_reason", "i1"),
    ("reset_other", "i1"),
    ("reset_accepted", "i1"),
    ("reset_origin", "i1"),
    ("reset_answers", "i4"),
    ("reset_odd_ttl", "i1"),
    ("icmp", "i4"),  # ICMP errors
    ("icmp_packet", "i4"),
    ("icmp_last", "i4"),
    ("duplicates", "i4"),
    ("missed", "i1"),  # 1: bytes were acknowledged that the capture does not hold
    ("midstream", "i1"),
    ("one_way", "i1"),
    ("ignored_resets", "i4"),
    ("silence", "i8"),  # ns, the longest
    ("silence_end", "i8"),
    ("silence_packet", "i4"),
    ("rtt", "i8"),  # ns, of the handshake
    ("syn_gap", "i8"),  # ns between the last two SYNs
    ("syn_due", "i8"),  # ns after the last SYN by which a kernel that goes on would have sent the next
    ("stray_ack", "i4"),  # the packet of an ACK without SYN that answers a SYN
    ("challenges", "i4"),  # ACKs that answer RSTs without effect
    ("fins_crossed", "i1"),  # 1: neither FIN acknowledges the other
    ("assassinated", "i4"),  # a RST that ended TIME-WAIT: its packet
    ("foreign_ends", "i4"),  # which ends a RST that no end sent has ended: 1 the client, 2 the server
    ("abort_ttl", "i8"),  # TTL of the first RST
    ("reset_alive", "i1"),  # 1: the pretended sender of the RST that counts talks on after it
    ("reset_pending", "i8"),  # bytes that had reached the RST's sender since it last sent data
    ("reset_pending_age", "i8"),  # ns since the last of them
    ("reset_tail", "i8"),  # ns from its sender's own last data to the RST
    ("quiet", "i8"),  # ns of silence before the data that nothing but a RST has answered since
    ("quiet_packet", "i4"),
    ("quiet_by", "i1"),  # 0 or 1: which end of the key sent it
    ("ghost_to", "i8"),  # scratch: 1 + the end of the key at which a RST had no effect
    ("port_lives", "i4"),  # 1: the same server port answers others in this capture
    ("twin", "i4"),  # 1: the same four addresses and ports open another connection in the same second
    (
        "alike",
        "i8",
    ),  # connections of this client to this port that it aborted after an answer to a request of the same size
    (
        "queue_full",
        "i4",
    ),  # other connections that waited at this port for the application while the SYN went unanswered
    ("ports_tried", "i4"),  # ports of this server that this client has tried in vain, or left without a word
)


class Record:
    """Slots of integers, all 0 at first."""

    __slots__: tuple[str, ...] = ()

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


SCAN = 10
"""Ports of one server tried by one client from which on it is a scan."""
GIVEN_UP = 60_000_000_000
"""A last SYN this late is the kernel's last: Linux sends it after 63 or 67.7 s, BSD gives up after 75 s."""
FRAGMENTATION_NEEDED = 1 + 256 * 3 + 4
"""``icmp_last`` of path MTU discovery, which is no refusal."""
QUIET = 1_000_000_000
"""Nanoseconds from which on a silence before new data is noted."""
AGAIN = 2_000_000
"""Nanoseconds within which the same frame may pass two points of capture on one machine."""
BEYOND = 1 << 30
"""An ACK field further ahead than this is old or forged, no sign that the capture missed bytes."""

_CLOSED, _TIME_WAIT = int(State.CLOSED), int(State.TIME_WAIT)


def collect(
    facts: Any,
    tells: Any,
    ends: Any,
    base: int,
    pool: Any,
    order: Any,
    n: int,
    book: Any,
    first_reset: int,
    low_port: int,
    high_port: int,
    capture_end: int,
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
        conclude_end(tells[base + side], ends[base + side], ends[base + 1 - side], first.time)
        conclude_window(tells[base + side], facts.duration + 1)
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
    if segment.mark & MARK_DUPLICATE or same_frame(me, segment, now):
        facts.duplicates += 1
    if segment.icmp:
        facts.icmp += 1
        facts.icmp_packet, facts.icmp_last = segment.packet, segment.icmp
        return
    if segment.flags & SYN:
        note_syn(facts, segment, now)
    if segment.flags & RST:
        note_abort(facts, segment, now)
        return
    note_handshake(facts, segment, now)
    note_ttl(me, segment)
    note_window(me, segment, now)
    if segment.flags & ACK:
        note_ack(facts, peer, segment, now)
    note_highest(me, segment)
    if segment.length and not segment.mark & (MARK_RETRANSMISSION | MARK_PROBE):
        note_quiet(facts, segment, gap)
        note_data(facts, me, peer, segment, now)
    elif facts.quiet and facts.quiet_packet != segment.packet and not segment.mark & (MARK_RETRANSMISSION | MARK_PROBE):
        facts.quiet = facts.quiet if facts.quiet_by == segment.sender else 0
    if segment.length and segment.mark & MARK_LOST:
        # A first copy may be larger than anything on the wire: the network card cuts it.
        if segment.mark & MARK_RETRANSMISSION:
            me.largest_lost = max(me.largest_lost, segment.length)
    elif segment.length > me.large:
        me.large, me.large_end = segment.length, (int(segment.seq) + consumed(segment)) & 0xFFFFFFFF
    if segment.flags & FIN:
        me.fin_copies += 1
        if me.fin_acked:
            me.fin_again = segment.packet
        if not me.fin_packet:
            note_fin(facts, me, peer, segment, now)


def same_frame(me: Any, segment: Any, now: int) -> bool:
    """Whether it is the frame that this end sent just before, captured once more: a new packet has a new IP ID (Linux RSTs: 0)."""
    known = (
        me.frame_id == segment.ip_id
        and segment.ip_id > 0
        and me.frame_seq == segment.seq
        and me.frame_ack == segment.ack
    )
    again = bool(known and me.frame_length == segment.length and now - me.frame_time < AGAIN)
    me.frame_id, me.frame_seq, me.frame_ack, me.frame_length, me.frame_time = (
        segment.ip_id,
        segment.seq,
        segment.ack,
        segment.length,
        now,
    )
    return again


def note_handshake(facts: Any, segment: Any, now: int) -> None:
    """When both ends were connected, and how long the handshake took."""
    if facts.syn_acks and not facts.established and not segment.flags & SYN and segment.sender == facts.client:
        facts.established = now
        facts.rtt = now - facts.syn_last if facts.syn_last else 0
    elif (
        facts.syns
        and not facts.syn_acks
        and not facts.stray_ack
        and segment.sender != facts.client
        and segment.flags & (SYN | ACK) == ACK
    ):
        facts.stray_ack = segment.packet


def note_ttl(me: Any, segment: Any) -> None:
    """Another TTL than before: another way, or another machine."""
    if not me.ttl:
        me.ttl = segment.ttl
    elif segment.ttl != me.ttl:
        me.ttl_changes += 1
        me.ttl_packet = me.ttl_packet or segment.packet


def note_window(me: Any, segment: Any, now: int) -> None:
    """How long its window has been closed."""
    if segment.flags & SYN:
        return
    if segment.window == 0:
        if not me.zero_since:
            me.zero_since, me.zero_packet = now, segment.packet
    elif me.zero_since:
        me.zero_longest = max(me.zero_longest, now - me.zero_since)
        me.zero_since = 0


def conclude_window(me: Any, now: int) -> None:
    """A window that is still closed at the end."""
    if me.zero_since:
        me.zero_longest = max(me.zero_longest, now - me.zero_since)


def note_ack(facts: Any, peer: Any, segment: Any, now: int) -> None:
    """An acknowledgment: of the peer's FIN, of bytes the capture has not shown, or the answer to a RST without effect."""
    if peer.fin_packet and not peer.fin_acked and offset(int(segment.ack), peer.fin_end) >= 0:
        peer.fin_acked = now
    if (
        peer.highest
        and not facts.midstream
        and offset(int(segment.ack), peer.highest) > 0
        and offset(int(segment.ack), peer.highest) < BEYOND
    ):
        facts.missed = 1
    if peer.has_hole and offset(int(segment.ack), peer.hole) > 0:
        facts.missed = 1
    if peer.late_packet and offset(int(segment.ack), peer.late_end) >= 0:
        peer.late_taken = 1
    if peer.large and offset(int(segment.ack), peer.large_end) >= 0:
        peer.largest_arrived = max(peer.largest_arrived, peer.large)
        peer.large = 0
    if facts.ghost_to and facts.ghost_to == segment.sender + 1 and segment.length == 0:
        facts.challenges += 1
        facts.ghost_to = 0


def note_highest(me: Any, segment: Any) -> None:
    """How far it was seen to send, and a hole in what was seen."""
    size = consumed(segment)
    if not size:
        return
    begin = int(segment.seq)
    if not me.highest:
        me.highest = begin
    if offset(begin, me.highest) > 0 and not me.has_hole:
        me.has_hole, me.hole = 1, me.highest
    elif me.has_hole and offset(begin, me.hole) <= 0:
        me.has_hole = 0
    if offset(begin + size, me.highest) > 0:
        me.highest = (begin + size) & 0xFFFFFFFF


def note_quiet(facts: Any, segment: Any, gap: int) -> None:
    """New data after a silence; whether anything answers it is seen later."""
    if facts.quiet and facts.quiet_by != segment.sender:
        facts.quiet = 0
    if not facts.quiet and gap >= QUIET:
        facts.quiet, facts.quiet_packet, facts.quiet_by = gap, segment.packet, segment.sender


def note_syn(facts: Any, segment: Any, now: int) -> None:
    """SYNs and SYN-ACKs, and SYN-ACKs repeated though the handshake was over."""
    if not segment.flags & ACK:
        facts.syns += 1
        facts.syn_gap = now - facts.syn_last if facts.syn_last else 0
        facts.syn_last = now
    else:
        facts.syn_acks += 1
        if facts.syn_acks > 1 and facts.established:
            facts.syn_acks_late += 1


def note_abort(facts: Any, segment: Any, now: int) -> None:
    """A RST: whose, and after how long a silence."""
    facts.abort_ttl = facts.abort_ttl or segment.ttl
    if segment.mark & MARK_IGNORED:
        facts.ghost_to = 2 - segment.sender
    elif not facts.idle_before_reset:
        facts.idle_before_reset = now - max(facts.request_time, facts.response_time)


def note_data(facts: Any, me: Any, peer: Any, segment: Any, now: int) -> None:
    """New payload."""
    if not me.first_data:
        me.first_data, me.first_data_packet = now, segment.packet
        me.tls = 1 if segment.options & TLS_HANDSHAKE else 2 if segment.options & TLS_ALERT else 3
    if segment.options & TLS_ALERT:
        me.alerts += 1
        me.alert_packet = segment.packet
    if peer.fin_packet and not me.late_packet:
        me.late_data, me.late_packet = now, segment.packet
        me.late_end = (int(segment.seq) + consumed(segment)) & 0xFFFFFFFF
        me.late_known = 1 if peer.fin_acked and peer.fin_acked <= now else 0
    if peer.fin_packet:
        me.late_bytes += segment.length
    if segment.sender == facts.client:
        if facts.response_bytes or not facts.request_packet:
            facts.request_time, facts.request_packet, facts.request_bytes, facts.response_bytes = (
                now,
                segment.packet,
                0,
                0,
            )
        facts.request_bytes += segment.length
        facts.request_last_packet = segment.packet
    else:
        facts.response_bytes += segment.length
        facts.response_time = now
    me.data += 1
    me.last_data, me.last_data_packet = now, segment.packet
    me.pending = 0
    peer.pending += segment.length
    peer.arrived_time = now


def note_fin(facts: Any, me: Any, peer: Any, segment: Any, now: int) -> None:
    """The first copy of a FIN."""
    me.fin_time, me.fin_packet = now, segment.packet
    me.fin_end = int(segment.seq) + consumed(segment)
    me.fin_answered = 1 if me.last_data >= peer.last_data else 0
    me.fin_moments = now - me.last_data if me.last_data else 0
    if (
        peer.last_data_packet
        and segment.flags & ACK
        and peer.highest
        and offset(peer.highest, int(segment.ack)) > peer.fin_copies
    ):
        peer.crossed_packet = peer.last_data_packet
    if peer.fin_packet and segment.flags & ACK and offset(int(segment.ack), peer.fin_end) < 0:
        facts.fins_crossed = 1
    if not peer.fin_packet:
        data = max(peer.last_data, me.last_data)
        facts.idle_before_fin = now - data if data else now - facts.established if facts.established else now


def conclude_end(me: Any, end: Any, peer: Any, start: int) -> None:
    """What the endpoint's control block knows at the end."""
    me.state, me.eof, me.segments, me.flags = end.state, end.eof, end.segments, end.flags
    me.retransmitted, me.repeats, me.probes, me.ttl = end.retransmitted, end.repeats, end.probes, end.ttl
    me.repeats_since = end.repeats_since - start + 1 if end.repeats else 0
    me.timed_out = (
        1
        if end.error
        and end.repeats
        and end.state == _CLOSED
        and not end.rst_sent
        and end.connected
        and not peer.rst_sent
        else 0
    )
    if end.has_iss and end.has_sent:
        begin = end.iss + end.syn_sent
        me.sent = max(offset(end.snd_nxt, begin) - end.fin_sent, 0)
        acked = offset(end.snd_acked, begin) - end.fin_acked if end.has_acked else 0
        me.acknowledged = min(max(acked, 0), me.sent)
        me.unacknowledged = me.sent - me.acknowledged
    if me.late_packet and peer.flags & ACK and not end.rst_sent and offset(peer.acked, end.snd_nxt - end.fin_sent) >= 0:
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
            facts.foreign_ends |= (1 << (1 - entry.by ^ facts.client)) if entry.reason == FOREIGN else 0
            note_assassination(facts, tells[base + entry.by], tells[base + 1 - entry.by], entry, entry.time - start + 1)
        if chosen < 0 or (entry.accepted == 1 and book.resets[chosen].accepted != 1):
            chosen = i
    if chosen >= 0:
        choose_reset(facts, tells, base, book.resets[chosen], start)


def note_assassination(facts: Any, by: Any, hit: Any, entry: Any, now: int) -> None:
    """A RST that reached an end in TIME-WAIT (RFC 1337)."""
    waiting = hit.fin_time and by.fin_time and hit.fin_acked and by.fin_acked and hit.fin_time <= by.fin_time
    if waiting and hit.fin_acked <= now and by.fin_acked <= now:
        facts.assassinated = entry.packet


def choose_reset(facts: Any, tells: Any, base: int, entry: Any, start: int) -> None:
    """Write down the RST that counts, and what its sender had to read."""
    me = tells[base + entry.by]
    facts.reset_by, facts.reset_packet, facts.reset_time = entry.by ^ facts.client, entry.packet, entry.time - start + 1
    facts.reset_shape, facts.reset_reason, facts.reset_other = entry.shape, entry.reason, entry.other
    facts.reset_accepted, facts.reset_origin = entry.accepted, entry.origin
    facts.reset_answers, facts.reset_odd_ttl = entry.answers, entry.odd_ttl
    facts.reset_alive, facts.reset_pending = entry.alive, me.pending
    facts.reset_pending_age = facts.reset_time - me.arrived_time if me.arrived_time else 0
    facts.reset_tail = facts.reset_time - me.last_data if me.last_data else 0


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
        facts.request_acked = (
            1 if client.unacknowledged == 0 else 2 if client.unacknowledged < facts.request_bytes else 0
        )
    facts.closed_first = first_to_close(facts, client, server)
    facts.syn_due = 500_000_000 + facts.syn_gap * 13 // 5 if facts.syn_gap else FIRST_RETRY


FIRST_RETRY = 3_500_000_000
"""After one SYN the next follows within 1 s, on old systems 3 s (RFC 6298 section 2.1, RFC 1122)."""


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
