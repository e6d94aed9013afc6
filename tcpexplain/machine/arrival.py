"""When a segment reached the other end, and what proves it.

A capture shows when a segment passed the point of capture, not when it arrived. What the receiver sent later tells: a
segment of it that does not acknowledge X left before X arrived, the first one that does left after. So RFC 9293
figure 13 (simultaneous close) comes out right, and so does data that crosses a FIN or a RST.

Positions count the segments of one connection in capture order. ``after[i]`` is the position whose packet shows the
arrival of segment ``i``: its own, or the receiver's last packet that left before it came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import inlined
from tcpexplain.wire.segment import (
    ACK,
    FIN,
    HAS_TIMESTAMP,
    MARK_DUPLICATE,
    MARK_INFERRED,
    MARK_PREDICTED,
    RST,
    SYN,
    consumed,
)
from tcpexplain.wire.seqnum import offset, same

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.wire.segment import Segment

ARRIVED, ASSUMED, LOST, SURVIVED, REFUSED = range(5)
"""Fates: proved; not contradicted; never reached the other end; a RST whose receiver lived on; answered by a RST for want of a socket."""

LOOKAHEAD = 256
"""Segments of lookahead: what is not settled by then is assumed."""

HOPELESS = 3
"""Lost copies of an ACK after which the next one is taken for lost as well, though nothing more shows it: chance does not take four in a row."""

SLACK = 200_000
"""Nanoseconds by which two captured times may disagree with the order of the events at one end."""

NEARBY = 4
"""Packets among which the second image of a frame stands (both sides of a bridge, the ``any`` device, a loopback seen twice)."""

SAME_FRAME, SAME_FRAME_UNNUMBERED = 100_000_000, 1_000_000
"""Nanoseconds within which equal headers are one frame: with an IP identification, which a retransmission does not repeat, and without."""


@inlined
def settle(
    pool: Array[Segment],
    order: Array[int],
    n: int,
    after: Array[int],
    fate: Array[int],
    rtt: Array[int],
    scan: Array[int],
    repeated: int,
    whole: int,
) -> None:
    """Fill ``after`` and ``fate`` for the ``n`` segments ``pool[order[i]]``; ``rtt``: ns from the capture to each end and back, 0 unknown.

    ``scan`` is scratch; ``repeated``: whether an end sent the same numbers twice; unless ``whole``, or something was repeated or refused,
    what was predicted arrives at once, as nothing depends on when it did.
    """
    for i in range(n):
        after[i] = i
        fate[i] = ASSUMED
    scan[REACHED] = scan[REACHED + 1] = -1
    scan[VAIN] = scan[VAIN + 1] = 0
    for i in range(n):
        segment = pool[order[i]]
        if segment.mark & MARK_PREDICTED and not whole and not repeated and not scan[VAIN + segment.sender]:
            fate[i] = ARRIVED
            # What ``keep_order`` says: plain code has no time for a call.
            reached = scan[REACHED + segment.sender]
            if reached > i:
                after[i] = reached
            elif segment.length:
                scan[REACHED + segment.sender] = i
        elif segment.icmp or segment.mark & MARK_DUPLICATE:
            after[i] = -1
        elif segment.mark & MARK_INFERRED:
            fate[i] = LOST if never_came(pool, order, n, i) else ARRIVED
            keep_order(segment, i, after, scan)
        else:
            settle_one(pool, order, n, i, after, fate, rtt, scan, repeated)
            if fate[i] == LOST or fate[i] == REFUSED:
                segment.mark &= ~MARK_PREDICTED


@inlined
def never_came(pool: Array[Segment], order: Array[int], n: int, i: int) -> bool:
    """Whether bytes that the capture does not hold never reached their receiver, which was captured and acknowledges none of them.

    Their sender's own numbers show that it had sent them: they were lost before they came here, or after. Where a filter left
    the receiver's plain segments out, an acknowledgment would not be seen.
    """
    segment = pool[order[i]]
    if not segment.length:
        return False
    heard = 0
    for j in range(max(0, i - LOOKAHEAD), min(n, i + LOOKAHEAD)):
        other = pool[order[j]]
        if other.sender == segment.sender or other.icmp or other.mark & MARK_INFERRED:
            continue
        if j > i and (other.flags & RST or offset(int(other.ack), int(segment.seq)) > 0):
            return False
        heard |= 1 if other.flags & (SYN | FIN | RST) == 0 else 0
    return heard == 1


REACHED, VAIN = 0, 2
"""Where ``scan`` holds, for each end: the position at which its last data arrived; whether the peer has refused a segment of it."""


@inlined
def settle_one(
    pool: Array[Segment],
    order: Array[int],
    n: int,
    i: int,
    after: Array[int],
    fate: Array[int],
    rtt: Array[int],
    scan: Array[int],
    repeated: int,
) -> None:
    """One segment."""
    segment = pool[order[i]]
    if segment.flags & RST:
        settle_reset(pool, order, n, i, after, fate, rtt)
    elif consumed(segment):
        settle_data(pool, order, n, i, after, fate, rtt)
    elif completes_in_vain(pool, order, n, i, rtt):
        fate[i] = REFUSED
    elif repeated:
        settle_ack(pool, order, n, i, fate, rtt)
    sender = segment.sender
    if fate[i] == REFUSED:
        scan[VAIN + sender] = 1
    elif scan[VAIN + sender] and fate[i] == ASSUMED and not segment.flags & RST:
        fate[i] = REFUSED
        after[i] = max(after[i], scan[REACHED + sender])
        return
    if fate[i] != LOST and fate[i] != SURVIVED:
        keep_order(segment, i, after, scan)


@inlined
def keep_order(segment: Segment, i: int, after: Array[int], scan: Array[int]) -> None:
    """A segment does not arrive before the data its end sent earlier."""
    after[i] = max(after[i], scan[REACHED + segment.sender])
    if consumed(segment):
        scan[REACHED + segment.sender] = after[i]


@inlined
def is_repeated_frame(pool: Array[Segment], order: Array[int], i: int) -> bool:
    """Whether packet ``i`` is the second image of a frame that was captured twice: it is marked, and no segment of its own."""
    segment = pool[order[i]]
    if segment.mark & MARK_DUPLICATE:
        return True
    seq = segment.seq
    for j in range(i - 1, max(i - NEARBY, 0) - 1, -1):
        if pool[order[j]].seq == seq and same_frame(pool[order[j]], segment):
            segment.mark |= MARK_DUPLICATE
            return True
    return False


@inlined
def same_frame(first: Segment, second: Segment) -> bool:
    """Whether two packets are images of one. RSTs of a stack without a socket are all alike: those without identification count each."""
    if (
        second.seq != first.seq
        or second.sender != first.sender
        or second.ack != first.ack
        or second.length != first.length
    ):
        return False
    if (
        second.flags != first.flags
        or second.ip_id != first.ip_id
        or second.window != first.window
        or second.ts_val != first.ts_val
    ):
        return False
    if first.icmp or second.icmp or (second.flags & RST and second.ip_id <= 0):
        return False
    return bool(second.time - first.time < (SAME_FRAME if second.ip_id > 0 else SAME_FRAME_UNNUMBERED))


def measure(pool: Array[Segment], order: Array[int], n: int, rtt: Array[int]) -> None:
    """Round-trip times from the handshake: SYN to SYN-ACK, SYN-ACK to ACK; the smallest of each, as repeats may lie between."""
    opened, answered = -1, -1
    for i in range(min(n, 8)):
        segment = pool[order[i]]
        if segment.icmp:
            continue
        if segment.mark & MARK_INFERRED:
            return
        if segment.flags & SYN and not segment.flags & ACK:
            opened = i
        elif segment.flags & SYN and opened >= 0:
            keep_smallest(rtt, int(segment.sender), int(segment.time - pool[order[opened]].time))
            answered = i
        elif answered >= 0 and segment.sender != pool[order[answered]].sender:
            keep_smallest(rtt, int(segment.sender), int(segment.time - pool[order[answered]].time))
            return


def keep_smallest(rtt: Array[int], end: int, value: int) -> None:
    """Record ``value`` for ``end`` unless a smaller one is known."""
    if rtt[end] == 0 or value < rtt[end]:
        rtt[end] = max(value, 1)


@inlined
def settle_data(
    pool: Array[Segment], order: Array[int], n: int, i: int, after: Array[int], fate: Array[int], rtt: Array[int]
) -> None:
    """A segment that takes sequence space: look for the first packet of the receiver that covers it."""
    segment = pool[order[i]]
    end = int(segment.seq) + consumed(segment)
    before, proof, repeat, gone, back = -1, -1, -1, 0, 0
    for j in range(i + 1, min(n, i + LOOKAHEAD)):
        other = pool[order[j]]
        if other.icmp or other.mark & MARK_DUPLICATE:
            continue
        if other.mark & MARK_INFERRED and (other.sender == segment.sender or not answers(segment, end, other)):
            continue
        if other.sender == segment.sender:
            if repeat < 0 and covers(other, end) and not opens_both_ways(segment, other):
                repeat = j
            elif goes_back(segment, other):
                back = 1
        elif answers(segment, end, other):
            proof = j
            break
        elif not other.flags & RST:
            before = j
        elif (
            other.flags & ACK
            and other.options & HAS_TIMESTAMP
            and other.time - segment.time > rtt[other.sender] * 5 // 4 + SLACK
        ):
            gone = 1
            break
    receiver = 1 - int(segment.sender)
    if proof >= 0 and repeat >= 0 and not first_copy_arrived(pool, order, repeat, proof, rtt[receiver]):
        fate[i] = LOST
    elif proof >= 0:
        answer = pool[order[proof]]
        after[i] = max(i, before)
        fate[i] = (
            REFUSED if answer.flags & RST and answer.window == 0 and answer.options & HAS_TIMESTAMP == 0 else ARRIVED
        )
    elif repeat >= 0:
        fate[i] = LOST
        fate[repeat] = LOST
    elif fate[i] != LOST:
        lived_on = before >= 0 and pool[order[before]].time - segment.time > rtt[receiver] * 5 // 4 + SLACK
        unanswered = segment.flags & SYN and not segment.flags & ACK
        if lived_on or unanswered or gone or back:
            fate[i] = LOST
        else:
            after[i] = max(i, before)


def covers(other: Segment, end: int) -> bool:
    """Whether ``other`` carries the last byte before ``end`` again."""
    size = consumed(other)
    return (
        size > 0
        and not other.flags & RST
        and offset(int(other.seq), end) < 0
        and offset(int(other.seq) + size, end) >= 0
    )


def goes_back(segment: Segment, other: Segment) -> bool:
    """Whether ``other`` sends again from ``segment``'s first byte or from before it: nothing from there on had been acknowledged."""
    return consumed(other) > 0 and not other.flags & RST and offset(int(other.seq), int(segment.seq)) <= 0


def opens_both_ways(segment: Segment, other: Segment) -> bool:
    """Whether ``other`` is the SYN-ACK of an end whose SYN was ``segment``: it met the other's SYN, and repeats its own for that alone (RFC 9293 figure 7)."""
    return bool(segment.flags & SYN and not segment.flags & ACK and other.flags & SYN and other.flags & ACK)


def answers(segment: Segment, end: int, other: Segment) -> bool:
    """Whether ``other``, sent by the receiver, proves that everything up to ``end`` had arrived."""
    if other.flags & RST and not other.flags & ACK:
        return bool(segment.flags & ACK) and same(int(other.seq), int(segment.ack))
    if not other.flags & ACK:
        return False
    if (
        segment.flags & SYN
        and segment.flags & ACK
        and not other.flags & RST
        and offset(int(other.seq), int(segment.ack)) >= 0
    ):
        # The handshake's last ACK was not captured: what follows acknowledges the SYN-ACK with what came after it.
        return offset(int(other.ack), end) >= 0
    if segment.flags & SYN or other.flags & RST:
        return same(int(other.ack), end) or (not segment.flags & SYN and offset(int(other.ack), end) >= 0)
    return offset(int(other.ack), end) >= 0


def first_copy_arrived(pool: Array[Segment], order: Array[int], repeat: int, proof: int, rtt: int) -> bool:
    """Of a segment sent twice before its acknowledgment: whether the first copy is what was acknowledged.

    Proof: the acknowledgment echoes a timestamp older than the second copy's (RFC 7323 section 4.3), a duplicate SACK
    (RFC 2883) names it, or the acknowledgment follows the second copy faster than the round trip.
    """
    acknowledgment, copy = pool[order[proof]], pool[order[repeat]]
    if (
        acknowledgment.options & copy.options & HAS_TIMESTAMP
        and offset(int(acknowledgment.ts_ecr), int(copy.ts_val)) < 0
    ):
        return True
    if (
        acknowledgment.sack_left != acknowledgment.sack_right
        and offset(int(acknowledgment.sack_right), int(acknowledgment.ack)) <= 0
    ):
        return True
    return bool(acknowledgment.time - copy.time < rtt // 2)


def completes_in_vain(pool: Array[Segment], order: Array[int], n: int, i: int, rtt: Array[int]) -> bool:
    """Whether segment ``i`` is the handshake's last ACK, and a RST at once says that nobody took the connection (tcp_abort_on_overflow)."""
    if i == 0 or i + 1 >= n:
        return False
    segment, before, reply = pool[order[i]], pool[order[i - 1]], pool[order[i + 1]]
    if before.sender != reply.sender or before.sender == segment.sender or before.icmp or reply.icmp:
        return False
    opened = before.flags & SYN and before.flags & ACK and same(int(before.seq) + 1, int(segment.ack))
    bare = reply.flags & RST and not reply.flags & ACK and reply.window == 0 and same(int(reply.seq), int(segment.ack))
    return bool(opened and bare and reply.time - segment.time <= rtt[reply.sender] * 5 // 4 + SLACK)


@inlined
def settle_ack(pool: Array[Segment], order: Array[int], n: int, i: int, fate: Array[int], rtt: Array[int]) -> None:
    """A pure ACK: the receiver sending again what it acknowledges shows that it had not come; not a SYN of one that has opened since."""
    segment = pool[order[i]]
    opened = 0
    for j in range(i + 1, min(n, i + LOOKAHEAD)):
        other = pool[order[j]]
        if other.icmp or other.sender == segment.sender or other.flags & RST or other.mark & MARK_DUPLICATE:
            continue
        if opened and other.flags & SYN:
            return
        if not other.flags & SYN:
            opened = 1
        size = consumed(other)
        if size > 0 and offset(int(other.seq) + size, int(segment.ack)) <= 0 and not probes_old_byte(other, segment):
            if other.time - segment.time > rtt[1 - segment.sender] + SLACK:
                fate[i] = LOST
            return
    if not opened and never_got_through(pool, order, i, fate):
        fate[i] = LOST


def probes_old_byte(other: Segment, acknowledgment: Segment) -> bool:
    """Whether ``other`` is a keepalive probe of one byte that has been acknowledged, as Windows sends: it repeats the last one, without PSH."""
    return bool(other.length == 1 and other.flags == ACK and same(int(other.seq) + 1, int(acknowledgment.ack)))


def never_got_through(pool: Array[Segment], order: Array[int], i: int, fate: Array[int]) -> bool:
    """Whether so many ACKs like pure ACK ``i`` were lost before it that no chance explains it: then it is lost too."""
    segment, lost = pool[order[i]], 0
    for j in range(i - 1, max(i - LOOKAHEAD, 0) - 1, -1):
        other = pool[order[j]]
        if other.sender != segment.sender or other.icmp:
            continue
        if consumed(other) or other.ack != segment.ack or fate[j] != LOST:
            break
        lost += 1
    return lost >= HOPELESS


def settle_reset(
    pool: Array[Segment], order: Array[int], n: int, i: int, after: Array[int], fate: Array[int], rtt: Array[int]
) -> None:
    """A RST: packets of its receiver within one round trip crossed it; later ones show that it did not end that end."""
    segment = pool[order[i]]
    limit = segment.time + rtt[1 - segment.sender] + SLACK
    for j in range(i + 1, min(n, i + LOOKAHEAD)):
        other = pool[order[j]]
        if other.icmp or other.sender == segment.sender or other.flags & RST or other.mark & MARK_DUPLICATE:
            continue
        if other.time > limit:
            fate[i] = SURVIVED
            return
        after[i] = j
