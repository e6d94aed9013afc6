"""Read back the headers of a raw IPv4 packet: what the lab needs to know to forward, forge and record it.

Written apart from ``tcpexplain.wire`` on purpose: what the lab records is compared with what the package
concludes, so the two must not share a mistake.
"""

from __future__ import annotations

import struct
from ipaddress import IPv4Address

from tcpexplain.lab.packets import FLAG_BITS, ICMP, TCP, IPv4Endpoint
from tcpexplain.values import frozen


@frozen
class Observed:
    """One TCP segment, or the ICMP error that quotes one (then all fields but ``icmp`` are the quoted segment's)."""

    sender: IPv4Endpoint
    receiver: IPv4Endpoint
    flags: str
    seq: int
    ack: int
    window: int
    length: int
    bare: bool  # no TCP options
    icmp: tuple[int, int] | None = None

    @property
    def end(self) -> int:
        """The sequence number after this segment, modulo 2**32."""
        return (self.seq + self.length + ("S" in self.flags) + ("F" in self.flags)) & 0xFFFFFFFF


def look(packet: bytes) -> Observed | None:
    """What ``packet`` is; None for anything but TCP over IPv4 and ICMP errors about it."""
    if len(packet) < 28 or packet[0] >> 4 != 4:
        return None
    header = (packet[0] & 15) * 4
    if packet[9] == TCP:
        return _segment(packet, header, None)
    if packet[9] == ICMP and packet[header] in (3, 11, 12):
        quoted = packet[header + 8 :]
        if len(quoted) >= 28 and quoted[9] == TCP:
            return _segment(quoted, (quoted[0] & 15) * 4, (packet[header], packet[header + 1]))
    return None


def _segment(packet: bytes, header: int, icmp: tuple[int, int] | None) -> Observed:
    tcp = packet[header:]
    source, destination, seq, ack = struct.unpack_from("!HHII", tcp.ljust(20, b"\0"))
    offset, bits, window = struct.unpack_from("!BBH", tcp.ljust(20, b"\0"), 12)
    options = (offset >> 4) * 4 - 20
    total = struct.unpack_from("!H", packet, 2)[0] or len(packet)
    return Observed(
        IPv4Endpoint(str(IPv4Address(packet[12:16])), source),
        IPv4Endpoint(str(IPv4Address(packet[16:20])), destination),
        "".join(letter for letter, bit in FLAG_BITS.items() if bits & bit),
        seq,
        ack,
        window,
        total - header - 20 - options,
        options == 0,
        icmp,
    )


def before(a: int, b: int) -> bool:
    """``a`` < ``b`` modulo 2**32."""
    return 0 < ((b - a) & 0xFFFFFFFF) < 1 << 31
