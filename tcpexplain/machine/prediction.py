"""Header prediction (Jacobson, 1990): which segments bring nothing but the next data in order, or the ACK of such data.

Most segments of a capture do. They cannot change a state, and every one of them that an ACK within the same stretch
covers has provably arrived: nothing about it need be asked again. The stretch ends with the first segment that is
anything else, and no segment is predicted after a FIN or a RST.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import inlined
from tcpexplain.machine.arrival import is_repeated_frame
from tcpexplain.wire.segment import (
    ACK,
    FIN,
    HAS_SACK,
    MARK_BREAK,
    MARK_DUPLICATE,
    MARK_FRAGMENT,
    MARK_PREDICTED,
    PSH,
    RST,
    STRETCH,
    consumed,
)
from tcpexplain.wire.seqnum import offset

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.coalesced import CoalescedEnd
    from tcpexplain.machine.endpoint import Endpoint
    from tcpexplain.wire.segment import Segment

REPEATED, RESET, CLOSING, GAP = 1, 2, 4, 8
"""What ``survey`` says of a connection: an end sent the same numbers twice; there is a RST; there is a FIN or a RST; numbers
show something that was not captured, or may."""

WORD, BEFORE = 0xFFFFFFFF, 0x80000000
"""Of the difference of two sequence numbers: 0 if they are the same; set if the first lies before the second. For every
segment there is no time for ``seqnum``'s functions."""

CAPTURED = 7 | MARK_BREAK
"""Bits of ``mark`` that come with the packet, or from its connection's thinning; an earlier run's are forgotten."""


def expect_nothing(sight: Array[CoalescedEnd]) -> None:
    """Before a connection's first segment."""
    for j in range(2):
        sight[j].next = sight[j].acked = sight[j].known = sight[j].repeated = 0
        sight[j].data_at = -1


def expect_more(sight: Array[CoalescedEnd], low: Endpoint, high: Endpoint) -> None:
    """Before the rest of a connection whose endpoints were left level (``machine.fast_path.is_level``)."""
    sight[0].next, sight[0].acked = low.snd_nxt, low.acked
    sight[1].next, sight[1].acked = high.snd_nxt, high.acked
    for j in range(2):
        sight[j].known, sight[j].repeated, sight[j].data_at = 3, 0, -1


@inlined
def survey(
    slot: int, pool: Array[Segment], sides: Array[CoalescedEnd], order: Array[int], sight: Array[CoalescedEnd]
) -> int:
    """Fill ``order`` with the slots of a connection from ``slot`` on, mark what is predicted and what is the same frame again.

    ``sight`` is scratch of two ``machine.coalesced.CoalescedEnd``, made ready by ``expect_nothing`` or ``expect_more``. Returns bits: REPEATED,
    RESET, CLOSING.
    """
    traits = n = begin = 0
    while slot >= 0:
        segment = pool[slot]
        order[n] = slot
        mark = segment.mark & CAPTURED
        segment.mark = mark
        sender = segment.sender
        me, peer = sight[sender], sight[1 - sender]
        if segment.icmp == STRETCH:
            resume(sight, sides, 2 * segment.seq, n)
        elif (
            not traits & CLOSING
            and is_expected(segment, me, peer)
            and not (is_echo(segment, me) and (peer.repeated or is_repeated_frame(pool, order, n)))
        ):
            segment.mark = mark | MARK_PREDICTED
            # What ``expect_next`` says: plain code has no time for a call.
            me.acked = segment.ack
            if segment.length:
                me.next, me.repeated, me.data_at = segment.seq + segment.length, 0, n
        else:
            if begin < n:
                withdraw(pool, order, begin, n, sight)
            begin = n + 1
            if segment.icmp:
                traits |= 0 if me.known & 1 else GAP
            elif not is_repeated_frame(pool, order, n):
                traits |= gap(segment, me, peer) | look(segment, me)
                if segment.length and not segment.flags & RST:
                    me.data_at = n
        slot = segment.next
        n += 1
    if begin < n:
        withdraw(pool, order, begin, n, sight)
    return int(traits)


def resume(sight: Array[CoalescedEnd], sides: Array[CoalescedEnd], at: int, n: int) -> None:
    """What is expected after a stretch, whose ends are ``sides[at]`` and the next."""
    for sender in range(2):
        side, me = sides[at + sender], sight[sender]
        if side.segments:
            me.next, me.acked, me.known = side.seq + side.length, side.ack, 3
            me.repeated = 0 if side.data else me.repeated
        me.data_at = n


def is_expected(segment: Segment, me: CoalescedEnd, peer: CoalescedEnd) -> bool:
    """Whether a segment with no control bits but ACK and PSH continues where its sender was, and acknowledges what the peer has sent."""
    if (segment.seq - me.next) & WORD or segment.flags & ~PSH != ACK or segment.icmp or not segment.window:
        return False
    if segment.mark & (MARK_DUPLICATE | MARK_FRAGMENT) or segment.options & HAS_SACK:
        return False
    if me.known != 3 or peer.known != 3:
        return False
    return not (segment.ack - me.acked | peer.next - segment.ack) & BEFORE


def expect_next(segment: Segment, me: CoalescedEnd) -> None:
    """What is expected after an expected segment."""
    me.acked = segment.ack
    if segment.length:
        me.next, me.repeated = segment.seq + segment.length, 0


def is_echo(segment: Segment, me: CoalescedEnd) -> bool:
    """Whether a pure ACK says nothing new: it may answer what was sent again, because the one before it was lost, or be the same frame."""
    return not segment.length and not (segment.ack - me.acked) & WORD


def withdraw(pool: Array[Segment], order: Array[int], begin: int, end: int, sight: Array[CoalescedEnd]) -> None:
    """Predict nothing of the stretch from ``begin`` to ``end`` from its first segment on that no ACK in it covers: it may be lost, or cross what follows.

    An ACK that came before the segment is none of these, whatever it acknowledges.
    """
    cut, heard = end, 0
    covered = (sight[0].data_at < begin) + 2 * (sight[1].data_at < begin)
    for i in range(end - 1, begin - 1, -1):
        segment = pool[order[i]]
        if covered == 3 or segment.icmp == STRETCH:
            break
        peer = 1 - segment.sender
        if segment.length:
            if not heard >> peer & 1 or offset(segment.seq + segment.length, sight[peer].acked) > 0:
                cut = i
            else:
                covered |= 1 << segment.sender
        heard |= 1 << segment.sender
    for i in range(cut, end):
        pool[order[i]].mark &= ~MARK_PREDICTED


def gap(segment: Segment, me: CoalescedEnd, peer: CoalescedEnd) -> int:
    """GAP if a segment that was not predicted acknowledges what was not seen, or does not begin where its sender was."""
    if segment.flags & ACK:
        if not peer.known & 1 or offset(segment.ack, peer.next) > 0:
            return GAP
    elif segment.flags & RST and not me.known & 1:
        return GAP
    if me.known & 1 and (offset(segment.seq, me.next) > 0 or (not me.known & 2 and (segment.seq - me.next) & WORD)):
        return GAP
    if not segment.length and not segment.flags & (FIN | RST):
        return 0
    return 0 if peer.known & me.known & 2 else GAP


def look(segment: Segment, me: CoalescedEnd) -> int:
    """A segment that was not predicted: where its sender is now, and which bits of ``survey`` it sets."""
    if segment.flags & RST:
        return RESET | CLOSING
    size, traits = consumed(segment), 0
    if not me.known & 1:
        me.known |= 1
        me.next = segment.seq + size
    elif size and offset(segment.seq + size, me.next) <= 0:
        traits |= REPEATED
        me.repeated = 1
    elif size:
        me.next, me.repeated = segment.seq + size, 0
    if segment.flags & ACK and (not me.known & 2 or offset(segment.ack, me.acked) > 0):
        me.known |= 2
        me.acked = segment.ack
    return CLOSING | traits if segment.flags & FIN else traits
