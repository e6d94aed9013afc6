"""VXLAN (RFC 7348), with its generic protocol extension (draft-ietf-nvo3-vxlan-gpe). Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.link import ethernet, nsh
from tcpexplain.wire.skipped import CUT, UDP
from tcpexplain.wire.words import load32
from tcpexplain.wire.wrappings.kinds import VXLAN, kind_of

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes

VALID, NEXT_PROTOCOL = 0x08, 0x04


def looks_like_vxlan(buffer: Bytes, at: int, end: int) -> bool:
    """Whether a datagram to whatever port is VXLAN: all that is reserved is zero, and an Ethernet frame with IP follows."""
    if end - at < 28 or buffer[at] != VALID or buffer[at + 1] or buffer[at + 2] or buffer[at + 3] or buffer[at + 7]:
        return False
    inner = ethernet(buffer, at + 8, end)
    return inner > 0 and buffer[inner] >> 4 in (4, 6)


def vxlan(buffer: Bytes, at: int, end: int, generic: bool) -> tuple[int, int]:
    """Where the inner IP header is, and the wrapping with its VNI; ``generic``: its header names what follows."""
    if end - at < 12:
        return -CUT, 0
    flags = buffer[at] | 0
    if not flags & VALID:
        return -UDP, 0
    (word,) = load32(buffer, at + 4)
    found = kind_of(VXLAN, word >> 8)
    following = buffer[at + 3] if generic and flags & NEXT_PROTOCOL else 3
    if following in (1, 2):
        return at + 8, found
    if following == 4:
        return nsh(buffer, at + 8, end), found
    return (ethernet(buffer, at + 8, end) if following == 3 else -UDP), found
