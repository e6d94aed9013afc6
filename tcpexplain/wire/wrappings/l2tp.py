"""L2TP version 2: PPP in UDP (RFC 2661). Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.link import ppp
from tcpexplain.wire.skipped import CUT, UDP
from tcpexplain.wire.words import load16

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes

CONTROL, LENGTH, SEQUENCE, OFFSET, VERSION = 0x8000, 0x4000, 0x0800, 0x0200, 0x000F


def l2tp(buffer: Bytes, at: int, end: int) -> int:
    """Where the inner IP header is. Tunnel and session have a number of their own in each direction."""
    (flags,) = load16(buffer, at)
    if flags & CONTROL or flags & VERSION != 2:
        return -UDP
    at += 6 + (2 if flags & LENGTH else 0) + (4 if flags & SEQUENCE else 0)
    if flags & OFFSET:
        if end - at < 2:
            return -CUT
        (size,) = load16(buffer, at)
        at += 2 + size
    return ppp(buffer, at, end)
