"""Inferred segments: where they are kept, and what such a segment says. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.segment import ACK, FIN, MARK_INFERRED, OPTIONS_CUT, PSH, SYN
from tcpexplain.wire.seqnum import later, offset

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.vantage.sighting import Sighting
    from tcpexplain.wire.segment import Segment

ROOM = 512
"""Slots at the end of the pool that no captured segment takes: inferred ones of the connection at hand are put there."""

WORD = 0xFFFFFFFF


def most(n: int) -> int:
    """Inferred segments there may be at most among ``n`` captured ones."""
    return min(4 * n + 4, ROOM)


def new_segment(
    pool: Array[Segment],
    used: int,
    proof: Segment,
    sender: int,
    seq: int,
    ack: int,
    flags: int,
    length: int,
    me: Sighting,
) -> int:
    """One inferred segment of ``sender``, which ``proof`` shows to have passed; how many slots are in use then."""
    one = pool[used]
    one.time, one.packet, one.file, one.next = proof.time, proof.packet, proof.file, -1
    one.seq, one.ack = seq & WORD, ack & WORD if flags & ACK else 0
    one.ts_val = one.ts_ecr = one.sack_left = one.sack_right = one.sack_high = one.lead = 0
    one.length, one.flags, one.window, one.options = length, flags, 65535, OPTIONS_CUT
    one.ip_id = one.wscale = -1
    one.icmp, one.ttl, one.sender, one.mark = 0, 0, sender, MARK_INFERRED
    end = seq + length + ((flags & SYN) >> 1) + (flags & FIN)
    me.next = later(end, me.next) if me.known else end
    me.known = me.spoken = 1
    if flags & SYN:
        me.has_iss, me.iss = 1, seq
    if flags & ACK:
        me.acked, me.has_acked = ack, 1
    return used + 1


def infer_data(
    pool: Array[Segment], proof: Segment, sender: int, me: Sighting, peer: Sighting, end: int, fin: bool, used: int
) -> int:
    """Bytes of ``sender`` up to number ``end`` that were not captured, or its FIN."""
    size = offset(end, me.next)
    flags = ACK | FIN if fin else ACK | PSH
    return new_segment(pool, used, proof, sender, me.next, acknowledges(me, peer), flags, size - int(fin), me)


def acknowledges(me: Sighting, peer: Sighting) -> int:
    """The ACK field of an inferred segment of ``me``: its last one if it was ever seen; else all that ``peer`` did not have to send again."""
    if me.segments or not peer.known:
        return int(me.acked) if me.has_acked else int(peer.next)
    if peer.dead and offset(peer.next, peer.dead_from) > 0:
        return int(peer.dead_from)
    return int(peer.next)
