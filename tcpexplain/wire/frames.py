"""Frames: one batch of captured packets as columns, and what is known of the capture they come from."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from tcpexplain.errors import CaptureError, Warning  # noqa: A004 (the word users see)
from tcpexplain.tuples import NamedTuple
from tcpexplain.values import changing, field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.hot.array import Array, Bytes, Column, Integers
    from tcpexplain.hot.record import Record
    from tcpexplain.wire.linktype import LinkType

Function = TypeVar("Function")

CAPACITY = 16384
"""Frames in one batch at most."""


@changing
class Frames:
    """A batch: the first ``count`` rows of every column hold.

    Columns are lists of ints (or a range), in native mode int64 arrays. **A batch is valid until the next one is asked for**:
    its buffer and columns are used again.
    """

    buffer: Any
    """The bytes the frames lie in: a bytearray; in native mode a uint8 array."""
    start: Any
    """Where each frame starts in ``buffer``."""
    captured: Any
    """Bytes of it that are there."""
    wire: Any
    """Bytes it had on the wire."""
    time: Any
    """Nanoseconds since 1970-01-01 UTC."""
    link: Any
    """``LinkType.kind`` of each."""
    packet: Any
    """Frame number in the capture, from 1."""
    count: int = 0
    offset: int = -1
    """Where ``buffer`` begins in a pcap file, in bytes; -1: elsewhere, or it is not as it was captured."""

    @property
    def batch(self) -> Batch:
        """What hot functions are given."""
        return Batch(self.buffer, self.start, self.captured, self.wire, self.time, self.link, self.packet)

    @property
    def into(self) -> Into:
        """Where a reader's walk writes."""
        return Into(self.start, self.captured, self.wire, self.time)


class Batch(NamedTuple):
    """What hot functions are given of ``Frames``, under the same names."""

    buffer: Bytes
    start: Array[int]
    captured: Array[int]
    wire: Array[int]
    time: Array[int]
    link: Array[int]
    packet: Array[int]


def are_whole(batch: Batch, at: int, count: int) -> bool:
    """Whether there are frames ``at`` to ``count``, and each of them lies within the buffer."""
    starts, captureds, links, size = batch.start, batch.captured, batch.link, len(batch.buffer)
    least = min(len(starts), len(captureds), len(batch.wire), len(batch.time), len(links), len(batch.packet))
    if not 0 <= at <= count <= least:
        return False
    for i in range(at, count):
        if starts[i] < 0 or captureds[i] < 0 or captureds[i] > size - starts[i] or links[i] < 0:
            return False
    return True


class Into(NamedTuple):
    """Where a reader's walk writes: the columns of ``Frames`` that it fills."""

    start: Array[int]
    captured: Array[int]
    wire: Array[int]
    time: Array[int]


class Columns(Protocol):
    """Where a reader gets its containers and its hot functions from, anew for every batch.

    ``Lists`` is the plain one. A native one gives arrays and machine code from the same calls, and may begin to
    do so in the middle of a capture.
    """

    def frames(self, buffer: bytearray) -> Frames:
        """Columns of ``CAPACITY`` rows over ``buffer``; contents undefined, ``link`` and ``packet`` unset."""

    def records(self, kind: type[Record], count: int) -> Any:
        """``count`` new records."""

    def constant(self, value: int) -> Column:
        """A column of ``CAPACITY`` times ``value``."""

    def numbers(self, first: int, count: int) -> Sequence[int] | Integers:
        """The column ``first``, ``first`` + 1, ... of ``count`` rows."""

    def column(self, values: list[int]) -> Column:
        """The column of these values."""

    def hot(self, function: Function) -> Function:
        """The function itself, or its machine code."""


class Lists:
    """Plain mode: columns are lists, hot functions are what they are."""

    def __init__(self) -> None:
        self._frames: Frames | None = None

    def frames(self, buffer: bytearray) -> Frames:
        """The same lists every time; made for the first batch, which many that hold columns never read."""
        if self._frames is None:
            self._frames = Frames(buffer, [0] * CAPACITY, [0] * CAPACITY, [0] * CAPACITY, [0] * CAPACITY, (), ())
        self._frames.buffer, self._frames.offset = buffer, -1
        return self._frames

    def records(self, kind: type[Record], count: int) -> Any:
        """``count`` new records."""
        # Copies of one: a structure of C is copied in a third of the time in which it is made field by field.
        return list(map(kind.from_buffer_copy, repeat(kind(), count)))

    def constant(self, value: int) -> list[int]:
        """A list of one value."""
        return [value] * CAPACITY

    def numbers(self, first: int, count: int) -> range:
        """A range."""
        return range(first, first + count)

    def column(self, values: list[int]) -> list[int]:
        """The list itself."""
        return values

    def hot(self, function: Function) -> Function:
        """The function itself."""
        return function


@changing
class Provenance:
    """What a reader tells about its capture beside the frames; complete when the last frame has been read."""

    name: str
    format: str = ""
    """pcap, pcapng, ladder, tshark or live."""
    link_types: list[LinkType] = field(default_factory=list)
    """One for each interface."""
    interfaces: list[str] = field(default_factory=list)
    """Names of the interfaces that were captured on, as far as the file has them (pcapng)."""
    warnings: list[Warning] = field(default_factory=list)
    packets: int = 0
    """Frames read so far."""
    backwards: int = 0
    """Frames earlier than the one before them."""
    missed: int = 0
    """Packets that the capturing system says it dropped."""
    captured: int = 0
    """Packets that a live capture has taken so far; those that were not read yet are among them."""

    def warn(self, code: str, message: str, note: str = "", help: str = "") -> None:
        """Add a warning."""
        self.warnings.append(Warning(code, message, note, help))

    def cut(self, what: str) -> None:
        """TE003: the file ends inside a packet, of which there is ``what``."""
        self.warn(
            "TE003",
            f"{self.name} ends inside packet {self.packets + 1}",
            f"{what}; {self._used()}, what came later is unknown",
            "stop tcpdump with Ctrl-C (not kill -9), or let it flush each packet: tcpdump -U",
        )

    def damaged(self, offset: int, what: str) -> None:
        """TE007: from ``offset`` on nothing can be read; an error if there was nothing before."""
        message, note = (
            f"{self.name} is damaged at packet {self.packets + 1}",
            f"{what}, {offset:,} bytes into the file",
        )
        if not self.packets:
            raise CaptureError(message, file=self.name, offset=offset, code="TE007", note=note)
        self.warn("TE007", message, f"{note}; {self._used()}, what came later is unknown")

    def lost(self, packets: int) -> None:
        """TE009: the capture itself says that it missed packets."""
        self.missed += packets
        self.warn(
            "TE009",
            f"the capture lost {packets:,} packets",
            "the system that captured them says so; what they did is unknown",
            "a filter or a larger buffer helps:  tcpdump -B 65536 -w out.pcap tcp",
        )

    def _used(self) -> str:
        return {0: "no packet came before it", 1: "packet 1 was used"}.get(
            self.packets, f"packets 1-{self.packets:,} were used"
        )

    def stepped_back(self, steps: int, frames: Frames, last: int) -> None:
        """Count the frames of a batch that are earlier than the one before them; ``last`` is the time before the batch."""
        if not self.backwards:
            before = [last, *frames.time[: frames.count - 1]]
            row = next(row for row in range(frames.count) if frames.time[row] < before[row])
            seconds = (before[row] - int(frames.time[row])) / 1e9
            self.warn(
                "TE008",
                f"timestamps of {self.name} go backwards",
                f"first at packet {frames.packet[row]:,}, by {seconds:.6f} s; packets up to {WINDOW / 1e9} s late were put in the order of their times, "
                "a larger step is taken for a clock that was set",
                f"to sort them all:  reordercap {self.name} sorted.pcap",
            )
        self.backwards += steps
        put_in_time_order(frames)


WINDOW = 20_000_000
"""ns within which a packet may stand too late in its file: captures of several queues or interfaces mix that much up."""


def put_in_time_order(frames: Frames) -> None:
    """Sort a batch by time; what lies more than ``WINDOW`` behind what came before begins anew, as the clock was set there."""
    times = [int(time) for time in frames.time[: frames.count]]
    runs: list[list[int]] = [[]]
    latest = times[0]
    for row, time in enumerate(times):
        if time < latest - WINDOW:
            runs.append([])
            latest = time
        latest = max(latest, time)
        runs[-1].append(row)
    order = [row for run in runs for row in sorted(run, key=times.__getitem__)]
    for name in ("start", "captured", "wire", "time", "link", "packet"):
        setattr(frames, name, sorted_column(getattr(frames, name), order))


def sorted_column(column: Any, order: list[int]) -> Any:
    """A column whose first rows stand in another order; readers fill the same lists and arrays again and again."""
    if isinstance(column, range | tuple):
        return [column[row] for row in order]
    column[: len(order)] = column[order] if hasattr(column, "dtype") else [column[row] for row in order]
    return column


def gather(packets: list[tuple[int, bytes, int]], kind: int, about: Provenance, columns: Columns) -> Frames:
    """One batch of packets that a reader has as bytes: each its time, its bytes, and its length on the wire; at most CAPACITY."""
    start, buffer = [], bytearray()
    for _, data, _ in packets:
        start.append(len(buffer))
        buffer += data
    # Columns of their own: those that are used again must stay long enough for the next file's packets.
    found = Frames(
        columns.frames(buffer).buffer,
        columns.column(start),
        columns.column([len(data) for _, data, _ in packets]),
        columns.column([wire for _, _, wire in packets]),
        columns.column([time for time, _, _ in packets]),
        columns.constant(kind),
        columns.numbers(about.packets + 1, len(packets)),
        len(packets),
    )
    about.packets += len(packets)
    return found
