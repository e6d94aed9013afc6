"""Where the loops keep what they work on: lists of objects, or numpy records and native functions.

``Plain`` imports nothing heavy. ``Arrays`` takes over what a ``Plain`` holds in the middle of a capture, when that
capture turns out to be large.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakValueDictionary

from tcpexplain.hot.record import Record, dtype
from tcpexplain.machine.coalesced import CoalescedEnd, Stretch
from tcpexplain.machine.endpoint import Endpoint
from tcpexplain.machine.facts import EndFacts, Facts
from tcpexplain.machine.step import ResetRow, StepRow
from tcpexplain.native.library import library
from tcpexplain.tracking.entry import Counters, Entry
from tcpexplain.tracking.intake import BATCH
from tcpexplain.vantage.sighting import Sighting
from tcpexplain.wire.frames import CAPACITY, Frames, Function, Lists
from tcpexplain.wire.segment import Key, Segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tcpexplain.hot.array import Integers, RecordArray, Records

Kind = TypeVar("Kind", bound=Record)

KINDS: tuple[type[Record], ...] = (
    Segment,
    Entry,
    Counters,
    Key,
    Endpoint,
    Facts,
    EndFacts,
    Stretch,
    CoalescedEnd,
    StepRow,
    ResetRow,
    Sighting,
)
"""All records."""
WORTH, KEPT = 1 << 12, 64
"""Records from which on room is kept for so many times their number, when their table becomes longer."""
KEPT_BYTES = 1 << 28
"""But no more than so much: nobody writes to it, yet where address space is limited it counts."""
COLUMN = (1 << 25) - (1 << 16)
"""Bytes of a column of four million connections, the most that glibc's malloc learns by. Columns are made and given back again and again."""
NAMES = {kind.__name__: tuple(name for name, _ in kind.FIELDS) for kind in KINDS}
"""The names of the fields of each record."""
ROW = attrgetter(*(name for name, _ in Entry.FIELDS))


class Plain(Lists):
    """Lists of objects; functions as they are."""

    compiled = False
    growth = 2
    """By how much what is full becomes longer."""
    most = 1 << 14
    """Connections that room is made for at once at most: each is an object."""
    batch = 1
    """Frames that are decoded before the first of them is put into its connection."""
    worth_folding = 64
    """Segments of a connection, on average, from which on to fold them takes less time than to take them through the machine."""

    def grown(self, records: list[Record], kind: type[Record], count: int) -> list[Record]:
        """The records and new ones, ``count`` in all."""
        records.extend(self.records(kind, count - len(records)))
        return records

    def integers(self, count: int, value: int = 0) -> list[int]:
        """``count`` times ``value``."""
        return [value] * count

    def values(self, rows: Records, index: int) -> tuple[int, ...]:
        """The fields of a row."""
        found: tuple[int, ...] = ROW(rows[index])
        return found

    def flows(self, *, every: bool) -> dict[bytes, int] | None:
        """Connections by the bytes of their 4-tuple; None unless the segments of all are kept."""
        return {} if every else None

    def extent(self, times: Sequence[int], count: int) -> tuple[int, int]:
        """The least and the greatest of the first ``count`` times."""
        part = times[:count]
        return min(part), max(part)

    def total(self, rows: Records, due: Sequence[int], count: int, name: str) -> int:
        """The sum of a field over some rows."""
        return sum(getattr(rows[index], name) for index in due[:count])


class Arrays:
    """Arrays, and native functions."""

    compiled = True
    growth = 8
    """By how much what is full becomes longer: to make it longer copies it, what nobody has written to takes no memory."""
    most = 1 << 30
    """Connections that room is made for at once at most."""
    batch = BATCH
    """Frames that are decoded before the first of them is put into its connection."""
    worth_folding = 0
    """Segments of a connection, on average, from which on folding saves time: always."""

    def __init__(self) -> None:
        import numpy as np

        self.np = np
        self.types = {kind: dtype(kind) for kind in KINDS}
        # From now on glibc makes what is no larger from pages that it keeps; for each that is larger, the kernel clears new ones.
        np.empty(COLUMN, np.int8)
        columns: list[Any] = [np.zeros(CAPACITY, np.int64) for _ in range(4)]
        self._native: dict[Any, Any] = {}
        self._kept: WeakValueDictionary[int, Any] = WeakValueDictionary()
        """By their address, tables of which only the first records are in use so far."""
        self._bytes: bytearray | None = None
        self._constants: dict[int, Any] = {}
        self._frames = Frames(None, columns[0], columns[1], columns[2], columns[3], None, None)

    def records(self, kind: type[Record], count: int) -> RecordArray:
        """``count`` new records, all 0."""
        return self.named(self.np.zeros(count, self.types[kind]), kind)

    def named(self, records: RecordArray, kind: type[Record]) -> RecordArray:
        """The same array; of a kind whose fields are read one by one, so that they are its records' attributes."""
        return records.view(self.np.recarray) if kind in (Entry, Counters) else records

    def grown(self, records: RecordArray, kind: type[Record], count: int) -> RecordArray:
        """The records and new ones, ``count`` in all; in the same place, where room has been kept for them behind the records."""
        if count <= len(records):
            return records
        whole: RecordArray | None = self._kept.get(records.ctypes.data)
        is_its_beginning = whole is not None and records.base is whole
        if whole is not None and is_its_beginning and count <= len(whole):
            return whole[:count]
        kept = min(KEPT * count, KEPT_BYTES // self.types[kind].itemsize) if count >= WORTH else 0
        new = self.records(kind, max(count, kept))
        undivided(new)[: len(records)] = undivided(records)
        if len(new) == count:
            return new
        self._kept[new.ctypes.data] = new
        found: RecordArray = new[:count]
        return found

    def chained(self, pieces: Sequence[RecordArray], kind: type[Record]) -> RecordArray:
        """Records one behind the other; numpy's ``concatenate`` would lay out their fields anew, and copy field by field."""
        new, at = self.records(kind, sum(map(len, pieces))), 0
        for piece in pieces:
            undivided(new)[at : at + len(piece)] = undivided(piece)
            at += len(piece)
        return new

    def picked(self, records: RecordArray, places: Integers) -> RecordArray:
        """The records at some places; numpy would pick them field by field."""
        found = undivided(records).take(places).view(records.dtype)
        return found.view(self.np.recarray) if isinstance(records, self.np.recarray) else found

    def placed(
        self, pieces: Sequence[RecordArray], places: Sequence[Integers], kind: type[Record], count: int
    ) -> RecordArray:
        """``count`` records, those of each piece in the places that are said of it."""
        found = self.records(kind, count)
        for piece, at in zip(pieces, places, strict=True):
            undivided(found)[at] = undivided(piece)
        return found

    def arranged(
        self, pieces: Sequence[RecordArray], orders: Sequence[Integers | None], kind: type[Record], room: int
    ) -> RecordArray:
        """The records of pieces one behind the other, of each those at its places, or all (None); and ``room`` more, all 0."""
        counts = [len(piece if order is None else order) for piece, order in zip(pieces, orders, strict=True)]
        new, at = self.records(kind, sum(counts) + room), 0
        for piece, order, count in zip(pieces, orders, counts, strict=True):
            part = undivided(new)[at : at + count]
            if order is None:
                part[:] = undivided(piece)
            else:
                # "raise" would copy everything once more; the places are good.
                undivided(piece).take(order, out=part, mode="clip")
            at += count
        return new

    def integers(self, count: int, value: int = 0) -> Integers:
        """``count`` times ``value``."""
        return self.np.full(count, value, self.np.int64)

    def values(self, rows: RecordArray, index: int) -> tuple[int, ...]:
        """The fields of a row."""
        found: tuple[int, ...] = rows.view(self.np.ndarray)[index].item()
        return found

    def flows(self, *, every: bool) -> Integers:  # noqa: ARG002 (in plain mode it matters)
        """Nothing: connections are looked up in the table alone."""
        return self.integers(0)

    def extent(self, times: Integers, count: int) -> tuple[int, int]:
        """The least and the greatest of the first ``count`` times."""
        return int(times[:count].min()), int(times[:count].max())

    def total(self, rows: RecordArray, due: Integers, count: int, name: str) -> int:
        """The sum of a field over some rows."""
        return int(rows[name][due[:count]].sum())

    def taken(self, objects_: Iterable[Record], kind: type[Record]) -> RecordArray:
        """An array of the records that plain mode holds."""
        return self.named(self.np.frombuffer(bytearray().join(objects_), self.types[kind]), kind)

    def frames(self, buffer: bytearray) -> Frames:
        """The same arrays every time."""
        if self._bytes is not buffer:
            self._bytes = buffer
            self._frames.buffer = self.np.frombuffer(buffer, self.np.uint8)
        self._frames.offset = -1
        return self._frames

    def copied(self, frames: Frames) -> Frames:
        """A batch of lists in arrays."""
        found, count = self.frames(frames.buffer), frames.count
        for name in ("start", "captured", "wire", "time"):
            getattr(found, name)[:count] = getattr(frames, name)[:count]
        found.link, found.packet = (self.column(list(one[:count])) for one in (frames.link, frames.packet))
        found.count = count
        return found

    def constant(self, value: int) -> Integers:
        """An array of one value, the same every time: nobody writes to it."""
        if value not in self._constants:
            self._constants[value] = self.np.full(CAPACITY, value, self.np.int64)
        found: Integers = self._constants[value]
        return found

    def numbers(self, first: int, count: int) -> Integers:
        """An array that counts."""
        found: Integers = self.np.arange(first, first + count)
        return found

    def column(self, values: Sequence[int] | Integers) -> Integers:
        """The array of these values."""
        return self.np.array(values, self.np.int64)

    def hot(self, function: Function) -> Function:
        """Its machine code; RuntimeError if there is none."""
        if function not in self._native:
            found = library()
            if found is None:
                raise RuntimeError("arrays are for machine code, and there is none of these sources: make native")
            self._native[function] = found.function(cast("Any", function), NAMES)
        compiled: Function = self._native[function]
        return compiled


class AtRest(Arrays):
    """Arrays of what has been found; the little that is still to be done to them needs no native functions."""

    def hot(self, function: Function) -> Function:
        """Its machine code, which is for arrays, where there is any; else the function itself."""
        return function if library() is None else super().hot(function)


class Switching:
    """Columns for a reader from ``now``, which may become another memory in the middle of a capture."""

    def __init__(self) -> None:
        self.now: Any = Plain()

    def frames(self, buffer: bytearray) -> Frames:
        """See ``wire.frames.Columns``."""
        found: Frames = self.now.frames(buffer)
        return found

    def records(self, kind: type[Record], count: int) -> RecordArray:
        """See ``wire.frames.Columns``."""
        found: RecordArray = self.now.records(kind, count)
        return found

    def constant(self, value: int) -> Integers:
        """See ``wire.frames.Columns``."""
        found: Integers = self.now.constant(value)
        return found

    def numbers(self, first: int, count: int) -> Integers:
        """See ``wire.frames.Columns``."""
        found: Integers = self.now.numbers(first, count)
        return found

    def column(self, values: Sequence[int] | Integers) -> Integers:
        """See ``wire.frames.Columns``."""
        found: Integers = self.now.column(values)
        return found

    def hot(self, function: Function) -> Function:
        """See ``wire.frames.Columns``."""
        found: Function = self.now.hot(function)
        return found


def undivided(records: RecordArray) -> RecordArray:
    """Records as values that are moved as one."""
    import numpy as np

    return records.view(f"V{records.dtype.itemsize}", np.ndarray)


def copied(records: RecordArray) -> RecordArray:
    """A copy; numpy would make it field by field, which takes three times as long."""
    return undivided(records).copy().view(records.dtype)


def objects(records: RecordArray, kind: type[Kind]) -> list[Kind]:
    """The records of an array, each as plain mode has it; copies, which stay when the array is written to."""
    return list((kind * len(records)).from_buffer_copy(undivided(records).data))


def tuples(records: RecordArray) -> list[tuple[int, ...]]:
    """Records as tuples of Python's integers."""
    found: list[tuple[int, ...]] = records.tolist()
    return found
