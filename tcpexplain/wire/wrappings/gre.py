"""Generic Routing Encapsulation (RFC 2784, RFC 2890), with NVGRE (RFC 7637), ERSPAN I to III, and PPTP's version of it (RFC 2637). Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.link import IPV4, IPV6, MPLS, NSH, ethernet, mpls, nsh, ppp
from tcpexplain.wire.skipped import CUT, NOT_IP
from tcpexplain.wire.words import load16, load32
from tcpexplain.wire.wrappings.kinds import ERSPAN, GRE, NVGRE, kind_of

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes

CHECKSUM, KEY, SEQUENCE, ACKNOWLEDGMENT, VERSION = 0x8000, 0x2000, 0x1000, 0x0080, 0x0007
BRIDGED, ERSPAN_II, ERSPAN_III, PPP = 0x6558, 0x88BE, 0x22EB, 0x880B


def gre(buffer: Bytes, at: int, end: int) -> tuple[int, int]:
    """Where the inner IP header is, and the wrapping with its key, VSID or ERSPAN session."""
    if end - at < 12:
        return -CUT, 0
    (flags,) = load16(buffer, at)
    (protocol,) = load16(buffer, at + 2)
    at += 4
    if flags & VERSION:
        size = 4 + (4 if flags & SEQUENCE else 0) + (4 if flags & ACKNOWLEDGMENT else 0)
        return (ppp(buffer, at + size, end) if protocol == PPP else -NOT_IP), kind_of(GRE, 0)
    if flags & CHECKSUM:
        at += 4
    key = 0
    if flags & KEY:
        if end - at < 4:
            return -CUT, 0
        (key,) = load32(buffer, at)
        at += 4
    if flags & SEQUENCE:
        at += 4
    if at >= end:
        return -CUT, 0
    if protocol in (ERSPAN_II, ERSPAN_III):
        return erspan(buffer, at, end, protocol, flags & SEQUENCE)
    if protocol == BRIDGED:
        return ethernet(buffer, at, end), kind_of(NVGRE, key >> 8) if flags & KEY else kind_of(GRE, 0)
    return routed(buffer, at, end, protocol), kind_of(GRE, key)


def routed(buffer: Bytes, at: int, end: int, protocol: int) -> int:
    """Where the IP header is of what is not bridged."""
    if protocol in (IPV4, IPV6):
        return at
    if protocol == MPLS:
        return mpls(buffer, at, end)
    return nsh(buffer, at, end) if protocol == NSH else -NOT_IP


def erspan(buffer: Bytes, at: int, end: int, protocol: int, numbered: int) -> tuple[int, int]:
    """A mirrored Ethernet frame: type I has no header, II has 8 bytes, III 12 and, where it says so, 8 more."""
    if protocol == ERSPAN_II and not numbered:
        return ethernet(buffer, at, end), kind_of(ERSPAN, 0)
    if end - at < 12:
        return -CUT, 0
    (session,) = load16(buffer, at + 2)
    size = 8 if protocol == ERSPAN_II else 20 if buffer[at + 11] & 1 else 12
    return ethernet(buffer, at + size, end), kind_of(ERSPAN, session & 0x3FF)
