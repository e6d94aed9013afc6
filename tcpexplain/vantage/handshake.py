"""The segments of a handshake that were not captured, and what proves them. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.vantage.inferred import new_segment
from tcpexplain.vantage.sighting import LOOKAHEAD
from tcpexplain.wire.segment import ACK, RST, SYN, consumed
from tcpexplain.wire.seqnum import offset, same

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.vantage.sighting import Sighting
    from tcpexplain.wire.segment import Segment

PROMPT = 100_000_000
"""ns within which a kernel has acknowledged a SYN-ACK, though it may delay that a little for data to go with it."""

MIXED = 1_000_000
"""ns by which an acknowledgment may be captured before what it acknowledges."""


def infer_handshake(
    pool: Array[Segment], order: Array[int], n: int, i: int, me: Sighting, peer: Sighting, used: int
) -> int:
    """The handshake's segments that segment ``i``, an acknowledgment, proves to have been exchanged."""
    segment = pool[order[i]]
    sender, ack = segment.sender, int(segment.ack)
    if segment.flags & SYN:
        if peer.spoken:
            return used
        return new_segment(pool, used, segment, 1 - sender, ack - 1, 0, SYN, 0, peer)
    if me.has_iss and not me.synced:
        if not peer.has_iss and not peer.known and offset(int(segment.seq), me.iss) >= 1:
            used = new_segment(pool, used, segment, 1 - sender, ack - 1, me.iss + 1, SYN | ACK, 0, peer)
            me.synced = 1
        elif peer.has_iss and not peer.has_acked and not me.has_acked and offset(int(segment.seq), me.iss) >= 1:
            used = new_segment(pool, used, segment, 1 - sender, peer.iss, me.iss + 1, SYN | ACK, 0, peer)
            me.synced = 1
        elif proves_handshake(segment, me, peer) and not ends_handshake_late(pool, order, n, i, me):
            used = new_segment(pool, used, segment, 1 - sender, peer.next, me.iss + 1, ACK, 0, peer)
            me.synced = 1
    elif peer.has_iss and peer.has_acked and not peer.synced and me.has_iss and speaks_late(segment, me, peer):
        used = new_segment(pool, used, segment, sender, me.next, peer.iss + 1, ACK, 0, me)
        pool[used - 1].time = peer.time
        peer.synced = 1
    elif (
        peer.has_iss and not peer.synced and not me.has_iss and 0 < offset(ack, peer.iss) <= offset(peer.next, peer.iss)
    ):
        irs = first_acknowledged(pool, order, n, i) - 1
        used = new_segment(pool, used, segment, sender, irs, peer.iss + 1, SYN | ACK, 0, me)
        peer.synced = 1
    return used


def proves_handshake(segment: Segment, me: Sighting, peer: Sighting) -> bool:
    """Whether the segment is a listener's data, which it does not send before the handshake's last ACK has come."""
    return bool(peer.has_iss and me.has_acked and segment.length) and not is_fast_open(me, peer)


def ends_handshake_late(pool: Array[Segment], order: Array[int], n: int, i: int, me: Sighting) -> bool:
    """Whether the handshake's last ACK stands behind segment ``i``, within the time that captures mix up."""
    segment = pool[order[i]]
    for j in range(i + 1, min(n, i + LOOKAHEAD)):
        other = pool[order[j]]
        if other.time - segment.time > MIXED:
            return False
        if other.sender != segment.sender and not other.icmp and other.flags & ACK and same(int(other.ack), me.iss + 1):
            return True
    return False


def speaks_late(segment: Segment, me: Sighting, peer: Sighting) -> bool:
    """Whether the opener's first word comes too long after the SYN-ACK to be its answer, which a kernel gives at once."""
    if segment.time - peer.time < PROMPT:
        return False
    return bool(consumed(segment)) or not same(int(segment.seq), me.next)


def is_fast_open(me: Sighting, peer: Sighting) -> bool:
    """Whether ``me`` has acknowledged data in the SYN: then it may send before the handshake ends (RFC 7413)."""
    return bool(offset(me.acked, peer.iss) > 1)


def first_acknowledged(pool: Array[Segment], order: Array[int], n: int, i: int) -> int:
    """The lowest number that segment ``i``'s end is known to have sent after its SYN: its own, or the peer's first acknowledgment."""
    segment = pool[order[i]]
    lowest = int(segment.seq)
    for j in range(i + 1, min(n, i + LOOKAHEAD)):
        other = pool[order[j]]
        if other.icmp or other.sender == segment.sender or not other.flags & ACK or other.flags & (SYN | RST):
            continue
        return int(other.ack) if offset(int(other.ack), lowest) < 0 else lowest
    return lowest
