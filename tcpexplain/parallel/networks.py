"""Captures of networks that use the same addresses: one 4-tuple at one time, and a connection of its own in each of them.

Private addresses (RFC 1918) are used again in every cloud and cluster. Two captures that have the same 4-tuple at the same time,
each with other initial sequence numbers of the client, saw two connections; mixed, neither would make sense. Where nothing is to be
identified, each capture is a network of its own.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.memory import Arrays
from tcpexplain.identity.find import client_number, values
from tcpexplain.parallel.blocks import Held, read_keys, write_keys
from tcpexplain.parallel.followed import blocks_of, merged, names_of
from tcpexplain.parallel.followed_lists import every_segment
from tcpexplain.parallel.named import key_numbers, rows_by_key
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.segment import RST, SYN
from tcpexplain.wire.wrappings.kinds import in_network

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence
    from types import ModuleType

    from tcpexplain.analysis.memory import Plain
    from tcpexplain.hot.array import Flags, Integers
    from tcpexplain.parallel.divide import Divided
    from tcpexplain.parallel.named import NameColumns, NameRows


class SeenName(NamedTuple):
    """A 4-tuple as one capture has it."""

    tap: int
    opened: frozenset[int]
    """The initial sequence numbers of the clients that called on it there."""
    first: int
    last: int
    """Times of its first and last segment there, ns since 1970."""


Marks = dict[tuple[int, "Hashable"], int]
"""For captures and 4-tuples: the number of the network, of those that are not the first's."""


def set_apart(
    found: Sequence[Divided], memory: Plain | Arrays, taps: Sequence[int], *, arrays: bool
) -> Sequence[NameColumns] | None:
    """Let 4-tuples of different networks differ, in all blocks; what is known of these, if they are arrays."""
    if not arrays:
        if len(set(taps)) > 1:
            mark_objects(found, taps, apart(names_in_lists(found, taps)))
        return None
    where = memory if isinstance(memory, Arrays) else Arrays()
    names = [names_of(one, where) for one in found]
    if len(set(taps)) < 2:
        return names
    marks: Marks = {}
    for rows in rows_by_key(where.np, names, taps):
        marks |= apart_in_columns(where.np, rows)
    mark_arrays(found, where, taps, marks)
    if not marks:
        return names
    for one in found:
        # What the file says is no longer so.
        one.names = ""
    return [names_of(one, where) for one in found]


def each_for_itself(found: Sequence[Divided], memory: Plain | Arrays, taps: Sequence[int], *, arrays: bool) -> None:
    """Let the 4-tuples of different captures differ, as if each were of a network of its own; parts of one capture are one."""
    where = memory if isinstance(memory, Arrays) or not arrays else Arrays()
    number = {tap: at for at, tap in enumerate(sorted(set(taps)))}
    for one, block in blocks_of(found):
        if isinstance(where, Arrays):
            keys = block.keys if isinstance(block, Held) else read_keys(block, where)
            keys["tunnel"] |= in_network(0, number[taps[one.number]])
            if not isinstance(block, Held):
                write_keys(block, keys)
        elif isinstance(block, Held):
            for key in block.keys:
                key.tunnel = in_network(key.tunnel, number[taps[one.number]])


def apart(names: Mapping[Hashable, Sequence[SeenName]]) -> Marks:
    """Which captures' 4-tuples are of other networks than the first capture's that has it."""
    return {
        (one.tap, key): number
        for key, several in names.items()
        for number, network in enumerate(networks(several))
        for one in network
        if number
    }


def networks(names: Iterable[SeenName]) -> list[list[SeenName]]:
    """The captures of one 4-tuple by network, the first one's first."""
    found: list[list[SeenName]] = []
    for several in of_one_connection(names):
        fits = [network for network in found if not any(differ(one, other) for one in several for other in network)]
        if fits:
            fits[0].extend(several)
        else:
            found.append(several)
    return found


def of_one_connection(names: Iterable[SeenName]) -> list[list[SeenName]]:
    """Those together that saw the same connection begin."""
    found: list[list[SeenName]] = []
    for name in sorted(names, key=lambda name: name.tap):
        fits = [several for several in found if any(name.opened & other.opened for other in several)]
        joined = [other for several in fits for other in several] + [name]
        found = [joined if fits and several is fits[0] else several for several in found if several not in fits[1:]]
        if not fits:
            found.append(joined)
    return found


def differ(one: SeenName, other: SeenName) -> bool:
    """Whether two captures saw different connections at one time."""
    known = one.opened and other.opened and not one.opened & other.opened
    return bool(known) and one.first <= other.last and other.first <= one.last


def names_in_lists(found: Sequence[Divided], taps: Sequence[int]) -> Mapping[Hashable, Sequence[SeenName]]:
    """The 4-tuples of blocks that are lists."""
    opened: defaultdict[tuple[int, tuple[int, ...]], set[int]] = defaultdict(set)
    times: defaultdict[tuple[int, tuple[int, ...]], list[int]] = defaultdict(list)
    for segment, key in every_segment(found):
        place = (taps[int(segment.file)], values(key))
        times[place].append(int(segment.time))
        if segment.flags & (SYN | RST) == SYN and not segment.icmp:
            opened[place].add(client_number(segment))
    names: defaultdict[Hashable, list[SeenName]] = defaultdict(list)
    for (tap, name), of_name in times.items():
        names[name].append(SeenName(tap, frozenset(opened[tap, name]), min(of_name), max(of_name)))
    return names


def apart_in_columns(np: ModuleType, rows: NameRows) -> Marks:
    """The same of 4-tuples that stand as one number each."""
    whole = merged(np, rows)
    place, number = whole.of_row[rows.open_at], rows.open_number
    suspects = np.flatnonzero(np.isin(whole.key, contested(np, whole.key, place, number)))
    opened: defaultdict[int, set[int]] = defaultdict(set)
    which = np.isin(place, suspects)
    for one, isn in zip(place[which].tolist(), number[which].tolist(), strict=True):
        opened[one].add(isn)
    names: defaultdict[Hashable, list[SeenName]] = defaultdict(list)
    columns = (column[suspects].tolist() for column in (whole.key, whole.tap, whole.first, whole.last))
    for at, key, tap, first, last in zip(suspects.tolist(), *columns, strict=True):
        names[key].append(SeenName(tap, frozenset(opened[at]), first, last))
    return apart(names)


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


def mark_objects(found: Sequence[Divided], taps: Sequence[int], marks: Marks) -> None:
    """Note the networks in the 4-tuples of lists."""
    for one in found if marks else ():
        for block in one.blocks:
            held: Any = block
            for key in held.keys:
                key.tunnel = in_network(key.tunnel, marks.get((taps[one.number], values(key)), 0))


def mark_arrays(found: Sequence[Divided], memory: Arrays, taps: Sequence[int], marks: Marks) -> None:
    """Note them in those of arrays, and of files."""
    of_tap: defaultdict[int, dict[Hashable, int]] = defaultdict(dict)
    for (tap, key), number in marks.items():
        of_tap[tap][key] = number
    for one, block in blocks_of(found):
        known = of_tap.get(taps[one.number])
        if not known:
            continue
        keys = block.keys if isinstance(block, Held) else read_keys(block, memory)
        for place, key in enumerate(key_numbers(keys, memory).tolist()):
            if key in known:
                keys["tunnel"][place] = in_network(int(keys["tunnel"][place]), known[key])
        if not isinstance(block, Held):
            write_keys(block, keys)
