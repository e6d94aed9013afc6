"""Segments that occupy sequence space (RFC 9293 section 3.4: payload, a SYN or a FIN), as messages are read of them: plain numbers."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from tcpexplain.wire.segment import FIN, SYN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpexplain.wire.segment import Segment

SEQUENCED = ("sender", "seq", "flags", "length", "packet", "time")
"""The fields that are asked for."""
LENGTH, PACKET = SEQUENCED.index("length"), SEQUENCED.index("packet")
sequenced: Callable[[Segment], tuple[int, ...]] = attrgetter(*SEQUENCED)


def occupies_sequence_space(item: Segment) -> bool:
    """Whether a segment does, and is no ICMP error."""
    return bool((item.length or item.flags & (SYN | FIN)) and not item.icmp)
