"""What was predicted passes: both endpoints afterwards, without asking anything of each segment.

What ``leave`` and ``arrive`` would do one by one comes to this when both ends are ESTABLISHED and nothing is under way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.machine.endpoint import YES, hears
from tcpexplain.machine.transitions import State
from tcpexplain.wire.segment import MARK_PREDICTED, OPTIONS_CUT, PSH
from tcpexplain.wire.seqnum import later, offset, same

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.coalesced import CoalescedEnd
    from tcpexplain.machine.endpoint import Endpoint
    from tcpexplain.wire.segment import Segment

_ESTABLISHED = int(State.ESTABLISHED)

LAST, NEWEST = 4, 6
"""Where ``scan`` holds, for each end: the position of its last segment, and of its last data; -1: none."""


def is_level(ends: Array[Endpoint]) -> bool:
    """Whether both ends are ESTABLISHED and have received all that the other has sent."""
    low, high = ends[0], ends[1]
    if low.state != _ESTABLISHED or high.state != _ESTABLISHED or low.held or high.held:
        return False
    if not (low.segments and high.segments and low.has_irs and high.has_irs):
        return False
    return same(low.rcv_nxt, high.snd_nxt) and same(high.rcv_nxt, low.snd_nxt)


def advance(
    ends: Array[Endpoint], pool: Array[Segment], order: Array[int], position: int, n: int, scan: Array[int]
) -> int:
    """Let the predicted segments from ``position`` on pass; the position after them."""
    for j in range(LAST, NEWEST + 2):
        scan[j] = -1
    while position < n:
        segment = pool[order[position]]
        if not segment.mark & MARK_PREDICTED:
            break
        sender, length = segment.sender, segment.length
        me = ends[sender]
        if scan[LAST + sender] < 0 and not goes_on(me, ends[1 - sender], segment):
            break
        me.segments += 1
        me.flags |= segment.flags
        me.cut |= segment.options & OPTIONS_CUT
        scan[LAST + sender] = position
        if length:
            peer = ends[1 - sender]
            scan[NEWEST + sender] = position
            me.data_segments += 1
            if length > me.largest:  # noqa: PLR1730 (for every segment: a call of max takes longer)
                me.largest = length
            peer.received += length
            peer.asked = 1 if peer.data_segments else 0
        position += 1
    for sender in range(2):
        me, peer = ends[sender], ends[1 - sender]
        me.cut = 1 if me.cut else 0
        if scan[LAST + sender] >= 0:
            say_last(me, peer, pool[order[scan[LAST + sender]]])
        if scan[NEWEST + sender] >= 0:
            newest = pool[order[scan[NEWEST + sender]]]
            note_newest(me, peer, int(newest.flags & PSH == 0), newest.time, scan[NEWEST + sender])
    return position


def goes_on(me: Endpoint, peer: Endpoint, segment: Segment) -> bool:
    """Whether an end's first segment of a stretch is what its endpoint expects, too: that knows what was inferred, and what numbers that jump hide."""
    if not same(segment.seq, me.snd_nxt) or me.unproved or peer.unproved:
        return False
    return offset(int(segment.ack), peer.snd_nxt) <= 0 and offset(int(segment.ack), peer.snd_acked) >= 0


def pass_stretch(ends: Array[Endpoint], sides: Array[CoalescedEnd], at: int, position: int) -> None:
    """Let a stretch pass, whose ends are ``sides[at]`` and the next: all that was sent before it has been acknowledged."""
    for sender in range(2):
        end, peer = ends[sender], ends[1 - sender]
        end.held, end.rcv_nxt = 0, peer.snd_nxt
        if sides[at + 1 - sender].data:
            end.asked = int(end.data_segments > 0 or sides[at + sender].asked > 0)
    for sender in range(2):
        side, me, peer = sides[at + sender], ends[sender], ends[1 - sender]
        if not side.segments:
            continue
        me.segments += side.segments
        me.flags |= side.flags
        me.data_segments += side.data
        me.largest = max(me.largest, side.largest)
        peer.received += side.bytes
        say_last(me, peer, side)
        if side.data:
            note_newest(me, peer, side.more, side.data_time, position)


def say_last(me: Endpoint, peer: Endpoint, segment: CoalescedEnd | Segment) -> None:
    """What the last segment of an end says holds after the stretch: numbers only grow in it."""
    me.window = int(segment.window) << me.wscale if me.wscale > 0 else int(segment.window)
    me.zero_since = 0
    me.acked = peer.snd_acked = int(segment.ack)
    peer.has_acked = 1
    peer.unheard = 0 if hears(peer, int(segment.ack)) else peer.unheard + peer.repeats
    peer.snd_una = later(int(segment.ack), peer.snd_una)
    me.snd_nxt = peer.rcv_nxt = int(segment.seq) + int(segment.length)
    me.last_packet, me.last_file, me.last_time = segment.packet, segment.file, segment.time
    peer.repeats = peer.probes = 0


def note_newest(me: Endpoint, peer: Endpoint, more: int, time: int, position: int) -> None:
    """The last data of an end."""
    me.alive = 1
    me.more = more
    me.last_data_time = peer.unread_time = time
    peer.unread, peer.unread_at = YES, position
