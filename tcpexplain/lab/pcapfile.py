"""Write classic pcap files."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LINKTYPE_ETHERNET, LINKTYPE_RAW = 1, 101
MICROSECONDS, NANOSECONDS = 0xA1B2C3D4, 0xA1B23C4D


def write_pcap(
    path: Path,
    frames: Iterable[tuple[int, bytes]],
    *,
    link_type: int = LINKTYPE_ETHERNET,
    magic: int = NANOSECONDS,
    snap_length: int = 262144,
) -> None:
    """Write ``frames`` (time in nanoseconds since 1970, bytes on the wire), each cut to ``snap_length`` bytes."""
    unit = 1 if magic == NANOSECONDS else 1000
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", magic, 2, 4, 0, 0, snap_length, link_type))
        for time, frame in frames:
            seconds, rest = divmod(time, 1_000_000_000)
            kept = frame[:snap_length]
            file.write(struct.pack("<IIII", seconds, rest // unit, len(kept), len(frame)))
            file.write(kept)
