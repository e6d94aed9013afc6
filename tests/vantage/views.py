"""One complete capture, and what production captures hold of the same packets.

    python tests/vantage/views.py CAPTURE FOLDER     write every view of a capture, to look at them

A full capture is a classic pcap file of Ethernet (with VLAN tags or without), raw IP, BSD loopback or Linux cooked
frames. Views are written as Ethernet, but for those of the device ``any``; ``ethernet`` is the whole capture written
so: the control.

`LESS` holds views that show less than the full capture, `SAME` those that show the same packets, captured otherwise.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from struct import pack, unpack
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

FIN, SYN, RST, ACK = 1, 2, 4, 16
TCP, UDP, GRE = 6, 17, 47
IPV4, IPV6 = 0x0800, 0x86DD
SECOND = 10**9
ETHERNET, COOKED = 1, 276
SKIPPED = {0: 4, ETHERNET: 14, 12: 0, 14: 0, 101: 0, 108: 4, 113: 16, 228: 0, 229: 0, COOKED: 20}
"""Link type -> bytes before the IP header."""
VLAN = (b"\x81\x00", b"\x88\xa8")
HEADERS = 54, 74
"""Ethernet, IPv4 or IPv6, and TCP without options."""
SNAP = 262144

Place = tuple[bytes, int]
"""Address and port."""
Pair = frozenset[Place]
"""The two ends of a connection."""


class Frame(NamedTuple):
    """What a file keeps of one packet."""

    time: int
    """Nanoseconds since 1970."""
    data: bytes
    wire: int
    """Bytes on the wire, of which ``data`` may be the first."""


@dataclass(frozen=True, slots=True)
class Packet:
    """An IP packet; without ``flags`` it is not TCP, or a later fragment."""

    time: int
    ip: bytes
    wire: int
    head: int = 0
    """Bytes of the IP header."""
    flags: int | None = None
    sender: Place = (b"", 0)
    receiver: Place = (b"", 0)

    @property
    def six(self) -> bool:
        return self.ip[0] >> 4 == 6

    @property
    def pair(self) -> Pair:
        return frozenset((self.sender, self.receiver))

    @property
    def seq(self) -> int:
        return int.from_bytes(self.ip[self.head + 4 : self.head + 8], "big")

    @property
    def takes(self) -> int:
        """Sequence numbers that this segment takes."""
        whole = 40 + unpack("!H", self.ip[4:6])[0] if self.six else unpack("!H", self.ip[2:4])[0]
        payload = (whole or self.wire) - self.head - (self.ip[self.head + 12] >> 4) * 4
        return payload + self.has(SYN) + self.has(FIN)

    def has(self, flag: int) -> bool:
        """Whether a TCP segment has one of these flags."""
        return self.flags is not None and self.flags & flag != 0


def packet_of(time: int, ip: bytes, wire: int) -> Packet:
    """The packet with what its headers say."""
    if ip[0] >> 4 == 6:
        head, protocol, size, at, later = 40, ip[6], 16, 8, False
    else:
        head, protocol, size, at, later = (ip[0] & 15) * 4, ip[9], 4, 12, unpack("!H", ip[6:8])[0] & 0x1FFF != 0
    if protocol != TCP or later or len(ip) < head + 14:
        return Packet(time, ip, wire, head)
    source, target = unpack("!HH", ip[head : head + 4])
    sender, receiver = (ip[at : at + size], source), (ip[at + size : at + 2 * size], target)
    return Packet(time, ip, wire, head, ip[head + 13], sender, receiver)


@dataclass(frozen=True)
class Full:
    """The packets of a full capture."""

    packets: Sequence[Packet]

    @cached_property
    def tcp(self) -> list[Packet]:
        return [one for one in self.packets if one.flags is not None]

    @cached_property
    def clients(self) -> dict[Pair, Place]:
        """The end that sent the first SYN, else the one with the higher port."""
        known: dict[Pair, Place] = {}
        for one in self.tcp:
            if one.has(SYN):
                known.setdefault(one.pair, one.receiver if one.has(ACK) else one.sender)
        for one in self.tcp:
            known.setdefault(one.pair, one.sender if one.sender[1] >= one.receiver[1] else one.receiver)
        return known

    @property
    def half(self) -> int:
        return len(self.packets) // 2

    def by_client(self, one: Packet) -> bool:
        """Whether the client of its connection sent this packet."""
        return one.flags is not None and self.clients[one.pair] == one.sender

    def few(self, most: int) -> Full:
        """The TCP packets of at most so many connections, taken evenly from all."""
        every = -(-len(self.clients) // most)
        if every <= 1:
            return self
        order = {pair: number for number, pair in enumerate(dict.fromkeys(one.pair for one in self.tcp))}
        return Full([one for one in self.tcp if order[one.pair] % every == 0])


# ---------------------------------------------------------------------------------------------------------- reading


def read(path: Path) -> Full:
    """The IP packets of a classic pcap file; ValueError if it is none."""
    data = path.read_bytes()
    order, unit = byte_order(data[:4])
    link = unpack(order + "I", data[20:24])[0] & 0xFFFF
    if link not in SKIPPED:
        raise ValueError(f"link type {link} is not one that views are made from")
    packets, at = [], 24
    while at + 16 <= len(data):
        seconds, part, kept, wire = unpack(order + "4I", data[at : at + 16])
        frame, at = data[at + 16 : at + 16 + kept], at + 16 + kept
        skip = before_ip(frame, link)
        if is_ip(frame[skip:]):
            packets.append(packet_of(seconds * SECOND + part * unit, frame[skip:], wire - skip))
    return Full(packets)


def byte_order(magic: bytes) -> tuple[str, int]:
    """Byte order and nanoseconds in a unit of the time."""
    for order in "<>":
        for number, unit in ((0xA1B2C3D4, 1000), (0xA1B23C4D, 1)):
            if magic == pack(order + "I", number):
                return order, unit
    raise ValueError("not a classic pcap file")


def before_ip(frame: bytes, link: int) -> int:
    """Bytes of the link's header, with VLAN tags."""
    skip = SKIPPED[link]
    while link == ETHERNET and frame[skip - 2 : skip] in VLAN:
        skip += 4
    return skip


def is_ip(data: bytes) -> bool:
    """Whether this begins with an IP header."""
    return len(data) >= 20 and (data[0] >> 4 == 4 or (data[0] >> 4 == 6 and len(data) >= 40))


# ---------------------------------------------------------------------------------------------------------- writing


def ethernet(one: Packet) -> Frame:
    """The packet in an Ethernet frame."""
    kind = IPV6 if one.six else IPV4
    return Frame(one.time, b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01" + pack("!H", kind) + one.ip, one.wire + 14)


def cooked(one: Packet, interface: int, out: bool, delay: int) -> Frame:
    """The packet as Linux's device ``any`` shows it (cooked, version 2)."""
    kind = IPV6 if one.six else IPV4
    head = pack("!HHIHBB8s", kind, 0, interface, 1, 4 if out else 0, 6, b"\x02\0\0\0\0\x01\0\0")
    return Frame(one.time + delay, head + one.ip, one.wire + 20)


def pcap(frames: Iterable[Frame], link: int = ETHERNET, snap: int = SNAP) -> bytes:
    """A pcap file with nanoseconds."""
    head = pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, snap, link)
    return head + b"".join(
        pack("<4I", time // SECOND, time % SECOND, len(data), wire) + data for time, data, wire in frames
    )


def pcapng(frames: Iterable[Frame]) -> bytes:
    """A pcapng file with one interface, in nanoseconds."""

    def block(kind: int, body: bytes) -> bytes:
        size = len(body) + 12
        return pack("<II", kind, size) + body + pack("<I", size)

    section = block(0x0A0D0D0A, pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    interface = block(1, pack("<HHI", ETHERNET, 0, SNAP) + pack("<HHB3xHH", 9, 1, 9, 0, 0))
    packets = (
        block(6, pack("<5I", 0, time >> 32, time & 0xFFFFFFFF, len(data), wire) + data + bytes(-len(data) % 4))
        for time, data, wire in frames
    )
    return section + interface + b"".join(packets)


def checksum(data: bytes) -> int:
    """The checksum of an IPv4 header."""
    total: int = sum(unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


# ------------------------------------------------------------------------------------------- less than the full capture


def one_side(client: bool) -> Callable[[Full], list[Packet]]:
    """One direction: a switch port mirrored in one direction, asymmetric routes."""
    return lambda full: [one for one in full.tcp if full.by_client(one) == client]


def with_flags(flags: int) -> Callable[[Full], list[Packet]]:
    """What a capture filter such as ``tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0`` leaves."""
    return lambda full: [one for one in full.tcp if one.has(flags)]


def without_syn_ack(full: Full) -> list[Packet]:
    """The SYN-ACKs were missed."""
    return [one for one in full.packets if not (one.has(SYN) and one.has(ACK))]


def without_third_ack(full: Full) -> list[Packet]:
    """What the client sends first after each SYN-ACK was missed, unless it is a RST or a SYN again."""
    opened: set[Pair] = set()
    rest = []
    for one in full.packets:
        if one.has(SYN) and one.has(ACK):
            opened.add(one.pair)
        elif one.pair in opened and full.by_client(one) and not one.has(SYN | RST):
            opened.discard(one.pair)
            continue
        rest.append(one)
    return rest


TAKEN: dict[str, Callable[[Full], Sequence[Packet]]] = {
    "client-side-only": one_side(client=True),
    "server-side-only": one_side(client=False),
    "without-syn-ack": without_syn_ack,
    "without-third-ack": without_third_ack,
    "control-only": with_flags(SYN | FIN | RST),
    "rst-only": with_flags(RST),
    "late-start-3": lambda full: full.packets[3:],
    "late-start-half": lambda full: full.packets[full.half :],
    "early-stop-1": lambda full: full.packets[:-1],
    "early-stop-half": lambda full: full.packets[: full.half],
}
"""View -> its packets."""


def snap_headers(full: Full) -> bytes:
    """Headers without TCP options, as after ``tcpdump -s 54``."""
    cut = (
        frame._replace(data=frame.data[: HEADERS[one.six]])
        for one, frame in zip(full.packets, framed(full), strict=True)
    )
    return pcap(cut, snap=HEADERS[1])


def clock_step(full: Full) -> bytes:
    """From the middle on, the clock is half a second slow."""
    return pcap(
        frame._replace(time=frame.time - (SECOND // 2 if number >= full.half else 0))
        for number, frame in enumerate(framed(full))
    )


# ------------------------------------------------------------------------------------------ the same packets otherwise


def framed(full: Full) -> list[Frame]:
    """Every packet in an Ethernet frame."""
    return [ethernet(one) for one in full.packets]


def any_device(times: int) -> Callable[[Full], bytes]:
    """Each packet on several interfaces of one host, at most 20 us apart, never after the next packet's first copy."""

    def copies(full: Full) -> Iterable[Frame]:
        following = [one.time for one in full.packets[1:]]
        for one, after in zip(full.packets, [*following, full.packets[-1].time + SECOND], strict=True):
            gap = max(0, min(20_000, (after - one.time) // (times + 1)))
            inwards = range(2, 2 + times)
            interfaces = inwards if full.by_client(one) else reversed(inwards)
            for number, interface in enumerate(interfaces):
                yield cooked(one, interface, number == times - 1, number * gap)

    return lambda full: pcap(copies(full), COOKED)


def swapped_neighbours(full: Full) -> bytes:
    """Packets less than 1 ms apart change places in the file and keep their times, as from several queues of a card."""
    frames = framed(full)
    at = 0
    while at + 1 < len(frames):
        one, other = frames[at : at + 2]
        if 0 <= other.time - one.time < SECOND // 1000:
            frames[at : at + 2] = other, one
            at += 1
        at += 1
    return pcap(frames) if frames != framed(full) else b""


def tunnelled(
    protocol: int, inner: Callable[[Packet], Frame], head: Callable[[Packet, int], bytes]
) -> Callable[[Full], bytes]:
    """Each packet in a tunnel between two routers."""

    def wrapped(number: int, one: Packet) -> Frame:
        time, data, length = inner(one)
        start = head(one, length)
        length += len(start)
        outer = pack(
            "!BBHHHBBHII", 0x45, 0, min(20 + length, 65535), number & 0xFFFF, 0, 64, protocol, 0, 0x0A000001, 0x0A000002
        )
        outer = outer[:10] + pack("!H", checksum(outer)) + outer[12:]
        return Frame(time, b"\x02\0\0\0\0\x04\x02\0\0\0\0\x03\x08\x00" + outer + start + data, 34 + length)

    return lambda full: pcap(wrapped(number, one) for number, one in enumerate(full.packets))


def vxlan_head(one: Packet, length: int) -> bytes:
    """UDP to port 4789, then VXLAN; the source port keeps a connection on one path."""
    port = 49152 + (sum(one.ip[8:40]) if one.six else sum(one.ip[12:20])) % 10000
    return pack("!4H", port, 4789, min(16 + length, 65535), 0) + b"\x08\0\0\0\0\0\x07\0"


def gre_head(one: Packet, _length: int) -> bytes:
    """GRE without options."""
    return pack("!HH", 0, IPV6 if one.six else IPV4)


def bare(one: Packet) -> Frame:
    """The packet without a frame."""
    return Frame(one.time, one.ip, one.wire)


def other_side(full: Full) -> bytes:
    """The other end's capture. Its clock is 37.2 s ahead; the client's packets come up to 3 ms later, the server's were
    sent as much earlier (less where replies came sooner); behind NAT: another address and port of the client, sequence
    numbers kept, TCP checksums left to the card.
    """
    gaps = (b.time - a.time for a, b in pairwise(full.tcp) if a.sender != b.sender and b.time >= a.time)
    delay = min([3_000_000, *(gap // 2 for gap in gaps)])
    ports = {pair: 62111 + number for number, pair in enumerate(full.clients)}
    frames = []
    for one in full.tcp:
        shift = delay if full.by_client(one) else -delay
        seen = replace(one, time=one.time + 37_200_000_000 + shift, ip=behind_nat(full, one, ports[one.pair]))
        frames.append(ethernet(seen))
    return pcap(sorted(frames, key=lambda frame: frame.time))


def behind_nat(full: Full, one: Packet, port: int) -> bytes:
    """The packet with another address and port of its client."""
    address = bytes.fromhex("20010db8ffff000000000000000000c8" if one.six else "cb0071c8")
    size, ip, second = len(address), bytearray(one.ip), not full.by_client(one)
    at = (8 if one.six else 12) + second * size
    ip[at : at + size] = address
    at = one.head + 2 * second
    ip[at : at + 2] = pack("!H", port)
    at = one.head + 16
    ip[at : at + 2] = bytes(2) if len(ip) >= at + 2 else b""
    if not one.six:
        ip[10:12] = bytes(2)
        ip[10:12] = pack("!H", checksum(bytes(ip[: one.head])))
    return bytes(ip)


WRITTEN: dict[str, Callable[[Full], tuple[bytes, ...]]] = {
    "snap-headers": lambda full: (snap_headers(full),),
    "clock-step": lambda full: (clock_step(full),),
    "ethernet": lambda full: (pcap(framed(full)),),
    "pcapng": lambda full: (pcapng(framed(full)),),
    "any-device-2": lambda full: (any_device(2)(full),),
    "any-device-3": lambda full: (any_device(3)(full),),
    "swapped-neighbours": lambda full: (swapped_neighbours(full),),
    "vxlan": lambda full: (tunnelled(UDP, ethernet, vxlan_head)(full),),
    "gre": lambda full: (tunnelled(GRE, bare, gre_head)(full),),
    "two-sided": lambda full: (pcap(framed(full)), other_side(full)) if full.tcp else (),
}
"""View -> its files."""

SAME = ("ethernet", "pcapng", "any-device-2", "any-device-3", "swapped-neighbours", "vxlan", "gre", "two-sided")
LESS = (*TAKEN, "snap-headers", "clock-step")
NAMES = (*LESS, *SAME)
ONE_SIDE = ("client-side-only", "server-side-only")


def view(name: str, full: Full) -> tuple[bytes, ...]:
    """The files of a view (two of two-sided); none where it holds no packet or is the full capture."""
    if not full.packets:
        return ()
    if name in TAKEN:
        packets = TAKEN[name](full)
        return (pcap(map(ethernet, packets)),) if 0 < len(packets) < len(full.packets) else ()
    return tuple(filter(None, WRITTEN[name](full)))


def write(name: str, files: Sequence[bytes], folder: Path) -> list[Path]:
    """Write the files of a view and say where."""
    suffix = ".pcapng" if name == "pcapng" else ".pcap"
    paths = [folder / f"{name}{'-b' * number}{suffix}" for number in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    return paths


def main() -> None:
    """Write every view of a capture into a folder."""
    if len(sys.argv) != 3:
        sys.exit("usage: views.py CAPTURE FOLDER")
    capture, folder = map(Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    full = read(capture)
    for name in NAMES:
        for path in write(name, view(name, full), folder):
            print(path)


if __name__ == "__main__":
    main()
