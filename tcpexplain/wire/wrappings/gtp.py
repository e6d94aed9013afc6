"""GTP-U, the tunnels of mobile networks (3GPP TS 29.281). Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.skipped import CUT, UDP
from tcpexplain.wire.wrappings.kinds import GTP, kind_of

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes

PACKET, EXTENSION, OPTIONAL = 0xFF, 0x04, 0x07
"""The message type that carries a packet; the flag of extension headers; any flag that makes the header 4 bytes longer."""
EXTENSIONS = 8


def gtp(buffer: Bytes, at: int, end: int) -> tuple[int, int]:
    """Where the inner IP header is. The two directions have tunnel identifiers of their own, so they identify no connection."""
    if end - at < 16:
        return -CUT, 0
    if buffer[at] >> 4 != 3 or buffer[at + 1] != PACKET:
        return -UDP, 0
    inner = at + 8
    if buffer[at] & OPTIONAL:
        following = buffer[at + 11] if buffer[at] & EXTENSION else 0
        inner += 4
        for _ in range(EXTENSIONS):
            if not following:
                break
            if inner >= end or not buffer[inner]:
                return -CUT, 0
            inner += buffer[inner] * 4
            if inner > end:
                return -CUT, 0
            following = buffer[inner - 1] | 0
    return (inner if inner < end else -CUT), kind_of(GTP, 0)
