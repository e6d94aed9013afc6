"""What stands between two IP headers: the wrappings that are told apart by more than their addresses are made anew, others are left out."""

from __future__ import annotations

from struct import pack, unpack_from

from tcpexplain.wire.link import IPV4, IPV6
from tcpexplain.wire.wrappings import DATAGRAM, GRE_PROTOCOL, IPIP, SIX
from tcpexplain.wire.wrappings.datagram import GENEVE_PORT, GTP_PORT, VXLAN_GPE
from tcpexplain.wire.wrappings.gre import BRIDGED, CHECKSUM, KEY, SEQUENCE
from tcpexplain.wire.wrappings.gtp import OPTIONAL

MACS = 12
"""Bytes of the addresses of an Ethernet header, which are zeros in what is written."""
TAGGED = (2, 6, 10)
"""Bytes of a type behind up to two VLAN tags."""
UDP, VXLAN, GENEVE, GTP = 8, 8, 8, 8
"""Bytes of these headers, without options."""


def wrapping(data: bytes, protocol: int, size: int) -> bytes | None:
    """What wraps a packet of ``size`` bytes, behind an IP header of ``protocol``; None for what is not known to name nobody."""
    if protocol in (IPIP, SIX):
        return b"" if not data else None
    if protocol == GRE_PROTOCOL and len(data) >= 4:
        return gre(data, size)
    return datagram(data, size) if protocol == DATAGRAM and len(data) >= UDP + VXLAN else None


def gre(data: bytes, size: int) -> bytes | None:
    """GRE without its checksum, with its key."""
    del size
    flags, kind = unpack_from(">HH", data)
    at, kept = 4 + (4 if flags & CHECKSUM else 0), b""
    for flag in (KEY, SEQUENCE):
        if flags & flag:
            kept, at = kept + data[at : at + 4], at + 4
    inner = behind(data[at:], kind)
    return None if inner is None else pack(">HH", flags & (KEY | SEQUENCE), kind) + kept + inner


def behind(data: bytes, kind: int) -> bytes | None:
    """What stands before the inner IP header: nothing, or an Ethernet header."""
    if kind in (IPV4, IPV6):
        return None if data else b""
    if kind == BRIDGED and len(data) - MACS in TAGGED:
        return bytes(MACS) + data[MACS:]
    return None


def datagram(data: bytes, size: int) -> bytes | None:
    """UDP, and a tunnel in it."""
    source, port = unpack_from(">HH", data)
    around: bytes | None
    if port == GTP_PORT:
        around = gtp(data[UDP:], size)
    elif port == GENEVE_PORT:
        around = geneve(data[UDP:])
    else:
        around = None if port == VXLAN_GPE else vxlan(data[UDP:])
    return None if around is None else pack(">HHHH", source, port, (UDP + len(around) + size) & 0xFFFF, 0) + around


def vxlan(data: bytes) -> bytes | None:
    """VXLAN with its VNI."""
    inner = behind(data[VXLAN:], BRIDGED)
    return None if inner is None or not data[0] & 8 else b"\x08\0\0\0" + data[4:7] + b"\0" + inner


def geneve(data: bytes) -> bytes | None:
    """Geneve with its VNI, without options."""
    inner = behind(data[GENEVE + (data[0] & 0x3F) * 4 :], int.from_bytes(data[2:4]))
    return None if inner is None else b"\0\0" + data[2:7] + b"\0" + inner


def gtp(data: bytes, size: int) -> bytes:
    """GTP-U with its tunnel's identifier."""
    return bytes([data[0] & ~OPTIONAL, data[1]]) + pack(">H", size & 0xFFFF) + data[4:8]
