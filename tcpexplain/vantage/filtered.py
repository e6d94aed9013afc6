"""Whether a filter let only control segments into the capture. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.segment import ACK, FIN, RST, SYN, consumed
from tcpexplain.wire.seqnum import BEYOND, offset

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.vantage.sighting import Sighting
    from tcpexplain.wire.segment import Segment


def is_filtered(pool: Array[Segment], order: Array[int], n: int, seen: Array[Sighting]) -> int:
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


def jumps(pool: Array[Segment], order: Array[int], n: int) -> int:
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
