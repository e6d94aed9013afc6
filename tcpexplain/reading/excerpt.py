"""The frames of some connections, taken out of captures while these are read again: what else is asked of them needs no reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.tracking.sift import sift
from tcpexplain.wire.frames import Frames
from tcpexplain.wire.segment import Key, Segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.analysis.memory import Arrays

MOST = 64 << 20
"""Bytes of frames that are held at most; beyond it none are."""


class Excerpt:
    """Frames of the connections that are flagged.

    Parameters
    ----------
    chosen
        Flags by the hash of a 4-tuple (see ``Analysis``); few other connections have the same.
    """

    def __init__(self, chosen: Any) -> None:
        self.chosen = chosen
        self.batches: list[tuple[int, Frames]] = []
        self.is_whole = True
        """Whether all their frames are here: not if they are too many, or were read by plain code."""
        self.size = 0
        self.scratch: tuple[Any, Any, Any] | None = None

    def of(self, frames: Frames, file: int, memory: Arrays) -> Frames:
        """Those among a batch, as a batch of their own, which stays as it is; it is held as long as there is room."""
        chosen = self.sifted(frames, memory)
        self.size += len(chosen.buffer)
        if self.size > MOST:
            self.let_go()
        elif chosen.count and self.is_whole:
            self.batches.append((file, chosen))
        return chosen

    def sifted(self, frames: Frames, memory: Arrays) -> Frames:
        """Those among a batch."""
        if self.scratch is None or len(self.scratch[2]) < frames.count:
            self.chosen = memory.column(self.chosen)
            self.scratch = memory.records(Segment, 1), memory.records(Key, 1), memory.integers(frames.count)
        rows = self.scratch[2]
        rows = rows[: memory.hot(sift)(frames.batch, frames.count, self.chosen, *self.scratch)]
        start, captured, wire, time, link, packet = (
            one[rows] for one in (frames.start, frames.captured, frames.wire, frames.time, frames.link, frames.packet)
        )
        view = memoryview(frames.buffer)
        spans = zip(start.tolist(), captured.tolist(), strict=True)
        data = memory.np.frombuffer(bytearray().join(view[at : at + size] for at, size in spans), memory.np.uint8)
        return Frames(data, memory.np.cumsum(captured) - captured, captured, wire, time, link, packet, len(rows))

    def let_go(self) -> None:
        """Hold nothing: frames are looked for in the captures."""
        self.is_whole = False
        self.batches.clear()

    def of_file(self, file: int) -> Iterator[Frames]:
        """The batches of one of the captures."""
        return (frames for number, frames in self.batches if number == file)
