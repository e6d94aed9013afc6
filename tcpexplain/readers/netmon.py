"""Microsoft Network Monitor's files, versions 1 and 2.0 to 2.3; their start is a time of day without a zone, which is taken for UTC."""

from __future__ import annotations

from calendar import timegm
from struct import error, unpack_from
from typing import TYPE_CHECKING, BinaryIO

from tcpexplain.errors import CaptureError
from tcpexplain.wire import linktype
from tcpexplain.wire.records import FilePacket, in_batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.wire.frames import Columns, Frames, Provenance

FIRST, SECOND = b"RTSS", b"GMBU"
SIGNATURES = (FIRST, SECOND)

MEDIA = {1: 1, 2: 6, 3: 10, 8: 101, 9: 101}
"""The link type of each of its media: Ethernet, token ring, FDDI, IP without a link header."""
PIECE, LARGEST = 1 << 20, 1 << 30
"""Bytes that are read at once, and of a file: all of it is held, as the table stands at its end."""
TRAILERS = {0: 0, 1: 2, 2: 6, 3: 15}
"""Bytes behind a frame by the second number of a version 2: from 2.1 on they begin with the frame's medium."""


def read(source: BinaryIO, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read such a file. Its start is a time of day without a zone; it is taken for UTC.

    Raises
    ------
    CaptureError
        TE002 if the file ends inside its header, TE005 if its medium is not known, TE007 if its table makes no sense.
    """
    data = bytearray()
    while piece := source.read(PIECE):
        data += piece
        if len(data) > LARGEST:
            raise CaptureError(
                f"{about.name} is too large", file=about.name, note="Network Monitor's files have 1 GiB at most here"
            )
    about.format = "netmon"
    yield from in_batches(packets(data, about), about, columns)


def packets(data: bytearray, about: Provenance) -> Iterator[FilePacket]:
    """The frames that the table names."""
    try:
        minor, _, medium = unpack_from("<BBH", data, 4)
        start, (table, size) = started(data), unpack_from("<II", data, 24)
        offsets = unpack_from(f"<{size // 4}I", data, table)
    except (error, ValueError):
        raise CaptureError(
            f"{about.name} ends before its table of frames", file=about.name, note="Network Monitor writes it last",
            help="was it copied while it was still being written?",
        ) from None  # fmt: skip
    trailer = TRAILERS.get(minor, 0) if data.startswith(SECOND) else 0
    for number, at in enumerate(offsets):
        try:
            yield frame(data, at, start, medium, trailer)
        except (error, ValueError):
            about.packets = number
            about.damaged(at, "its table names a frame beyond its end")
            return


def started(data: bytearray) -> int:
    """When the capture began, in nanoseconds since 1970 (SYSTEMTIME); ValueError if it is no time."""
    year, month, _, day, hour, minute, second, millisecond = unpack_from("<8H", data, 8)
    if not (1 <= month <= 12 and 1 <= day <= 31 and year < 3000):
        raise ValueError(year)
    seconds = timegm((year, month, day, hour, minute, second))
    return seconds * 10**9 + int(millisecond) * 10**6


def frame(data: bytearray, at: int, start: int, medium: int, trailer: int) -> FilePacket:
    """The frame at an offset; struct.error or ValueError if it is not all there."""
    if data.startswith(SECOND):
        micros, wire, captured = unpack_from("<QII", data, at)
        time, at = start + micros * 1000, at + 16
    else:
        millis, wire, captured = unpack_from("<IHH", data, at)
        time, at = start + millis * 10**6, at + 8
    end = at + captured
    if end + trailer > len(data):
        raise ValueError(end)
    if trailer:
        (medium,) = unpack_from("<H", data, end)
    return FilePacket(time, bytes(data[at:end]), wire, linktype.find(MEDIA.get(medium, -medium)))
