"""Solaris snoop files (RFC 1761)."""

from __future__ import annotations

from struct import unpack
from typing import TYPE_CHECKING, BinaryIO

from tcpexplain.errors import CaptureError
from tcpexplain.wire import linktype
from tcpexplain.wire.records import FilePacket, in_batches
from tcpexplain.wire.stream import Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.wire.frames import Columns, Frames, Provenance

SIGNATURES = (b"snoop\0\0\0",)

FILE_HEADER, RECORD = 16, 24
DATALINKS = {0: 1, 2: 6, 4: 1, 5: 104, 8: 10, 9: 1, 18: 123, 26: 242}
"""The link type of each kind of snoop's: IEEE 802.3, token ring, Ethernet, HDLC, FDDI, Ethernet, ATM, InfiniBand."""
LARGEST = 1 << 24


def read(source: BinaryIO, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read a snoop file.

    Raises
    ------
    CaptureError
        TE002 if the file ends inside its header, TE005 if its link type is not known, TE007 if no packet can be read.
    """
    window = Window(source)
    if not window.need(FILE_HEADER):
        raise CaptureError(f"{about.name} ends inside its file header", file=about.name, offset=len(window))
    about.format = "snoop"
    _, datalink = unpack(">II", window.take(FILE_HEADER)[8:])
    # None of them: a number that no row has, so that the message says snoop's own.
    link = linktype.find(DATALINKS[datalink]) if datalink in DATALINKS else linktype.find(-datalink)
    yield from in_batches(records(window, link, about), about, columns)


def records(window: Window, link: linktype.LinkType, about: Provenance) -> Iterator[FilePacket]:
    """The records behind the file header."""
    dropped = number = 0
    while window.need(RECORD):
        number += 1
        wire, captured, size, dropped, seconds, micros = unpack(
            ">6I", bytes(window.buffer[window.at : window.at + RECORD])
        )
        if not RECORD + captured <= size <= LARGEST:
            about.packets = number - 1
            about.damaged(window.offset + window.at, f"its record claims {size:,} bytes")
            return
        if not window.need(RECORD + captured):
            break
        data = window.take(min(size, len(window)) if window.need(size) else len(window))
        yield FilePacket(seconds * 10**9 + micros * 1000, data[RECORD : RECORD + captured], wire, link)
    if len(window):
        about.cut(f"{len(window)} bytes of its record are there")
    if dropped:
        about.lost(dropped)
