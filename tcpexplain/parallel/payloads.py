"""Where the payload of frames lies, and which bucket its connection is in. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import entry
from tcpexplain.parallel.buckets import bucket_of
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.frames import are_whole
from tcpexplain.wire.headers import decode, transport
from tcpexplain.wire.skipped import SEGMENT

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.wire.frames import Batch
    from tcpexplain.wire.segment import Key, Segment


class Spans(NamedTuple):
    """Of each frame that carries payload: its row in the batch, where in the buffer the payload begins, its captured bytes, the bucket."""

    row: Array[int]
    begin: Array[int]
    size: Array[int]
    bucket: Array[int]


def fits_locate(batch: Batch, count: int, segments: Array[Segment], keys: Array[Key], spans: Spans) -> bool:
    """Whether there are so many frames, room for the spans of all, and what one is decoded into."""
    room = min(len(spans.row), len(spans.begin), len(spans.size), len(spans.bucket))
    return are_whole(batch, 0, count) and room >= count and min(len(segments), len(keys)) > 0


@entry(fits_locate)
def locate(batch: Batch, count: int, segments: Array[Segment], keys: Array[Key], spans: Spans) -> int:
    """Fill in the spans of a batch's payload; their number."""
    buffer, segment, key, n = batch.buffer, segments[0], keys[0], 0
    for row in range(count):
        start, wire, link = batch.start[row], batch.wire[row], batch.link[row]
        end = start + batch.captured[row]
        if decode(buffer, start, batch.captured[row], wire, link, segment, key) != SEGMENT or segment.length == 0:
            continue
        bucket = bucket_of(key)
        found, at, length = transport(buffer, start, end, start + wire, link, False, segment, key)
        begin, end = at + (buffer[at + 12] >> 4 << 2), min(end, at + length)
        if found == SEGMENT and begin < end:
            spans.row[n], spans.begin[n], spans.size[n], spans.bucket[n] = row, begin, end - begin, bucket
            n += 1
    return n
