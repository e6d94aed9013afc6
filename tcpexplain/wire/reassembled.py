"""Batches of frames in which IP packets are whole that were captured in fragments, bare or in tunnels.

The whole packet stands where its last fragment came. The frames of the others say why they are none (``wire.skipped``). A first fragment
without the rest stays as it is: its ports, numbers and flags are there, its length is a lower bound (``MARK_FRAGMENT``).
Where fragments are at the end of a batch, what follows the first of them waits for the next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.changes import Change, Kept, batch_of, row_of, with_changes
from tcpexplain.wire.datagrams import COMPLETE, COPY, LEFT, OPEN, VOID, Datagram, Datagrams
from tcpexplain.wire.fragments import FIELDS, fragment_of, search
from tcpexplain.wire.frames import CAPACITY
from tcpexplain.wire.headers import transport
from tcpexplain.wire.link import UNKNOWN, WHOLE
from tcpexplain.wire.segment import Key, Segment
from tcpexplain.wire.skipped import (
    FRAGMENT_ALONE,
    FRAGMENT_COPY,
    FRAGMENT_OVERLAPS,
    FRAGMENT_USED,
    LATER_FRAGMENT,
    MALFORMED,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tcpexplain.wire.frames import Columns, Frames

WRAPPING = 8
"""Bytes in front of a whole packet: what wraps it."""


class Part(NamedTuple):
    """A frame that holds a fragment."""

    datagram: Datagram
    is_first: bool
    reason: int = 0
    """Why it is no packet, whatever else comes."""
    whole: Change | None = None
    """The packet that it is the last fragment of, behind its wrapping; in this packet there may be a fragment again."""
    completes: bool = False
    """Whether that one has no fragment in it."""

    def change(self) -> Change | None:
        """What stands in the frame's place; None: it stays as it is."""
        reason = self.reason or self.fate()
        return Change(b"", 0, UNKNOWN << 8 | reason) if reason else self.whole

    def fate(self) -> int:
        """Why the frame is no packet; 0 if it is one."""
        state = self.datagram.state
        if state == VOID:
            return FRAGMENT_OVERLAPS
        if state == COMPLETE:
            return 0 if self.completes else FRAGMENT_USED
        if self.is_first:
            return 0
        return FRAGMENT_ALONE if self.datagram.has_first else LATER_FRAGMENT


def reassembled(batches: Iterable[Frames], columns: Columns) -> Iterator[Frames]:
    """The same frames, IP packets put together."""
    work = Reassembly(columns)
    for frames in batches:
        found = work.fragments_in(frames) if frames.count else 0
        if found or (work.held and frames.count):
            work.take(frames, found)
            yield from work.batches(frames)
            continue
        # Where nothing has come for a while, of a live capture, nothing is waited for.
        yield from work.released(len(work.held))
        work.shown += frames.count
        yield frames
    yield from work.released(len(work.held))


class Reassembly:
    """What is known between two batches. Frames are counted from 0."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.datagrams = Datagrams()
        self.parts: dict[int, Part] = {}
        """By frame, of those that have not been shown."""
        self.held: list[Kept] = []
        """Frames that wait, from the first one on whose packet may still become whole."""
        self.shown = 0
        """Frames before those."""
        self.found: Any = ()
        self.scratch: tuple[Any, Any] = ((), ())

    def fragments_in(self, frames: Frames) -> int:
        """How many fragments there are in a batch; which, is in ``found``."""
        columns = self.columns
        if len(self.found) < FIELDS * frames.count or hasattr(self.found, "dtype") != hasattr(frames.start, "dtype"):
            self.scratch = columns.records(Segment, 1), columns.records(Key, 1)
            # Of a small file not so many as a batch may have; of a large one not more with each batch.
            self.found = columns.column([0] * max(FIELDS * frames.count, 2 * len(self.found)))
        return columns.hot(search)(frames.batch, frames.count, *self.scratch, self.found)

    def take(self, frames: Frames, count: int) -> None:
        """Take the fragments of a batch."""
        begin = self.shown + len(self.held)
        for place in range(count):
            row, at, tunnel = (int(word) for word in self.found[FIELDS * place : FIELDS * place + FIELDS])
            stop = int(frames.start[row]) + int(frames.captured[row])
            self.parts[begin + row] = self.part(
                bytes(frames.buffer[at:stop]), tunnel, int(frames.time[row]), begin + row
            )

    def part(self, packet: bytes, tunnel: int, time: int, frame: int) -> Part:
        """Take one fragment; the packet that it completes may be a fragment of the packet that it wraps."""
        whole = None
        while True:
            piece = fragment_of(packet)
            if piece is None:
                return Part(Datagram(time, frame), is_first=False, reason=MALFORMED)
            datagram, state = self.datagrams.take(piece, tunnel, time, frame)
            if state != COMPLETE:
                return Part(datagram, piece.offset == 0, FRAGMENT_COPY if state == COPY else 0, whole)
            packet, wire = datagram.packet()
            whole = Change(tunnel.to_bytes(WRAPPING, "big") + packet, WRAPPING + wire, WHOLE << 8 | WRAPPING)
            at, tunnel = inner_fragment(whole)
            if at < 0:
                return Part(datagram, is_first=False, whole=whole, completes=True)
            packet = whole.data[at:]

    def batches(self, frames: Frames) -> Iterator[Frames]:
        """What need not wait any longer, of the frames that are held and of a batch."""
        begin = self.shown + len(self.held)
        waits = self.first_open(int(frames.time[frames.count - 1]), begin + frames.count)
        kept = max(waits - begin, 0)
        rest = [row_of(frames, row) for row in range(kept, frames.count)]
        yield from self.released(min(waits - self.shown, len(self.held)))
        if kept:
            frames.count = kept
            yield self.settled(frames)
        self.held += rest

    def first_open(self, now: int, end: int) -> int:
        """The first frame whose packet may still become whole; ``end`` if there is none."""
        waiting = (
            frame
            for frame, part in self.parts.items()
            if part.datagram.state == OPEN and not part.reason and not part.datagram.is_over(now, end)
        )
        return min(waiting, default=end)

    def released(self, count: int) -> Iterator[Frames]:
        """The first ``count`` of the frames that are held, which wait no longer."""
        if count:
            rows, self.held = self.held[:count], self.held[count:]
            for first in range(0, count, CAPACITY):
                yield self.settled(batch_of(rows[first : first + CAPACITY], self.columns))

    def settled(self, frames: Frames) -> Frames:
        """The next batch that is shown, with what has become of its fragments."""
        changes = {}
        for frame in [frame for frame in self.parts if frame < self.shown + frames.count]:
            part, row = self.parts.pop(frame), frame - self.shown
            if change := part.change():
                changes[row] = change
            if part.datagram.state == OPEN:
                part.datagram.state = LEFT
        self.shown += frames.count
        return with_changes(frames, changes)


def inner_fragment(whole: Change) -> tuple[int, int]:
    """Where in a whole packet the IP header of a fragment is that it wraps, and its wrapping; -1: it wraps none."""
    key, size = Key(), len(whole.data)
    found, at, _ = transport(whole.data, 0, size, whole.wire, whole.link, True, Segment(), key)
    return (at if found == LATER_FRAGMENT else -1), key.tunnel
