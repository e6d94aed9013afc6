"""A section of a pcapng file: its byte order, its interfaces, and the blocks that are no packets."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from tcpexplain.tuples import NamedTuple
from tcpexplain.wire import linktype
from tcpexplain.wire.link import UNKNOWN

if TYPE_CHECKING:
    from tcpexplain.hot.array import Column
    from tcpexplain.wire.frames import Columns, Provenance
    from tcpexplain.wire.stream import Window

SECTION, INTERFACE, PACKET, SIMPLE, STATISTICS, ENHANCED = 0x0A0D0D0A, 1, 2, 3, 5, 6
"""Block types; PACKET is the obsolete Packet Block, still found in old files."""
BEGINNING = b"\x0a\x0d\x0d\x0a"
"""The type of a section's first block, the same in either byte order."""
BYTE_ORDER = 0x1A2B3C4D
LARGEST = 1 << 24
"""Bytes of the largest block that is believed."""
SECOND = 1_000_000_000
LATEST = 1 << 33
"""Seconds since 1970 that are believed: until the year 2242."""


class Interface(NamedTuple):
    """What the walk must know of one interface: eight numbers, one after the other in the column ``rows``."""

    kind: int
    snap_length: int
    """0: no limit."""
    multiply: int
    """Nanoseconds in a unit of its clock; 0 if they are no whole number."""
    divide: int
    """Its clock is finer than nanoseconds: so many units are one of ``units``."""
    units: int
    """In a second."""
    latest: int
    """The last time that is believed, in units of its clock."""
    offset: int
    """Nanoseconds to add."""
    unused: int = 0


WIDTH = len(Interface._fields)


class Section:
    """The section being read: its byte order, and the interfaces it named so far."""

    def __init__(self) -> None:
        self.big_endian = False
        self.rows: list[int] = []
        self.table: Column = []
        """The column of ``rows``, with room for more."""
        self.copied = 0
        """How much of ``rows`` it holds."""
        self.names: set[str] = set()
        """Names of interfaces, of all sections."""
        self.interfaces = 0
        self.strange = False
        """Whether an interface has an unknown link type."""

    def column(self, columns: Columns, kind: type) -> Column:
        """The column of all of ``rows``, of such a kind; a file may describe a hundred thousand interfaces, one before each packet."""
        moved = type(self.table) is not kind  # from lists to arrays, in the middle of the capture
        if moved or len(self.rows) > len(self.table):
            self.table = columns.column(self.rows + [0] * len(self.rows))
        elif self.copied < len(self.rows):
            self.table[self.copied : len(self.rows)] = self.rows[self.copied :]
        self.copied = len(self.rows)
        return self.table

    def unpack(self, layout: str, data: bytes, at: int) -> tuple[int, ...]:
        """Numbers in the section's byte order."""
        return Struct((">" if self.big_endian else "<") + layout).unpack_from(data, at)

    def begin(self, block: bytes) -> bool:
        """Begin a section; False if its byte order mark is none."""
        self.big_endian = block[8:12] == BYTE_ORDER.to_bytes(4, "big")
        self.rows, self.copied, self.interfaces, self.strange = [], 0, 0, False
        return self.big_endian or block[8:12] == BYTE_ORDER.to_bytes(4, "little")

    def options(self, block: bytes, at: int) -> dict[int, bytes]:
        """The options of a block from ``at`` on, the last of each code."""
        found = {}
        while at + 4 <= len(block) - 4:
            code, size = self.unpack("HH", block, at)
            if code == 0 or at + 4 + size > len(block) - 4:
                break
            found[code] = block[at + 4 : at + 4 + size]
            at += 4 + (size + 3 & ~3)
        return found

    def add(self, block: bytes) -> linktype.LinkType:
        """Add an interface from its description block."""
        number, snap_length = self.unpack("HxxI", block, 8)
        link = linktype.find(number)
        options = self.options(block, 16)
        multiply, divide, units = resolution(options.get(9, b"\x06")[0] if options.get(9, b"\x06") else 6)
        seconds = self.unpack("q", options[14], 0)[0] if len(options.get(14, b"")) == 8 else 0
        offset = seconds * SECOND if -LATEST < seconds < LATEST else 0
        latest = min(LATEST * units * divide, 2**63 - 1)
        self.rows += Interface(link.kind, snap_length, multiply, divide, units, latest, offset)
        self.interfaces += 1
        self.strange |= link.family == UNKNOWN
        return link

    def dropped(self, block: bytes) -> int:
        """Packets that an interface statistics block says were lost: by the interface (5) and by the system (7)."""
        options = self.options(block, 20)
        return sum(self.unpack("Q", options[code], 0)[0] for code in (5, 7) if len(options.get(code, b"")) == 8)


def resolution(code: int) -> tuple[int, int, int]:
    """``if_tsresol``: nanoseconds in a unit (or 0), units to divide by first, and units in a second after that."""
    if code & 0x80:
        finer = max((code & 0x7F) - 33, 0)
        return 0, 1 << min(finer, 62), 1 << min(code & 0x7F, 33)
    if code <= 9:
        return 10 ** (9 - code), 1, 10**code
    return 0, min(10 ** (code - 9), 1 << 62), SECOND


def whole_block(window: Window, section: Section) -> bytes | None:
    """The block at the window's start; None if it is not whole, empty if its length cannot be one."""
    if len(window) < 12:
        return None
    head = bytes(window.buffer[window.at : window.at + 12])
    if head[:4] == BEGINNING and not section.begin(head):
        return b""
    (length,) = section.unpack("I", head, 4)
    if length < 12 or length & 3 or length > LARGEST:
        return b""
    return bytes(window.buffer[window.at : window.at + length]) if length <= len(window) else None


def control_block(block: bytes, section: Section, about: Provenance) -> int:
    """Take note of a block that is no packet; 1 + the packets it says were lost, or 0 if it makes no sense."""
    (kind,) = section.unpack("I", block, 0)
    if kind == SECTION and len(block) >= 28:
        return 1
    if kind == INTERFACE and len(block) >= 20:
        about.link_types.append(section.add(block))
        name = section.options(block, 16).get(2, b"").rstrip(b"\0").decode("utf-8", "replace")
        if name and name not in section.names:
            section.names.add(name)
            about.interfaces.append(name)
        return 1
    if kind == STATISTICS and len(block) >= 24:
        return 1 + section.dropped(block)
    return int(kind not in (SECTION, INTERFACE, STATISTICS, PACKET, SIMPLE, ENHANCED))
