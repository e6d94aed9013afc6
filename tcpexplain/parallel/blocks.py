"""Blocks of decoded segments with their 4-tuples, sorted into buckets: in memory, or in a file that any worker can read.

In a file a block is its segments, bucket by bucket, then its 4-tuples, likewise. Both are numpy records, whatever wrote them.
"""

from __future__ import annotations

from array import array
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.memory import Arrays, objects, undivided
from tcpexplain.parallel.buckets import BUCKETS, Names, divide, sort_keys
from tcpexplain.parallel.changes import UNCHANGED
from tcpexplain.values import frozen
from tcpexplain.wire.segment import Key, Segment
from tcpexplain.wire.skipped import SKIP_REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tcpexplain.hot.array import RecordArray
    from tcpexplain.parallel.changes import Changes
    from tcpexplain.wire.frames import Frames

SEGMENTS = 1 << 17
"""In a block at most: what a worker holds while it decodes, about 10 MB."""


@frozen
class Held:
    """A block in memory, of all buckets."""

    segments: Any
    keys: Any

    def how_many(self, first: int, last: int) -> int:
        """How many segments there are, of buckets ``first`` to ``last``."""
        return len(self.segments) if (first, last) == (0, BUCKETS) else 0

    def of_each(self) -> list[int]:
        """How many segments each bucket has, where there are several."""
        return [0] * BUCKETS

    def only(self, first: int, last: int) -> Held:
        """There is but one part of what is held."""
        del first, last
        return self


@frozen
class Stored:
    """A block in a file: where each bucket's segments and 4-tuples begin, in bytes, from bucket ``first`` on."""

    path: str
    segments: array[int]
    keys: array[int]
    sizes: tuple[int, int]
    """Bytes of a segment, and of a 4-tuple."""
    start: int
    """Where the block's 4-tuples begin; segments count from there."""
    first: int = 0

    def how_many(self, first: int, last: int) -> int:
        """How many segments buckets ``first`` to ``last`` have."""
        return (self.segments[last - self.first] - self.segments[first - self.first]) // self.sizes[0]

    def of_each(self) -> list[int]:
        """How many segments each bucket has."""
        return [(stop - start) // self.sizes[0] for start, stop in pairwise(self.segments)]

    def names_before(self, first: int) -> int:
        """How many 4-tuples lie before those of bucket ``first``."""
        return (self.keys[first - self.first] - self.start) // self.sizes[1]

    def only(self, first: int, last: int) -> Stored:
        """The same block for whoever needs no other buckets."""
        part = slice(first - self.first, last - self.first + 1)
        return replace(self, segments=self.segments[part], keys=self.keys[part], first=first)


Block = Held | Stored


class Blocks:
    """What a file is decoded into.

    Parameters
    ----------
    memory
        Where to work.
    path
        The file to write; None to hold the blocks in memory.
    """

    def __init__(self, memory: Any, path: Path | None) -> None:
        self.memory, self.path = memory, path
        self.found: list[Block] = []
        self.skipped = memory.integers(len(SKIP_REASONS))
        self.scratch = memory.records(Key, 1)
        self.room = 0
        """For how many segments a block has room."""
        self.is_open = False
        if path:
            path.write_bytes(b"")

    @classmethod
    def of(cls, memory: Any, held: Held) -> Blocks:
        """Blocks of which the one at hand holds these segments already."""
        found = cls(memory, None)
        found.pool, found.keys = held.segments, held.keys
        return found

    def enough(self, frames: int) -> int:
        """For how many segments the next block has room: of a small file those of its one batch, of a large one soon ``SEGMENTS``."""
        return min(SEGMENTS, max(frames, 8 * self.room)) if self.memory.compiled else frames

    def begin(self, size: int) -> None:
        """An empty block for so many segments."""
        memory = self.memory
        if size > self.room or not self.path:
            self.pool, self.keys = memory.records(Segment, size), memory.records(Key, size)
            self.chains, self.room = memory.integers(size), size
        self.is_open = True
        self.table = memory.integers(1 << (2 * self.room - 1).bit_length(), -1)
        self.used = memory.integers(2)

    @property
    def names(self) -> Names:
        """The block's 4-tuples."""
        return Names(self.keys, self.chains, self.table, self.used)

    def feed(self, frames: Frames, file: int) -> None:
        """Take a batch of frames."""
        at = 0
        while at < frames.count:
            if not self.is_open:
                self.begin(self.enough(frames.count))
            at = self.memory.hot(divide)(
                frames.batch, at, frames.count, file, self.scratch, self.pool, self.names, self.skipped
            )
            if at < frames.count or not self.memory.compiled:
                self.end()

    def end(self) -> None:
        """Put the block away, if there is something in it."""
        segments, keys = (int(used) for used in self.used) if self.is_open else (0, 0)
        if segments and self.path:
            self.found.append(self.store(self.path, segments, keys))
        elif segments:
            self.found.append(Held(self.pool[:segments], self.keys[:keys]))
        self.is_open = False

    def store(self, path: Path, segments: int, keys: int) -> Stored:
        """Write the block behind the others of its file."""
        arrays = self.memory if self.memory.compiled else Arrays()
        np = arrays.np
        buckets = self.memory.integers(keys)
        self.memory.hot(sort_keys)(self.keys, keys, buckets)
        buckets = np.asarray(buckets, np.uint8)
        order_of_keys = np.argsort(buckets, kind="stable")
        place = np.empty(keys, np.int32)
        place[order_of_keys] = np.arange(keys)
        pool, names = records(arrays, self.pool, segments, Segment), records(arrays, self.keys, keys, Key)
        flows = pool["next"]
        bucket_of_each = buckets[flows]
        order = np.argsort(bucket_of_each, kind="stable")
        pool["next"] = place[flows]
        with path.open("ab") as file:
            start = file.tell()
            arrays.picked(pool, order).tofile(file)
            middle = file.tell()
            arrays.picked(names, order_of_keys).tofile(file)
        sizes = (pool.dtype.itemsize, names.dtype.itemsize)
        return Stored(
            str(path), bounds(np, bucket_of_each, start, sizes[0]), bounds(np, buckets, middle, sizes[1]), sizes, middle
        )


def records(arrays: Arrays, taken: Any, count: int, kind: type) -> Any:
    """The first of some records as an array."""
    return arrays.taken(taken[:count], kind) if isinstance(taken, list) else taken[:count]


def bounds(np: Any, buckets: Any, start: int, size: int) -> array[int]:
    """Where in a file each bucket begins, and where the last one ends: sorted records of ``size`` bytes from ``start`` on."""
    ends = start + size * np.cumsum(np.bincount(buckets, minlength=BUCKETS))
    return array("q", (start, *ends.tolist()))


def loaded(
    blocks: Iterable[Block], memory: Any, first: int, last: int, wanted: Any = None, changes: Changes = UNCHANGED
) -> tuple[Any, Any]:
    """Segments and 4-tuples of the buckets ``first`` to ``last`` of some blocks, one block after the other.

    ``wanted``: of these 4-tuples only, as ``packed`` has them; ``changes``: what becomes of the segments of blocks in files.
    """
    blocks = list(blocks)
    if all(isinstance(block, Held) for block in blocks) and not memory.compiled:
        return held(blocks)
    arrays: Any = memory if memory.compiled else Arrays()
    pool, keys = read(blocks, arrays, first, last)
    if wanted is not None:
        pool, keys = segments_of_keys(arrays, pool, keys, wanted)
    pool = changes.made(arrays, pool)
    return (pool, keys) if memory.compiled else (objects(pool, Segment), objects(keys, Key))


def held(blocks: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """What lists of objects hold."""
    segments: list[Any] = []
    keys: list[Any] = []
    for block in blocks:
        for segment in block.segments:
            segment.next += len(keys)
        segments += block.segments
        keys += block.keys
    return segments, keys


def read(blocks: Iterable[Any], arrays: Arrays, first: int, last: int) -> tuple[Any, Any]:
    """The same from files, or from arrays in memory."""
    np = arrays.np
    pool = arrays.records(Segment, sum(block.how_many(first, last) for block in blocks))
    pieces = []
    at = keys = 0
    for block in blocks:
        count = block.how_many(first, last)
        part = pool[at : at + count]
        if isinstance(block, Held):
            undivided(part)[:] = undivided(records(arrays, block.segments, count, Segment))
            pieces.append(records(arrays, block.keys, len(block.keys), Key))
            part["next"] += keys
        else:
            pieces.append(read_stored(np, block, first, last, part, arrays.types[Key]))
            part["next"] += keys - block.names_before(first)
        at, keys = at + count, keys + len(pieces[-1])
    return pool, arrays.chained(pieces, Key)


def read_stored(np: Any, block: Stored, first: int, last: int, part: Any, kind: Any) -> Any:
    """Read segments of a block into ``part``; the 4-tuples of their buckets."""
    first, last = first - block.first, last - block.first
    with Path(block.path).open("rb", buffering=0) as file:
        file.seek(block.segments[first])
        view = memoryview(part.view(np.uint8))
        while view:
            view = view[file.readinto(view) :]
        file.seek(block.keys[first])
        return np.fromfile(file, kind, (block.keys[last] - block.keys[first]) // kind.itemsize)


def read_keys(block: Stored, arrays: Arrays) -> RecordArray:
    """All 4-tuples of a block in a file."""
    with Path(block.path).open("rb") as file:
        file.seek(block.start)
        found: RecordArray = arrays.np.fromfile(
            file, arrays.types[Key], (block.keys[-1] - block.start) // block.sizes[1]
        )
        return found


def write_keys(block: Stored, keys: RecordArray) -> None:
    """Put others in their place, of the same buckets."""
    with Path(block.path).open("r+b") as file:
        file.seek(block.start)
        keys.tofile(file)


def segments_of_keys(arrays: Arrays, pool: Any, keys: Any, wanted: Any) -> tuple[Any, Any]:
    """The segments of some 4-tuples."""
    np = arrays.np
    fits = np.isin(packed(np, keys), wanted)
    place = np.cumsum(fits) - 1
    pool = arrays.picked(pool, np.flatnonzero(fits[pool["next"]]))
    pool["next"] = place[pool["next"]]
    return pool, keys[fits]


def packed(np: Any, records: Any) -> Any:
    """4-tuples as one value each."""
    fields = [name for name, _ in Key.FIELDS if name != "tunnel"]
    words = np.stack([np.asarray(records[name], np.int64) for name in fields], axis=1)
    return words.view(f"V{8 * len(fields)}").ravel()
