"""What a stretch tells the causes: what ``machine.facts_segment.note_predicted`` comes to for its segments one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.machine.facts_segment import note_large
from tcpexplain.wire.seqnum import offset

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.coalesced import CoalescedEnd, Stretch
    from tcpexplain.machine.facts import EndFacts, Facts


def note_stretch(facts: Facts, tells: Array[EndFacts], stretch: Stretch, sides: Array[CoalescedEnd], at: int) -> None:
    """A stretch whose ends are ``sides[at]`` and the next."""
    since = facts.start - 1
    facts.packets += stretch.packets - 1
    if stretch.silence > facts.silence:
        facts.silence, facts.silence_end = stretch.silence, stretch.silence_end - since
        facts.silence_packet = stretch.silence_packet
    if facts.quiet and sides[at + 1 - facts.quiet_by].segments:
        facts.quiet = 0
    if stretch.quiet and not facts.quiet:
        facts.quiet, facts.quiet_packet, facts.quiet_by = stretch.quiet, stretch.quiet_packet, stretch.quiet_by
        facts.quiet_time = stretch.quiet_time - since
    note_requests(facts, stretch, since)
    for sender in range(2):
        note_side(facts, tells[sender], tells[1 - sender], sides[at + sender], since)


def note_requests(facts: Facts, stretch: Stretch, since: int) -> None:
    """The client's last request, and the response to it."""
    if stretch.request_packet:
        if stretch.fresh or facts.response_bytes or not facts.request_packet:
            facts.request_time, facts.request_packet = stretch.request_time - since, stretch.request_packet
            facts.request_bytes = facts.response_bytes = 0
        facts.request_bytes += stretch.request_bytes
        facts.request_last_packet = stretch.request_last_packet
    if stretch.response_time:
        facts.response_bytes += stretch.response_bytes
        facts.response_time = stretch.response_time - since


def note_side(facts: Facts, me: EndFacts, peer: EndFacts, side: CoalescedEnd, since: int) -> None:
    """One end."""
    if not side.segments:
        me.pending += side.pending
        return
    me.ttl_changes += side.ttl_changes
    me.ttl_packet = me.ttl_packet or side.ttl_packet
    if peer.large:
        note_large(peer, side)
    if peer.has_hole and offset(int(side.ack), peer.hole) > 0:
        facts.missed = 1
    if not side.data:
        me.pending += side.pending
        return
    me.highest = (int(side.seq) + int(side.length)) & 0xFFFFFFFF
    me.largest_arrived = max(me.largest_arrived, side.largest)
    if not me.first_data:
        me.first_data, me.first_data_packet, me.tls = side.first_time - since, side.first_packet, side.tls
    me.alerts += side.alerts
    me.alert_packet = side.alert_packet if side.alerts else me.alert_packet
    me.data += side.data
    me.last_data, me.last_data_packet = side.data_time - since, side.data_packet
    peer.arrived_time = me.last_data
    me.pending = side.pending
