"""The first half of the way of many captures: one file, decoded into blocks of segments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.memory import Arrays, Plain
from tcpexplain.errors import CaptureError
from tcpexplain.native.library import usable
from tcpexplain.parallel.blocks import Block, Blocks
from tcpexplain.parallel.carried import CarriedFile
from tcpexplain.parallel.named import store_names
from tcpexplain.parallel.scratch import new_file
from tcpexplain.readers import open_capture
from tcpexplain.values import frozen
from tcpexplain.wire.skipped import SKIP_REASONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tcpexplain.errors import Warning  # noqa: A004 (the word users see)
    from tcpexplain.parallel.carried import Carried
    from tcpexplain.wire.frames import Frames
    from tcpexplain.wire.quotes import Identity


@frozen
class CaptureToDecode:
    """One capture to decode; ``scratch``: the folder for its blocks, empty to hold them in memory."""

    number: int
    path: str
    size: int = 0
    reader: str | None = None
    filter: str | None = None
    scratch: str = ""
    compiled: bool = False
    quoted: tuple[tuple[Identity, bytes], ...] = ()
    """Packets of other files that cut ICMP errors of this one are about (``wire.quotes``)."""
    named: bool = False
    """Whether its 4-tuples are to be compared with those of others (``parallel.named``)."""
    carried: bool = False
    """Whether what its segments carry is to lie beside them (``parallel.carried``)."""


@dataclass(slots=True)
class Divided:
    """What was in one capture. ``error`` says why there is no more of it; times are ns since 1970."""

    number: int
    name: str
    size: int = 0
    format: str = ""
    link_types: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    warnings: tuple[Warning, ...] = ()
    packets: int = 0
    start: int = 0
    end: int = 0
    skipped: tuple[int, ...] = (0,) * len(SKIP_REASONS)
    blocks: list[Block] = field(default_factory=list)
    names: str = ""
    """The file of what ``parallel.named`` knows of its 4-tuples, if they are not in memory."""
    carried: Carried | None = None
    error: CaptureError | None = None
    united: int = 0
    """Segments for which those of another point of capture stand."""
    lacking: tuple[tuple[Identity, int], ...] = ()
    """What cut ICMP errors are about that is not in this file, and when the first of them came (ns)."""

    @property
    def segments(self) -> int:
        """TCP segments, and ICMP errors about one."""
        return self.packets - sum(self.skipped)

    def note(self, frames: Frames, memory: Any) -> None:
        """Count a batch."""
        first, last = memory.extent(frames.time, frames.count)
        self.start, self.end = min(self.start or first, first), max(self.end, last)
        self.packets += frames.count


def divide_file(file: CaptureToDecode, progress: Callable[[int, int], None] | None = None) -> Divided:
    """Decode a file. What cannot be read of it is said in the result; what can be read is there.

    Parameters
    ----------
    file
        What to read, and where to put it.
    progress
        Called after every batch with the packets and the bytes of this file read so far.

    Raises
    ------
    CaptureError
        What is wrong with more than this one file: TE001 if it is not there, TE012 if the filter does not parse.
    """
    memory: Any = Arrays() if file.compiled and usable() else Plain()
    found = Divided(file.number, file.path, file.size)
    blocks = Blocks(memory, place(file, ".blocks") if file.scratch else None)
    beside = CarriedFile(memory, place(file, ".carried"), file.number) if file.carried else None
    try:
        capture = open_capture(file.path, file.reader, memory, filter=file.filter)
        found.name = capture.name
        capture.before.known.update(file.quoted)
        try:
            for frames in capture:
                if frames.count:
                    found.note(frames, memory)
                    blocks.feed(frames, file.number)
                    if beside:
                        beside.feed(frames)
                if progress:
                    progress(found.packets, capture.position)
        finally:
            found.warnings, found.format = tuple(capture.warnings), capture.format
            found.link_types = tuple(link.name for link in capture.link_types)
            found.interfaces = tuple(capture.about.interfaces)
            found.lacking = tuple(capture.before.lacking.items())
    except CaptureError as error:
        if not error.leaves_out:
            raise
        found.error = error
    blocks.end()
    found.carried = beside.end() if beside else None
    found.blocks, found.skipped = blocks.found, tuple(int(count) for count in blocks.skipped)
    if file.scratch and file.named:
        arrays = memory if memory.compiled else Arrays()
        found.names = store_names(found.blocks, place(file, ".names"), arrays)
    return found


def place(file: CaptureToDecode, kind: str) -> Path:
    """A new file for what is found in a capture."""
    return new_file(file.scratch, kind, f"{file.number}-")
