"""Which 4-tuples of decoded captures may be one connection, and of which the segments are followed from point to point: bounded, in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.memory import objects
from tcpexplain.hot.columns import MIX, distinct
from tcpexplain.identity.find import ALIKE, FOLLOWED, MOST, SAME, NamedSegment
from tcpexplain.parallel.named import (
    contents,
    extents,
    key_numbers,
    mixed,
    named,
    restored_names,
    rows_by_key,
    rows_by_number,
    sums_of,
)
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.segment import Key, Segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import ModuleType

    from tcpexplain.analysis.memory import Arrays
    from tcpexplain.hot.array import Integers
    from tcpexplain.parallel.blocks import Block
    from tcpexplain.parallel.divide import Divided
    from tcpexplain.parallel.named import NameColumns, NameRows, Openings


class FollowedNames(NamedTuple):
    """What is followed: captures and 4-tuples, each as one number (``name_of``), and whether connections behind NAT are not."""

    names: Integers
    left_out: bool = False


def blocks_of(found: Sequence[Divided]) -> Iterator[tuple[Divided, Block]]:
    """All blocks, each with its capture."""
    for one in found:
        yield from ((one, block) for block in one.blocks)


def name_of(np: ModuleType, key: Integers, file: Integers) -> Any:
    """A number for a 4-tuple in one capture."""
    return (key ^ file.astype(np.uint64)) * np.uint64(MIX)


def names_of(one: Divided, memory: Arrays) -> NameColumns:
    """What a capture has: as whoever decoded it left it in a file, or else from its blocks."""
    return restored_names(one.names, memory) if one.names else named(one.blocks, memory)


def columns_followed(
    found: Sequence[Divided], memory: Arrays, taps: Sequence[int], names: Sequence[NameColumns] | None = None
) -> FollowedNames:
    """What is to be followed: where NAT may have changed an address first, then those of which captures have not the same segments, then the rest.

    Connections under the same 4-tuple in several captures are told once in any case, as soon as the clocks are right. ``names``: what
    the captures have, if that is known.
    """
    np = memory.np
    names = names or [names_of(one, memory) for one in found]
    best = Candidates(np)
    for openings in rows_by_number(np, names, taps):
        best.add(alike_numbers(np, openings, names, taps))
    chosen, left_out = best.within_bounds()
    middle = begun_in_the_middle(np, rows_by_key(np, names, taps), len(set(taps)))
    return FollowedNames(distinct(np.concatenate([chosen, middle])), left_out)


class Wholes(NamedTuple):
    """Captures and 4-tuples, each once, in the order of their numbers."""

    name: Integers
    tap: Integers
    key: Integers
    size: Integers
    reset: Integers
    prints: Integers
    of_row: Integers
    """Which of them each of ``NameRows`` is."""
    first: Integers
    last: Integers


def merged(np: ModuleType, rows: NameRows) -> Wholes:
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


TRANSLATED, DIFFERENT, EQUAL = range(3)
"""Kinds of groups, in the order in which they are followed: 4-tuples differ; they do not, but segments do; every capture has the same segments."""


class NumberGroups(NamedTuple):
    """Names with the same initial sequence number, one behind the other."""

    names: Integers
    prints: Integers
    """Of each name: a number for its segments."""
    group: Integers
    """Of each name: its group."""
    kind: Integers
    """Of each group: ``TRANSLATED``, ``DIFFERENT`` or ``EQUAL``."""
    reset: Integers
    size: Integers
    first: Integers
    """Its first SYN."""

    def only(self, np: ModuleType, which: Integers) -> NumberGroups:
        """Some groups."""
        of_name = which[self.group]
        place = np.cumsum(which) - 1
        its = (self.names[of_name], self.prints[of_name], place[self.group[of_name]])
        return NumberGroups(*its, *(column[which] for column in self[3:]))


def alike_numbers(
    np: ModuleType, openings: Openings, names: Sequence[NameColumns], taps: Sequence[int]
) -> NumberGroups | None:
    """The groups of two names and more, but not of a scanner's; None if there are none."""
    every = name_of(np, openings.key, openings.tap)
    order = np.lexsort((openings.order, every, openings.number))
    number, name = openings.number[order], every[order]
    new = np.ones(len(order), bool)
    new[1:] = (number[1:] != number[:-1]) | (name[1:] != name[:-1])
    order, number, name = order[new], number[new], name[new]
    begins = np.ones(len(number), bool)
    begins[1:] = number[1:] != number[:-1]
    group = np.cumsum(begins) - 1
    fits = np.bincount(group)[group] if len(group) else group
    keep = (fits >= 2) & (fits <= MOST)
    order, name = order[keep], name[keep]
    begins = np.diff(group[keep], prepend=-1) != 0
    group, starts = np.cumsum(begins) - 1, np.flatnonzero(begins)
    if not len(starts):
        return None
    keys, first = openings.key[order], openings.order[order]
    sums = sums_of(np, names, taps, keys, openings.tap[order])
    low, high, resets, sizes, firsts, least, most = (
        function.reduceat(values, starts, axis=-1)
        for function, values in (
            (np.minimum, keys), (np.maximum, keys), (np.logical_or, sums.reset), (np.add, sums.size), (np.minimum, first),
            (np.minimum, sums.prints), (np.maximum, sums.prints),
        )
    )  # fmt: skip
    same = (low == high) & (least == most).all(axis=0)
    return NumberGroups(
        name,
        mixed(np, (sums.size, *sums.prints.astype(np.int64))),
        group,
        np.where(low != high, TRANSLATED, np.where(same, EQUAL, DIFFERENT)),
        resets,
        sizes,
        firsts,
    )


class Candidates:
    """The groups that may be followed: of each kind no more than there is room for, and of the others how many segments they have."""

    def __init__(self, np: ModuleType) -> None:
        self.np = np
        self.kept: NumberGroups | None = None
        self.groups, self.segments = [0, 0, 0], [0, 0, 0]

    def add(self, some: NumberGroups | None) -> None:
        """Some more groups."""
        if some is None:
            return
        np = self.np
        for kind in (TRANSLATED, DIFFERENT, EQUAL):
            self.groups[kind] += int((some.kind == kind).sum())
            self.segments[kind] += int(in_reach(np, some.size[some.kind == kind]).sum())
        if self.kept is not None:
            some = some._replace(group=some.group + len(self.kept.kind))
            some = NumberGroups(*(np.concatenate(both) for both in zip(self.kept, some, strict=True)))
        self.kept = some.only(np, self.leading(some))

    def leading(self, some: NumberGroups) -> Any:
        """Which groups come first of their kind, as many as may be followed: each name of a group has a segment at least."""
        return self.rank(some) < self.np.array([FOLLOWED // 2 + 1, ALIKE, SAME])[some.kind]

    def order(self, some: NumberGroups) -> Any:
        """Groups by kind, those with a RST first, then as they began."""
        return self.np.lexsort((some.first, ~some.reset, some.kind))

    def rank(self, some: NumberGroups) -> Any:
        """Of each group, how many of its kind come before it."""
        np, order = self.np, self.order(some)
        begins = np.cumsum(np.bincount(some.kind, minlength=3)) - np.bincount(some.kind, minlength=3)
        found = np.empty(len(order), np.int64)
        found[order] = np.arange(len(order)) - begins[some.kind[order]]
        return found

    def within_bounds(self) -> tuple[Integers, bool]:
        """The names that are followed, and whether there are groups with several 4-tuples that are not."""
        np, some = self.np, self.kept
        if some is None:
            return np.zeros(0, np.uint64), False
        order = self.order(some)
        kind, size = some.kind[order], some.size[order]
        taken = np.zeros(len(order), bool)
        before = 0
        for one in (TRANSLATED, DIFFERENT, EQUAL):
            its = kind == one
            taken[order[its]] = (before + np.cumsum(in_reach(np, size[its])) <= FOLLOWED) & (size[its] <= FOLLOWED)
            before += self.segments[one]
        # Of the other kinds no more were kept than may be followed.
        left_out = self.groups[TRANSLATED] > int((taken & (some.kind == TRANSLATED)).sum())
        return some.names[taken[some.group]], left_out


def in_reach(np: ModuleType, size: Integers) -> Integers:
    """The room that groups take: one for which there is not enough at all takes none from the others."""
    found: Integers = np.where(size <= FOLLOWED, size, 0)
    return found


def begun_in_the_middle(np: ModuleType, parts: Iterable[NameRows], files: int) -> Any:
    """Names of 4-tuples that several captures have, and of which not all have a SYN: the first of them."""
    names, sizes = np.zeros(0, np.uint64), np.zeros(0, np.int64)
    for rows in parts if files > 1 else ():
        whole = merged(np, rows)
        begun = np.zeros(len(whole.name), bool)
        begun[whole.of_row[rows.open_at]] = True
        order = np.lexsort((whole.name, whole.key))
        new = np.ones(len(order), bool)
        new[1:] = whole.key[order][1:] != whole.key[order][:-1]
        which = np.cumsum(new) - 1
        often, unbegun = np.bincount(which) > 1, np.bincount(which, ~begun[order]) > 0
        places = order[(often & unbegun)[which]] if len(order) else order
        names, sizes = np.append(names, whole.name[places]), np.append(sizes, whole.size[places])
        if len(names) >= 2 * ALIKE:
            break
    names, sizes = names[: 2 * ALIKE], sizes[: 2 * ALIKE]
    return names[np.cumsum(sizes) <= FOLLOWED]


def segments_followed(
    found: Sequence[Divided], memory: Any, names: Integers, taps: Sequence[int]
) -> Iterator[NamedSegment]:
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
