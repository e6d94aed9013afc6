"""Headers made by hand: raw IP packets for segments that were never on a wire."""

from __future__ import annotations

from ipaddress import ip_address
from struct import pack
from typing import TYPE_CHECKING

from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    from tcpexplain.wire.notation import LadderSegment


class SocketAddress(NamedTuple):
    """An address and a port."""

    address: IPv4Address | IPv6Address
    port: int

    @classmethod
    def parse(cls, text: str) -> SocketAddress:
        """Read ``192.0.2.1:80`` or ``[2001:db8::1]:80``; ValueError if it is neither."""
        address, _, port = text.rpartition(":")
        if not 0 <= int(port) < 65536:
            raise ValueError(text)
        return cls(ip_address(address.strip("[]")), int(port))


def ip(sender: SocketAddress, receiver: SocketAddress, protocol: int, length: int, ttl: int, ip_id: int) -> bytes:
    """An IP header before ``length`` bytes; its checksum is left 0, as a sender leaves it to the network card."""
    ends = sender.address.packed + receiver.address.packed
    # What was printed may be damaged: numbers that no header can hold are held as far as it can.
    ttl, length = ttl & 0xFF, min(max(length, 0), 0xFFFF)
    if sender.address.version == 6:
        return pack(">IHBB", 6 << 28, length, protocol, ttl) + ends
    return pack(">BBHHHBBH", 0x45, 0, min(20 + length, 0xFFFF), ip_id & 0xFFFF, 0x4000, ttl, protocol, 0) + ends


PLAIN = {"NOP": b"\x01", "EOL": b"\x00", "FASTCLOSE": b"\x1e\x0c\x70" + bytes(9)}
"""Options without a value: padding, the end of the list, and MPTCP's fast close (RFC 8684 section 3.5)."""


def option_bytes(segment: LadderSegment) -> bytes:
    """The TCP options of a segment, padded with NOPs; ValueError for an unknown word.

    The timestamps come first, behind two NOPs, unless the word ``TS`` says where.
    """
    options = b""
    stamps = pack(">BBII", 8, 10, (segment.ts_val or 0) & 0xFFFFFFFF, (segment.ts_ecr or 0) & 0xFFFFFFFF)
    if "TS" not in segment.options and (segment.ts_val is not None or segment.ts_ecr is not None):
        options += b"\x01\x01" + stamps
    for word in segment.options:
        name, _, value = word.partition(":")
        if name == "MSS":
            options += pack(">BBH", 2, 4, int(value) & 0xFFFF)
        elif name == "WS":
            options += pack(">BBB", 3, 3, int(value) & 0xFF)
        elif name == "SACKOK":
            options += b"\x04\x02"
        elif name == "SACK":
            left, _, right = value.partition("-")
            options += pack(">BBII", 5, 10, int(left) & 0xFFFFFFFF, int(right) & 0xFFFFFFFF)
        elif name == "TS":
            options += stamps
        elif name in PLAIN:
            options += PLAIN[name]
        elif name != "RECORD":
            raise ValueError(word)
    padded = options + b"\x01" * (-len(options) % 4)
    if len(padded) > 40:
        raise ValueError(segment.options)
    return padded


def record(segment: LadderSegment) -> bytes:
    """The first bytes of a TLS record of the type that ``OPT=RECORD:22`` names (RFC 8446 section 5.1); else nothing."""
    kinds = [int(word.partition(":")[2]) for word in segment.options if word.startswith("RECORD:")]
    return pack(">BH", kinds[0] & 0xFF, 0x0303) if kinds and segment.length > 2 else b""


def tcp(sender: SocketAddress, receiver: SocketAddress, segment: LadderSegment) -> bytes:
    """A TCP header; the window is 65,535 unless said."""
    options = option_bytes(segment)
    window = 0xFFFF if segment.window is None else segment.window & 0xFFFF
    offset = (20 + len(options)) // 4 << 4
    return (
        pack(
            ">HHIIBBHHH", sender.port, receiver.port, segment.seq & 0xFFFFFFFF, (segment.ack or 0) & 0xFFFFFFFF,
            offset, segment.flags, window, 0, 0,
        ) + options
    )  # fmt: skip


def packet(sender: SocketAddress, receiver: SocketAddress, segment: LadderSegment, ip_id: int) -> tuple[bytes, int]:
    """The raw IP packet of a segment without its payload (but what the ladder says of it), and its length on the wire; ``ip_id`` unless the segment says one."""
    ttl = 64 if segment.ttl is None else segment.ttl & 0xFF
    ip_id = ip_id if segment.ip_id is None else segment.ip_id
    if segment.icmp is not None:
        return icmp(sender, receiver, segment, ttl, ip_id)
    header = tcp(sender, receiver, segment)
    whole = ip(sender, receiver, 6, len(header) + segment.length, ttl, ip_id) + header
    return whole + (segment.text[: segment.length] or record(segment)), len(whole) + segment.length


def icmp(
    sender: SocketAddress, receiver: SocketAddress, segment: LadderSegment, ttl: int, ip_id: int
) -> tuple[bytes, int]:
    """The ICMP error that reaches ``receiver`` for a segment of its own (ICMPv6's numbers when the addresses are)."""
    header = tcp(receiver, sender, segment)
    quoted = ip(receiver, sender, 6, len(header) + segment.length, 64, 0) + header
    kind, code = segment.icmp or (0, 0)
    body = pack(">BBHI", kind & 0xFF, code & 0xFF, 0, 0) + quoted
    whole = ip(sender, receiver, 58 if sender.address.version == 6 else 1, len(body), ttl, ip_id) + body
    return whole, len(whole)
