"""The Authentication Header of IPsec (RFC 4302): what it protects stands behind it in clear. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.skipped import CUT, ESP, IP_OTHER

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes


def ah(buffer: Bytes, at: int, end: int) -> int:
    """Where the IP header is that it protects, in tunnel mode; transport mode is left to ``headers.network``."""
    if end - at < 12:
        return -CUT
    inner = at + (buffer[at + 1] + 2) * 4
    if buffer[at] in (4, 41):
        return inner if inner < end else -CUT
    return -ESP if buffer[at] == 50 else -IP_OTHER
