"""pcapng files: any number of sections and interfaces, all packet blocks, times before 1970 (draft-ietf-opsawg-pcapng)."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, BinaryIO

from tcpexplain.hot.inline import entry
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire import linktype
from tcpexplain.wire.frames import CAPACITY, Columns, Frames, Into, Provenance
from tcpexplain.wire.link import UNKNOWN
from tcpexplain.wire.stream import Window
from tcpexplain.wire.words import big32x4, little32x4

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.hot.array import Array, Bytes

SECTION, INTERFACE, PACKET, SIMPLE, STATISTICS, ENHANCED = 0x0A0D0D0A, 1, 2, 3, 5, 6
"""Block types; PACKET is the obsolete Packet Block, still found in old files."""

LENDS = True
"""What was lent of its buffer stays as it is, see ``readers.CaptureFile.lend``."""

SIGNATURES = (b"\x0a\x0d\x0d\x0a",)

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


def fits_walk(
    buffer: Bytes, at: int, end: int, rows: Array[int], interfaces: int, into: Into, links: Array[int], count: int
) -> bool:
    """Whether there are so many bytes and interfaces, and room for so many packets."""
    least = min(len(into.start), len(into.captured), len(into.wire), len(into.time), len(links))
    known = interfaces >= 0 and interfaces * WIDTH <= len(rows)
    return at >= 0 and end <= len(buffer) and known and count >= 0 and least >= CAPACITY


@entry(fits_walk)
def walk(
    buffer: Bytes,
    at: int,
    end: int,
    big_endian: bool,
    rows: Array[int],
    interfaces: int,
    last: int,
    into: Into,
    links: Array[int],
    count: int,
) -> tuple[int, int, int]:
    """Walk over the whole blocks from ``at`` on, up to one that is no packet and matters, or makes no sense.

    ``last`` is the time of the packet before; ``count`` packets of the batch are there already.

    Returns
    -------
    tuple
        How many packets the batch has now, at most CAPACITY; where the next block starts; how many were earlier than the one before.
    """
    starts, captureds, wires, times = into.start, into.captured, into.wire, into.time
    backwards = 0
    while count < CAPACITY and end - at >= 16:
        kind, length, interface, high = big32x4(buffer, at) if big_endian else little32x4(buffer, at)
        if kind in (SECTION, INTERFACE, STATISTICS) or length > end - at or length < 16 or length & 3:
            break
        if kind == SIMPLE:
            row = 0
            start = at + 12
            wire = interface
            captured = min(wire, length - 16)
            if interfaces and rows[1]:
                captured = min(captured, rows[1])
            time = last
        elif kind in (ENHANCED, PACKET):
            if length < 32:
                break
            low, captured, wire, _ = big32x4(buffer, at + 16) if big_endian else little32x4(buffer, at + 16)
            if kind == PACKET:  # 16 bits of it count dropped packets
                interface = interface >> 16 if big_endian else interface & 0xFFFF
            row = interface * WIDTH
            start = at + 28
            if captured > length - 32 or interface >= interfaces:
                break
            ticks = (high & 0x7FFFFFFF) << 32 | low
            if high > 0x7FFFFFFF:  # before 1970
                ticks -= 0x7FFFFFFFFFFFFFFF
                ticks -= 1
            if ticks > rows[row + 5] or -ticks > rows[row + 5]:
                time = last
            elif rows[row + 2]:
                time = ticks * rows[row + 2] + rows[row + 6]
            else:
                ticks //= rows[row + 3]
                units = rows[row + 4]
                time = ticks // units * SECOND + ticks % units * SECOND // units + rows[row + 6]
        else:
            at += length
            continue
        if interfaces == 0:
            break
        if time < last and last:
            backwards += 1
        last = time
        starts[count] = start
        captureds[count] = captured
        wires[count] = wire
        times[count] = time
        links[count] = rows[row]
        count += 1
        at += length
    return count, at, backwards


class Section:
    """The section being read: its byte order, and the interfaces it named so far."""

    def __init__(self) -> None:
        self.big_endian = False
        self.rows: list[int] = []
        self.table: Any = []
        """The column of ``rows``, with room for more."""
        self.copied = 0
        """How much of ``rows`` it holds."""
        self.names: set[str] = set()
        """Names of interfaces, of all sections."""
        self.interfaces = 0
        self.strange = False
        """Whether an interface has an unknown link type."""

    def column(self, columns: Columns, kind: type) -> Any:
        """The column of all of ``rows``, of such a kind; a file may describe a hundred thousand interfaces, one before each packet."""
        moved = type(self.table) is not kind  # from lists to arrays, in the middle of the capture
        if moved or len(self.rows) > len(self.table):
            self.table = columns.column(self.rows + [0] * len(self.rows))
        elif self.copied < len(self.rows):
            self.table[self.copied : len(self.rows)] = self.rows[self.copied :]
        self.copied = len(self.rows)
        return self.table

    def unpack(self, layout: str, data: bytes, at: int) -> tuple[Any, ...]:
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


class PacketBatch:
    """The packets that are handed on together: of what is in the buffer at one time, as many as a batch holds.

    Parameters
    ----------
    columns
        Where the batch gets its containers.
    window
        What is read of the file.
    last
        The time of the packet before, in nanoseconds.
    """

    def __init__(self, columns: Columns, window: Window, last: int) -> None:
        self.columns, self.window, self.last = columns, window, last
        self.frames, self.links = columns.frames(window.buffer), columns.constant(0).copy()
        self.before, self.count, self.backwards = last, 0, 0
        self.may_be_strange = False

    def walk(self, section: Section) -> None:
        """Add the packets up to a block of another kind, or to the end of what is there."""
        rows = section.column(self.columns, type(self.links))
        self.count, self.window.at, backwards = self.columns.hot(walk)(
            self.frames.buffer, self.window.at, self.window.end, section.big_endian, rows, section.interfaces,
            self.last, self.frames.into, self.links, self.count,
        )  # fmt: skip
        self.backwards += backwards
        self.may_be_strange |= section.strange
        if self.count:
            self.last = int(self.frames.time[self.count - 1])

    def strange(self) -> int:
        """How many packets have a link type that is unknown."""
        return sum(1 for kind in self.links[: self.count] if kind >> 8 == UNKNOWN) if self.may_be_strange else 0

    def whole(self, about: Provenance) -> Frames:
        """The batch, as its reader hands it on."""
        frames, count = self.frames, self.count
        frames.count, frames.link, frames.packet = count, self.links, self.columns.numbers(about.packets + 1, count)
        if self.backwards:
            about.stepped_back(self.backwards, frames, self.before)
        about.packets += count
        self.last = int(frames.time[count - 1])
        return frames


def read(source: BinaryIO, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read a pcapng file.

    Yields
    ------
    Frames
        Whatever is whole after each read of the source.

    Raises
    ------
    CaptureError
        TE005 if no packet has a link type that is known, TE007 if no packet can be read.
    """
    about.format = "pcapng"
    section, window = Section(), Window(source)
    strange = lost = 0
    batch = PacketBatch(columns, window, 0)
    while True:
        batch.walk(section)
        full = batch.count == CAPACITY
        block = None if full else whole_block(window, section)
        known = control_block(block, section, about) if block else 0
        # A block in between does not end a batch: some files describe an interface before each packet.
        if batch.count and not known:
            strange += batch.strange()
            yield batch.whole(about)
        if block is None:
            if full or window.fill():
                batch = PacketBatch(columns, window, batch.last)
                continue
            break
        if not known:
            about.damaged(window.offset + window.at, "a block there makes no sense")
            return
        lost += known - 1
        window.at += len(block)
    if len(window):
        about.cut(f"{len(window)} bytes of its block are there")
    finish(about, strange, lost)


def whole_block(window: Window, section: Section) -> bytes | None:
    """The block at the window's start; None if it is not whole, empty if its length cannot be one."""
    if len(window) < 12:
        return None
    head = bytes(window.buffer[window.at : window.at + 12])
    if head[:4] == SIGNATURES[0] and not section.begin(head):
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


def finish(about: Provenance, strange: int, lost: int) -> None:
    """Say what was left out: packets of unknown link types, and those that the capture lost."""
    unknown = [link for link in about.link_types if link.family == UNKNOWN]
    if strange and strange == about.packets:
        raise linktype.unknown(unknown[0], about.name)
    if strange:
        error = linktype.unknown(unknown[0], about.name)
        about.warn(
            "TE005", error.message, f"{strange:,} of {about.packets:,} packets were left out; {error.note}", error.help
        )
    if lost:
        about.lost(lost)
