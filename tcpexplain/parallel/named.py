"""The 4-tuples of a decoded capture and its SYNs as sorted columns: made by whoever decodes it, and read a range at a time."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.memory import Arrays
from tcpexplain.hot.columns import MIX, distinct
from tcpexplain.hot.mapped import let_go, picked
from tcpexplain.parallel.blocks import Held, read
from tcpexplain.parallel.buckets import BUCKETS
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.segment import ACK, RST, SYN, Key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

    from tcpexplain.hot.array import Flags, Integers
    from tcpexplain.parallel.blocks import Block

NUMBER = 0xFFFFFFFF
ECN = 0xC0
"""Flags that routers may set."""
PART = (1 << 26) - 1
"""So much of a number that sums of a hundred million of them are exact in a float."""
AT_ONCE = 1 << 16
"""Rows of all captures that are looked at together."""


class NameColumns(NamedTuple):
    """The 4-tuples of one capture in the order of their numbers, and its SYNs and SYN-ACKs in two orders."""

    key: Integers
    """A number that stands for the 4-tuple."""
    size: Integers
    """Segments."""
    reset: Integers
    """Whether one of them is a RST."""
    upper: Integers
    lower: Integers
    """Two sums over what the segments are, of which equal ones mean the same segments: numbers that floats hold exactly."""
    first: Integers
    last: Integers
    """Times of the first and the last segment, ns since 1970."""
    open_key: Integers
    """Of each SYN or SYN-ACK: its 4-tuple, in the order of these."""
    open_number: Integers
    """The client's initial sequence number."""
    number: Integers
    """The same numbers in their own order."""
    number_key: Integers
    number_order: Integers
    """Their 4-tuples, and the packet of each: in the order of these, however they lie in blocks."""


NAMES, OPENINGS = 7, 5
"""How many of the columns are of 4-tuples, and how many of SYNs."""


class NameRows(NamedTuple):
    """Some 4-tuples of all captures, and their SYNs."""

    file: Integers
    key: Integers
    size: Integers
    reset: Integers
    prints: Integers
    first: Integers
    last: Integers
    open_number: Integers
    open_at: Integers
    """Of each SYN: the place of its 4-tuple among these."""


def contents(block: Block, memory: Any) -> tuple[Any, Any, Any]:
    """Segments and 4-tuples of a block, and the memory they are in: arrays, if they come from a file."""
    if isinstance(block, Held):
        return block.segments, block.keys, memory
    arrays = memory if memory.compiled else Arrays()
    return *read([block], arrays, 0, BUCKETS), arrays


def columns(segments: Any, memory: Any, *names: str) -> list[Any]:
    """Fields of segments or of 4-tuples as arrays."""
    return [segments[name].astype(memory.np.int64) for name in names]


def key_numbers(keys: Any, memory: Any) -> Any:
    """A number for each 4-tuple: the same for the same one, and by no likely chance for another."""
    return mixed(memory.np, columns(keys, memory, *(name for name, _ in Key.FIELDS)))


def mixed(np: ModuleType, fields: Sequence[Integers]) -> Any:
    """A number for the fields of each row."""
    found = np.zeros(len(fields[0]), np.uint64)
    for field in fields:
        found = (found ^ field.astype(np.uint64)) * np.uint64(MIX)
        found ^= found >> np.uint64(29)
    return found


# ---- of one capture ----


def restored_names(path: str, memory: Arrays) -> NameColumns:
    """What ``store_names`` left in a file."""
    data: Integers = memory.np.memmap(path, memory.np.int64, "r")
    names, openings = data[:2].tolist()
    ends = [2, *(2 + names * at for at in range(1, NAMES + 1))]
    ends += [ends[-1] + openings * at for at in range(1, OPENINGS + 1)]
    found = NameColumns(*(data[start:end] for start, end in pairwise(ends)))
    unsigned, exact = memory.np.uint64, memory.np.float64
    return found._replace(
        key=found.key.view(unsigned), open_key=found.open_key.view(unsigned),
        number_key=found.number_key.view(unsigned), upper=found.upper.view(exact), lower=found.lower.view(exact),
    )  # fmt: skip


def store_names(blocks: Sequence[Block], path: Path, memory: Arrays) -> str:
    """Leave those of a capture in a file."""
    found, np = named(blocks, memory), memory.np
    with path.open("wb") as file:
        np.array([len(found.key), len(found.number)], np.int64).tofile(file)
        for column in found:
            (column if column.dtype.itemsize == 8 else column.astype(np.int64)).tofile(file)
    return str(path)


def named(blocks: Sequence[Block], memory: Arrays) -> NameColumns:
    """Those of a capture: from its blocks, each read once."""
    np = memory.np
    parts = [rows_of(*contents(block, memory)) for block in blocks]
    key, size, reset, sums, first, last, open_key, isn, packet = (
        np.concatenate(pieces, axis=-1) for pieces in zip(*(parts or [nothing(np)]), strict=True)
    )
    every = distinct(key) if len(key) else key
    of_row = np.searchsorted(every, key)
    upper, lower = (np.bincount(of_row, row, len(every)) for row in sums)
    by_key, by_number = np.argsort(open_key, kind="stable"), np.argsort(isn, kind="stable")
    return NameColumns(
        every,
        np.bincount(of_row, size, len(every)).astype(np.int64),
        (np.bincount(of_row, reset, len(every)) > 0).astype(np.int64),
        upper,
        lower,
        extents(np, first, of_row, len(every))[0],
        extents(np, last, of_row, len(every))[1],
        open_key[by_key],
        isn[by_key],
        isn[by_number],
        open_key[by_number],
        packet[by_number],
    )


def nothing(np: ModuleType) -> tuple[Integers, ...]:
    """What ``rows_of`` finds in no block."""
    none = np.zeros(0, np.int64)
    return none.astype(np.uint64), none, none, np.zeros((2, 0)), none, none, none.astype(np.uint64), none, none


def rows_of(segments: Any, keys: Any, memory: Any) -> tuple[Any, ...]:
    """The 4-tuples of a block, in the order of ``NameColumns``, and its SYNs."""
    np = memory.np
    flags, owner, icmp, seq, ack, length = columns(segments, memory, "flags", "next", "icmp", "seq", "ack", "length")
    # Two numbers of 64 bits say the same as five columns, in a third of the time. Which end sent is another matter behind NAT.
    says = (seq & NUMBER) << 32 | ack & NUMBER, length << 32 ^ (flags & ~ECN) << 18 ^ (icmp & 0xFFFF) << 2
    opening = (flags & SYN != 0) & (flags & RST == 0) & (icmp == 0)
    numbers = key_numbers(keys, memory)
    return (
        numbers,
        np.bincount(owner, minlength=len(keys)),
        np.bincount(owner[flags & RST != 0], minlength=len(keys)) > 0,
        prints(np, mixed(np, says), owner, len(keys)),
        *extents(np, segments["time"], owner, len(keys)),
        numbers[owner[opening]],
        (np.where(flags & ACK != 0, ack - 1, seq) & NUMBER)[opening],
        segments["packet"][opening],
    )


def extents(np: ModuleType, times: Integers, owner: Integers, count: int) -> tuple[Integers, Integers]:
    """The first and the last of some times, by their owner."""
    first, last = np.full(count, np.iinfo(np.int64).max), np.zeros(count, np.int64)
    np.minimum.at(first, owner, times)
    np.maximum.at(last, owner, times)
    return first, last


def prints(np: ModuleType, values: Integers, owner: Integers, count: int) -> Any:
    """Sums of parts of some numbers, by their owner."""
    parts = ((values >> np.uint64(shift) & np.uint64(PART)).astype(np.float64) for shift in (12, 38))
    return np.stack([np.bincount(owner, part, count) for part in parts])


# ---- of all captures, a range at a time ----


def ranges(np: ModuleType, count: int, width: int) -> Iterator[tuple[int, int]]:
    """The first and the last of ranges of numbers of so many bits, of which so many rows have about ``AT_ONCE`` in each."""
    number = max(1, -(-count // AT_ONCE))
    for at in range(number):
        low, high = (at << width) // number, ((at + 1 << width) // number) - 1
        yield (np.uint64(low), np.uint64(high)) if width > NUMBER.bit_length() else (low, high)


def between(np: ModuleType, column: Integers, low: int, high: int) -> slice[int, int, None]:
    """Where a sorted column has the numbers of a range."""
    return slice(int(np.searchsorted(column, low)), int(np.searchsorted(column, high, "right")))


def rows_by_key(np: ModuleType, names: Sequence[NameColumns], taps: Sequence[int]) -> Iterator[NameRows]:
    """All 4-tuples, in ranges of their numbers."""
    for low, high in ranges(np, sum(len(one.key) for one in names), 64):
        parts, at = [], 0
        for one, tap in zip(names, taps, strict=True):
            these, opened = between(np, one.key, low, high), between(np, one.open_key, low, high)
            key = one.key[these]
            place = np.searchsorted(key, one.open_key[opened]) + at
            parts.append((
                np.full(len(key), tap, np.int64), key.copy(), one.size[these].copy(), one.reset[these] > 0,
                np.stack([one.upper[these], one.lower[these]]), one.first[these].copy(), one.last[these].copy(),
                one.open_number[opened].copy(), place,
            ))  # fmt: skip
            at += len(key)
            let_go(one.key)
        yield NameRows(*(np.concatenate(pieces, axis=-1) for pieces in zip(*parts, strict=True)))


class Openings(NamedTuple):
    """Some SYNs of all captures: numbers, 4-tuples, captures, and which of all SYNs they are."""

    number: Integers
    key: Integers
    tap: Integers
    order: Integers


def rows_by_number(np: ModuleType, names: Sequence[NameColumns], taps: Sequence[int]) -> Iterator[Openings]:
    """All SYNs, in ranges of the client's initial sequence number."""
    for low, high in ranges(np, sum(len(one.number) for one in names), NUMBER.bit_length()):
        parts = []
        for one, tap in zip(names, taps, strict=True):
            these = between(np, one.number, low, high)
            some = [column[these].copy() for column in (one.number, one.number_key, one.number_order)]
            parts.append((*some[:2], np.full(len(some[0]), tap, np.int64), some[2]))
            let_go(one.key)
        yield Openings(*(np.concatenate(pieces) for pieces in zip(*parts, strict=True)))


class Sums(NamedTuple):
    """Of some 4-tuples in some captures: how many segments, whether one is a RST, and the prints."""

    size: Integers
    reset: Flags
    prints: Integers


def sums_of(np: ModuleType, names: Sequence[NameColumns], taps: Sequence[int], key: Integers, tap: Integers) -> Sums:
    """Look them up in all files of each capture."""
    found = Sums(np.zeros(len(key), np.int64), np.zeros(len(key), bool), np.zeros((2, len(key))))
    for one, its in zip(names, taps, strict=True):
        those = np.flatnonzero(tap == its)
        at = np.searchsorted(one.key, key[those])
        fits = at < len(one.key)
        those, at = those[fits], at[fits]
        fits = picked(one.key, at) == key[those]
        those, at = those[fits], at[fits]
        found.size[those] += picked(one.size, at)
        found.reset[those] |= picked(one.reset, at) > 0
        found.prints[0, those] += picked(one.upper, at)
        found.prints[1, those] += picked(one.lower, at)
        let_go(one.key)
    return found
