"""Segments of several captures in one order, those of captures that overlap by time and each packet once."""

from __future__ import annotations

from itertools import chain
from typing import Any

from tcpexplain.parallel.blocks import Block, loaded
from tcpexplain.parallel.buckets import BUCKETS, Names
from tcpexplain.parallel.changes import UNCHANGED, Changes
from tcpexplain.parallel.copies import REACHED, find_copies, unify
from tcpexplain.wire.segment import Key, Segment

Spans = tuple[tuple[tuple[Block, ...], bool], ...]
Times = tuple[tuple[int, int], ...]


def in_order(
    memory: Any,
    spans: Spans,
    times: Times,
    first: int = 0,
    last: int = BUCKETS,
    wanted: Any = None,
    changes: Changes = UNCHANGED,
    room: int = 0,
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
    changes
        What becomes of the segments as they are read.
    room
        So many empty segments behind them.
    """
    pools, orders, names, copies = [], [], [], 0
    for blocks, several in spans:
        pool, keys = loaded(blocks, memory, first, last, wanted, changes)
        order = by_time(pool, memory) if several else None
        if order is not None:
            single = without_copies(pool, order, keys, times, memory)
            copies += len(order) - len(single)
            order = single
        pools.append(pool)
        orders.append(order)
        names.append(keys)
    return *spans_joined(pools, orders, names, memory, room), copies


def by_time(pool: Any, memory: Any) -> Any:
    """The places of segments in the order of time; of the same time, the earlier capture's is first."""
    if memory.compiled:
        return memory.np.argsort(pool["time"], kind="stable")
    return sorted(range(len(pool)), key=lambda place: int(pool[place].time))


def without_copies(pool: Any, order: Any, keys: Any, times: Times, memory: Any) -> Any:
    """Of places in the order of time those that are no copies: each packet once."""
    hot, integers, number = memory.hot, memory.integers, len(keys)
    same, table = integers(number), integers(1 << (2 * number).bit_length(), -1)
    hot(unify)(keys, number, Names(memory.records(Key, number), integers(number), table, integers(2)), same)
    before, copies = integers(len(pool), -1), integers(len(pool))
    begins, ends = (memory.column([time[side] for time in times]) for side in range(2))
    latest, reached = integers(number, -1), integers(REACHED * number)
    if not hot(find_copies)(pool, order, same, latest, reached, before, begins, ends, copies):
        return order
    if memory.compiled:
        return order[copies[order] == 0]
    return [place for place in order if not copies[place]]


def spans_joined(pools: list[Any], orders: list[Any], names: list[Any], memory: Any, room: int = 0) -> tuple[Any, Any]:
    """The spans one behind the other, each in its order (None: as it is), and room behind them; their 4-tuples numbered through."""
    known = 0
    for pool, keys in zip(pools, names, strict=True):
        if memory.compiled and known:
            pool["next"] += known
        elif known:
            for segment in pool:
                segment.next += known
        known += len(keys)
    if memory.compiled:
        keys = names[0] if len(names) == 1 else memory.chained(names, Key)
        return memory.arranged(pools, orders, Segment, room), keys
    every = [
        pool if order is None else [pool[place] for place in order] for pool, order in zip(pools, orders, strict=True)
    ]
    return memory.grown(list(chain.from_iterable(every)), Segment, sum(map(len, every)) + room), list(
        chain.from_iterable(names)
    )
