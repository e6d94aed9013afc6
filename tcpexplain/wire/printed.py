"""Packets of which there is only what somebody printed: header fields as text says them, made into raw IP packets again.

What text does not say is unknown, not absent: TTL and IP identification are 0 then, from which nothing is concluded, and a payload is as long
as it was, without its bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from struct import pack, unpack_from
from typing import TYPE_CHECKING

from tcpexplain.wire import linktype
from tcpexplain.wire.frames import CAPACITY, gather
from tcpexplain.wire.packets import SocketAddress, ip
from tcpexplain.wire.segment import ACK, FIN, RST, SYN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tcpexplain.wire.frames import Columns, Frames, Provenance

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


def from_ip_on(data: bytes) -> bytes:
    """The bytes from the IP header on, behind whichever link header stands before it; nothing if there is none.

    Raw IP, Ethernet (with VLAN tags), Linux cooked v1 and v2, BSD loopback.
    """
    for at, kind in ((0, None), (14, 12), (18, 16), (16, 14), (20, 0), (4, None)):
        if len(data) < at + 20 or (kind is not None and data[kind : kind + 2] not in (b"\x08\x00", b"\x86\xdd")):
            continue
        if looks_like_ip(data, at):
            return data[at:]
    return b""


def looks_like_ip(data: bytes, at: int) -> bool:
    """Whether an IP header may begin there."""
    version, size = data[at] >> 4, data[at] & 15
    if version == 4:
        return size >= 5 and unpack_from(">H", data, at + 2)[0] >= 20 and data[at + 9] in (1, 2, 6, 17, 47, 50, 58, 132)
    return version == 6 and len(data) >= at + 40 and data[at + 6] in (0, 6, 17, 43, 44, 58)


def length_of(data: bytes) -> int:
    """How long an IP packet was on the wire."""
    if data[0] >> 4 == 4:
        return int(unpack_from(">H", data, 2)[0]) or len(data)
    return 40 + int(unpack_from(">H", data, 4)[0])


class HostNames:
    """Addresses for hosts that text calls by names: the loopback's own, those that a name spells, else one from the range for tests (RFC 2544)."""

    def __init__(self) -> None:
        self.known: dict[str, IPv4Address | IPv6Address] = {}

    def address(self, host: str, *, six: bool = False) -> IPv4Address | IPv6Address:
        """The address of a host."""
        try:
            return ip_address(host.partition("%")[0])
        except ValueError:
            pass
        if host in self.known:
            return self.known[host]
        spelled = re.search(r"(?<!\d)(\d{1,3})[-.](\d{1,3})[-.](\d{1,3})[-.](\d{1,3})(?!\d)", host)
        if host.startswith(("localhost", "ip6-localhost")):
            found: IPv4Address | IPv6Address = ip_address("::1" if six else "127.0.0.1")
        elif spelled and all(int(part) < 256 for part in spelled.groups()):
            found = ip_address(".".join(str(int(part)) for part in spelled.groups()))
        else:
            base = int(ip_address("2001:2::") if six else ip_address("198.18.0.0"))
            found = ip_address(base + len(self.known) + 1)
        self.known[host] = found
        return found


class Numbers:
    """Sequence numbers as tcpdump prints them, made absolute again.

    It subtracts, from the second segment with ACK of a conversation on, what the first one had: its own number, and the
    acknowledged one less 1. ``-S`` subtracts nothing, which shows where a conversation goes on.
    """

    def __init__(self) -> None:
        self.base: dict[tuple[SocketAddress, SocketAddress], tuple[SocketAddress, int, int]] = {}
        self.begun: dict[tuple[SocketAddress, SocketAddress], int] = {}
        self.absolute = False

    def settle(self, one: Printed, *, has_seq: bool) -> None:
        """Make the numbers of a packet absolute; ``has_seq``: whether its own was printed."""
        between = pair(one)
        if between is None or one.sender is None or one.receiver is None:
            return
        way = (one.sender, one.receiver)
        if not one.flags & ACK:
            if one.flags & SYN:
                self.base.pop(between, None)
                self.begun[way] = one.seq
            return
        base = self.base.get(between)
        if base is None or one.flags & SYN:
            self._first(one, between, way, has_seq=has_seq)
            return
        mine, theirs = (base[1], base[2]) if base[0] == one.sender else (base[2], base[1])
        if not self.absolute and _near(one.ack, theirs) and not _near(one.ack, 0):
            self.absolute = True
        if self.absolute:
            one.seq = one.seq if has_seq else -1
            return
        one.seq = (one.seq + mine) & 0xFFFFFFFF if has_seq else -1
        one.ack = (one.ack + theirs) & 0xFFFFFFFF

    def _first(
        self,
        one: Printed,
        between: tuple[SocketAddress, SocketAddress],
        way: tuple[SocketAddress, SocketAddress],
        *,
        has_seq: bool,
    ) -> None:
        """The first segment with ACK: printed as it was, unless the text begins in the middle of what tcpdump printed."""
        if not one.flags & SYN and one.ack < SMALL and (not has_seq or one.seq < SMALL):
            mine, theirs = self.begun.get(way, 0), self.begun.get(way[::-1], 0)
            self.base[between] = (way[0], mine, theirs)
            one.seq = (one.seq + mine) & 0xFFFFFFFF if has_seq else -1
            one.ack = (one.ack + theirs) & 0xFFFFFFFF
            return
        self.base[between] = (way[0], one.seq, (one.ack - 1) & 0xFFFFFFFF)
        if not has_seq:
            one.seq = -1


SMALL = 1 << 20
"""Numbers below are counted from a conversation's beginning: one initial number in 4,096 is as small."""


def _near(number: int, other: int) -> bool:
    """Whether a number lies a little above another."""
    return (number - other) & 0xFFFFFFFF < SMALL


PROBED = 500_000_000
"""Nanoseconds of silence after which an ACK that says nothing new is a probe: nothing else makes an end speak."""
APART = 1 << 28
"""How far apart the numbers of two connections of one port pair are put, where text counts both from 0."""

Way = tuple[SocketAddress, SocketAddress]


class Flow:
    """What each end has sent up to now, for segments whose own number is not printed, and for connections that count from the same number."""

    def __init__(self) -> None:
        self.next: dict[Way, int] = {}
        self.acked: dict[Way, int] = {}
        self.begun: dict[Way, int] = {}
        """The number of each end's last SYN."""
        self.ended: set[Way] = set()
        """Conversations that a RST or both FINs have ended."""
        self.finished: set[Way] = set()
        """Ends that have sent FIN."""
        self.shift: dict[Way, int] = {}
        self.last: dict[Way, int] = {}
        """The time of each conversation's last packet."""

    def complete(self, one: Printed) -> None:
        """Give a segment without a number the next one, and remember."""
        between = pair(one)
        if between is None or one.sender is None or one.receiver is None or one.icmp is not None:
            return
        way = (one.sender, one.receiver)
        self._set_apart(one, between, way)
        if one.flags & RST and one.flags & ACK and one.seq == 1 and way not in self.next:
            # An answer to a SYN has the number 0, which tshark's relative ones count from 1.
            one.seq = 0
        if one.seq < 0:
            # tcpdump leaves out the number of segments without data: it is the next one, or what the other end has acknowledged.
            one.seq = self.next.get(way, self.acked.get(way[::-1], 0)) - self._probes(one, between, way)
        elif not (one.flags & RST and not one.flags & ACK):
            one.seq = (one.seq + self.shift.get(between, 0)) & 0xFFFFFFFF
        self._remember(one, between, way)

    def _set_apart(self, one: Printed, between: Way, way: Way) -> None:
        """A new connection of the same ports, with the same first number as the one before: its numbers are put elsewhere."""
        if one.flags & SYN and not one.flags & ACK:
            if between in self.ended and self.begun.get(way) == one.seq:
                self.shift[between] = self.shift.get(between, 0) + APART
                self.next.pop(way, None)
                self.next.pop(way[::-1], None)
            self.begun[way] = one.seq
            self.ended.discard(between)
            self.finished -= {way, way[::-1]}
        elif one.flags & FIN:
            self.finished.add(way)
        if one.flags & RST or {way, way[::-1]} <= self.finished:
            self.ended.add(between)
        if one.flags & ACK and between in self.shift:
            one.ack = (one.ack + self.shift[between]) & 0xFFFFFFFF

    def _probes(self, one: Printed, between: Way, way: Way) -> int:
        """1 if a segment is a keepalive or window probe, whose number is one less: a bare ACK after a silence, of what had been acknowledged."""
        silence = (one.time or 0) - self.last.get(between, one.time or 0)
        bare = one.flags == ACK and not one.length
        return int(bare and silence >= PROBED and self.acked.get(way) == one.ack and way in self.next)

    def _remember(self, one: Printed, between: Way, way: Way) -> None:
        """Where the ends are now. A RST may be forged: where its sender stands, its other segments tell."""
        self.last[between] = one.time or 0
        if one.flags & RST:
            return
        taken = one.length + bool(one.flags & SYN) + bool(one.flags & FIN)
        after = (one.seq + taken) & 0xFFFFFFFF
        if way not in self.next or one.flags & SYN or (after - self.next[way]) & 0xFFFFFFFF < 1 << 31:
            self.next[way] = after
        if one.flags & ACK:
            self.acked[way] = one.ack


def settled(packets: list[Printed], number: Callable[[Printed], None] | None = None) -> list[Printed]:
    """Packets with all numbers."""
    flow = Flow()
    for one in packets:
        if one.raw:
            continue
        if number:
            number(one)
        flow.complete(one)
    return packets


def batches(packets: list[Printed], form: str, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Frames of printed packets, in their order; those without a time stand a millisecond apart."""
    about.format = form
    about.link_types.append(linktype.find(RAW))
    complete = settled(packets)
    rows = [(place * 1_000_000 if one.time is None else one.time, *one.packet()) for place, one in enumerate(complete)]
    for first in range(0, len(rows), CAPACITY):
        yield gather(rows[first : first + CAPACITY], linktype.find(RAW).kind, about, columns)


RAW = 101
"""LINKTYPE_RAW: packets that begin with their IP header."""
