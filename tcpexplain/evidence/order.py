"""Which of two packets came first; elementwise, like a cause's own conditions.

Numbers begin anew in each file, and captures that overlap are merged by time: times say it. Packets of equal times came in the
order of their identities (``wire.segment.FILE_SHIFT``), as files are numbered in the order of their first packets.
"""

from __future__ import annotations


def before(time: int, packet: int, other_time: int, other_packet: int) -> int:
    """Whether a packet came before another."""
    return (time < other_time) | ((time == other_time) & (packet < other_packet))


def not_after(time: int, packet: int, other_time: int, other_packet: int) -> int:
    """Whether a packet came before another, or is that one."""
    return (time < other_time) | ((time == other_time) & (packet <= other_packet))
