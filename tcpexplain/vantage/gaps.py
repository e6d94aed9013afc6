"""What the capture lacks and the other end's acknowledgments prove: inferred segments between those that were captured. Hot.

A receiver acknowledges what has arrived (RFC 9293 section 3.4). An acknowledgment of bytes, of a SYN or of a FIN that the
capture does not hold therefore proves a segment that passed elsewhere: the capture dropped it, a filter left it out, or only
one direction was captured. Such a segment takes its place right before the packet that proves it, carries that packet's
number and ``MARK_INFERRED``, and goes through the machine as others do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import inlined
from tcpexplain.vantage.before_reset import infer_before_reset
from tcpexplain.vantage.filtered import is_filtered
from tcpexplain.vantage.handshake import infer_handshake
from tcpexplain.vantage.inferred import ROOM, infer_data, new_segment
from tcpexplain.vantage.sighting import LOOKAHEAD, look_over, note_sent, pass_over
from tcpexplain.wire.segment import ACK, MARK_DUPLICATE, RST, STRETCH, SYN, consumed
from tcpexplain.wire.seqnum import BEYOND, offset

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.vantage.sighting import Last, Sighting
    from tcpexplain.wire.segment import Segment

PATIENCE = 3_000_000_000
"""ns after which a sender that has no acknowledgment has sent again, whatever the path (RFC 6298: 1 s at first)."""


@inlined
def fill(
    pool: Array[Segment],
    sides: Array[Last],
    order: Array[int],
    n: int,
    fresh: Array[int],
    seen: Array[Sighting],
    begun: int,
    capture_end: int,
) -> int:
    """Put inferred segments into ``order``; ``fresh`` is scratch of ``n + most(n)``, ``seen`` of two ``Sighting``.

    ``begun``: 1 if the endpoints have gone through earlier segments, and ``seen`` holds what is known from these.

    Returns
    -------
    int
        How many segments ``order`` holds then.
    """
    look_over(pool, order, n, seen, begun)
    filtered = is_filtered(pool, order, n, seen)
    seen[0].filtered = seen[1].filtered = filtered
    used = len(pool) - ROOM
    m = 0
    for i in range(n):
        segment = pool[order[i]]
        if segment.icmp == STRETCH:
            pass_over(seen, sides, 2 * segment.seq)
        elif (
            segment.icmp and segment.flags & (SYN | ACK) == SYN and not seen[segment.sender].spoken and used < len(pool)
        ):
            used = new_segment(pool, used, segment, segment.sender, int(segment.seq), 0, SYN, 0, seen[segment.sender])
            fresh[m] = used - 1
            m += 1
        elif not segment.icmp and not segment.mark & MARK_DUPLICATE:
            before = used
            used = infer_before(pool, order, n, i, seen, filtered, used)
            for slot in range(before, used):
                fresh[m] = slot
                m += 1
            note_sent(segment, seen[segment.sender], seen[1 - segment.sender])
        fresh[m] = order[i]
        m += 1
    before = used
    used = infer_after(pool, order, n, seen, used, capture_end)
    for slot in range(before, used):
        fresh[m] = slot
        m += 1
    if used > len(pool) - ROOM:
        for i in range(m):
            order[i] = fresh[i]
    return m


@inlined
def infer_before(
    pool: Array[Segment], order: Array[int], n: int, i: int, seen: Array[Sighting], filtered: int, used: int
) -> int:
    """What must have passed before segment ``i``; how many inferred slots are in use then."""
    segment = pool[order[i]]
    sender = segment.sender
    me, peer = seen[sender], seen[1 - sender]
    if used + 4 > len(pool):
        return used
    if segment.flags & RST:
        return infer_before_reset(pool, segment, me, peer, filtered, used)
    if segment.flags & ACK:
        used = infer_handshake(pool, order, n, i, me, peer, used)
        if ahead(segment, peer) and not comes_late(pool, order, n, i, peer):
            fin = not filtered and closes_here(pool, order, n, i, peer)
            used = infer_data(pool, segment, 1 - sender, peer, me, int(segment.ack), fin, used)
    if not segment.flags & SYN and me.known:
        gap = offset(int(segment.seq), me.next)
        if 0 < gap < BEYOND and hole_is_real(pool, order, n, i, me, peer, filtered):
            fin = not filtered and gap == 1 and not consumed(segment) and not me.fins
            used = infer_data(pool, segment, sender, me, peer, int(segment.seq), fin, used)
    return used


def ahead(segment: Segment, peer: Sighting) -> bool:
    """Whether the segment acknowledges more than its receiver was seen to send; what answers a bare SYN with any other number is a stranger's."""
    if not peer.known or segment.flags & SYN:
        return False
    opened = peer.synced or not peer.has_iss or peer.has_acked
    return bool(opened) and 0 < offset(int(segment.ack), peer.next) < BEYOND


def comes_late(pool: Array[Segment], order: Array[int], n: int, i: int, peer: Sighting) -> bool:
    """Whether the peer goes on from where it was seen to be, behind segment ``i``, which acknowledges more.

    Then the acknowledgment was captured before what it acknowledges, or it is forged: an end that had sent more would go on from there.
    """
    segment = pool[order[i]]
    for j in range(i + 1, min(n, i + LOOKAHEAD)):
        other = pool[order[j]]
        if other.sender == segment.sender or other.icmp or other.flags & RST or other.mark & MARK_DUPLICATE:
            continue
        ahead_by = offset(int(other.seq), peer.next)
        if ahead_by >= 0:
            return ahead_by == 0
    return False


def hole_is_real(
    pool: Array[Segment], order: Array[int], n: int, i: int, me: Sighting, peer: Sighting, filtered: int
) -> bool:
    """Whether the bytes before segment ``i`` that were not captured have passed elsewhere.

    They have if the peer acknowledges them and they are not sent again; where no acknowledgment would be seen; and if their
    sender goes on in a pure ACK, which takes the next number it would send.
    """
    segment = pool[order[i]]
    for j in range(i + 1, min(n, i + LOOKAHEAD)):
        other = pool[order[j]]
        if other.icmp or other.flags & RST or other.mark & MARK_DUPLICATE:
            continue
        if other.sender == segment.sender:
            again = offset(int(other.seq), int(segment.seq)) < 0 and offset(int(other.seq), me.next) >= 0
            if again and consumed(other):
                return False
        elif other.flags & ACK and offset(int(other.ack), me.next) > 0:
            return True
    return bool(filtered or not peer.segments or not consumed(segment))


def closes_here(pool: Array[Segment], order: Array[int], n: int, i: int, peer: Sighting) -> bool:
    """Whether what segment ``i`` acknowledges and was not captured is the peer's FIN: one number, the last of that end, which shows no FIN elsewhere."""
    segment = pool[order[i]]
    end = int(segment.ack)
    if peer.fins or offset(end, peer.next) != 1:
        return False
    for j in range(i, n):
        other = pool[order[j]]
        if other.icmp or other.flags & RST or other.mark & MARK_DUPLICATE:
            continue
        last = int(other.ack) if other.sender == segment.sender else int(other.seq) + consumed(other)
        if (other.flags & ACK or other.sender != segment.sender) and offset(last, end) > 0:
            return False
    return True


def infer_after(
    pool: Array[Segment], order: Array[int], n: int, seen: Array[Sighting], used: int, capture_end: int
) -> int:
    """An end that was never seen has acknowledged what the other sent and, in time enough, did not send again."""
    last = pool[order[n - 1]]
    if last.icmp or last.flags & RST or used >= len(pool):
        return used
    for side in range(2):
        me, peer = seen[side], seen[1 - side]
        if not me.segments or peer.segments or not peer.spoken or not me.known or me.dead:
            continue
        if capture_end - me.last_time >= PATIENCE and offset(me.next, peer.acked) > 0:
            used = new_segment(pool, used, last, 1 - side, peer.next, int(me.next), ACK, 0, peer)
    return used
