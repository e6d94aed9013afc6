"""Captures that nobody would make: whole dialogues of several connections in which any field of any packet may be anything."""

from __future__ import annotations

from random import Random
from struct import pack

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
HOSTS = (0x0A000001, 0x0A000002, 0x7F000001)
EDGES = (0, 1, 2, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFE, 0xFFFFFFFF)
STEPS = (0, 1, 1, 500, 40_000, 250_000, 1_500_000, 61_000_000, 7_200_000_000)
"""Microseconds between two packets."""
START = 1_700_000_000_000_000
OPTIONS = (
    b"", b"\x02\x04\x05\xb4", b"\x03\x03\x07\x00", b"\x03\x03\xff\x00", b"\x03\x03\x0f\x00", b"\x04\x02\x00\x00",
    b"\x05\x0a" + pack(">II", 1, 2) + b"\x01\x01", b"\x08\x0a\x00\x00\x00\x01\x00\x00\x00\x00\x01\x01", b"\x1e\x04\x70\x00",
    b"\x02\x00\x00\x00", b"\x05\x02\x00\x00", b"\x00\x00\x00\x00", b"\xfe\xff\x01\x01",
)  # fmt: skip


class Dialogue:
    """Two ends that mostly behave."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.ends = (rng.choice(HOSTS), 40000 + rng.randrange(3)), (rng.choice(HOSTS), rng.choice((80, 443, 40001)))
        self.next = [self.number(), self.number()]
        self.acked = [0, 0]
        self.opening = [(0, SYN), (1, SYN | ACK), (0, ACK)][rng.randrange(2) :]

    def number(self) -> int:
        """A sequence number, often one at an edge."""
        return self.rng.choice(EDGES) if self.rng.random() < 0.3 else self.rng.getrandbits(32)

    def packet(self) -> bytes:
        """The next packet."""
        rng = self.rng
        if self.opening:
            side, flags = self.opening.pop(0)
        else:
            side = rng.randrange(2)
            flags = rng.choices(
                (ACK, PSH | ACK, FIN | ACK, RST, RST | ACK, SYN, SYN | ACK, FIN, 0, 255), (9, 9, 2, 1, 1, 1, 1, 1, 1, 1)
            )[0]
        length = 0 if flags & (SYN | RST) else rng.choice((0, 0, 1, 10, 536, 1460))
        seq, ack = self.next[side], self.next[1 - side]
        shift = rng.random()
        if shift < 0.15:
            seq += rng.choice((-1, 1, -1460, 1460, 65535, -65535, 1 << 31, rng.getrandbits(32)))
        elif shift < 0.25:
            ack += rng.choice((-1, 1, -1460, 1460, 1 << 31, rng.getrandbits(32)))
        else:
            self.next[side] = (self.next[side] + length + bool(flags & SYN) + bool(flags & FIN)) & 0xFFFFFFFF
        if rng.random() < 0.05:
            self.next[side] = (self.next[side] + 1000) & 0xFFFFFFFF  # what was sent, the capture lacks
        data = self.tcp(side, flags, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF if flags & ACK else 0, length)
        return self.error(side, data) if rng.random() < 0.03 else data

    def tcp(self, side: int, flags: int, seq: int, ack: int, length: int) -> bytes:
        """IPv4 and TCP; the header length is mostly right."""
        rng = self.rng
        options = rng.choice(OPTIONS) if flags & SYN or rng.random() < 0.2 else b""
        (source, port), (target, other) = self.ends[side], self.ends[1 - side]
        offset = 5 + len(options) // 4 if rng.random() < 0.98 else rng.randrange(16)
        window = rng.choice((0, 1, 512, 8192, 65535))
        total = 40 + len(options) + length
        head = pack(
            ">BBHHHBBHII", 0x45, 0, total, rng.choice((0, 7, rng.getrandbits(16))), rng.choice((0, 0x4000)),
            rng.choice((64, 64, 64, 57, 128)), 6, 0, source, target,
        )  # fmt: skip
        return (
            head + pack(">HHIIBBHHH", port, other, seq, ack, offset << 4, flags, window, 0, 0) + options + bytes(length)
        )

    def error(self, side: int, about: bytes) -> bytes:
        """An ICMP error about a packet."""
        rng = self.rng
        quote = about[: rng.choice((20, 28, 28, 40))]
        kind, code = rng.choice(((3, 0), (3, 1), (3, 3), (3, 4), (11, 0), (12, 0), (255, 9)))
        ip = pack(">BBHHHBBHII", 0x45, 0, 28 + len(quote), 9, 0, 64, 1, 0, self.ends[1 - side][0], self.ends[side][0])
        return ip + pack(">BBHI", kind, code, 0, 0) + quote


def packets(seed: int) -> list[tuple[int, bytes]]:
    """Some dialogues interleaved: microseconds since 1970, and the packet."""
    rng = Random(seed)
    talks = [Dialogue(rng) for _ in range(rng.randrange(1, 4))]
    now, found = START, []
    for _ in range(rng.choice((3, 8, 20, 40))):
        now += rng.choice(STEPS)
        data = rng.choice(talks).packet()
        found.append((now, data))
        if rng.random() < 0.05:
            found.append((now + rng.choice((0, 3, 2000)), data))
    return found


def pcap(rows: list[tuple[int, bytes]], snap: int = 65535) -> bytes:
    """A capture of raw IP packets."""
    head = pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap, 101)
    return head + b"".join(
        pack("<IIII", time // 1_000_000, time % 1_000_000, min(len(data), snap), len(data)) + data[:snap]
        for time, data in rows
    )
