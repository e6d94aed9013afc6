"""TZSP, the mirror of MikroTik's routers and of old access points. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.link import ethernet
from tcpexplain.wire.skipped import CUT, UDP
from tcpexplain.wire.words import load16

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes

RECEIVED, SENT, ETHERNET = 0, 1, 1
PADDING, END, TAGS = 0, 1, 32


def tzsp(buffer: Bytes, at: int, end: int) -> int:
    """Where the inner IP header is, of a mirrored Ethernet frame."""
    (encapsulated,) = load16(buffer, at + 2)
    if buffer[at] != 1 or buffer[at + 1] not in (RECEIVED, SENT) or encapsulated != ETHERNET:
        return -UDP
    at += 4
    for _ in range(TAGS):
        if end - at < 2:
            return -CUT
        tag = buffer[at] | 0
        if tag == END:
            return ethernet(buffer, at + 1, end)
        at += 1 if tag == PADDING else 2 + buffer[at + 1]
    return -CUT
