"""Files of every kind with bytes changed, pieces lost, doubled and put together: each is read, or refused with one clear error."""

from __future__ import annotations

import gzip
import io
from functools import cache
from pathlib import Path
from random import Random
from struct import pack

from dialogues import packets, pcap

from tcpexplain.analysis.analysis import Analysis
from tcpexplain.errors import CaptureError
from tcpexplain.readers import open_stream

FILES = 300
"""Of a batch."""
PRINTED = Path(__file__).parents[1] / "readers" / "printed"
EDGES = (0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 254, 255)
WORDS = (0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def pcapng(rows):
    """A section with two interfaces."""

    def block(kind, body):
        body += bytes(-len(body) % 4)
        return pack("<II", kind, len(body) + 12) + body + pack("<I", len(body) + 12)

    found = block(0x0A0D0D0A, pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    found += block(1, pack("<HHI", 101, 0, 0)) + block(1, pack("<HHIHHBxxx", 101, 0, 96, 9, 1, 9))
    for n, (time, data) in enumerate(rows):
        found += block(6, pack("<IIIII", n % 2, time >> 32, time & 0xFFFFFFFF, len(data), len(data)) + data)
    return found


def snoop(rows):
    """Raw packets as Solaris writes them."""
    found = b"snoop\0\0\0" + pack(">II", 2, 4)
    for time, data in rows:
        frame = bytes(12) + b"\x08\x00" + data
        frame += bytes(-len(frame) % 4)
        found += pack(">6I", len(frame), len(frame), 24 + len(frame), 0, time // 10**6, time % 10**6) + frame
    return found


def swapped(rows):
    """A pcap file of the other byte order with nanoseconds."""
    head = pack(">IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 101)
    return head + b"".join(pack(">IIII", t // 10**6, t % 10**6 * 1000, len(d), len(d)) + d for t, d in rows)


@cache
def corpus():
    """What files are made of."""
    made = [(time, data[:120]) for seed in (1, 4, 9) for time, data in packets(seed)[:12]]
    texts = [path.read_bytes()[:3000] for path in sorted(PRINTED.iterdir()) if path.is_file()]
    own = [
        pcap(made),
        pcapng(made),
        swapped(made),
        snoop(made),
        b"1. CLOSED LISTEN\n2. SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED\n",
    ]
    return own * 6 + texts + [gzip.compress(pcap(made), 1)]


def changed(rng):
    """A file of which some bytes are others."""
    data = bytearray(rng.choice(corpus()))
    for _ in range(rng.choice((0, 1, 1, 2, 4, 8))):
        at = rng.randrange(max(len(data), 1))
        how = rng.randrange(7)
        if how == 0:
            data[at : at + 1] = bytes([rng.choice(EDGES)])
        elif how == 1:
            data[at & ~3 : (at & ~3) + 4] = pack(rng.choice("<>") + "I", rng.choice(WORDS))
        elif how == 2:
            del data[at : at + rng.choice((1, 4, 16, 100))]
        elif how == 3:
            data[at:at] = data[at : at + rng.choice((1, 4, 16, 100))]
        elif how == 4:
            data[at:at] = rng.choice(corpus())[at : at + 64]
        elif how == 5:
            data[at : at + 1] = bytes([rng.randrange(256)])
        else:
            del data[at:]
    return bytes(data)


def read(data):
    """Read a file as it comes; its segments go into an analysis."""
    analysis = Analysis(every=True)
    for frames in open_stream(io.BytesIO(data), "x"):
        analysis.feed(frames)
    if analysis.streams:
        analysis.finish()


def batch(seed):
    """How many files were read, and what was found."""
    rng, found = Random(seed), []
    for number in range(FILES):
        data = changed(rng)
        try:
            read(data)
        except CaptureError as error:
            if not error.code.startswith("TE") or not error.message:
                found.append(f"file {number}: an error without a code")
        except Exception as error:  # noqa: BLE001 (whatever is raised is what is looked for)
            found.append(f"file {number}: {type(error).__name__}: {error}")
    return FILES, found
