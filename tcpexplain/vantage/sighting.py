"""What the capture has shown of one end so far: as far as it was seen to send, and what it acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tcpexplain.hot.record import Record, i8
from tcpexplain.wire.segment import ACK, FIN, MARK_DUPLICATE, RST, SYN, consumed
from tcpexplain.wire.seqnum import later, offset

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.wire.segment import Segment

LOOKAHEAD = 256
"""Segments of lookahead: what they do not settle stays open."""


class Level(Protocol):
    """What is asked of an endpoint: ``machine.endpoint`` stands to the right."""

    snd_nxt: int
    acked: int


class Last(Protocol):
    """What is asked of one end of segments that were put together: ``machine.coalesced`` stands to the right."""

    segments: int
    seq: int
    length: int
    ack: int


class Sighting(Record):
    """One end of a connection, as the capture shows it."""

    segments: i8  # seen in the whole connection, ICMP errors and copies aside
    plain: i8  # those of them that are neither SYN nor FIN nor RST
    fins: i8
    known: i8  # 1: ``next`` is set, be it by the peer's acknowledgment
    spoken: i8  # 1: a segment of it has been seen or inferred
    next: i8  # one past the highest number it was seen to send, or proved to have sent
    iss: i8
    has_iss: i8
    acked: i8  # its highest ACK field
    has_acked: i8
    dead: i8  # 1: what it sent last it had sent before, and nothing new came after it
    dead_from: i8  # the first number of that
    last_time: i8  # ns, of its last segment with sequence space
    filtered: i8  # 1: only segments with SYN, FIN or RST were captured
    time: i8  # ns, of its last segment before the one at hand
    opens: i8  # 1: it has sent a SYN without ACK
    synced: i8  # 1: its SYN has been answered, as the capture shows it or by inference


def go_on_seeing(seen: Array[Sighting], ends: Array[Level]) -> None:
    """Let ``seen`` hold what two endpoints know that have gone through earlier segments."""
    for side in range(2):
        one, end = seen[side], ends[side]
        one.known = one.spoken = one.synced = one.has_acked = 1
        one.has_iss, one.next, one.acked = 0, int(end.snd_nxt), int(end.acked)


def look_over(pool: Array[Segment], order: Array[int], n: int, seen: Array[Sighting], begun: int) -> None:
    """What the whole of the connection shows of each end: how many segments, and what it repeats until the end."""
    for side in range(2):
        one = seen[side]
        one.segments = one.plain = one.fins = one.dead = one.dead_from = one.last_time = 0
        if not begun:
            one.known = one.spoken = one.next = one.iss = one.has_iss = one.acked = one.has_acked = one.synced = (
                one.opens
            ) = 0
        highest_of(pool, order, n, seen, side)


def highest_of(pool: Array[Segment], order: Array[int], n: int, seen: Array[Sighting], side: int) -> None:
    """Count one end's segments, and find what it repeats at the end."""
    one = seen[side]
    known, highest = one.known, one.next
    for i in range(n):
        segment = pool[order[i]]
        if segment.icmp or segment.sender != side or segment.mark & MARK_DUPLICATE:
            continue
        one.segments += 1
        one.fins += segment.flags & FIN
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


def pass_over(seen: Array[Sighting], sides: Array[Last], at: int) -> None:
    """Segments that were put together: where both ends are after them."""
    for sender in range(2):
        side, one = sides[at + sender], seen[sender]
        if side.segments:
            one.known = one.spoken = one.has_acked = one.synced = 1
            one.next, one.acked = int(side.seq) + int(side.length), int(side.ack)


def note_sent(segment: Segment, me: Sighting, peer: Sighting) -> None:
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
