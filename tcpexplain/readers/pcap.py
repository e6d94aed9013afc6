"""Classic pcap files: both byte orders, micro- and nanoseconds, versions before 2.4, "modified" (Kuznetzov), and as Red Hat 6.1, SuSE 6.3 and Nokia's IPSO wrote it (draft-ietf-opsawg-pcap)."""

from __future__ import annotations

from struct import unpack
from typing import TYPE_CHECKING, BinaryIO

from tcpexplain.errors import CaptureError
from tcpexplain.hot.inline import entry
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire import linktype
from tcpexplain.wire.frames import CAPACITY, Columns, Frames, Into, Provenance
from tcpexplain.wire.link import UNKNOWN
from tcpexplain.wire.stream import Window
from tcpexplain.wire.words import big32x4, little32x4

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.hot.array import Bytes

MICROSECONDS, NANOSECONDS, MODIFIED = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34
"""The magic numbers; the last is Kuznetzov's format, with 8 more bytes in each record header."""
OTHERS = {16: (24, 20), 24: (28,)}
"""Bytes of a record header that some systems wrote under the magic number of others: Red Hat 6.1, Nokia's IPSO; SuSE 6.3."""

LENDS = True
"""What was lent of its buffer stays as it is, see ``readers.CaptureFile.lend``."""

SIGNATURES = tuple(
    magic.to_bytes(4, order) for magic in (MICROSECONDS, NANOSECONDS, MODIFIED) for order in ("big", "little")
)

FILE_HEADER = 24
DG_UX = 543
"""The version that DG/UX's tcpdump wrote, which swapped the lengths too."""
LARGEST = 1 << 24
"""Bytes of the largest packet that is believed. The largest real ones are IPv6 jumbograms of half a MiB; libpcap's limit is 256 KiB."""


class Form(NamedTuple):
    """How the records of one file are laid out."""

    big_endian: bool
    unit: int
    """Nanoseconds in one unit of the record's time fraction."""
    record: int
    """Bytes of a record header."""
    swapped: bool
    """Whether the two lengths may stand the other way round, as they did before version 2.4."""


def fits_walk(buffer: Bytes, at: int, end: int, form: Form, into: Into) -> bool:
    """Whether there are so many bytes, and room for so many packets."""
    least = min(len(into.start), len(into.captured), len(into.wire), len(into.time))
    return at >= 0 and end <= len(buffer) and form.record >= 16 and least >= CAPACITY


@entry(fits_walk)
def walk(buffer: Bytes, at: int, end: int, form: Form, last: int, into: Into) -> tuple[int, int, int]:
    """Walk over the whole records from ``at`` on: no record that runs beyond ``end``, none larger than LARGEST.

    ``last`` is the time of the packet before.

    Returns
    -------
    tuple
        How many there were, at most CAPACITY; where the next one starts; how many were earlier than the one before.
    """
    big_endian, unit, record, swapped = form.big_endian, form.unit, form.record, form.swapped
    starts, captureds, wires, times = into.start, into.captured, into.wire, into.time
    count = backwards = 0
    while count < CAPACITY and end - at >= record:
        seconds, fraction, captured, wire = big32x4(buffer, at) if big_endian else little32x4(buffer, at)
        if swapped and captured > wire:
            captured, wire = wire, captured
        start = at + record
        if captured > end - start or captured > LARGEST:
            break
        time = seconds * 1_000_000_000 + fraction * unit
        if time < last:
            backwards += 1
        last = time
        starts[count] = start
        captureds[count] = captured
        wires[count] = wire
        times[count] = time
        count += 1
        at = start + captured
    return count, at, backwards


def read(source: BinaryIO, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read a pcap file.

    Yields
    ------
    Frames
        Whatever is whole after each read of the source.

    Raises
    ------
    CaptureError
        TE002 if the file ends inside its header, TE005 if its link type is not known, TE007 if no packet can be read.
    """
    window = Window(source)
    if not window.need(FILE_HEADER):
        raise CaptureError(
            f"{about.name} ends inside its file header",
            file=about.name,
            offset=len(window),
            note=f"{len(window)} of its {FILE_HEADER} bytes are there",
        )
    form, link = file_header(window.take(FILE_HEADER))
    form = as_written(window, form)
    about.format = "pcap"
    about.link_types.append(link)
    if link.family == UNKNOWN:
        raise linktype.unknown(link, about.name)
    yield from records(window, form, link.kind, about, columns)


def file_header(header: bytes) -> tuple[Form, linktype.LinkType]:
    """Byte order and unit from the magic number; the link type without the bits that tell of a frame check sequence."""
    big_endian = header[0] == 0xA1
    magic, number = unpack(">I16xI" if big_endian else "<I16xI", header)
    major, minor = unpack(">HH" if big_endian else "<HH", header[4:8])
    form = Form(
        big_endian,
        unit=1 if magic == NANOSECONDS else 1000,
        record=24 if magic == MODIFIED else 16,
        swapped=(major, minor) < (2, 4) or major == DG_UX,
    )
    return form, linktype.find(number & 0xFFFF)


def as_written(window: Window, form: Form) -> Form:
    """The form with the record header that the first records have: another one only where what the magic number says makes no sense."""
    if len(window) >= form.record and not makes_sense(window, form):
        for record in OTHERS.get(form.record, ()):
            other = form._replace(record=record)
            if makes_sense(window, other):
                return other
    return form


def makes_sense(window: Window, form: Form) -> bool:
    """Whether there is a record, and the first three, as far as they are there, may be such."""
    load, at = (big32x4 if form.big_endian else little32x4), window.at
    for _ in range(3):
        if window.end - at < form.record:
            break
        _, fraction, captured, wire = load(window.buffer, at)
        if fraction * form.unit >= 1_000_000_000 or max(captured, wire) > LARGEST or not wire:
            return False
        at += form.record + captured
    return at > window.at


def records(window: Window, form: Form, kind: int, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read the records behind the file header."""
    last = 0
    while True:
        frames = columns.frames(window.buffer)
        count, window.at, backwards = columns.hot(walk)(frames.buffer, window.at, window.end, form, last, frames.into)
        if count:
            frames.count, frames.offset = count, window.offset
            frames.link = columns.constant(kind)
            frames.packet = columns.numbers(about.packets + 1, count)
            if backwards:
                about.stepped_back(backwards, frames, last)
            last = int(frames.time[count - 1])
            about.packets += count
            yield frames
        if count == CAPACITY:
            continue
        if len(window) >= form.record and (size := record_size(window, form)) > LARGEST:
            about.damaged(window.offset + window.at, f"its record claims {size:,} bytes")
            return
        if not window.fill():
            break
    if len(window) >= form.record:
        about.cut(f"{len(window) - form.record} of its {record_size(window, form)} bytes are there")
    elif len(window):
        about.cut(f"{len(window)} of the {form.record} bytes of its record header are there")


def record_size(window: Window, form: Form) -> int:
    """Bytes captured of the packet whose record stands at the window's start."""
    size: int = (big32x4 if form.big_endian else little32x4)(window.buffer, window.at)[2]
    return size
