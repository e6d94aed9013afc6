"""The next batch of a capture is read by a thread of its own while this one is worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.memory import Arrays

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.readers import CaptureFile
    from tcpexplain.reading.frame_index import FrameIndex
    from tcpexplain.wire.frames import Frames


class TwoSets(Arrays):
    """Columns of which there are two sets, so that one is filled while the other is read."""

    def __init__(self) -> None:
        super().__init__()
        self.other: tuple[Frames, bytearray | None] = Arrays().frames(bytearray()), None

    def lend(self, frames: Frames) -> Any:
        """Fill the other set from now on, if the batch is in this one; the bytes that it lies in, None if they are its own."""
        if frames.time is not self._frames.time:
            return None
        lent = self._bytes
        (self._frames, self._bytes), self.other = self.other, (self._frames, self._bytes)
        return lent


def ahead(capture: CaptureFile, columns: TwoSets, index: FrameIndex | None = None) -> Iterator[tuple[Frames, int]]:
    """Its batches, each with the bytes of the file read so far; one that was given is left alone until the next is asked for.

    ``index`` notes where their frames are.
    """
    from concurrent.futures import ThreadPoolExecutor

    batches = iter(capture)
    with ThreadPoolExecutor(1) as reader:

        def read() -> tuple[Frames | None, int]:
            frames = next(batches, None)
            if index and frames and frames.count:
                index.note(frames, columns, backwards=bool(capture.about.backwards))
            return frames, capture.position

        coming = reader.submit(read)
        while True:
            frames, position = coming.result()
            if frames is None:
                return
            capture.lend(columns.lend(frames))
            coming = reader.submit(read)
            yield frames, position


def at_once(capture: CaptureFile) -> Iterator[tuple[Frames, int]]:
    """The same without a thread."""
    for frames in capture:
        yield frames, capture.position
