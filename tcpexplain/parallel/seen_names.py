"""The 4-tuples that captures have in common as ``identity.networks`` compares them: of lists, and in columns."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tcpexplain.identity.find import client_number, values
from tcpexplain.identity.networks import RANGES, SeenName, range_of
from tcpexplain.parallel.followed import blocks_of, merged
from tcpexplain.parallel.followed_lists import every_segment
from tcpexplain.parallel.named import columns, contents, key_numbers
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.segment import RST, SYN

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from types import ModuleType

    from tcpexplain.analysis.memory import Arrays
    from tcpexplain.hot.array import Flags, Integers
    from tcpexplain.identity.networks import Pair
    from tcpexplain.parallel.divide import Divided
    from tcpexplain.parallel.named import NameRows


def names_in_lists(found: Sequence[Divided], taps: Sequence[int]) -> Mapping[Hashable, Sequence[SeenName]]:
    """The 4-tuples of blocks that are lists."""
    opened: defaultdict[tuple[int, tuple[int, ...]], set[int]] = defaultdict(set)
    times: defaultdict[tuple[int, tuple[int, ...]], list[int]] = defaultdict(list)
    ranges: defaultdict[tuple[int, tuple[int, ...]], set[int]] = defaultdict(set)
    for segment, key in every_segment(found):
        place = (taps[int(segment.file)], values(key))
        times[place].append(int(segment.time))
        if segment.flags & (SYN | RST) == SYN and not segment.icmp:
            opened[place].add(client_number(segment))
        if not segment.flags & RST and not segment.icmp:
            ranges[place].add(range_of(int(segment.sender), int(segment.seq)))
    names: defaultdict[Hashable, list[SeenName]] = defaultdict(list)
    for place, of_name in times.items():
        tap, name = place
        known = frozenset(opened[place]), min(of_name), max(of_name), frozenset(ranges[place])
        names[name].append(SeenName(tap, *known))
    return {name: several for name, several in names.items() if any(one.opened for one in several)}


def allied_in_lists(names: Mapping[Hashable, Sequence[SeenName]]) -> set[Pair]:
    """The captures that saw a connection begin together."""
    return {
        (one.tap, other.tap)
        for several in names.values()
        for one in several
        for other in several
        if one.opened & other.opened
    }


def suspected(np: ModuleType, rows: NameRows) -> dict[Hashable, list[SeenName]]:
    """The 4-tuples, which stand as one number each, that may be several networks', without their ranges."""
    whole = merged(np, rows)
    place, number = whole.of_row[rows.open_at], rows.open_number
    keys = np.append(contested(np, whole.key, place, number), begun_elsewhere(np, whole.key, place))
    suspects = np.flatnonzero(np.isin(whole.key, keys))
    opened: defaultdict[int, set[int]] = defaultdict(set)
    which = np.isin(place, suspects)
    for one, isn in zip(place[which].tolist(), number[which].tolist(), strict=True):
        opened[one].add(isn)
    names: defaultdict[Hashable, list[SeenName]] = defaultdict(list)
    columns = (column[suspects].tolist() for column in (whole.key, whole.tap, whole.first, whole.last))
    for at, key, tap, first, last in zip(suspects.tolist(), *columns, strict=True):
        names[key].append(SeenName(tap, frozenset(opened[at]), first, last))
    return names


def with_ranges(np: ModuleType, seen: dict[Hashable, list[SeenName]], ranges: RangeColumns) -> None:
    """Note where the sequence numbers of some 4-tuples lie, as far as that is known."""
    for key, several in seen.items():
        at = int(np.searchsorted(ranges.keys, np.uint64(key)))
        if at < len(ranges.keys) and int(ranges.keys[at]) == key:
            its: defaultdict[int, list[int]] = defaultdict(list)
            first, last = np.searchsorted(ranges.codes, [at * ranges.width, (at + 1) * ranges.width]).tolist()
            for code in (ranges.codes[first:last] - at * ranges.width).tolist():
                its[code // (2 * RANGES)].append(code % (2 * RANGES))
            seen[key] = [one._replace(ranges=frozenset(its[one.tap])) for one in several]


class RangeColumns(NamedTuple):
    """Some 4-tuples in order, and the ranges of their sequence numbers (``range_of``) in each capture, each once, as one number with the 4-tuple's place."""

    keys: Integers
    codes: Integers
    width: int
    """How many such numbers one 4-tuple may have."""


def ranges_of(found: Sequence[Divided], memory: Arrays, taps: Sequence[int], wanted: Integers) -> RangeColumns:
    """Those of some 4-tuples, of which some captures have no SYN: the blocks are read for these, if there are any."""
    np, width = memory.np, len(taps) * 2 * RANGES
    known = np.zeros(0, np.int64)
    for one, block in blocks_of(found) if len(wanted) else ():
        segments, keys, where = contents(block, memory)
        numbers = key_numbers(keys, where)
        place = np.minimum(np.searchsorted(wanted, numbers), len(wanted) - 1)
        place[wanted[place] != numbers] = -1
        flags, owner, icmp, seq, sender = columns(segments, where, "flags", "next", "icmp", "seq", "sender")
        some = (place[owner] >= 0) & (flags & RST == 0) & (icmp == 0)
        name = place[owner[some]] * len(taps) + taps[one.number]
        known = np.union1d(known, name * 2 * RANGES + range_of(sender[some], seq[some]))
    return RangeColumns(wanted, known, width)


def without_beginning(np: ModuleType, rows: NameRows) -> Integers:
    """The suspected 4-tuples of which some captures have seen no beginning."""
    whole = merged(np, rows)
    return begun_elsewhere(np, whole.key, whole.of_row[rows.open_at])


def begun_elsewhere(np: ModuleType, keys: Integers, place: Integers) -> Integers:
    """The 4-tuples of which some captures have seen a beginning, and others have not."""
    begun = np.zeros(len(keys), bool)
    begun[place] = True
    found: Integers = np.intersect1d(keys[begun], keys[~begun])
    return found


def allied_in_columns(np: ModuleType, rows: NameRows) -> set[tuple[int, int]]:
    """The same of 4-tuples that stand as one number each: of the captures that saw one begin, each with the next."""
    key, number, tap = rows.key[rows.open_at], rows.open_number, rows.file[rows.open_at]
    order = np.lexsort((tap, number, key))
    key, number, tap = key[order], number[order], tap[order]
    found: set[tuple[int, int]] = set()
    for step in range(1, len(set(rows.file.tolist()))):
        same = (key[step:] == key[:-step]) & (number[step:] == number[:-step]) & (tap[step:] != tap[:-step])
        pairs = set(zip(tap[step:][same].tolist(), tap[:-step][same].tolist(), strict=True))
        if not pairs:
            break
        found |= pairs | {(other, one) for one, other in pairs}
    return found


def contested(np: ModuleType, keys: Integers, place: Integers, number: Integers) -> Integers:
    """The 4-tuples on which several captures have seen connections begin, none of them one that all have seen."""
    order = np.lexsort((place, number, keys[place]))
    key, number, place = keys[place][order], number[order], place[order]
    new = changes(np, key, number, place)
    key, number, place = key[new], number[new], place[new]
    starts = np.flatnonzero(changes(np, key, number))
    shared = np.diff(np.append(starts, len(key)))
    captures = captures_of(np, key, place)
    agreed = key[starts][shared == captures[starts]]
    found: Integers = key[(captures > 1) & ~np.isin(key, agreed)]
    return found


def captures_of(np: ModuleType, key: Integers, place: Integers) -> Integers:
    """Of rows sorted by 4-tuple: in how many captures each one's has its beginnings."""
    group = np.cumsum(changes(np, key)) - 1
    order = np.lexsort((place, group))
    new = changes(np, group[order], place[order])
    found: Integers = np.bincount(group[order][new])[group] if len(key) else group
    return found


def changes(np: ModuleType, *columns: Integers) -> Flags:
    """Which rows differ from the row before."""
    new: Flags = np.ones(len(columns[0]), bool)
    if len(new):
        new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return new
