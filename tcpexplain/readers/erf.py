"""Endace's extensible record format (ERF): records one behind the other, with extension headers, without a file header, so it is known by its name (``.erf``)."""

from __future__ import annotations

from struct import unpack
from typing import TYPE_CHECKING, BinaryIO

from tcpexplain.wire import linktype
from tcpexplain.wire.records import FilePacket, in_batches
from tcpexplain.wire.stream import Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.wire.frames import Columns, Frames, Provenance

SIGNATURES: tuple[bytes, ...] = ()
SUFFIXES = (".erf",)

RECORD = 16
META, PAD = 27, 48
"""Types of records that are no packets: what is known of the capture, and padding."""


def read(source: BinaryIO, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read an ERF file.

    Raises
    ------
    CaptureError
        TE007 if no packet can be read.
    """
    about.format = "erf"
    yield from in_batches(records(Window(source), about), about, columns)


def records(window: Window, about: Provenance) -> Iterator[FilePacket]:
    """The records; each packet keeps its header, which says what link layer follows (``wire.link.erf``)."""
    link, number = linktype.find(197), 0
    while window.need(RECORD):
        fraction, seconds, kind, _, size, _, wire = unpack("<II", window.buffer[window.at : window.at + 8]) + unpack(
            ">BBHHH", window.buffer[window.at + 8 : window.at + RECORD]
        )
        if size < RECORD:
            about.packets = number
            about.damaged(window.offset + window.at, f"its record claims {size} bytes")
            return
        if not window.need(size):
            break
        data = window.take(size)
        if kind & 0x7F in (META, PAD):
            continue
        number += 1
        before = headers(data)
        data = data[: before + wire]
        yield FilePacket(seconds * 10**9 + (fraction * 10**9 >> 32), data, before + wire, link)
    if len(window):
        about.packets = number
        about.cut(f"{len(window)} bytes of its record are there")


def headers(data: bytes) -> int:
    """Bytes of the record's header, its extensions, and what Ethernet has in front of a frame."""
    at, more = RECORD, data[8] & 0x80
    while more and at + 8 <= len(data):
        more = data[at] & 0x80
        at += 8
    return at + (2 if data[8] & 0x7F in (2, 11, 16, 20) else 0)
