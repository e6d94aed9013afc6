"""Batches in which some frames have been replaced by others, and batches of frames that were kept.

What a reader yields is never written to: it fills the same buffer and columns again and again.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.frames import Frames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tcpexplain.wire.frames import Columns


class Change(NamedTuple):
    """What stands in the place of a frame."""

    data: bytes
    wire: int
    """Bytes it had on the wire."""
    link: int
    """``LinkType.kind``."""


class Kept(NamedTuple):
    """One frame of a batch, kept."""

    time: int
    packet: int
    frame: Change


def with_changes(frames: Frames, changes: Mapping[int, Change]) -> Frames:
    """The batch with other frames in some of its rows."""
    if not changes:
        return frames
    count = frames.count
    start, captured, wire, link = (
        copied(one, count) for one in (frames.start, frames.captured, frames.wire, frames.link)
    )
    added = bytearray()
    for row, new in changes.items():
        start[row], captured[row] = len(frames.buffer) + len(added), len(new.data)
        wire[row], link[row] = new.wire, new.link
        added += new.data
    return Frames(longer(frames.buffer, added), start, captured, wire, frames.time, link, frames.packet, count)


def row_of(frames: Frames, row: int) -> Kept:
    """One frame of a batch."""
    start = int(frames.start[row])
    data = bytes(frames.buffer[start : start + int(frames.captured[row])])
    return Kept(
        int(frames.time[row]), int(frames.packet[row]), Change(data, int(frames.wire[row]), int(frames.link[row]))
    )


def batch_of(rows: Sequence[Kept], columns: Columns) -> Frames:
    """A batch of frames that were kept."""
    sizes = [len(row.frame.data) for row in rows]
    starts = list(accumulate(sizes, initial=0))[:-1]
    numbers = (
        starts,
        sizes,
        [row.frame.wire for row in rows],
        [row.time for row in rows],
        [row.frame.link for row in rows],
        [row.packet for row in rows],
    )
    start, captured, wire, time, link, packet = map(columns.column, numbers)
    buffer = as_buffer(bytearray().join(row.frame.data for row in rows), like=start)
    return Frames(buffer, start, captured, wire, time, link, packet, len(rows))


def copied(column: Any, count: int) -> Any:
    """The first rows of a column, to be written to."""
    return column[:count].copy() if hasattr(column, "dtype") else list(column[:count])


def as_buffer(data: bytearray, like: Any) -> Any:
    """The bytes as plain code reads them, or as machine code does if ``like`` is an array."""
    if hasattr(like, "dtype"):
        import numpy as np

        return np.frombuffer(data, np.uint8)
    return data


def longer(buffer: Any, added: bytearray) -> Any:
    """A buffer with more bytes behind it."""
    if hasattr(buffer, "dtype"):
        import numpy as np

        return np.concatenate([buffer, as_buffer(added, like=buffer)])
    return bytearray(buffer) + added
