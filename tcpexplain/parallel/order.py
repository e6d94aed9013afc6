"""Segments of several captures in one order, those of captures that overlap by time and each packet once."""

from __future__ import annotations

from itertools import chain
from typing import Any

from tcpexplain.parallel.blocks import Block, loaded
from tcpexplain.parallel.buckets import BUCKETS, Names
from tcpexplain.parallel.copies import find_copies, unify
from tcpexplain.wire.segment import Key, Segment

Spans = tuple[tuple[tuple[Block, ...], bool], ...]
Times = tuple[tuple[int, int], ...]


def in_order(
    memory: Any, spans: Spans, times: Times, first: int = 0, last: int = BUCKETS, wanted: Any = None
) -> tuple[Any, Any, int]:
    """The segments of some buckets in order, their 4-tuples, and how many copies were left out.

    Parameters
    ----------
    memory
        Where to put them.
    spans
        The blocks of captures whose times overlap together, one span after the other; True: they are several.
    times
        When each capture begins and ends, ns since 1970.
    first, last
        The buckets, up to ``last`` and without it.
    wanted
        Only these 4-tuples (``parallel.blocks.packed``).
    """
    pools, names, copies = [], [], 0
    for blocks, several in spans:
        pool, keys = loaded(blocks, memory, first, last, wanted)
        if several:
            pool = by_time(pool, memory)
            single = without_copies(pool, keys, times, memory)
            copies += len(pool) - len(single)
            pool = single
        pools.append(pool)
        names.append(keys)
    return *spans_joined(pools, names, memory), copies


def by_time(pool: Any, memory: Any) -> Any:
    """Segments in the order of time; of the same time, the earlier capture's is first."""
    if memory.compiled:
        return memory.picked(pool, memory.np.argsort(pool["time"], kind="stable"))
    return sorted(pool, key=lambda segment: int(segment.time))


def without_copies(pool: Any, keys: Any, times: Times, memory: Any) -> Any:
    """Each packet once."""
    hot, integers, number = memory.hot, memory.integers, len(keys)
    same, table = integers(number), integers(1 << (2 * number).bit_length(), -1)
    hot(unify)(keys, number, Names(memory.records(Key, number), integers(number), table, integers(2)), same)
    before, copies = integers(len(pool), -1), integers(len(pool))
    begins, ends = (memory.column([time[side] for time in times]) for side in range(2))
    hot(find_copies)(pool, len(pool), same, integers(number, -1), before, begins, ends, copies)
    if memory.compiled:
        return memory.picked(pool, memory.np.flatnonzero(copies == 0))
    return [segment for segment, copy in zip(pool, copies, strict=True) if not copy]


def spans_joined(pools: list[Any], names: list[Any], memory: Any) -> tuple[Any, Any]:
    """The spans one behind the other, their 4-tuples numbered through."""
    if len(pools) == 1:
        return pools[0], names[0]
    known = 0
    for pool, keys in zip(pools, names, strict=True):
        if memory.compiled:
            pool["next"] += known
        else:
            for segment in pool:
                segment.next += known
        known += len(keys)
    if memory.compiled:
        return memory.chained(pools, Segment), memory.chained(names, Key)
    return list(chain.from_iterable(pools)), list(chain.from_iterable(names))
