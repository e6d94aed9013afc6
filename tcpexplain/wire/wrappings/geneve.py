"""Geneve (RFC 8926). Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.link import IPV4, IPV6, ethernet
from tcpexplain.wire.skipped import CUT, UDP
from tcpexplain.wire.words import load16, load32
from tcpexplain.wire.wrappings.kinds import GENEVE, kind_of

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes

BRIDGED = 0x6558


def geneve(buffer: Bytes, at: int, end: int) -> tuple[int, int]:
    """Where the inner IP header is, and the wrapping with its VNI."""
    if end - at < 12:
        return -CUT, 0
    if buffer[at] >> 6:
        return -UDP, 0
    (protocol,) = load16(buffer, at + 2)
    (word,) = load32(buffer, at + 4)
    found = kind_of(GENEVE, word >> 8)
    inner = at + 8 + (buffer[at] & 0x3F) * 4
    if protocol == BRIDGED:
        return ethernet(buffer, inner, end), found
    return (inner if protocol in (IPV4, IPV6) else -UDP), found
