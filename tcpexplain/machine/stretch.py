"""A stretch of predicted segments passes: both endpoints afterwards, without asking anything of each segment.

What ``leave`` and ``arrive`` would do one by one comes to this when both ends are ESTABLISHED and nothing is under way.
"""

from __future__ import annotations

from typing import Any

from tcpexplain.machine.endpoint import YES
from tcpexplain.machine.transitions import State
from tcpexplain.wire.segment import MARK_PREDICTED, PSH
from tcpexplain.wire.seqnum import later, same

_ESTABLISHED = int(State.ESTABLISHED)

LAST, NEWEST = 4, 6
"""Where ``scan`` holds, for each end: the position of its last segment in the stretch, and of its last data; -1: none."""


def is_level(ends: Any, base: int) -> bool:
    """Whether both ends are ESTABLISHED and have received all that the other has sent."""
    low, high = ends[base], ends[base + 1]
    if low.state != _ESTABLISHED or high.state != _ESTABLISHED or low.held or high.held:
        return False
    if not (low.segments and high.segments and low.has_irs and high.has_irs):
        return False
    return same(low.rcv_nxt, high.snd_nxt) and same(high.rcv_nxt, low.snd_nxt)


def advance(ends: Any, base: int, pool: Any, order: Any, position: int, n: int, scan: Any) -> int:
    """Let the predicted segments from ``position`` on pass; the position after them."""
    for j in range(LAST, NEWEST + 2):
        scan[j] = -1
    while position < n:
        segment = pool[order[position]]
        if not segment.mark & MARK_PREDICTED:
            break
        sender = segment.sender
        me, peer = ends[base + sender], ends[base + 1 - sender]
        me.segments += 1
        me.flags |= segment.flags
        scan[LAST + sender] = position
        if segment.length:
            scan[NEWEST + sender] = position
            me.data_segments += 1
            me.largest = max(me.largest, segment.length)
            peer.received += segment.length
            peer.asked = int(peer.data_segments > 0)
        position += 1
    for sender in range(2):
        if scan[LAST + sender] >= 0:
            say_last(ends[base + sender], ends[base + 1 - sender], pool[order[scan[LAST + sender]]])
        if scan[NEWEST + sender] >= 0:
            note_newest(
                ends[base + sender], ends[base + 1 - sender], pool[order[scan[NEWEST + sender]]], scan[NEWEST + sender]
            )
    return position


def say_last(me: Any, peer: Any, segment: Any) -> None:
    """What the last segment of an end says holds after the stretch: numbers only grow in it."""
    me.window = int(segment.window) << me.wscale if me.wscale > 0 else int(segment.window)
    me.zero_since = 0
    me.acked = peer.snd_acked = int(segment.ack)
    peer.has_acked = 1
    peer.snd_una = later(int(segment.ack), peer.snd_una)
    me.snd_nxt = peer.rcv_nxt = int(segment.seq) + int(segment.length)
    me.last_packet, me.last_file, me.last_time = segment.packet, segment.file, segment.time
    peer.repeats = peer.probes = 0


def note_newest(me: Any, peer: Any, segment: Any, position: int) -> None:
    """The last data of an end."""
    me.alive = 1
    me.more = int(segment.flags & PSH == 0)
    me.last_data_time = peer.unread_time = segment.time
    peer.unread, peer.unread_at = YES, position
