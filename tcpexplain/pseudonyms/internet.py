"""IP headers with other addresses, and nothing else in them that may name anybody."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpexplain.pseudonyms.prefixes import Addresses

NOP = b"\x01"
LONGEST = 0xFFFF
FRAGMENT, AUTHENTICATION = 44, 51
"""IPv6 extension headers whose sizes are told in other ways than the others'."""


def ip_header(data: bytes, start: int, end: int, size: int | None, addresses: Addresses) -> bytes:
    """The header that lies from ``start`` to ``end``, before ``size`` bytes; None leaves its length field as it is."""
    if data[start] >> 4 == 6:
        return ipv6_header(data, start, end, size, addresses)
    header = bytearray(data[start : start + 20] + NOP * (end - start - 20))
    if size is not None and any(header[2:4]):
        header[2:4] = pack(">H", min(len(header) + size, LONGEST))
    header[10:12] = bytes(2)
    header[12:16], header[16:20] = (addresses.packed(bytes(header[at : at + 4])) for at in (12, 16))
    header[10:12] = pack(">H", checksum(bytes(header)))
    return bytes(header)


def ipv6_header(data: bytes, start: int, end: int, size: int | None, addresses: Addresses) -> bytes:
    """The same for IPv6, with its extension headers."""
    header = bytearray(data[start : start + 40])
    more = extensions(data[start + 40 : end], header[6])
    if size is not None and any(header[4:6]):
        header[4:6] = pack(">H", min(len(more) + size, LONGEST))
    header[8:24], header[24:40] = (addresses.packed(bytes(header[at : at + 16])) for at in (8, 24))
    return bytes(header) + more


def extensions(data: bytes, protocol: int) -> bytes:
    """Extension headers without what is in them (routes, home addresses), which is padding then; those of fragments stay."""
    found = b""
    while len(data) >= 8:
        size = 8 if protocol == FRAGMENT else (data[1] + 2) * 4 if protocol == AUTHENTICATION else (data[1] + 1) * 8
        kept = 8 if protocol == FRAGMENT else 2
        found += data[:kept] + bytes(min(size, len(data)) - kept)
        protocol, data = data[0], data[size:]
    return found


def pseudo_header(ip: bytes, protocol: int, length: int) -> bytes:
    """What a checksum covers of an IP header (RFC 9293 section 3.1, RFC 8200 section 8.1)."""
    if ip[0] >> 4 == 6:
        return ip[8:40] + pack(">IxxxB", length, protocol)
    return ip[12:20] + pack(">xBH", protocol, length & LONGEST)


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    padded = data + bytes(len(data) % 2)
    total = sum(int.from_bytes(padded[at : at + 2]) for at in range(0, len(padded), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
