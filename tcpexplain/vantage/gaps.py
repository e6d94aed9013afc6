"""What the capture lacks and the other end's acknowledgments prove: inferred segments between those that were captured. Hot.

A receiver acknowledges what has arrived (RFC 9293 section 3.4). An acknowledgment of bytes, of a SYN or of a FIN that the
capture does not hold therefore proves a segment that passed elsewhere: the capture dropped it, a filter left it out, or only
one direction was captured. Such a segment takes its place right before the packet that proves it, carries that packet's
number and ``MARK_INFERRED``, and goes through the machine as others do.
"""

from __future__ import annotations

from typing import Any

from tcpexplain.hot.inline import inlined
from tcpexplain.wire.segment import (
    ACK,
    FIN,
    MARK_DUPLICATE,
    MARK_INFERRED,
    MARK_UNSIZED,
    OPTIONS_CUT,
    PSH,
    RST,
    STRETCH,
    SYN,
    consumed,
)
from tcpexplain.wire.seqnum import BEYOND, later, offset, same

ROOM = 512
"""Slots at the end of the pool that no captured segment takes: inferred ones of the connection at hand are put there."""

PATIENCE = 3_000_000_000
"""ns after which a sender that has no acknowledgment has sent again, whatever the path (RFC 6298: 1 s at first)."""

LOOKAHEAD = 256
"""Segments of lookahead."""

PROMPT = 100_000_000
"""ns within which a kernel has acknowledged a SYN-ACK, though it may delay that a little for data to go with it."""

MIXED = 1_000_000
"""ns by which an acknowledgment may be captured before what it acknowledges."""

WORD = 0xFFFFFFFF


def most(n: int) -> int:
    """Inferred segments there may be at most among ``n`` captured ones."""
    return min(4 * n + 4, ROOM)


@inlined
def fill(pool: Any, sides: Any, order: Any, n: int, fresh: Any, seen: Any, begun: int, capture_end: int) -> int:
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


def go_on_seeing(seen: Any, ends: Any) -> None:
    """Let ``seen`` hold what two endpoints know that have gone through earlier segments."""
    for side in range(2):
        one, end = seen[side], ends[side]
        one.known = one.spoken = one.synced = one.has_acked = 1
        one.has_iss, one.next, one.acked = 0, int(end.snd_nxt), int(end.acked)


def look_over(pool: Any, order: Any, n: int, seen: Any, begun: int) -> None:
    """What the whole of the connection shows of each end: how many segments, and what it repeats until the end."""
    for side in range(2):
        one = seen[side]
        one.segments = one.plain = one.fins = one.data = one.dead = one.dead_from = one.last_time = 0
        if not begun:
            one.known = one.spoken = one.next = one.iss = one.has_iss = one.acked = one.has_acked = one.synced = (
                one.opens
            ) = 0
        highest_of(pool, order, n, seen, side)


def highest_of(pool: Any, order: Any, n: int, seen: Any, side: int) -> None:
    """Count one end's segments, and find what it repeats at the end."""
    one = seen[side]
    known, highest = one.known, one.next
    for i in range(n):
        segment = pool[order[i]]
        if segment.icmp or segment.sender != side or segment.mark & MARK_DUPLICATE:
            continue
        one.segments += 1
        one.fins += segment.flags & FIN
        one.data += 1 if segment.length else 0
        one.plain += 0 if segment.flags & (SYN | FIN | RST) else 1
        size = consumed(segment)
        if segment.flags & RST or not size:
            continue
        end = int(segment.seq) + size
        one.last_time = segment.time
        if known and offset(end, highest) <= 0:
            if not one.dead or offset(int(segment.seq), one.dead_from) < 0:
                one.dead, one.dead_from = 1, int(segment.seq)
        else:
            known, highest, one.dead = 1, end, 0


def is_filtered(pool: Any, order: Any, n: int, seen: Any) -> int:
    """Whether only control segments were captured: a FIN came, or numbers jump, and no segment has none of SYN, FIN and RST."""
    if seen[0].plain or seen[1].plain or n < 2:
        return 0
    if pool[order[0]].icmp or not pool[order[0]].flags & (SYN | FIN):
        return 0
    if seen[0].fins or seen[1].fins:
        return 1
    answered = 0
    for i in range(n):
        answered |= 1 if pool[order[i]].flags & (SYN | ACK) == SYN | ACK else 0
    return jumps(pool, order, n) if answered else 0


def jumps(pool: Any, order: Any, n: int) -> int:
    """Whether a RST lies beyond what its end was seen to send, or acknowledges more than the other was: data passed that was not captured."""
    for i in range(1, n):
        reset = pool[order[i]]
        if reset.icmp or not reset.flags & RST or not reset.flags & ACK:
            continue
        for j in range(i - 1, -1, -1):
            other = pool[order[j]]
            if not other.icmp and not other.flags & RST:
                end = int(other.seq) + consumed(other)
                number = int(reset.seq) if other.sender == reset.sender else int(reset.ack)
                if 0 < offset(number, end) < BEYOND:
                    return 1
    return 0


def pass_over(seen: Any, sides: Any, at: int) -> None:
    """Segments that were put together: where both ends are after them."""
    for sender in range(2):
        side, one = sides[at + sender], seen[sender]
        if side.segments:
            one.known = one.spoken = one.has_acked = one.synced = 1
            one.next, one.acked = int(side.seq) + int(side.length), int(side.ack)


@inlined
def infer_before(pool: Any, order: Any, n: int, i: int, seen: Any, filtered: int, used: int) -> int:
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


def infer_handshake(pool: Any, order: Any, n: int, i: int, me: Any, peer: Any, used: int) -> int:
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


def proves_handshake(segment: Any, me: Any, peer: Any) -> bool:
    """Whether the segment is a listener's data, which it does not send before the handshake's last ACK has come."""
    return bool(peer.has_iss and me.has_acked and segment.length) and not is_fast_open(me, peer)


def ends_handshake_late(pool: Any, order: Any, n: int, i: int, me: Any) -> bool:
    """Whether the handshake's last ACK stands behind segment ``i``, within the time that captures mix up."""
    segment = pool[order[i]]
    for j in range(i + 1, min(n, i + LOOKAHEAD)):
        other = pool[order[j]]
        if other.time - segment.time > MIXED:
            return False
        if other.sender != segment.sender and not other.icmp and other.flags & ACK and same(int(other.ack), me.iss + 1):
            return True
    return False


def speaks_late(segment: Any, me: Any, peer: Any) -> bool:
    """Whether the opener's first word comes too long after the SYN-ACK to be its answer, which a kernel gives at once."""
    if segment.time - peer.time < PROMPT:
        return False
    return bool(consumed(segment)) or not same(int(segment.seq), me.next)


def is_fast_open(me: Any, peer: Any) -> bool:
    """Whether ``me`` has acknowledged data in the SYN: then it may send before the handshake ends (RFC 7413)."""
    return bool(offset(me.acked, peer.iss) > 1)


def first_acknowledged(pool: Any, order: Any, n: int, i: int) -> int:
    """The lowest number that segment ``i``'s end is known to have sent after its SYN: its own, or the peer's first acknowledgment."""
    segment = pool[order[i]]
    lowest = int(segment.seq)
    for j in range(i + 1, min(n, i + LOOKAHEAD)):
        other = pool[order[j]]
        if other.icmp or other.sender == segment.sender or not other.flags & ACK or other.flags & (SYN | RST):
            continue
        return int(other.ack) if offset(int(other.ack), lowest) < 0 else lowest
    return lowest


def ahead(segment: Any, peer: Any) -> bool:
    """Whether the segment acknowledges more than its receiver was seen to send; what answers a bare SYN with any other number is a stranger's."""
    if not peer.known or segment.flags & SYN:
        return False
    opened = peer.synced or not peer.has_iss or peer.has_acked
    return bool(opened) and 0 < offset(int(segment.ack), peer.next) < BEYOND


def comes_late(pool: Any, order: Any, n: int, i: int, peer: Any) -> bool:
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


def hole_is_real(pool: Any, order: Any, n: int, i: int, me: Any, peer: Any, filtered: int) -> bool:
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


def infer_data(pool: Any, proof: Any, sender: int, me: Any, peer: Any, end: int, fin: bool, used: int) -> int:
    """Bytes of ``sender`` up to number ``end`` that were not captured, or its FIN."""
    size = offset(end, me.next)
    flags = ACK | FIN if fin else ACK | PSH
    return new_segment(pool, used, proof, sender, me.next, acknowledges(me, peer), flags, size - int(fin), me)


def acknowledges(me: Any, peer: Any) -> int:
    """The ACK field of an inferred segment of ``me``: its last one if it was ever seen; else all that ``peer`` did not have to send again."""
    if me.segments or not peer.known:
        return int(me.acked) if me.has_acked else int(peer.next)
    if peer.dead and offset(peer.next, peer.dead_from) > 0:
        return int(peer.dead_from)
    return int(peer.next)


def closes_here(pool: Any, order: Any, n: int, i: int, peer: Any) -> bool:
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


def infer_before_reset(pool: Any, segment: Any, me: Any, peer: Any, filtered: int, used: int) -> int:
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


def infer_after(pool: Any, order: Any, n: int, seen: Any, used: int, capture_end: int) -> int:
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


def new_segment(
    pool: Any, used: int, proof: Any, sender: int, seq: int, ack: int, flags: int, length: int, me: Any
) -> int:
    """One inferred segment of ``sender``, which ``proof`` shows to have passed; how many slots are in use then."""
    one = pool[used]
    one.time, one.packet, one.file, one.next = proof.time, proof.packet, proof.file, -1
    one.seq, one.ack = seq & WORD, ack & WORD if flags & ACK else 0
    one.ts_val = one.ts_ecr = one.sack_left = one.sack_right = one.sack_high = one.mss = 0
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


def note_sent(segment: Any, me: Any, peer: Any) -> None:
    """A captured segment: as far as its end has sent, and what it acknowledges."""
    if segment.flags & RST:
        me.spoken = 1
        return
    end = int(segment.seq) + consumed(segment)
    me.next = later(end, me.next) if me.known else end
    me.known = me.spoken = 1
    me.time = segment.time
    if segment.flags & SYN:
        me.has_iss, me.iss = 1, int(segment.seq)
        me.opens |= 0 if segment.flags & ACK else 1
    if segment.flags & ACK:
        me.acked = later(int(segment.ack), me.acked) if me.has_acked else int(segment.ack)
        me.has_acked = 1
        if peer.has_iss and offset(int(segment.ack), peer.iss) > 0:
            peer.synced = 1
        if not peer.known:
            peer.known, peer.next = 1, int(segment.ack)
