"""A stretch: segments that brought nothing but what was expected, and have arrived, put together into one record.

It says of them what the endpoints and the facts want to know; a slot of the pool whose ``icmp`` is ``STRETCH`` and whose
``seq`` is the record's number stands in their place. The record also knows what its connection expects next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.record import Record, i1, i2, i4, i8
from tcpexplain.machine.facts import QUIET
from tcpexplain.wire.segment import PSH, TLS_ALERT, TLS_HANDSHAKE

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.wire.segment import Segment


class Stretch(Record, packed=True):
    """What both ends share."""

    time: i8  # ns since 1970, of its last segment; before its first one: of the segment before it
    silence: i8  # ns, the longest within it, and before it
    silence_end: i8  # ns since 1970
    silence_packet: i8
    quiet: i8  # see ``facts.Facts``; times are ns since 1970 here
    quiet_packet: i8
    quiet_time: i8
    request_time: i8
    request_packet: i8  # 0: the client has sent no data in it
    request_last_packet: i8
    request_bytes: i8
    response_bytes: i8
    response_time: i8
    packets: i4
    edge: i4  # slot behind which the segments are that may join
    tail: i4  # how many these are
    # 1 + the number of the connection\'s stretch before this one, 0: none; of a spare one: the next spare one
    before: i4
    quiet_by: i1
    client: i1  # which end of the key is the client
    fresh: i1  # 1: its request began after a response in this very stretch
    met: i1  # bits: ends that have acknowledged all there was when something else than expected came last
    closed: i1  # 1: something else than expected has come since its last segment
    over: i1  # 1: nothing is expected any more


class CoalescedEnd(Record, packed=True):
    """One end."""

    # what the connection expects of this end
    next: i4  # sequence number
    acked: i4  # its highest ACK field
    known: i1  # bits: 1, 2 these two are set
    repeated: i1  # 1: what it sent last it had sent before
    data_at: i4  # position of its last data, see ``machine.prediction.survey``
    barrier: i4  # ``next`` when something else than expected came last
    latest: i4  # slot of its last segment, -1: none has come since the handshake
    ttl: i2  # of its first segment
    # its last segment in the stretch, as in a segment
    time: i8
    packet: i8
    file: i4
    seq: i4
    length: i4
    ack: i4
    window: i4
    # its segments in the stretch
    segments: i4
    flags: i2
    ttl_changes: i4
    ttl_packet: i8
    data: i4  # segments with payload
    bytes: i8
    largest: i4
    more: i1  # the last data came without PSH
    asked: i1  # it had sent data before what came last
    pending: i8  # bytes that have come since it last sent data
    first_time: i8  # of its first data
    first_packet: i8
    tls: i1  # see ``facts.EndFacts``
    data_time: i8  # of its last data
    data_packet: i8
    alerts: i4
    alert_packet: i8


def empty(stretch: Stretch, low: CoalescedEnd, high: CoalescedEnd) -> None:
    """No segment is in it."""
    stretch.packets = stretch.silence = stretch.quiet = stretch.fresh = stretch.closed = 0
    stretch.request_packet = stretch.request_bytes = stretch.response_bytes = stretch.response_time = 0
    empty_side(low)
    empty_side(high)


def empty_side(side: CoalescedEnd) -> None:
    """No segment of this end is in it."""
    side.segments = side.flags = side.ttl_changes = side.ttl_packet = 0
    side.data = side.bytes = side.largest = side.asked = side.pending = side.alerts = 0


def fold(stretch: Stretch, sides: Array[CoalescedEnd], at: int, segment: Segment) -> None:
    """A segment joins; ``sides[at]`` and the next are the lower and the higher end."""
    sender = segment.sender
    me = sides[at + sender]
    gap = segment.time - stretch.time
    if gap > stretch.silence:
        stretch.silence, stretch.silence_end, stretch.silence_packet = gap, segment.time, segment.packet
    stretch.time = segment.time
    stretch.packets += 1
    if stretch.quiet and stretch.quiet_by != sender:
        stretch.quiet = 0
    if segment.ttl != me.ttl:
        me.ttl_changes += 1
        me.ttl_packet = me.ttl_packet or segment.packet
    me.segments += 1
    me.flags |= segment.flags
    me.time, me.packet, me.file = segment.time, segment.packet, segment.file
    me.seq, me.length, me.ack, me.window = segment.seq, segment.length, segment.ack, segment.window
    if segment.length:
        fold_data(stretch, me, sides[at + 1 - sender], segment, gap)


def fold_data(stretch: Stretch, me: CoalescedEnd, peer: CoalescedEnd, segment: Segment, gap: int) -> None:
    """Its payload."""
    if not me.data:
        me.first_time, me.first_packet = segment.time, segment.packet
        me.tls = 1 if segment.options & TLS_HANDSHAKE else 2 if segment.options & TLS_ALERT else 3
    if gap >= QUIET and not stretch.quiet:
        stretch.quiet, stretch.quiet_packet, stretch.quiet_by = gap, segment.packet, segment.sender
        stretch.quiet_time = segment.time
    if segment.options & TLS_ALERT:
        me.alerts += 1
        me.alert_packet = segment.packet
    me.data += 1
    me.bytes += segment.length
    me.largest = max(me.largest, segment.length)
    me.more = 0 if segment.flags & PSH else 1
    me.data_time, me.data_packet = segment.time, segment.packet
    me.pending = 0
    peer.pending += segment.length
    peer.asked = 1 if peer.data else 0
    if segment.sender == stretch.client:
        fold_request(stretch, segment)
    else:
        stretch.response_bytes += segment.length
        stretch.response_time = segment.time


def fold_request(stretch: Stretch, segment: Segment) -> None:
    """Payload of the client: a new request if a response has come before it."""
    if stretch.response_bytes or not stretch.request_packet:
        stretch.fresh |= 1 if stretch.response_bytes else 0
        stretch.request_time, stretch.request_packet = segment.time, segment.packet
        stretch.request_bytes = stretch.response_bytes = 0
    stretch.request_bytes += segment.length
    stretch.request_last_packet = segment.packet
