"""Packets of which there is only what somebody printed: header fields as text says them, made into raw IP packets again.

What text does not say is unknown, not absent: TTL and IP identification are 0 then, from which nothing is concluded, and a payload is as long
as it was, without its bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from struct import pack

from tcpexplain.wire.packets import SocketAddress, ip
from tcpexplain.wire.segment import ACK, RST

NOT_IP = b"\x00"
"""A frame of a protocol that is none of ours: it keeps its number and is counted as such."""
OPTIONAL = re.compile(
    r"mss (?P<mss>\d+)|wscale (?P<scale>\d+)|(?P<sackok>sackOK)|(?:TS val|timestamp) (?P<val>\d+) (?:ecr )?(?P<ecr>\d+)|sack \d+ ?(?P<sack>(?:\{\d+:\d+\})+)|(?P<nop>nop)|(?P<eol>eol)"
)
"""The words of tcpdump for options."""


@dataclass(slots=True)
class Printed:
    """One packet as text tells it; ``raw`` are its bytes from the IP header on where a hex dump shows them."""

    time: int | None = None
    """Nanoseconds since 1970, or since whatever the text counts from."""
    sender: SocketAddress | None = None
    receiver: SocketAddress | None = None
    flags: int = 0
    seq: int = 0
    ack: int = 0
    window: int | None = None
    options: bytes = b""
    length: int = 0
    ttl: int = 0
    ip_id: int = 0
    protocol: int = 6
    icmp: tuple[int, int] | None = None
    """Type and code of an ICMP error; ``quoted`` is the segment it is about."""
    quoted: Printed | None = None
    raw: bytes = b""
    wire: int = 0

    def packet(self) -> tuple[bytes, int]:
        """The bytes that are known, and how many there were on the wire."""
        if self.raw:
            return self.raw, max(self.wire, len(self.raw))
        if self.sender is None or self.receiver is None:
            return NOT_IP, max(self.wire, 1)
        if self.icmp is not None:
            return self._error(self.sender, self.receiver)
        if self.protocol != 6:
            return ip(self.sender, self.receiver, self.protocol, self.length, self.ttl, self.ip_id) + bytes(
                8
            ), 28 + self.length
        header = tcp(self)
        head = ip(self.sender, self.receiver, 6, len(header) + self.length, self.ttl, self.ip_id)
        return head + header, len(head) + len(header) + self.length

    def _error(self, sender: SocketAddress, receiver: SocketAddress) -> tuple[bytes, int]:
        """An ICMP error, with the headers of the segment that it quotes."""
        kind, code = self.icmp or (0, 0)
        quoted = self.quoted
        body = pack(">BBHI", kind & 0xFF, code & 0xFF, 0, 0)
        if quoted and quoted.sender and quoted.receiver:
            header = tcp(quoted)
            body += ip(quoted.sender, quoted.receiver, 6, len(header) + quoted.length, 64, 0) + header
        whole = ip(sender, receiver, 58 if sender.address.version == 6 else 1, len(body), self.ttl, self.ip_id) + body
        return whole, len(whole)


def tcp(one: Printed) -> bytes:
    """The TCP header."""
    options = one.options + b"\x01" * (-len(one.options) % 4)
    options = options[:40]
    sender, receiver = one.sender, one.receiver
    ports = (sender.port if sender else 0, receiver.port if receiver else 0)
    window = unsaid(one) if one.window is None else one.window & 0xFFFF
    fields = (one.seq & 0xFFFFFFFF, one.ack & 0xFFFFFFFF, (20 + len(options)) // 4 << 4, one.flags & 0xFF, window, 0, 0)
    return pack(">HHIIBBHHH", *ports, *fields) + options


def unsaid(one: Printed) -> int:
    """The window of a segment of which it is not printed: 0 of a RST that answers, as kernels write it, else one that is not closed."""
    return 0 if one.flags & RST and (not one.flags & ACK or one.seq == 0) else 0xFFFF


def options_of(words: str) -> bytes:
    """The bytes of options as tcpdump words them, in their order."""
    found = b""
    for match in OPTIONAL.finditer(words):
        if match["mss"]:
            found += pack(">BBH", 2, 4, int(match["mss"]) & 0xFFFF)
        elif match["scale"]:
            found += pack(">BBB", 3, 3, int(match["scale"]) & 0xFF)
        elif match["sackok"]:
            found += b"\x04\x02"
        elif match["val"]:
            found += pack(">BBII", 8, 10, int(match["val"]) & 0xFFFFFFFF, int(match["ecr"]) & 0xFFFFFFFF)
        elif match["sack"]:
            blocks = re.findall(r"\{(\d+):(\d+)\}", match["sack"])
            found += pack(">BB", 5, 2 + 8 * len(blocks)) + b"".join(
                pack(">II", int(a) & 0xFFFFFFFF, int(b) & 0xFFFFFFFF) for a, b in blocks
            )
        elif match["nop"]:
            found += b"\x01"
        else:
            found += b"\x00"
    return found


def endpoint(address: str, port: int) -> SocketAddress:
    """An end; ValueError if the address is none."""
    return SocketAddress(ip_address(address), port & 0xFFFF)


def pair(one: Printed) -> tuple[SocketAddress, SocketAddress] | None:
    """Which conversation a packet belongs to, either way."""
    if one.sender is None or one.receiver is None:
        return None
    first, second = sorted((one.sender, one.receiver), key=lambda end: (str(end.address), end.port))
    return first, second
