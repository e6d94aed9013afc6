"""pcapng files: any number of sections and interfaces, all packet blocks, times before 1970 (draft-ietf-opsawg-pcapng)."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from tcpexplain.hot.inline import entry
from tcpexplain.wire import linktype
from tcpexplain.wire.frames import CAPACITY, Columns, Frames, Into, Provenance
from tcpexplain.wire.link import UNKNOWN
from tcpexplain.wire.pcapng_section import (
    BEGINNING,
    ENHANCED,
    INTERFACE,
    PACKET,
    SECOND,
    SECTION,
    SIMPLE,
    STATISTICS,
    WIDTH,
    Section,
    control_block,
    whole_block,
)
from tcpexplain.wire.stream import Window
from tcpexplain.wire.words import big32x4, little32x4

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.hot.array import Array, Bytes

SIGNATURES = (BEGINNING,)

LENDS = True
"""What was lent of its buffer stays as it is, see ``readers.CaptureFile.lend``."""


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
