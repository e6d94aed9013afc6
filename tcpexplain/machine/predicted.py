"""Header prediction (Jacobson, 1990): which segments bring nothing but the next data in order, or the ACK of such data.

Most segments of a capture do. They cannot change a state, and every one of them that an ACK within the same stretch
covers has provably arrived: nothing about it need be asked again. The stretch ends with the first segment that is
anything else, and no segment is predicted after a FIN or a RST.
"""

from __future__ import annotations

from typing import Any

from tcpexplain.machine.arrival import consumed, is_repeated_frame
from tcpexplain.wire.segment import ACK, FIN, HAS_SACK, MARK_DUPLICATE, MARK_FRAGMENT, MARK_PREDICTED, PSH, RST
from tcpexplain.wire.seqnum import offset, same

NUMBERS, ACKS, KNOWN, DATA = 0, 2, 4, 6
"""Where ``scan`` holds, for each end: the next sequence number; the highest ACK field; 1 + 2 if these are set; the position of its last data."""
SCAN = 8

REPEATED, RESET, CLOSING = 1, 2, 4
"""What ``survey`` says of a connection: an end sent the same numbers twice; there is a RST; there is a FIN or a RST."""

CAPTURED = 7
"""Bits of ``mark`` that come with the packet; an earlier run's are forgotten."""


def expect_nothing(scan: Any) -> None:
    """Before a connection's first segment."""
    for j in range(SCAN):
        scan[j] = 0
    scan[DATA] = scan[DATA + 1] = -1


def expect_more(scan: Any, low: Any, high: Any) -> None:
    """Before the rest of a connection whose endpoints were left level (``stretch.is_level``)."""
    scan[NUMBERS], scan[NUMBERS + 1] = low.snd_nxt, high.snd_nxt
    scan[ACKS], scan[ACKS + 1] = low.acked, high.acked
    scan[KNOWN] = scan[KNOWN + 1] = 3
    scan[DATA] = scan[DATA + 1] = -1


def survey(slot: int, pool: Any, order: Any, scan: Any) -> int:
    """Fill ``order`` with the slots of a connection from ``slot`` on, mark what is predicted and what is the same frame again.

    ``scan`` is scratch of ``SCAN`` integers, made ready by ``expect_nothing`` or ``expect_more``. Returns bits: REPEATED,
    RESET, CLOSING.
    """
    traits = n = begin = 0
    while slot >= 0:
        segment = pool[slot]
        order[n] = slot
        segment.mark &= CAPTURED
        if (
            (segment.flags == ACK or segment.flags == ACK | PSH)
            and not traits & CLOSING
            and is_expected(segment, scan)
            and not (is_echo(segment, scan) and (traits & REPEATED or is_repeated_frame(pool, order, n)))
        ):
            segment.mark |= MARK_PREDICTED
            if segment.length:
                scan[NUMBERS + segment.sender] = segment.seq + segment.length
                scan[DATA + segment.sender] = n
            scan[ACKS + segment.sender] = segment.ack
        else:
            if begin < n:
                withdraw(pool, order, begin, n, scan)
            begin = n + 1
            traits |= look(pool, order, n, scan)
        slot = segment.next
        n += 1
    if begin < n:
        withdraw(pool, order, begin, n, scan)
    return int(traits)


def is_expected(segment: Any, scan: Any) -> bool:
    """Whether a segment with no control bits but ACK and PSH continues where its sender was, and acknowledges what the peer has sent."""
    me, peer = segment.sender, 1 - segment.sender
    if scan[KNOWN + me] != 3 or not scan[KNOWN + peer] & 1 or segment.icmp or not segment.window:
        return False
    if segment.mark & (MARK_DUPLICATE | MARK_FRAGMENT) or segment.options & HAS_SACK:
        return False
    if not same(segment.seq, scan[NUMBERS + me]):
        return False
    return offset(segment.ack, scan[ACKS + me]) >= 0 and offset(segment.ack, scan[NUMBERS + peer]) <= 0


def is_echo(segment: Any, scan: Any) -> bool:
    """Whether a pure ACK says nothing new: it may answer what was sent again, because the one before it was lost, or be the same frame."""
    return not segment.length and same(segment.ack, scan[ACKS + segment.sender])


def withdraw(pool: Any, order: Any, begin: int, end: int, scan: Any) -> None:
    """Predict nothing of the stretch from ``begin`` to ``end`` from its first segment on that no ACK in it covers: it may be lost, or cross what follows."""
    cut = end
    covered = (scan[DATA] < begin) + 2 * (scan[DATA + 1] < begin)
    for i in range(end - 1, begin - 1, -1):
        if covered == 3:
            break
        segment = pool[order[i]]
        if segment.length:
            if offset(segment.seq + segment.length, scan[ACKS + 1 - segment.sender]) > 0:
                cut = i
            else:
                covered |= 1 << segment.sender
    for i in range(cut, end):
        pool[order[i]].mark &= ~MARK_PREDICTED


def look(pool: Any, order: Any, n: int, scan: Any) -> int:
    """A segment that was not predicted: where its sender is now, and which bits of ``survey`` it sets."""
    segment = pool[order[n]]
    if segment.icmp or is_repeated_frame(pool, order, n):
        return 0
    if segment.flags & RST:
        return RESET | CLOSING
    me, size, traits = segment.sender, consumed(segment), 0
    if not scan[KNOWN + me] & 1:
        scan[KNOWN + me] |= 1
        scan[NUMBERS + me] = segment.seq + size
    elif size and offset(segment.seq + size, scan[NUMBERS + me]) <= 0:
        traits |= REPEATED
    elif size:
        scan[NUMBERS + me] = segment.seq + size
    if segment.length:
        scan[DATA + me] = n
    if segment.flags & ACK and (not scan[KNOWN + me] & 2 or offset(segment.ack, scan[ACKS + me]) > 0):
        scan[KNOWN + me] |= 2
        scan[ACKS + me] = segment.ack
    return CLOSING | traits if segment.flags & FIN else traits
