"""The frames of a batch by the hashes of their 4-tuples: which belong to connections that are asked for, without tracking any of them. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import entry
from tcpexplain.tracking.sought import hash_ahead
from tcpexplain.tracking.table import hash_of
from tcpexplain.wire.frames import are_whole
from tcpexplain.wire.headers import decode
from tcpexplain.wire.skipped import ICMP_ERROR

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.wire.frames import Batch
    from tcpexplain.wire.segment import Key, Segment


def fits_sift(
    batch: Batch, count: int, chosen: Array[int], segments: Array[Segment], keys: Array[Key], found: Array[int]
) -> bool:
    """Whether there are so many frames, room for the places of all, flags, and what one is decoded into."""
    if len(chosen) == 0 or len(chosen) & len(chosen) - 1 or min(len(segments), len(keys)) == 0:
        return False
    return are_whole(batch, 0, count) and len(found) >= count


@entry(fits_sift)
def sift(
    batch: Batch, count: int, chosen: Array[int], segments: Array[Segment], keys: Array[Key], found: Array[int]
) -> int:
    """Fill ``found`` with the rows of a batch whose segments are on a 4-tuple that is flagged; their number.

    ``chosen`` has flags by the hash of a 4-tuple, cut to their number, which is a power of two.
    """
    buffer, starts, captureds, wires, links = batch.buffer, batch.start, batch.captured, batch.wire, batch.link
    segment, key, mask, n = segments[0], keys[0], len(chosen) - 1, 0
    for row in range(count):
        where = hash_ahead(buffer, starts[row], starts[row] + captureds[row], links[row])
        if where < 0:
            if decode(buffer, starts[row], captureds[row], wires[row], links[row], segment, key) > ICMP_ERROR:
                continue
            where = hash_of(key)
        place = where & mask
        if chosen[place]:
            found[n] = row
            n += 1
    return n


def fits_hash_all(batch: Batch, count: int, segments: Array[Segment], keys: Array[Key], found: Array[int]) -> bool:
    """Whether there are so many frames, room for the hashes of all, and what one is decoded into."""
    return min(len(segments), len(keys)) > 0 and are_whole(batch, 0, count) and len(found) >= count


@entry(fits_hash_all)
def hash_all(batch: Batch, count: int, segments: Array[Segment], keys: Array[Key], found: Array[int]) -> None:
    """Fill ``found`` with the hash of each frame's 4-tuple; -1 where it holds no segment."""
    buffer, starts, captureds, wires, links = batch.buffer, batch.start, batch.captured, batch.wire, batch.link
    segment, key = segments[0], keys[0]
    for row in range(count):
        where = hash_ahead(buffer, starts[row], starts[row] + captureds[row], links[row])
        if where < 0:
            reason = decode(buffer, starts[row], captureds[row], wires[row], links[row], segment, key)
            where = hash_of(key) if reason <= ICMP_ERROR else -1
        found[row] = where
