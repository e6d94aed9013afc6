"""Frames -> segments with their 4-tuples, in blocks; and segments, wherever they were decoded, -> connections. Hot.

What ``tracking.intake.take`` does at once, in two halves: whoever decodes a file need not know the others, and whoever follows
a connection is given its segments from all files. In a block ``Segment.next`` is the place of the segment's 4-tuple among
the block's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import entry
from tcpexplain.tracking.entry import HIGH_BITS
from tcpexplain.tracking.table import connect, hash_of, is_on, place_of, put_on
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.frames import are_whole
from tcpexplain.wire.headers import decode
from tcpexplain.wire.segment import FILE_SHIFT
from tcpexplain.wire.skipped import ICMP_ERROR, REASONS

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.tracking.tracked import Tracked
    from tcpexplain.wire.frames import Batch
    from tcpexplain.wire.segment import Key, Segment

BUCKETS = 256
"""Into how many parts 4-tuples are sorted by their hash; a worker takes a range of them."""


class Names(NamedTuple):
    """4-tuples with a place each: ``table`` leads from the hash of one to its place, ``chains`` to the next of that hash.

    ``used``: how many segments of a block, and how many 4-tuples, there are.
    """

    keys: Array[Key]
    chains: Array[int]
    table: Array[int]
    used: Array[int]


def is_power_of_two(number: int) -> bool:
    """Whether a hash can be cut to a place by a mask of ``number - 1``."""
    return number > 0 and number & (number - 1) == 0


def fits_divide(
    batch: Batch, at: int, count: int, scratch: Array[Key], pool: Array[Segment], names: Names, skipped: Array[int]
) -> bool:
    """Whether the frames lie within the buffer, and the block has room for what it may get."""
    used, room = names.used, len(pool)
    if not are_whole(batch, at, count) or len(scratch) < 1 or len(used) < 2 or len(skipped) < REASONS:
        return False
    if not is_power_of_two(len(names.table)):
        return False
    return 0 <= used[1] <= used[0] <= room and len(names.keys) >= room and len(names.chains) >= room


@entry(fits_divide)
def divide(
    batch: Batch,
    at: int,
    count: int,
    file: int,
    scratch: Array[Key],
    pool: Array[Segment],
    names: Names,
    skipped: Array[int],
) -> int:
    """Decode the frames ``at`` to ``count`` of a batch into a block, as long as it has room.

    ``pool`` and ``names`` are the block's segments and 4-tuples; ``skipped`` counts what is no segment.

    Returns
    -------
    int
        The first frame that was not taken.
    """
    key, room, used, origin = scratch[0], len(pool), names.used, file << FILE_SHIFT
    for i in range(at, count):
        if used[0] >= room:
            return i
        segment = pool[used[0]]
        found = decode(batch.buffer, batch.start[i], batch.captured[i], batch.wire[i], batch.link[i], segment, key)
        if found > ICMP_ERROR:
            skipped[found] += 1
            continue
        segment.time = batch.time[i]
        segment.packet = origin | batch.packet[i]
        segment.file = file
        segment.next = number_of(key, names)
        used[0] += 1
    return count


def number_of(key: Key, names: Names) -> int:
    """The place of a 4-tuple in its block, where it is put if it is new."""
    keys, chains, table, used = names.keys, names.chains, names.table, names.used
    place = place_of(key, len(table) - 1)
    index = table[place]
    while index >= 0:
        if is_on(keys[index], key):
            return int(index)
        index = chains[index]
    index = used[1]
    used[1] += 1
    put_on(keys[index], key)
    chains[index] = table[place]
    table[place] = index
    return int(index)


def fits_link(keys: Array[Key], at: int, count: int, tracked: Tracked) -> bool:
    """Whether there are such segments and 4-tuples, and the table is as large as the counters say."""
    pool, desks = tracked.pool, tracked.desks
    if not len(desks) or not 0 <= at <= count <= len(pool) or len(tracked.sides) < 2 * len(tracked.stretches):
        return False
    for slot in range(at, count):
        if not 0 <= pool[slot].next < len(keys):
            return False
    return 0 <= desks[0].rows <= len(tracked.rows) and desks[0].mask + 1 == len(tracked.table)


@entry(fits_link)
def link(keys: Array[Key], at: int, count: int, tracked: Tracked) -> int:
    """Put the segments ``at`` to ``count`` of a pool, which are in order, into their connections, as long as there are rows.

    There are no stretches: every slot is in use already, and stays so.

    Returns
    -------
    int
        The first segment that was not taken.
    """
    pool, stretches, sides, rows = tracked.pool, tracked.stretches, tracked.sides, tracked.rows
    table, desk = tracked.table, tracked.desks[0]
    for slot in range(at, count):
        if desk.rows >= len(rows):
            return slot
        key = keys[pool[slot].next]
        connect(slot, place_of(key, desk.mask), key, pool, stretches, sides, rows, table, desk)
    return count


def fits_sort_keys(keys: Array[Key], count: int, buckets: Array[int]) -> bool:
    """Whether there are so many."""
    return count <= len(keys) and count <= len(buckets)


@entry(fits_sort_keys)
def sort_keys(keys: Array[Key], count: int, buckets: Array[int]) -> None:
    """Fill ``buckets`` with the bucket of each 4-tuple."""
    for i in range(count):
        buckets[i] = bucket_of(keys[i])


def bucket_of(key: Key) -> int:
    """The bucket of a 4-tuple, the same in either direction."""
    return hash_of(key) >> HIGH_BITS
