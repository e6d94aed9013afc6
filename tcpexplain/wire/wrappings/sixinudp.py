"""IPv6 in UDP: Teredo (RFC 4380) and AYIYA. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.skipped import CUT, UDP
from tcpexplain.wire.words import load16
from tcpexplain.wire.wrappings.kinds import AYIYA, TEREDO, kind_of

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes

AUTHENTICATION, ORIGIN = 0x0001, 0x0000


def teredo(buffer: Bytes, at: int, end: int) -> tuple[int, int]:
    """Where the inner IPv6 header is, behind an authentication and an origin indication, if there are such."""
    (kind,) = load16(buffer, at)
    if kind == AUTHENTICATION:
        at += 13 + buffer[at + 2] + buffer[at + 3]
        if end - at < 2:
            return -CUT, 0
        (kind,) = load16(buffer, at)
    if kind == ORIGIN:
        at += 8
    if at >= end:
        return -CUT, 0
    return (at if buffer[at] >> 4 == 6 else -UDP), kind_of(TEREDO, 0)


def ayiya(buffer: Bytes, at: int, end: int) -> tuple[int, int]:
    """Where the inner IP header is, behind an identity and a signature whose sizes the header tells."""
    inner = at + 8 + (1 << (buffer[at] >> 4)) + (buffer[at + 1] >> 4) * 4
    if inner >= end:
        return -CUT, 0
    return (inner if buffer[at + 3] in (4, 41) else -UDP), kind_of(AYIYA, 0)
