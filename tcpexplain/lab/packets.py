"""IPv4 packets made by hand: forged segments, scripted peers, and captures rebuilt from text."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address

from tcpexplain.tuples import NamedTuple

FLAG_BITS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128}
ICMP, TCP = 1, 6
DONT_FRAGMENT = 0x4000


class IPv4Endpoint(NamedTuple):
    """One end of a connection: dotted IPv4 address and port."""

    host: str
    port: int


def checksum(data: bytes) -> int:
    """The Internet checksum of ``data`` (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def options(
    *,
    mss: int | None = None,
    sack_permitted: bool = False,
    timestamps: tuple[int, int] | None = None,
    window_scale: int | None = None,
) -> bytes:
    """TCP options in Linux's order: MSS, SACK permitted (in place of two NOPs), timestamps, window scale."""
    parts = []
    if mss is not None:
        parts.append(struct.pack("!BBH", 2, 4, mss))
    if timestamps is not None:
        parts.append(bytes([4, 2]) if sack_permitted else bytes([1, 1]))
        parts.append(struct.pack("!BBII", 8, 10, *(value & 0xFFFFFFFF for value in timestamps)))
    elif sack_permitted:
        parts.append(bytes([1, 1, 4, 2]))
    if window_scale is not None:
        parts.append(bytes([1, 3, 3, window_scale]))
    return b"".join(parts)


def ipv4(
    source: str, destination: str, protocol: int, payload: bytes, *, identification: int = 0, ttl: int = 64
) -> bytes:
    """One unfragmented IPv4 packet, checksum included."""
    head = struct.pack(
        "!BBHHHBBH4s4s",
        0x45,
        0,
        20 + len(payload),
        identification & 0xFFFF,
        DONT_FRAGMENT,
        ttl,
        protocol,
        0,
        IPv4Address(source).packed,
        IPv4Address(destination).packed,
    )
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def segment(
    sender: IPv4Endpoint,
    receiver: IPv4Endpoint,
    flags: str,
    *,
    seq: int,
    ack: int = 0,
    window: int = 0,
    tcp_options: bytes = b"",
    payload: bytes = b"",
    identification: int = 0,
    ttl: int = 64,
) -> bytes:
    """One TCP segment in its IPv4 packet; ``flags`` are letters of SFRPAUEC, ``seq`` and ``ack`` absolute."""
    bits = sum(FLAG_BITS[flag] for flag in flags)
    offset = (20 + len(tcp_options)) // 4 << 4
    head = struct.pack(
        "!HHIIBBHHH", sender.port, receiver.port, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, offset, bits, window, 0, 0
    )
    body = head + tcp_options + payload
    pseudo = IPv4Address(sender.host).packed + IPv4Address(receiver.host).packed + struct.pack("!HH", TCP, len(body))
    body = body[:16] + struct.pack("!H", checksum(pseudo + body)) + body[18:]
    return ipv4(sender.host, receiver.host, TCP, body, identification=identification, ttl=ttl)


def icmp_error(reporter: str, offending: bytes, kind: int, code: int) -> bytes:
    """The ICMP error of type ``kind`` that ``reporter`` sends to the source of the IPv4 packet ``offending``."""
    quoted = offending[: 20 + 28]  # the IP header, and enough of TCP's to find the connection (RFC 792, RFC 1812)
    body = struct.pack("!BBHI", kind, code, 0, 0) + quoted
    body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    return ipv4(reporter, str(IPv4Address(offending[12:16])), ICMP, body)


def ethernet(source: str, destination: str, packet: bytes) -> bytes:
    """``packet`` in an Ethernet frame between two addresses written as ``02:00:00:00:00:01``."""
    return bytes.fromhex(destination.replace(":", "")) + bytes.fromhex(source.replace(":", "")) + b"\x08\x00" + packet
