"""What the segments of a capture carry, sorted into buckets in a file: whoever follows a connection finds its payload there.

A batch of frames is written as records of its packets, bucket by bucket, and behind them their payload in the same order.
"""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.memory import Arrays
from tcpexplain.hot.mapped import let_go
from tcpexplain.parallel.buckets import BUCKETS
from tcpexplain.parallel.payloads import Spans, locate
from tcpexplain.tuples import NamedTuple
from tcpexplain.values import frozen
from tcpexplain.wire.frames import CAPACITY
from tcpexplain.wire.segment import FILE_SHIFT, Key, Segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

    from tcpexplain.hot.array import Integers, Octets
    from tcpexplain.wire.frames import Frames

RECORD = [("packet", "<i8"), ("size", "<i8")]
"""Of each packet: its number (``wire.segment.FILE_SHIFT``), and the bytes of its payload that were captured."""


class CarriedBatch(NamedTuple):
    """Where in the file the records of each bucket of a batch begin, and its payload; and where those of the last one end."""

    records: array[int]
    payload: array[int]


@frozen
class Carried:
    """What one capture's segments carry; ``batches`` from bucket ``first`` on."""

    path: str
    batches: tuple[CarriedBatch, ...]
    first: int = 0

    def only(self, first: int, last: int) -> Carried:
        """The same for whoever needs no other buckets."""
        part = slice(first - self.first, last - self.first + 1)
        batches = (one._replace(records=one.records[part], payload=one.payload[part]) for one in self.batches)
        return replace(self, batches=tuple(batches), first=first)


class CarriedFile:
    """Writes it, batch by batch, while a capture is decoded."""

    def __init__(self, memory: Any, path: Path, number: int) -> None:
        self.memory, self.path, self.origin = memory, path, number << FILE_SHIFT
        self.arrays = memory if memory.compiled else Arrays()
        self.spans = Spans(*(memory.integers(CAPACITY) for _ in Spans._fields))
        self.scratch = memory.records(Segment, 1), memory.records(Key, 1)
        self.batches: list[CarriedBatch] = []
        self.file = path.open("wb")

    def feed(self, frames: Frames) -> None:
        """Take a batch of frames."""
        np = self.arrays.np
        if frames.count > len(self.spans.row):
            self.spans = Spans(*(self.memory.integers(frames.count) for _ in Spans._fields))
        count = self.memory.hot(locate)(frames.batch, frames.count, *self.scratch, self.spans)
        if count:
            row, begin, size, bucket = (np.asarray(column[:count]) for column in self.spans)
            order = np.argsort(bucket, kind="stable")
            self.write(frames, *(column[order] for column in (row, begin, size, bucket)))

    def write(self, frames: Frames, row: Integers, begin: Integers, size: Integers, bucket: Integers) -> None:
        """Write the payload of some rows of a batch, in the order of their buckets."""
        np, start = self.arrays.np, self.file.tell()
        records = np.empty(len(row), RECORD)
        records["packet"], records["size"] = self.origin | np.asarray(frames.packet)[row], size
        edges = np.searchsorted(bucket, np.arange(BUCKETS + 1))
        before = np.concatenate(([0], np.cumsum(size)))
        starts, carried = start + records.itemsize * edges, start + records.nbytes + before[edges]
        self.batches.append(CarriedBatch(array("q", starts.tolist()), array("q", carried.tolist())))
        records.tofile(self.file)
        view = memoryview(frames.buffer)
        self.file.writelines(view[at : at + length] for at, length in zip(begin.tolist(), size.tolist(), strict=True))

    def end(self) -> Carried:
        """Close the file; what it holds."""
        self.file.close()
        return Carried(str(self.path), tuple(self.batches))


class Payloads:
    """What the segments of one bucket carry, in all captures, found by the packet's number.

    Parameters
    ----------
    np
        numpy.
    files
        The bytes of each capture's file.
    carried
        What lies where in it.
    bucket
        Which bucket.
    """

    def __init__(self, np: ModuleType, files: Sequence[Octets], carried: Sequence[Carried], bucket: int) -> None:
        self.np, self.files = np, files
        found = [
            part
            for place, one in enumerate(carried)
            for batch in one.batches
            for part in records_of(np, files[place], batch, bucket - one.first, place)
        ]
        none = np.zeros(0, np.int64)
        packet, size, at, file = (
            (np.concatenate([none, *parts]) for parts in zip(*found, strict=True)) if found else (none,) * 4
        )
        order = np.argsort(packet, kind="stable")
        self.packet, self.size, self.at, self.file = (column[order] for column in (packet, size, at, file))

    def of(self, packets: Sequence[int]) -> Iterator[bytes]:
        """The payload of each packet; of one that carries nothing, nothing."""
        if not len(self.packet):
            yield from (b"" for _ in packets)
            return
        places = self.np.searchsorted(self.packet[:-1], packets)
        fits = self.packet[places] == packets
        rows = zip(fits.tolist(), *(column[places].tolist() for column in (self.file, self.at, self.size)), strict=True)
        for is_there, file, at, size in rows:
            yield self.files[file][at : at + size].tobytes() if is_there else b""

    def let_go(self) -> None:
        """Let what was read of the files leave memory."""
        let_go(*self.files)


def records_of(
    np: ModuleType, file: Octets, batch: CarriedBatch, bucket: int, place: int
) -> Iterator[tuple[Integers, Integers, Integers, Integers]]:
    """Packets of a bucket of a batch, their sizes, where in the file their payload begins, and which file that is."""
    records = file[batch.records[bucket] : batch.records[bucket + 1]].view(RECORD)
    if len(records):
        packet, size = records["packet"].copy(), records["size"].copy()
        yield packet, size, batch.payload[bucket] + np.cumsum(size) - size, np.full(len(records), place)
