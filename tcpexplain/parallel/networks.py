"""Blocks in which the 4-tuples of different networks differ (``identity.networks``), or those of all captures."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.memory import Arrays
from tcpexplain.errors import Warning  # noqa: A004 (the word users see)
from tcpexplain.identity.find import values
from tcpexplain.identity.networks import Networks, apart
from tcpexplain.parallel.blocks import Held, read_keys, write_keys
from tcpexplain.parallel.followed import blocks_of, names_of
from tcpexplain.parallel.named import key_numbers, rows_by_key
from tcpexplain.parallel.seen_names import (
    allied_in_columns,
    allied_in_lists,
    names_in_lists,
    ranges_of,
    suspected,
    with_ranges,
    without_beginning,
)
from tcpexplain.units import counted
from tcpexplain.wire.wrappings.kinds import in_network

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from tcpexplain.analysis.memory import Plain
    from tcpexplain.parallel.divide import Divided
    from tcpexplain.parallel.named import NameColumns


def set_apart(
    found: Sequence[Divided], memory: Plain | Arrays, taps: Sequence[int], *, arrays: bool
) -> Sequence[NameColumns] | None:
    """Let 4-tuples of different networks differ, in all blocks; what is known of these, if they are arrays."""
    if not arrays:
        if len(set(taps)) > 1:
            seen = names_in_lists(found, taps)
            result = apart(seen, allied_in_lists(seen))
            mark_objects(found, taps, result.marks)
            tell(found, result.unclear)
        return None
    where = memory if isinstance(memory, Arrays) else Arrays()
    names = [names_of(one, where) for one in found]
    if len(set(taps)) < 2:
        return names
    result = apart_in_columns(found, where, taps, names)
    tell(found, result.unclear)
    mark_arrays(found, where, taps, result.marks)
    if not result.marks:
        return names
    for one in found:
        # What the file says is no longer so.
        one.names = ""
    return [names_of(one, where) for one in found]


def apart_in_columns(
    found: Sequence[Divided], memory: Arrays, taps: Sequence[int], names: Sequence[NameColumns]
) -> Networks:
    """The networks of all 4-tuples, of which some thousand are objects at a time."""
    np, allied = memory.np, set[tuple[int, int]]()
    parts, unclear = [np.zeros(0, np.uint64)], 0
    marks: dict[tuple[int, Hashable], int] = {}
    for rows in rows_by_key(np, names, taps):
        parts.append(without_beginning(np, rows))
        allied |= allied_in_columns(np, rows)
    ranges = ranges_of(found, memory, taps, np.sort(np.concatenate(parts)))
    for rows in rows_by_key(np, names, taps):
        seen = suspected(np, rows)
        with_ranges(np, seen, ranges)
        some = apart(seen, allied)
        marks |= some.marks
        unclear += some.unclear
    return Networks(marks, unclear)


def tell(found: Sequence[Divided], unclear: int) -> None:
    """TE024: connections of which nothing tells in which of several networks they are."""
    if unclear:
        warning = Warning(
            "TE024",
            f"of {counted(unclear, 'connection')} nothing tells which of several networks it belongs to",
            "the captures have only its middle, several networks use its addresses and ports, and its sequence numbers decide for none of them",
            "give the captures of one network at a time",
        )
        found[0].warnings = (*found[0].warnings, warning)


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


def mark_objects(found: Sequence[Divided], taps: Sequence[int], marks: Mapping[tuple[int, Hashable], int]) -> None:
    """Note the networks in the 4-tuples of lists."""
    for one in found if marks else ():
        for block in one.blocks:
            held: Any = block
            for key in held.keys:
                key.tunnel = in_network(key.tunnel, marks.get((taps[one.number], values(key)), 0))


def mark_arrays(
    found: Sequence[Divided], memory: Arrays, taps: Sequence[int], marks: Mapping[tuple[int, Hashable], int]
) -> None:
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
