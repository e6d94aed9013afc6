"""Which 4-tuples of decoded captures may be one connection, and of which the segments are followed from point to point: bounded, in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.memory import Arrays, objects
from tcpexplain.hot.columns import MIX, distinct
from tcpexplain.identity.find import ALIKE, FOLLOWED, MOST, SAME, NamedSegment
from tcpexplain.parallel.blocks import Held, read
from tcpexplain.parallel.buckets import BUCKETS
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.segment import ACK, RST, SYN, Key, Segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from tcpexplain.hot.array import Integers
    from tcpexplain.parallel.blocks import Block
    from tcpexplain.parallel.divide import Divided

NUMBER = 0xFFFFFFFF
ECN = 0xC0
"""Flags that routers may set."""
PART = (1 << 26) - 1
"""So much of a number that sums of a hundred million of them are exact in a float."""


class FollowedNames(NamedTuple):
    """What is followed: captures and 4-tuples, each as one number (``name_of``), and how many connections behind NAT are not."""

    names: Any
    left_out: int = 0


class NameRows(NamedTuple):
    """The 4-tuples of all blocks, and the SYNs, as arrays."""

    file: Any
    key: Any
    """A number that stands for the 4-tuple."""
    size: Any
    """Segments."""
    reset: Any
    """Whether one of them is a RST."""
    prints: Any
    """Two sums over what the segments are, of which equal ones mean the same segments: two rows of numbers that floats hold exactly."""
    open_number: Any
    """Of each SYN or SYN-ACK: the client's initial sequence number."""
    open_at: Any
    """Its place among the 4-tuples."""
    first: Any
    last: Any
    """Of each 4-tuple: the times of its first and last segment, ns since 1970."""


def contents(block: Block, memory: Any) -> tuple[Any, Any, Any]:
    """Segments and 4-tuples of a block, and the memory they are in: arrays, if they come from a file."""
    if isinstance(block, Held):
        return block.segments, block.keys, memory
    arrays = memory if memory.compiled else Arrays()
    return *read([block], arrays, 0, BUCKETS), arrays


def blocks_of(found: Sequence[Divided]) -> Iterator[tuple[Divided, Block]]:
    """All blocks, each with its capture."""
    for one in found:
        yield from ((one, block) for block in one.blocks)


def columns(segments: Any, memory: Any, *names: str) -> list[Any]:
    """Fields of segments or of 4-tuples as arrays."""
    return [segments[name].astype(memory.np.int64) for name in names]


def key_numbers(keys: Any, memory: Any) -> Any:
    """A number for each 4-tuple: the same for the same one, and by no likely chance for another."""
    return mixed(memory.np, columns(keys, memory, *(name for name, _ in Key.FIELDS)))


def mixed(np: Any, fields: Sequence[Any]) -> Any:
    """A number for the fields of each row."""
    found = np.zeros(len(fields[0]), np.uint64)
    for field in fields:
        found = (found ^ field.astype(np.uint64)) * np.uint64(MIX)
        found ^= found >> np.uint64(29)
    return found


def name_of(np: Any, key: Any, file: Any) -> Any:
    """A number for a 4-tuple in one capture."""
    return (key ^ file.astype(np.uint64)) * np.uint64(MIX)


def rows_of(found: Sequence[Divided], memory: Any, taps: Sequence[int]) -> NameRows:
    """What the blocks hold, each read once."""
    np = memory.np
    parts: list[tuple[Any, ...]] = []
    at = 0
    for one, block in blocks_of(found):
        segments, keys, _ = contents(block, memory)
        flags, owner, icmp, seq, ack, *more = columns(
            segments, memory, "flags", "next", "icmp", "seq", "ack", "length", "sender"
        )
        opening = (flags & SYN != 0) & (flags & RST == 0) & (icmp == 0)
        number = np.where(flags & ACK != 0, ack - 1, seq) & NUMBER
        resets = np.bincount(owner[flags & RST != 0], minlength=len(keys)) > 0
        first, last = extents(np, segments["time"], owner, len(keys))
        parts.append((
            np.full(len(keys), taps[one.number], np.int64), key_numbers(keys, memory), np.bincount(owner, minlength=len(keys)), resets,
            prints(np, mixed(np, (seq & NUMBER, ack & NUMBER, flags & ~ECN, icmp, *more)), owner, len(keys)),
            number[opening], owner[opening] + at, first, last,
        ))  # fmt: skip
        at += len(keys)
    if not parts:
        return NameRows(*(np.zeros(0, np.int64) for _ in NameRows._fields))
    return NameRows(*(np.concatenate(pieces, axis=-1) for pieces in zip(*parts, strict=True)))


def extents(np: ModuleType, times: Integers, owner: Integers, count: int) -> tuple[Integers, Integers]:
    """The first and the last of some times, by their owner."""
    first, last = np.full(count, np.iinfo(np.int64).max), np.zeros(count, np.int64)
    np.minimum.at(first, owner, times)
    np.maximum.at(last, owner, times)
    return first, last


def prints(np: Any, values: Any, owner: Any, count: int) -> Any:
    """Sums of parts of some numbers, by their owner."""
    parts = ((values >> np.uint64(shift) & np.uint64(PART)).astype(np.float64) for shift in (12, 38))
    return np.stack([np.bincount(owner, part, count) for part in parts])


def columns_followed(
    found: Sequence[Divided], memory: Any, taps: Sequence[int], rows: NameRows | None = None
) -> FollowedNames:
    """What is to be followed: where NAT may have changed an address first, then those of which captures have not the same segments, then the rest.

    Connections under the same 4-tuple in several captures are told once in any case, as soon as the clocks are right. ``rows``: what
    the blocks hold, if that is known.
    """
    np = memory.np
    rows = rows or rows_of(found, memory, taps)
    whole = merged(np, rows)
    groups = alike_numbers(np, rows, whole)
    chosen, left_out = within_bounds(np, groups)
    middle = begun_in_the_middle(np, rows, whole, len(set(taps)))
    return FollowedNames(distinct(np.concatenate([groups.names[chosen], middle])), left_out)


class Wholes(NamedTuple):
    """Captures and 4-tuples, each once, in the order of their numbers."""

    name: Any
    tap: Any
    key: Any
    size: Any
    reset: Any
    prints: Any
    of_row: Any
    """Which of them each of ``NameRows`` is."""
    first: Any
    last: Any


def merged(np: Any, rows: NameRows) -> Wholes:
    """The 4-tuples of each capture, each once, however many blocks have it."""
    every = name_of(np, rows.key, rows.file)
    name = distinct(every) if len(every) else every
    of_row = np.searchsorted(name, every)
    size, reset = np.bincount(of_row, rows.size, len(name)), np.bincount(of_row, rows.reset, len(name)) > 0
    key, tap = np.zeros(len(name), np.uint64), np.zeros(len(name), np.int64)
    key[of_row], tap[of_row] = rows.key, rows.file
    first, last = extents(np, rows.first, of_row, len(name))[0], extents(np, rows.last, of_row, len(name))[1]
    prints = np.stack([np.bincount(of_row, row, len(name)) for row in rows.prints]) if len(name) else rows.prints
    return Wholes(name, tap, key, size, reset, prints, of_row, first, last)


class NumberGroups(NamedTuple):
    """Names with the same initial sequence number, one behind the other."""

    names: Any
    group: Any
    """Of each name: its group."""
    translated: Any
    """Of each group: whether its 4-tuples differ."""
    same: Any
    """Whether they do not, and every capture has the same segments: nothing was lost or made between."""
    reset: Any
    size: Any
    first: Any
    """Its first SYN."""


def alike_numbers(np: Any, rows: NameRows, whole: Wholes) -> NumberGroups:
    """The groups of two names and more, but not of a scanner's."""
    place = whole.of_row[rows.open_at]
    order = np.lexsort((np.arange(len(place)), place, rows.open_number))
    number, place = rows.open_number[order], place[order]
    new = np.ones(len(order), bool)
    new[1:] = (number[1:] != number[:-1]) | (place[1:] != place[:-1])
    number, place, first = number[new], place[new], order[new]
    begins = np.ones(len(number), bool)
    begins[1:] = number[1:] != number[:-1]
    group = np.cumsum(begins) - 1
    fits = np.bincount(group)[group]
    keep = (fits >= 2) & (fits <= MOST)
    place, first = place[keep], first[keep]
    begins = np.diff(group[keep], prepend=-1) != 0
    group, starts = np.cumsum(begins) - 1, np.flatnonzero(begins)
    keys = whole.key[place]
    if not len(starts):
        return NumberGroups(whole.name[:0], group, *(starts.astype(bool),) * 3, starts, starts)
    low, high, resets, sizes, firsts, least, most = (
        function.reduceat(values, starts, axis=-1)
        for function, values in (
            (np.minimum, keys), (np.maximum, keys), (np.logical_or, whole.reset[place]), (np.add, whole.size[place]), (np.minimum, first),
            (np.minimum, whole.prints[:, place]), (np.maximum, whole.prints[:, place]),
        )
    )  # fmt: skip
    return NumberGroups(
        whole.name[place], group, low != high, (low == high) & (least == most).all(axis=0), resets, sizes, firsts
    )


def within_bounds(np: Any, groups: NumberGroups) -> tuple[Any, int]:
    """Which names are followed, and how many groups with several 4-tuples are not."""
    order = np.lexsort((groups.first, ~groups.reset, groups.same, ~groups.translated))
    translated, same = groups.translated[order], groups.same[order]
    room = np.cumsum(groups.size[order]) <= FOLLOWED
    room &= translated | np.where(same, np.cumsum(same) <= SAME, np.cumsum(~translated & ~same) <= ALIKE)
    taken = np.zeros(len(order), bool)
    taken[order[room]] = True
    return taken[groups.group], int((translated & ~room).sum())


def begun_in_the_middle(np: Any, rows: NameRows, whole: Wholes, files: int) -> Any:
    """Names of 4-tuples that several captures have, and of which not all have a SYN."""
    if files < 2 or not len(whole.name):
        return whole.name[:0]
    begun = np.zeros(len(whole.name), bool)
    begun[whole.of_row[rows.open_at]] = True
    order = np.lexsort((whole.name, whole.key))
    key = whole.key[order]
    new = np.ones(len(key), bool)
    new[1:] = key[1:] != key[:-1]
    which = np.cumsum(new) - 1
    often, unbegun = np.bincount(which) > 1, np.bincount(which, ~begun[order]) > 0
    places = order[(often & unbegun)[which]][: 2 * ALIKE]
    room = np.cumsum(whole.size[places]) <= FOLLOWED
    return whole.name[places[room]]


def segments_followed(found: Sequence[Divided], memory: Any, names: Any, taps: Sequence[int]) -> Iterator[NamedSegment]:
    """Their segments, those of each capture in its order."""
    np = memory.np
    for one, block in blocks_of(found):
        segments, keys, where = contents(block, memory)
        wanted = np.isin(name_of(np, key_numbers(keys, memory), np.full(len(keys), taps[one.number], np.int64)), names)
        places = np.flatnonzero(wanted)
        if not len(places):
            continue
        key_of = dict(zip(places.tolist(), objects(where.picked(keys, places), Key), strict=True))
        chosen = objects(where.picked(segments, np.flatnonzero(wanted[segments["next"]])), Segment)
        chosen.sort(key=lambda segment: int(segment.packet))
        yield from (NamedSegment(segment, key_of[segment.next]) for segment in chosen)
