"""Write pcap files, packet by packet."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from typing_extensions import Buffer

NANOSECONDS = 0xA1B23C4D


class PcapWriter:
    """A pcap file with nanoseconds, in little-endian order; what is written is flushed at ``flush`` and ``close``."""

    def __init__(self, file: BinaryIO, link_type: int = 1, snap_length: int = 262144) -> None:
        self._file = file
        file.write(pack("<IHHiIII", NANOSECONDS, 2, 4, 0, 0, snap_length, link_type))

    def write(self, time: int, frame: Buffer, wire: int | None = None) -> None:
        """Add a packet: nanoseconds since 1970, the bytes captured, and how many there were on the wire."""
        data = bytes(frame)
        self._file.write(
            pack("<IIII", time // 1_000_000_000, time % 1_000_000_000, len(data), len(data) if wire is None else wire)
        )
        self._file.write(data)

    def flush(self) -> None:
        """Hand on what was written."""
        self._file.flush()
