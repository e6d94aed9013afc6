"""Segments as they come -> those that were expected, and have arrived, go into a stretch and leave the pool. Hot.

Header prediction at the moment of arrival (``machine.prediction`` judges): of a large capture most segments need not be kept
until their connection ends. A segment joins the stretch when the peer has acknowledged its data, so that nothing that
comes later can change what became of it; the last ``NEARBY`` of a connection, and the last of each end, stay as they are,
since a repeated frame or a RST may refer to them. When something else than expected comes, the stretch is closed, and what
follows it is kept until everything that was under way has been acknowledged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import entry, inlined
from tcpexplain.machine.arrival import NEARBY, same_frame
from tcpexplain.machine.coalesced import empty, fold
from tcpexplain.machine.prediction import expect_next, is_echo, is_expected, look
from tcpexplain.tracking.entry import CONCLUDED
from tcpexplain.tracking.talk import is_to_be_read
from tcpexplain.wire.segment import ACK, FIN, PSH, RST, STRETCH, SYN
from tcpexplain.wire.seqnum import offset, same

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.coalesced import CoalescedEnd, Stretch
    from tcpexplain.tracking.entry import Counters, Entry
    from tcpexplain.wire.segment import Segment

HANDSHAKE = 3
"""Packets."""
BOTH = 3
"""Of ``Stretch.met``."""
SHORTEST = 6
"""Segments of a connection at least from one stretch to the next: what closed the one, and what has to come before the other."""


def open_stretch(
    row: Entry, pool: Array[Segment], stretches: Array[Stretch], sides: Array[CoalescedEnd], desk: Counters
) -> None:
    """Expect something of a connection once its first three packets are a handshake, and of no other."""
    if row.kept < HANDSHAKE or row.kept != row.packets or row.doubt:
        return
    first = pool[row.first]
    second = pool[first.next]
    third = pool[second.next]
    if not is_handshake(first, second, third):
        return
    at = take_spare(stretches, desk)
    stretch = stretches[at]
    row.stretch = at + 1
    opener, listener = sides[2 * at + first.sender], sides[2 * at + 1 - first.sender]
    empty(stretch, opener, listener)
    stretch.before = stretch.over = opener.repeated = listener.repeated = 0
    stretch.client = first.sender
    opener.known = listener.known = 3
    opener.next, opener.acked, opener.ttl = third.seq + third.length, third.ack, first.ttl
    listener.next, listener.acked, listener.ttl = second.seq + 1, second.ack, second.ttl
    expect_from(second.next, stretch, opener, listener)
    opener.latest = listener.latest = -1
    stretch.met = 0 if third.length else BOTH


def fits_fold_kept(
    rows: Array[Entry], at: int, pool: Array[Segment], stretches: Array[Stretch], sides: Array[CoalescedEnd],
    desks: Array[Counters],
) -> bool:  # fmt: skip
    """Whether there are so many connections, stretches and ends."""
    if not len(desks) or at < 0 or len(sides) < 2 * len(stretches):
        return False
    return desks[0].rows <= len(rows) and desks[0].free < len(pool) and desks[0].spare < len(stretches)


@entry(fits_fold_kept)
def fold_kept(
    rows: Array[Entry],
    at: int,
    pool: Array[Segment],
    stretches: Array[Stretch],
    sides: Array[CoalescedEnd],
    desks: Array[Counters],
) -> int:
    """Let what is kept of the connections from ``at`` on join stretches, as if it came now, as long as there are spare ones.

    Returns
    -------
    int
        The first connection for which there might not be enough.
    """
    desk = desks[0]
    for index in range(at, desk.rows):
        row = rows[index]
        if desk.spares < row.kept // SHORTEST + 1:
            return index
        if not row.known & CONCLUDED:
            open_stretch(row, pool, stretches, sides, desk)
        if row.stretch:
            slot = pool[stretches[row.stretch - 1].edge].next
            while slot >= 0:
                following = pool[slot].next
                follow(row, slot, pool[slot], pool, stretches, sides, desk)
                slot = following
    return int(desk.rows)


def is_handshake(first: Segment, second: Segment, third: Segment) -> bool:
    """Whether three packets are SYN, SYN-ACK and ACK with the right numbers and no data but perhaps the last one's."""
    if first.icmp or second.icmp or third.icmp or first.length or second.length or not third.window:
        return False
    if first.flags & (SYN | ACK) != SYN or second.flags & (SYN | ACK) != SYN | ACK:
        return False
    if third.flags != ACK and third.flags != ACK | PSH:
        return False
    if second.sender == first.sender or third.sender != first.sender:
        return False
    return same(second.ack, first.seq + 1) and same(third.ack, second.seq + 1) and same(third.seq, first.seq + 1)


def expect_from(slot: int, stretch: Stretch, low: CoalescedEnd, high: CoalescedEnd) -> None:
    """Let no segment up to ``slot`` join, nor any later one before both ends have acknowledged all there is now."""
    stretch.edge, stretch.tail, stretch.met = slot, 0, 0
    low.barrier, high.barrier = low.next, high.next


@inlined
def follow(
    row: Entry,
    slot: int,
    segment: Segment,
    pool: Array[Segment],
    stretches: Array[Stretch],
    sides: Array[CoalescedEnd],
    desk: Counters,
) -> None:
    """The connection's next segment is in ``slot``: judge whether it was expected, and let those join that may now."""
    at = row.stretch - 1
    stretch = stretches[at]
    if stretch.over:
        return
    me, peer = sides[2 * at + segment.sender], sides[2 * at + 1 - segment.sender]
    if is_expected(segment, me, peer) and not (
        is_echo(segment, me) and (peer.repeated or is_second_image(segment, me, stretch, pool))
    ):
        expect_next(segment, me)
        me.latest = slot
        stretch.tail += 1
        if desk.holds and is_to_be_read(row):
            desk.may_hold -= 1
            row.waits += 1
            return
        while stretch.tail > NEARBY and admit(row, pool, stretches, sides, desk):
            pass
        return
    if not segment.icmp:
        look(segment, me)
        stretch.over = 1 if segment.flags & (FIN | SYN | RST) else 0
    stretch.closed = 1 if stretch.packets else 0
    expect_from(slot, stretch, me, peer)


def is_second_image(segment: Segment, me: CoalescedEnd, stretch: Stretch, pool: Array[Segment]) -> bool:
    """Whether an ACK that says nothing new may be the last frame of its end, captured twice."""
    return stretch.tail == 0 or me.latest < 0 or same_frame(pool[me.latest], segment)


@inlined
def admit(
    row: Entry, pool: Array[Segment], stretches: Array[Stretch], sides: Array[CoalescedEnd], desk: Counters
) -> bool:
    """Let the first segment behind the edge pass it, if it may: into the stretch, or to stay before it."""
    at = row.stretch - 1
    stretch = stretches[at]
    slot = pool[stretch.edge].next
    segment = pool[slot]
    me, peer = sides[2 * at + segment.sender], sides[2 * at + 1 - segment.sender]
    if slot == me.latest or peer.latest < 0:
        return False
    if segment.length and offset(segment.seq + segment.length, peer.acked) > 0:
        return False
    stretch.tail -= 1
    if stretch.met != BOTH:
        stretch.edge = slot
        if offset(peer.barrier, segment.ack) <= 0:
            stretch.met |= 1 << segment.sender
        return True
    if stretch.closed:
        at = renew(row, stretches, sides, desk)
        stretch = stretches[at]
    row.gone += 1
    if stretch.packets == 0:
        stretch.time = pool[stretch.edge].time
        fold(stretch, sides, 2 * at, segment)
        stand_for(segment, at)
        stretch.edge = slot
        return True
    fold(stretch, sides, 2 * at, segment)
    pool[stretch.edge].next = segment.next
    segment.next = desk.free
    desk.free = slot
    desk.vacant += 1
    row.kept -= 1
    return True


def stand_for(segment: Segment, at: int) -> None:
    """Make a slot the one in which stretch ``at`` stands."""
    segment.icmp, segment.seq = STRETCH, at
    segment.flags = segment.length = segment.mark = segment.options = 0


def renew(row: Entry, stretches: Array[Stretch], sides: Array[CoalescedEnd], desk: Counters) -> int:
    """Another stretch of the connection, that expects what the last one does; its number."""
    old, new = row.stretch - 1, take_spare(stretches, desk)
    stretch, last = stretches[new], stretches[old]
    row.stretch = new + 1
    empty(stretch, sides[2 * new], sides[2 * new + 1])
    stretch.before, stretch.over = old + 1, 0
    stretch.client, stretch.edge, stretch.tail, stretch.met = last.client, last.edge, last.tail, last.met
    for side in range(2):
        mine, other = sides[2 * new + side], sides[2 * old + side]
        mine.known, mine.next, mine.acked, mine.ttl = 3, other.next, other.acked, other.ttl
        mine.barrier, mine.latest, mine.repeated = other.barrier, other.latest, other.repeated
    return int(new)


def fits_link_spare(first: int, desks: Array[Counters]) -> bool:
    """Whether there is a first stretch."""
    return first >= 0 and len(desks) > 0


@entry(fits_link_spare)
def link_spare(stretches: Array[Stretch], first: int, desks: Array[Counters]) -> None:
    """Make the stretches from ``first`` on spare ones."""
    desk = desks[0]
    for at in range(len(stretches) - 1, first - 1, -1):
        put_back(at, stretches, desk)


def give_up(row: Entry, stretches: Array[Stretch], keep: int, desk: Counters) -> None:
    """Make all but the last ``keep`` stretches of a connection spare ones."""
    at = row.stretch
    if keep:
        for _ in range(keep - 1):
            at = stretches[at - 1].before
        rest, stretches[at - 1].before = stretches[at - 1].before, 0
    else:
        rest, row.stretch = at, 0
    while rest:
        following = stretches[rest - 1].before
        put_back(rest - 1, stretches, desk)
        rest = following


def take_spare(stretches: Array[Stretch], desk: Counters) -> int:
    """A stretch that is not in use; the driver has made room."""
    at = desk.spare
    desk.spare, desk.spares = stretches[at].before - 1, desk.spares - 1
    return int(at)


def put_back(at: int, stretches: Array[Stretch], desk: Counters) -> None:
    """Make a stretch a spare one."""
    stretches[at].before = desk.spare + 1
    desk.spare, desk.spares = at, desk.spares + 1
