"""The frames of a batch that belong to connections which are asked for, found without tracking any of them. Hot."""

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
