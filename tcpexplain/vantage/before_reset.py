"""What a RST answers, or what had passed before it, where that was not captured. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.vantage.inferred import infer_data, new_segment
from tcpexplain.wire.segment import ACK, MARK_UNSIZED, PSH, SYN
from tcpexplain.wire.seqnum import BEYOND, offset, same

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.vantage.sighting import Sighting
    from tcpexplain.wire.segment import Segment


def infer_before_reset(
    pool: Array[Segment], segment: Segment, me: Sighting, peer: Sighting, filtered: int, used: int
) -> int:
    """What a RST answers, or what had passed before it, where that was not captured."""
    sender = segment.sender
    if segment.flags & ACK:
        if not peer.spoken and not me.spoken and segment.seq == 0 and segment.window == 0:
            return new_segment(pool, used, segment, 1 - sender, int(segment.ack) - 1, 0, SYN, 0, peer)
        both = me.opens and peer.opens
        if me.has_iss and peer.has_iss and peer.has_acked and not peer.synced and segment.window and not both:
            used = new_segment(pool, used, segment, sender, me.next, peer.iss + 1, ACK, 0, me)
            peer.synced = 1
        if me.has_iss and peer.has_iss and me.has_acked and not me.synced and segment.window and not both:
            used = new_segment(pool, used, segment, 1 - sender, peer.next, me.iss + 1, ACK, 0, peer)
            me.synced = 1
        if filtered and peer.known and 0 < offset(int(segment.ack), peer.next) < BEYOND:
            used = infer_data(pool, segment, 1 - sender, peer, me, int(segment.ack), False, used)
        if filtered and me.known and 0 < offset(int(segment.seq), me.next) < BEYOND:
            used = infer_data(pool, segment, sender, me, peer, int(segment.seq), False, used)
    elif (filtered or not peer.segments) and peer.known and me.spoken and same(int(segment.seq), me.next):
        used = new_segment(pool, used, segment, 1 - sender, peer.next, int(segment.seq), ACK | PSH, 1, peer)
        pool[used - 1].mark |= MARK_UNSIZED
    return used
