"""CAPWAP's data channel: frames between access points and their controller (RFC 5415 section 4). Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.ieee80211 import ieee80211
from tcpexplain.wire.link import ethernet, llc
from tcpexplain.wire.skipped import CAPWAP_FRAGMENT, CUT, ENCRYPTED, UDP
from tcpexplain.wire.words import load16

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes

NATIVE, FRAGMENT = 0x01, 0x80


def capwap(buffer: Bytes, at: int, end: int) -> int:
    """Where the inner IP header is, of an Ethernet or a Wi-Fi frame."""
    if end - at < 8:
        return -CUT
    if buffer[at] & 0x0F == 1:
        return -ENCRYPTED
    if buffer[at]:
        return -UDP
    (offset,) = load16(buffer, at + 6)
    if buffer[at + 3] & FRAGMENT and offset >> 3:
        return -CAPWAP_FRAGMENT
    inner = at + (buffer[at + 1] >> 3) * 4
    if not buffer[at + 2] & NATIVE:
        return ethernet(buffer, inner, end)
    inner = ieee80211(buffer, inner, end)
    return llc(buffer, inner, end) if inner >= 0 else inner
