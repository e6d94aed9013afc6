"""What one segment tells the causes: a second pass, after the machine has marked what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import inlined
from tcpexplain.machine.facts import QUIET
from tcpexplain.vantage.hidden import HIDDEN_FRAGMENTS
from tcpexplain.wire.segment import (
    ACK,
    FIN,
    MARK_DUPLICATE,
    MARK_FRAGMENT,
    MARK_IGNORED,
    MARK_INFERRED,
    MARK_LOST,
    MARK_PROBE,
    MARK_RETRANSMISSION,
    MARK_UNSIZED,
    RST,
    SYN,
    TLS_ALERT,
    TLS_HANDSHAKE,
    consumed,
)
from tcpexplain.wire.seqnum import BEYOND, offset

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.coalesced import CoalescedEnd
    from tcpexplain.machine.facts import EndFacts, Facts
    from tcpexplain.wire.segment import Segment


@inlined
def note(facts: Facts, tells: Array[EndFacts], segment: Segment, gap: int, now: int) -> None:
    """One segment, ``gap`` ns after the one before it, at ``now``."""
    me, peer = tells[segment.sender], tells[1 - segment.sender]
    if gap > facts.silence:
        facts.silence, facts.silence_end, facts.silence_packet = gap, now, segment.packet
    if segment.mark & MARK_DUPLICATE:
        facts.duplicates += 1
        return
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
    if segment.mark & MARK_INFERRED:
        facts.packets -= 1
        me.unsized |= 1 if segment.mark & MARK_UNSIZED else 0
    else:
        if segment.mark & MARK_FRAGMENT:
            facts.hidden |= HIDDEN_FRAGMENTS
        note_ttl(me, segment)
        note_window(me, segment, now)
    if segment.flags & ACK:
        note_ack(facts, peer, segment, now)
    note_highest(me, segment)
    if segment.length and not segment.mark & (MARK_RETRANSMISSION | MARK_PROBE):
        note_quiet(facts, segment, gap, now)
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


def note_predicted(facts: Facts, tells: Array[EndFacts], segment: Segment, gap: int, now: int) -> None:
    """A segment that is what was to come next, and has arrived: what ``note`` comes to for such a one."""
    me, peer = tells[segment.sender], tells[1 - segment.sender]
    if gap > facts.silence:
        facts.silence, facts.silence_end, facts.silence_packet = gap, now, segment.packet
    if segment.ttl != me.ttl:
        note_ttl(me, segment)
    if me.zero_since:
        note_window(me, segment, now)
    if peer.large:
        note_large(peer, segment)
    if facts.ghost_to:
        note_challenge(facts, segment)
    if facts.syn_acks_late and not facts.accepted_late:
        note_accepted(facts, segment, now)
    if not segment.length:
        if facts.quiet:
            facts.quiet = facts.quiet if facts.quiet_by == segment.sender else 0
        return
    me.highest = (segment.seq + segment.length) & 0xFFFFFFFF
    if segment.length > me.largest_arrived:  # noqa: PLR1730 (for every segment: a call of max takes longer)
        me.largest_arrived = segment.length
    if facts.quiet or gap >= QUIET:
        note_quiet(facts, segment, gap, now)
    note_data(facts, me, peer, segment, now)


def note_accepted(facts: Facts, segment: Segment, now: int) -> None:
    """The server acknowledges data after all."""
    if segment.sender != facts.client and not segment.flags & SYN and offset(int(segment.ack), facts.syn_ack_ack) > 0:
        facts.accepted_late = now


SYN_ACK_AGAIN = 500_000_000
"""ns from which on a SYN-ACK that comes again is a timer's (Linux: 1 s after the first); sooner it answers another SYN."""


DELAYED_ACK = 40_000_000
"""ns that a kernel may wait with an acknowledgment for data to go with it (Linux TCP_DELACK_MIN): what comes later was not the handshake's last ACK."""


def note_handshake(facts: Facts, segment: Segment, now: int) -> None:
    """When both ends were connected, and how long the handshake took."""
    if facts.syn_acks and not facts.established and not segment.flags & SYN and segment.sender == facts.client:
        facts.established = now
        prompt = not consumed(segment) or now - facts.syn_ack_last <= DELAYED_ACK
        facts.rtt = (now if prompt else facts.syn_ack_last) - facts.syn_last if facts.syn_last else 0
    elif (
        facts.syns
        and not facts.syn_acks
        and not facts.stray_ack
        and segment.sender != facts.client
        and segment.flags & (SYN | ACK) == ACK
    ):
        facts.stray_ack = segment.packet


def note_ttl(me: EndFacts, segment: Segment) -> None:
    """Another TTL than before: another way, or another machine."""
    if not me.ttl:
        me.ttl = segment.ttl
    elif segment.ttl != me.ttl:
        me.ttl_changes += 1
        me.ttl_packet = me.ttl_packet or segment.packet


def note_window(me: EndFacts, segment: Segment, now: int) -> None:
    """How long its window has been closed."""
    if segment.flags & SYN:
        return
    if segment.window == 0:
        if not me.zero_since:
            me.zero_since, me.zero_packet = now, segment.packet
    elif me.zero_since:
        me.zero_longest = max(me.zero_longest, now - me.zero_since)
        me.zero_since = 0


def note_ack(facts: Facts, peer: EndFacts, segment: Segment, now: int) -> None:
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
    if facts.syn_acks_late and not facts.accepted_late:
        note_accepted(facts, segment, now)
    if peer.late_packet and offset(int(segment.ack), peer.late_end) >= 0:
        peer.late_taken = 1
    if peer.large:
        note_large(peer, segment)
    if facts.ghost_to:
        note_challenge(facts, segment)


def note_large(peer: EndFacts, segment: Segment | CoalescedEnd) -> None:
    """An acknowledgment of the peer's largest segment under way."""
    if offset(int(segment.ack), peer.large_end) >= 0:
        peer.largest_arrived = max(peer.largest_arrived, peer.large)
        peer.large = 0


def note_challenge(facts: Facts, segment: Segment) -> None:
    """An ACK that answers a RST without effect (RFC 5961 section 3.2)."""
    if facts.ghost_to == segment.sender + 1 and segment.length == 0 and not segment.flags & SYN:
        facts.challenges += 1
        facts.ghost_to = 0


def note_highest(me: EndFacts, segment: Segment) -> None:
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


def note_quiet(facts: Facts, segment: Segment, gap: int, now: int) -> None:
    """New data after a silence; whether anything answers it is seen later."""
    if facts.quiet and facts.quiet_by != segment.sender:
        facts.quiet = 0
    if not facts.quiet and gap >= QUIET:
        facts.quiet, facts.quiet_packet, facts.quiet_by = gap, segment.packet, segment.sender
        facts.quiet_time = now


def note_syn(facts: Facts, segment: Segment, now: int) -> None:
    """SYNs and SYN-ACKs, and SYN-ACKs repeated though the handshake was over."""
    if not segment.flags & ACK:
        facts.syns += 1
        facts.syn_gap = now - facts.syn_last if facts.syn_last else 0
        facts.syn_last = now
    else:
        facts.syn_acks += 1
        if facts.syn_acks > 1 and facts.established and now - facts.syn_ack_last >= SYN_ACK_AGAIN:
            facts.syn_acks_late += 1
            facts.syn_ack_ack = segment.ack
        facts.syn_ack_last = now


def note_abort(facts: Facts, segment: Segment, now: int) -> None:
    """A RST: whose, and after how long a silence."""
    facts.abort_ttl = facts.abort_ttl or segment.ttl
    if segment.mark & MARK_IGNORED:
        facts.ghost_to = 2 - segment.sender
    elif not facts.idle_before_reset:
        facts.idle_before_reset = now - max(facts.request_time, facts.response_time)


def note_data(facts: Facts, me: EndFacts, peer: EndFacts, segment: Segment, now: int) -> None:
    """New payload."""
    if not me.first_data:
        me.first_data, me.first_data_packet = now, segment.packet
        me.tls = 1 if segment.options & TLS_HANDSHAKE else 2 if segment.options & TLS_ALERT else 3
    if segment.options & TLS_ALERT:
        me.alerts += 1
        me.alert_packet = segment.packet
    if peer.fin_packet:
        note_late(me, peer, segment, now)
    if segment.sender == facts.client:
        if facts.response_bytes or not facts.request_packet:
            facts.request_time, facts.request_packet = now, segment.packet
            facts.request_bytes = facts.response_bytes = 0
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


def note_late(me: EndFacts, peer: EndFacts, segment: Segment, now: int) -> None:
    """New payload after the peer's FIN."""
    if not me.late_packet:
        me.late_data, me.late_packet = now, segment.packet
        me.late_end = (int(segment.seq) + consumed(segment)) & 0xFFFFFFFF
        me.late_known = 1 if peer.fin_acked and peer.fin_acked <= now else 0
    me.late_bytes += segment.length


def note_fin(facts: Facts, me: EndFacts, peer: EndFacts, segment: Segment, now: int) -> None:
    """The first copy of a FIN."""
    me.fin_time, me.fin_packet = now, segment.packet
    me.fin_end = int(segment.seq) + consumed(segment)
    me.fin_answered = 1 if me.last_data >= peer.last_data else 0
    me.fin_moments = now - me.last_data if me.last_data else 0
    me.fin_heard = now - peer.last_data if peer.last_data else 0
    if (
        peer.last_data_packet
        and segment.flags & ACK
        and peer.highest
        and offset(peer.highest, int(segment.ack)) > peer.fin_copies
    ):
        peer.crossed_time, peer.crossed_packet = peer.last_data, peer.last_data_packet
    if peer.fin_packet and segment.flags & ACK and offset(int(segment.ack), peer.fin_end) < 0:
        facts.fins_crossed = 1
    if not peer.fin_packet:
        data = max(peer.last_data, me.last_data)
        facts.idle_before_fin = now - data if data else now - facts.established if facts.established else now
