#!/usr/bin/env python3
"""``make shapes``: what each shape of traffic costs, and whether twice as much of it costs twice as much.

    shapes.py                      every shape: CPU seconds and peak memory at N and 2 N packets; 1 if one grows faster than 2.3 times
    shapes.py storm idle -n 100000 only these, of so many packets
    shapes.py storm -n 50000 --write OUT.pcap
    shapes.py --mode plain         the same without machine code

What a process costs before its first packet (the same capture with ten packets) is taken off. The shapes are those with which
somebody would wear a reader out: everything on one 4-tuple, everything at one port, everything out of order.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from struct import pack
from typing import NamedTuple

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
START = 1_700_000_000_000_000
"""Microseconds since 1970 of the first packet."""
USUAL = 400_000
"""Packets of the first capture: more than fit in memory at once (``analysis.BUDGET``), so that both captures are read in the same way."""
FEWER = {"interfaces": 20, "idle": 4, "scan": 4, "synflood": 3, "reuse": 4, "forged": 4}
"""By what the packets of a shape are divided: where nearly each is a connection, both captures stay in memory. Of more, one in twice as many would be
read again: for what has left memory, or because two of so many random initial sequence numbers are the same within a moment, as behind NAT."""
MOST = 2.3
"""Times that twice as many packets may cost."""
LEAST = 0.25
"""CPU seconds below which a ratio says nothing."""
CLIENT, SERVER = 0x0A000001, 0x0A000002
Packet = tuple[int, bytes]


def tcp(
    sender: tuple[int, int], receiver: tuple[int, int], flags: int, seq: int, ack: int = 0, length: int = 0
) -> bytes:
    """An IPv4 packet without options; its payload is zeros."""
    total = 40 + length
    return (
        pack(">BBHHHBBHII", 0x45, 0, total, 7, 0x4000, 64, 6, 0, sender[0], receiver[0])
        + pack(">HHIIBBHHH", sender[1], receiver[1], seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 8192, 0, 0)
        + bytes(length)
    )


A, B = (CLIENT, 40000), (SERVER, 80)


def handshake(a: tuple[int, int] = A, b: tuple[int, int] = B, seq: int = 1000) -> list[bytes]:
    """SYN, SYN-ACK, ACK."""
    return [tcp(a, b, SYN, seq - 1), tcp(b, a, SYN | ACK, 4999, seq), tcp(a, b, ACK, seq, 5000)]


def paced(packets: Iterator[bytes], step: int = 10) -> Iterator[Packet]:
    """Packets ``step`` microseconds apart."""
    for i, data in enumerate(packets):
        yield START + i * step, data


def storm() -> Iterator[bytes]:
    """RSTs on one 4-tuple, each with another number."""
    yield from handshake()
    i = 0
    while True:
        yield tcp(B, A, RST, 5000 + i * 97)
        i += 1


def reset_acks() -> Iterator[bytes]:
    """The same RST-ACK again and again."""
    yield from handshake()
    while True:
        yield tcp(B, A, RST | ACK, 5000, 1000)


def synfins() -> Iterator[bytes]:
    """The same FIN again and again."""
    yield from handshake()
    while True:
        yield tcp(A, B, FIN | ACK, 1000, 5000)


def idle() -> Iterator[bytes]:
    """Connections to one port that are opened and say nothing."""
    i = 0
    while True:
        yield from handshake((CLIENT + (i // 60000 << 8), 1024 + i % 60000), seq=1000 + i)
        i += 1


def tiny() -> Iterator[bytes]:
    """One connection of 1-byte segments, each acknowledged."""
    yield from handshake()
    i = 0
    while True:
        yield tcp(A, B, PSH | ACK, 1000 + i, 5000, 1)
        yield tcp(B, A, ACK, 5000, 1001 + i)
        i += 1


def pingpong() -> Iterator[bytes]:
    """One connection in which each end answers each byte with a byte."""
    yield from handshake()
    i = 0
    while True:
        yield tcp(A, B, PSH | ACK, 1000 + i, 5000 + i, 1)
        yield tcp(B, A, PSH | ACK, 5000 + i, 1001 + i, 1)
        i += 1


def bulk() -> Iterator[bytes]:
    """One connection that sends for ever."""
    yield from handshake()
    i = 0
    while True:
        yield tcp(A, B, ACK, 1000 + 2000 * i, 5000, 1000)
        yield tcp(A, B, ACK, 2000 + 2000 * i, 5000, 1000)
        yield tcp(B, A, ACK, 5000, 3000 + 2000 * i)
        i += 1


def lossy() -> Iterator[bytes]:
    """One connection of whose segments the capture lacks every seventh."""
    for i, data in enumerate(bulk()):
        if i < 3 or i % 7:
            yield data


def reordered() -> Iterator[bytes]:
    """One connection whose segments arrive in reversed dozens."""
    yield from handshake()
    i = 0
    while True:
        for j in range(11, -1, -1):
            yield tcp(A, B, ACK, 1000 + 100 * (i + j), 5000, 100)
        yield tcp(B, A, ACK, 5000, 1000 + 100 * (i + 12))
        i += 12


def holes() -> Iterator[bytes]:
    """One connection of which every second segment never comes; the other end repeats its acknowledgment."""
    yield from handshake()
    i = 0
    while True:
        yield tcp(A, B, ACK, 1000 + 200 * i + 100, 5000, 100)
        yield tcp(B, A, ACK, 5000, 1000)
        i += 1


def again() -> Iterator[bytes]:
    """The same segment retransmitted for ever."""
    yield from handshake()
    while True:
        yield tcp(A, B, PSH | ACK, 1000, 5000, 10)


def synflood() -> Iterator[bytes]:
    """SYNs from everywhere."""
    rng = random.Random(1)
    while True:
        yield tcp((rng.getrandbits(32), rng.randrange(1024, 65536)), B, SYN, rng.getrandbits(32))


def scan() -> Iterator[bytes]:
    """A port scan: SYN, RST-ACK."""
    i = 0
    while True:
        b = (SERVER + (i // 65000 << 8), 1 + i % 65000)
        yield tcp(A, b, SYN, i)
        yield tcp(b, A, RST | ACK, 0, i + 1)
        i += 1


def reuse() -> Iterator[bytes]:
    """One 4-tuple, opened anew for ever."""
    i = 0
    while True:
        yield tcp(A, B, SYN, 77777 * i)
        yield tcp(B, A, RST | ACK, 0, 77777 * i + 1)
        i += 1


def forged() -> Iterator[bytes]:
    """SYNs of other numbers within a connection that goes on."""
    yield from handshake()
    i = 0
    while True:
        yield tcp(A, B, SYN, 500_000_000 + 77777 * i)
        yield tcp(B, A, ACK, 5000, 1000 + 10 * i)
        yield tcp(A, B, PSH | ACK, 1000 + 10 * i, 5000, 10)
        i += 1


def late_syns() -> Iterator[bytes]:
    """SYNs within the numbers of a connection that has closed."""
    yield from handshake()
    for i in range(2000):
        yield tcp(B, A, PSH | ACK, 5000 + i, 1000, 1)
    yield tcp(B, A, FIN | ACK, 7000, 1000)
    yield tcp(A, B, FIN | ACK, 1000, 7001)
    yield tcp(B, A, ACK, 7001, 1001)
    while True:
        yield tcp(A, B, SYN, 1000)


def strangers() -> Iterator[bytes]:
    """ICMP errors about one connection."""
    yield from handshake()
    quoted = tcp(A, B, ACK, 1000, 5000)[:28]
    data = pack(">BBHHHBBHII", 0x45, 0, 56, 9, 0, 64, 1, 0, SERVER, CLIENT) + pack(">BBHI", 3, 1, 0, 0) + quoted
    while True:
        yield data


def backwards() -> Iterator[Packet]:
    """One connection whose times run backwards."""
    for i, data in enumerate(pingpong()):
        yield START + (1 << 40) - i * 10, data


SHAPES: dict[str, Callable[[], Iterator[bytes]]] = {
    one.__name__: one
    for one in (
        storm, reset_acks, synfins, idle, tiny, pingpong, bulk, lossy, reordered, holes, again, synflood, scan, reuse, forged,
        late_syns, strangers,
    )
}  # fmt: skip
TIMED: dict[str, Callable[[], Iterator[Packet]]] = {"backwards": backwards}
NAMES = [*SHAPES, *TIMED, "interfaces"]


def write(shape: str, count: int, path: Path) -> None:
    """A capture of so many packets."""
    if shape == "interfaces":
        path.write_bytes(b"".join(interfaces(count)))
        return
    packets = TIMED[shape]() if shape in TIMED else paced(SHAPES[shape]())
    with path.open("wb") as file:
        file.write(pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        for _, (time, data) in zip(range(count), packets, strict=False):
            file.write(pack("<IIII", time // 1_000_000, time % 1_000_000, len(data), len(data)) + data)


def interfaces(count: int) -> Iterator[bytes]:
    """A pcapng file with an interface for each packet."""
    yield pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    for (i, data), _ in zip(enumerate(pingpong()), range(count), strict=False):
        name = f"veth{i:08}".encode()
        size = 20 + 4 + len(name) + 4
        yield pack("<IIHHIHH", 1, size, 101, 0, 0, 2, len(name)) + name + pack("<II", 0, size)
        data += bytes(-len(data) % 4)
        time = START + i * 10
        yield pack("<IIIIIII", 6, 32 + len(data), i, time >> 32, time & 0xFFFFFFFF, len(data), len(data))
        yield data + pack("<I", 32 + len(data))


class Cost(NamedTuple):
    """CPU seconds and peak resident bytes."""

    cpu: float
    memory: int


def cost(path: Path, mode: str, words: list[str]) -> Cost:
    """Of one process that reads a capture."""
    environment = os.environ | {"TCPEXPLAIN_COMPILED": "0" if mode == "plain" else "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "tcpexplain", str(path), *words], env=environment, stdout=subprocess.DEVNULL
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{path.name}: exit status {process.returncode}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def measured(shape: str, count: int, mode: str, words: list[str], folder: Path) -> bool:
    """Print a row; whether twice as many packets cost no more than ``MOST`` times as much."""
    found = []
    count //= FEWER.get(shape, 1)
    for size in (10, count, 2 * count):
        path = folder / f"{shape}.pcap"
        write(shape, size, path)
        found.append(cost(path, mode, words))
        path.unlink()
    base, one, two = found
    time = [max(each.cpu - base.cpu, 0.0) for each in (one, two)]
    room = [max(each.memory - base.memory, 0) for each in (one, two)]
    ratio, more = (after / before if before else 0.0 for before, after in (time, room))
    good = (time[1] < LEAST or ratio <= MOST) and (room[1] < 50e6 or more <= MOST)
    print(
        f"{shape:<12} {time[0]:>7.2f} s {time[1]:>7.2f} s  {ratio:>4.1f} times  {time[1] / (2 * count) * 1e6:>7.2f} us a packet  "
        f"{room[0] / 1e6:>6.0f} MB {room[1] / 1e6:>6.0f} MB  {more:>4.1f} times  {room[1] / (2 * count):>6.0f} bytes a packet"
        f"{'' if good else '   TOO MUCH'}",
        flush=True,
    )
    return good


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help=", ".join(NAMES))
    parser.add_argument(
        "-n",
        type=int,
        default=USUAL,
        help="packets (of interfaces a twentieth, of shapes of many connections a third or a quarter); the second capture has twice as many",
    )
    parser.add_argument("--mode", choices=("native", "plain"), default="native")
    parser.add_argument("--json", action="store_true", help="with every connection as a line")
    parser.add_argument("--write", metavar="OUT", type=Path)
    parser.add_argument("--limit", type=int, default=16, help="GB of address space that a process may take")
    options = parser.parse_args()
    if options.write:
        write(options.shapes[0], options.n, options.write)
        return 0
    resource.setrlimit(resource.RLIMIT_AS, (options.limit << 30, options.limit << 30))
    with tempfile.TemporaryDirectory() as folder:
        words = ["--json"] if options.json else []
        good = [measured(shape, options.n, options.mode, words, Path(folder)) for shape in options.shapes or NAMES]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
