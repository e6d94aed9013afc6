"""AIX iptrace files, versions 1.0 and 2.0, laid out as Wireshark's wiretap/iptrace.c describes them."""

from __future__ import annotations

from struct import unpack_from
from typing import TYPE_CHECKING, BinaryIO

from tcpexplain.wire import linktype
from tcpexplain.wire.records import FilePacket, in_batches
from tcpexplain.wire.stream import Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.wire.frames import Columns, Frames, Provenance

SIGNATURES = (b"iptrace 1.0", b"iptrace 2.0")

FILE_HEADER = len(SIGNATURES[0])
HEADERS = {b"1": 30, b"2": 40}
"""Bytes before a packet: from 2.0 on the time stands there again, with nanoseconds."""
COUNTED_FROM = 8
"""A record's length counts from behind itself and the first time."""
INTERFACES = {6: 1, 7: 1, 9: 6, 15: 10, 23: 12, 24: 12, 28: 12}
"""The link type of each kind of interface: Ethernet, IEEE 802.3, token ring, FDDI; PPP, loopback and SLIP without a header (net/if_types.h)."""
FDDI, FDDI_PADDING = 15, 3
LARGEST = 1 << 24


def read(source: BinaryIO, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read an iptrace file.

    Raises
    ------
    CaptureError
        TE005 if no link type in it is known, TE007 if no packet can be read.
    """
    window = Window(source)
    window.need(FILE_HEADER)
    about.format = "iptrace"
    header = HEADERS[window.take(FILE_HEADER)[8:9]]
    yield from in_batches(records(window, header, about), about, columns)


def records(window: Window, header: int, about: Provenance) -> Iterator[FilePacket]:
    """The records behind the file header."""
    number = 0
    while window.need(header):
        number += 1
        length, seconds = unpack_from(">2I", window.buffer, window.at)
        kind, nanoseconds = window.buffer[window.at + 28], 0
        if header == HEADERS[b"2"]:
            seconds, nanoseconds = unpack_from(">2I", window.buffer, window.at + 32)
        size = length + COUNTED_FROM
        if not header <= size <= LARGEST:
            about.packets = number - 1
            about.damaged(window.offset + window.at, f"its record claims {size:,} bytes")
            return
        if not window.need(size):
            break
        data = window.take(size)[header + (FDDI_PADDING if kind == FDDI else 0) :]
        # Of an unknown kind: a number that no row has, so that the message says iptrace's own.
        yield FilePacket(seconds * 10**9 + nanoseconds, data, len(data), linktype.find(INTERFACES.get(kind, -kind)))
    if len(window):
        about.cut(f"{len(window)} bytes of its record are there")
