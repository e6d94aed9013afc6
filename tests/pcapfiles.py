"""Classic pcap files taken apart and put together, for tests that change a capture."""

from __future__ import annotations

from struct import pack, unpack
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAGIC = 0xA1B2C3D4, 0xA1B23C4D
"""Microseconds, nanoseconds."""
HEADER, RECORD, SECOND = 24, 16, 10**9


class Record(NamedTuple):
    """One packet as a file keeps it."""

    time: int
    """Nanoseconds since 1970."""
    data: bytes
    wire: int
    """Bytes on the wire, of which ``data`` may be the first."""
    start: int = 0
    """Where in the file its record begins."""


class Taken(NamedTuple):
    """A file taken apart."""

    link: int
    records: list[Record]


def taken(path: Path) -> Taken:
    """Take a file apart, of either byte order and unit."""
    data = path.read_bytes()
    order, unit = next(
        (order, unit)
        for order in "<>"
        for magic, unit in zip(MAGIC, (1000, 1), strict=True)
        if data[:4] == pack(f"{order}I", magic)
    )
    records, at = [], HEADER
    while at < len(data):
        seconds, fraction, captured, wire = unpack(f"{order}4I", data[at : at + RECORD])
        start, at = at, at + RECORD + captured
        records.append(Record(seconds * SECOND + fraction * unit, data[at - captured : at], wire, start))
    return Taken(unpack(f"{order}I", data[20:24])[0], records)


def written(
    path: Path, records: Iterable[tuple[int, bytes] | Record], link: int = 1, version: tuple[int, int] = (2, 4)
) -> Path:
    """Write a file with microseconds: time, bytes and, if they are more, the bytes on the wire of each packet.

    Before version 2.4 the length on the wire stands first.
    """
    out = bytearray(pack("<IHHiIII", MAGIC[0], *version, 0, 0, 262144, link))
    for time, data, *more in records:
        sizes = (len(data), more[0] if more else len(data))
        out += pack("<II", time // SECOND, time % SECOND // 1000)
        out += pack("<II", *(sizes if version >= (2, 4) else sizes[::-1])) + data
    path.write_bytes(out)
    return path
