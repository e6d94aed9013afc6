"""The loop: every segment leaves its sender, then arrives at the receiver; both are events for the table.

One connection's segments in capture order go in; steps, resets and the two endpoints as they are at the end come out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import inlined
from tcpexplain.machine.arrival import ASSUMED, LOST, SURVIVED, settle
from tcpexplain.machine.arrive import arrive, receive_icmp
from tcpexplain.machine.endpoint import LISTENER, OPENER
from tcpexplain.machine.fast_path import advance, is_level, pass_stretch
from tcpexplain.machine.leave import leave
from tcpexplain.machine.prediction import REPEATED
from tcpexplain.machine.prediction import RESET as HAS_RESET
from tcpexplain.machine.step import INFERRED, SEEN
from tcpexplain.machine.steps import note_change, refresh_both
from tcpexplain.machine.transitions import State
from tcpexplain.wire.segment import (
    ACK,
    MARK_ASSUMED,
    MARK_DUPLICATE,
    MARK_IGNORED,
    MARK_INFERRED,
    MARK_LOST,
    MARK_PREDICTED,
    RST,
    STRETCH,
    SYN,
)
from tcpexplain.wire.seqnum import same

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.coalesced import CoalescedEnd
    from tcpexplain.machine.endpoint import Endpoint
    from tcpexplain.machine.step import Book
    from tcpexplain.machine.workspace import Workspace
    from tcpexplain.wire.segment import Segment

_CLOSED, _LISTEN, _SYN_SENT = int(State.CLOSED), int(State.LISTEN), int(State.SYN_SENT)


@inlined
def run(
    row: int, pool: Array[Segment], sides: Array[CoalescedEnd], n: int, stop: int, traits: int, work: Workspace
) -> int:
    """Take connection ``row``, endpoints ``ends[0]`` and ``ends[1]``, through its segments ``pool[order[i]]``, ``i < stop <= n``.

    ``sides`` are those of the stretches among them; ``traits`` is what ``machine.prediction.survey`` says of all ``n``. What has gone through before
    has left its endpoints level.

    Returns
    -------
    int
        How many of them have arrived, and all before them.
    """
    ends, order, after, fate = work.ends, work.order, work.after, work.fate
    rtt, scan, book = work.rtt, work.scan, work.book
    settle(pool, order, n, after, fate, rtt, scan, traits & REPEATED, book.whole)
    begin_to_look(ends)
    if traits & HAS_RESET:
        foresee_abort(ends, pool, order, n)
    pending = position = 0
    while position < stop:
        segment = pool[order[position]]
        if segment.icmp == STRETCH:
            arrive_all(row, ends, pool, order, pending, position, after, fate, book)
            pass_stretch(ends, sides, 2 * segment.seq, position)
            position += 1
            pending = position
            continue
        if segment.mark & MARK_PREDICTED and pending == position and not book.whole and is_level(ends):
            passed = advance(ends, pool, order, position, stop, scan)
            if passed > position:
                pending = position = passed
                refresh_both(ends, pool[order[position - 1]].time, position - 1)
                continue
        step(row, ends, pool, order, n, position, fate, rtt, book)
        for i in range(pending, position + 1):
            if 0 <= after[i] <= position and fate[i] != LOST:
                after[i] = -1
                arrive(row, ends, pool, order, i, position, fate[i], book)
        while pending <= position and (after[pending] < 0 or fate[pending] == LOST):
            pending += 1
        position += 1
    return pending


def begin_to_look(ends: Array[Endpoint]) -> None:
    """Nothing has been looked for yet among these segments: positions count from the first that is there."""
    for side in range(2):
        ends[side].sought = ends[side].looked_at = ends[side].syn_after = 0
        ends[side].latest = -1


def arrive_all(
    row: int,
    ends: Array[Endpoint],
    pool: Array[Segment],
    order: Array[int],
    pending: int,
    position: int,
    after: Array[int],
    fate: Array[int],
    book: Book,
) -> None:
    """Let what is under way before a stretch at ``position`` arrive: all of it has been acknowledged, or is lost."""
    for i in range(pending, position):
        if after[i] >= 0 and fate[i] != LOST:
            after[i] = -1
            arrive(row, ends, pool, order, i, position - 1, fate[i], book)


@inlined
def step(
    row: int,
    ends: Array[Endpoint],
    pool: Array[Segment],
    order: Array[int],
    n: int,
    position: int,
    fate: Array[int],
    rtt: Array[int],
    book: Book,
) -> None:
    """A packet is seen: its segment leaves."""
    segment = pool[order[position]]
    me, peer = ends[segment.sender], ends[1 - segment.sender]
    if segment.icmp:
        receive_icmp(me, segment, pool, order, n, position)
    elif not segment.mark & MARK_DUPLICATE:
        leave(row, me, peer, pool, order, n, position, rtt, book)
        mark(segment, fate[position])
    if book.whole:
        note_change(row, ends, segment, position, INFERRED if segment.mark & MARK_INFERRED else SEEN, book)
    else:
        refresh_both(ends, segment.time, position)


def begin(ends: Array[Endpoint], pool: Array[Segment], order: Array[int], n: int) -> None:
    """States before the first segment: who opens, who listens; UNKNOWN for what began before the capture."""
    first = pool[order[0]]
    opener, listener = ends[first.sender], ends[1 - first.sender]
    if first.icmp or not first.flags & SYN:
        return
    if first.flags & ACK:
        opener, listener = listener, opener
    opener.role, listener.role = OPENER, LISTENER
    opener.state = opener.previous = _SYN_SENT if first.flags & ACK else _CLOSED
    if first.flags & ACK:
        listener.state = listener.previous = _LISTEN
        opener.has_iss = opener.has_sent = opener.syn_sent = 1
        opener.iss, opener.snd_nxt, opener.snd_una = int(first.ack) - 1, int(first.ack), int(first.ack) - 1
    else:
        answer = first_answer(pool, order, n)
        if answer & (SYN | ACK) == SYN:
            listener.role = OPENER
        listener.state = listener.previous = _CLOSED if answer & RST or listener.role == OPENER else _LISTEN


def foresee_abort(ends: Array[Endpoint], pool: Array[Segment], order: Array[int], n: int) -> None:
    """Note which end will send a RST of its own accord: what it had received was probably unread."""
    for i in range(n):
        segment = pool[order[i]]
        if segment.flags & RST and segment.flags & ACK and segment.window > 0:
            ends[segment.sender].will_abort = 1


def first_answer(pool: Array[Segment], order: Array[int], n: int) -> int:
    """The control bits of the first segment that answers: RST, nobody listens; SYN without ACK, both ends open; 0, nothing.

    A RST that does not acknowledge the SYN is no answer to it (RFC 9293 section 3.10.7.3 second).
    """
    first = pool[order[0]]
    for i in range(1, n):
        segment = pool[order[i]]
        stray = segment.flags & RST and not (segment.flags & ACK and same(int(segment.ack), int(first.seq) + 1))
        if segment.sender != first.sender and not segment.icmp and not stray:
            return int(segment.flags)
    return 0


def mark(segment: Segment, fate: int) -> None:
    """Note on the segment what became of it, for those who draw it."""
    if fate == LOST:
        segment.mark |= MARK_LOST
    elif fate == SURVIVED:
        segment.mark |= MARK_IGNORED
    elif fate == ASSUMED:
        segment.mark |= MARK_ASSUMED
