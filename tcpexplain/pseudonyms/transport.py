"""TCP headers without payload, and ICMP errors with no more of what they quote."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING

from tcpexplain.pseudonyms.internet import checksum, ip_header, pseudo_header
from tcpexplain.wire.headers import network
from tcpexplain.wire.icmp import PARAMETER_PROBLEM, REDIRECT, UNREACHABLE, error_v4, error_v6
from tcpexplain.wire.segment import Key, Segment

if TYPE_CHECKING:
    from tcpexplain.pseudonyms.prefixes import Addresses

TCP, ICMP, ICMPV6 = 6, 1, 58
PLAIN = (0, 1, 2, 3, 4, 5, 8)
"""TCP options that name nobody: end, NOP, MSS, window scale, SACK permitted, SACK, timestamps."""
MULTIPATH = 30
"""Its subtype says what it does (RFC 8684); behind it may be addresses and tokens."""
FRAGMENTATION_NEEDED = 4
QUOTED = 8
"""Bytes of a segment that an ICMP error quotes at least (RFC 792)."""
Part = tuple[bytes, int]
"""Bytes, and how many more there were."""


def tcp_header(data: bytes, ip: int, at: int, length: int, addresses: Addresses) -> Part | None:
    """The TCP header at ``at`` of a segment of ``length`` bytes, behind the IP header at ``ip``; None if it is none.

    Its checksum is that of a payload of zeros: what was sent cannot be guessed from it.
    """
    size = data[at + 12] >> 4 << 2 if len(data) - at >= 20 else 0
    if size < 20:
        return None
    header = nameless_tcp(data[at : at + size])
    around = pseudo_header(ip_header(data, ip, at, None, addresses), TCP, length)
    header = header[:16] + pack(">H", checksum(around + header)) + header[18:]
    return header, max(length - len(header), 0)


def nameless_tcp(header: bytes) -> bytes:
    """A TCP header, or its beginning, without checksum and without what options may name."""
    return header[:16] + bytes(len(header[16:18])) + header[18:20] + b"".join(options(header[20:]))


def options(data: bytes) -> list[bytes]:
    """TCP options; those that are not plain have their kinds and sizes."""
    found: list[bytes] = []
    at = 0
    while at < len(data):
        kind = data[at]
        size = 1 if kind < 2 else data[at + 1] if at + 1 < len(data) else 1
        if kind == 0 or (kind > 1 and size < 2):
            return [*found, bytes([kind]), bytes(len(data) - at - 1)]
        one = data[at : at + size]
        found.append(one if kind in PLAIN else hidden(one))
        at += size
    return found


def hidden(option: bytes) -> bytes:
    """An option without what it says; of multipath TCP what it is about."""
    said = bytes([option[2] & 0xF0]) if option[0] == MULTIPATH and len(option) > 2 else b""
    return option[:2] + said + bytes(len(option) - len(option[:2]) - len(said))


def icmp_error(data: bytes, ip: int, at: int, length: int, addresses: Addresses) -> Part | None:
    """The ICMP error at ``at``, with the headers that it quotes; None if it is none, or about something else than TCP."""
    del length
    six = data[ip] >> 4 == 6
    if len(data) - at <= QUOTED or not (error_v6 if six else error_v4)(data[at], data[at + 1]):
        return None
    segment, key, quote = Segment(), Key(), at + 8
    protocol, inner, _ = network(data, quote, len(data), len(data), segment, key)
    if protocol != TCP or len(data) - inner < QUOTED:
        return None
    size = max(data[inner + 12] >> 4 << 2, 20) if len(data) - inner >= 20 else 20
    quoted = ip_header(data, quote, inner, None, addresses) + nameless_tcp(data[inner : inner + size])
    head = data[at : at + 2] + bytes(2) + rest_of_header(data[at : at + 8], addresses, six=six)
    around = pseudo_header(ip_header(data, ip, at, None, addresses), ICMPV6, 8 + len(quoted)) if six else b""
    return head[:2] + pack(">H", checksum(around + head + quoted)) + head[4:] + quoted, 0


def rest_of_header(head: bytes, addresses: Addresses, *, six: bool) -> bytes:
    """The second word of an ICMP error: an MTU, a pointer, or a gateway's address."""
    kind, code, word = head[0], head[1], head[4:8]
    if six:
        return word
    if kind == REDIRECT:
        return addresses.packed(word)
    if kind == UNREACHABLE and code == FRAGMENTATION_NEEDED:
        return bytes(2) + word[2:]
    return word[:1] + bytes(3) if kind == PARAMETER_PROBLEM else bytes(4)
