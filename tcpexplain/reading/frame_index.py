"""Where in a pcap file the frames of each 4-tuple are: what is read once more of it need not be looked for from its first byte on."""

from __future__ import annotations

from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tcpexplain.errors import CaptureError
from tcpexplain.readers import CaptureFile, missing
from tcpexplain.readers.pcap import FILE_HEADER
from tcpexplain.tracking.sift import hash_all
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.segment import Key, Segment
from tcpexplain.wire.stream import Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

    from typing_extensions import Buffer

    from tcpexplain.analysis.memory import Arrays
    from tcpexplain.hot.array import Integers
    from tcpexplain.wire.frames import Frames

MOST = 1 << 23
"""Frames that are noted at most, 8 bytes of each: of a longer capture none are."""
FEW = 16
"""Only one frame in so many may be wanted: where they are more, reading all of them is faster."""


class Noted(NamedTuple):
    """What is known of a batch of frames."""

    offset: int
    """Where its buffer begins in the file."""
    ends: Integers
    """Where each frame ends in its buffer."""
    hashes: Integers
    """The hash of each one's 4-tuple (``tracking.table``); -1: it holds no segment."""


class FrameIndex:
    """The frames of one pcap file; only where each of them stays as it was captured, and in the order of the file."""

    def __init__(self) -> None:
        self.batches: list[Noted] = []
        self.frames = 0
        self.is_whole = True
        """Whether all frames so far have been noted."""
        self._scratch: tuple[Any, Any, Any] | None = None

    def note(self, frames: Frames, memory: Arrays, *, backwards: bool) -> None:
        """Note a batch; ``backwards``: the times of the capture do not only grow, so that its frames are put in another order."""
        self.frames += frames.count
        if not self.is_whole or frames.offset < 0 or backwards or self.frames > MOST:
            self.is_whole = False
            self.batches.clear()
            return
        np, count = memory.np, frames.count
        if self._scratch is None or len(self._scratch[2]) < count:
            self._scratch = memory.records(Segment, 1), memory.records(Key, 1), memory.integers(count)
        memory.hot(hash_all)(frames.batch, count, *self._scratch)
        ends = (frames.start[:count] + frames.captured[:count]).astype(np.uint32)
        self.batches.append(Noted(frames.offset, ends, self._scratch[2][:count].astype(np.int32)))

    def chosen(self, flags: Integers) -> tuple[list[int], list[tuple[int, int]]] | None:
        """The numbers of the frames whose hashes are flagged, and where their records begin and end in the file; None if they are not few."""
        first, last = 1, FILE_HEADER
        numbers: list[int] = []
        spans: list[tuple[int, int]] = []
        for offset, ends, hashes in self.batches:
            rows = ((flags[hashes & len(flags) - 1] > 0) & (hashes >= 0)).nonzero()[0]
            # A record begins where the one before it ends.
            begins = ends[rows - 1].astype(flags.dtype) + offset
            begins[rows == 0] = last
            numbers += (rows + first).tolist()
            spans += zip(begins.tolist(), (ends[rows].astype(flags.dtype) + offset).tolist(), strict=True)
            first, last = first + len(ends), offset + int(ends[-1])
        return (numbers, spans) if len(numbers) * FEW <= self.frames else None

    def excerpt_of(self, name: str, flags: Integers) -> CaptureFile | None:
        """The capture cut down to the frames whose hashes are flagged; None if it has to be read from end to end."""
        found = self.chosen(flags) if self.is_whole and self.batches else None
        if found is None:
            return None
        try:
            file = Path(name).open("rb", buffering=0)  # noqa: SIM115 (closed when the capture has been read)
        except OSError as error:
            raise missing(name, error) from None
        return ChosenFrames(Source(FileParts(file, [(0, FILE_HEADER), *found[1]])), name, found[0])


class ChosenFrames(CaptureFile):
    """A pcap file of which only some frames are read; these keep their numbers.

    Iterating raises CaptureError if the file has changed so much that there are more of them.
    """

    def __init__(self, source: Source, name: str, numbers: list[int]) -> None:
        super().__init__(source, name, "pcap")
        self._numbers = numbers

    def __iter__(self) -> Iterator[Frames]:
        numbers = self._columns.column(self._numbers)
        for frames in super().__iter__():
            frames.packet = numbers[frames.packet[0] - 1 :][: frames.count]
            if len(frames.packet) < frames.count:
                raise CaptureError(f"{self.name} has other packets now", file=self.name, code="TE001")
            yield frames


class FileParts(RawIOBase):
    """Parts of a file, one behind the other: each from one offset to another."""

    def __init__(self, file: FileIO, spans: list[tuple[int, int]]) -> None:
        self._file, self._spans = file, spans
        self._next = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Fill the buffer, as far as there is anything left."""
        view, filled = memoryview(buffer), 0
        while filled < len(view) and self._next < len(self._spans):
            begin, end = self._spans[self._next]
            self._file.seek(begin)
            got = self._file.readinto(view[filled : filled + end - begin])
            if not got:
                break
            filled += got
            self._spans[self._next] = begin + got, end
            self._next += begin + got == end
        return filled

    def close(self) -> None:
        """Close the file too."""
        if not self.closed:
            self._file.close()
        super().close()
