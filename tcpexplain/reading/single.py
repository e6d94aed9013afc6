"""Captures read one after the other: a single one, pipes, and the first packets of several."""

from __future__ import annotations

import os as _os
from collections import defaultdict, deque
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from tcpexplain.analysis.analysis import Analysis
from tcpexplain.errors import (
    CaptureError,
    Warning,  # noqa: A004 (the word users see)
)
from tcpexplain.readers import CaptureFile, open_capture
from tcpexplain.reading.ahead import ahead, at_once
from tcpexplain.reading.workplace import Workplace
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tcpexplain.analysis.recalled import Recalled
    from tcpexplain.reading.excerpt import Excerpt
    from tcpexplain.reading.frame_index import FrameIndex
    from tcpexplain.wire.frames import Frames

Path = str | _os.PathLike[str]


class Found(NamedTuple):
    """What was in the captures; ``again`` finds the packets of some connections once more, by flags of their stream numbers."""

    analysis: Analysis
    format: str
    link_types: tuple[str, ...]
    warnings: list[Warning]
    skipped: dict[str, int]
    again: Callable[[list[int]], Any] | None
    interfaces: tuple[str, ...] = ()
    """Names of the interfaces that were captured on, as far as the files have them."""


def in_turn(
    given: Sequence[Path | CaptureFile],
    analysis: Analysis,
    reader: str | None,
    filter: str | None,
    count: int | None,
    progress: Callable[[int, int], None] | None,
    *,
    twice: bool,
) -> Found:
    """Read captures one after the other, and conclude what is in them; ``twice``: they can be read again."""
    index = index_for(analysis) if twice and not filter and not count else None
    captures, refused = feed_all(given, analysis, reader, filter, count, progress, index=index)
    if analysis.streams:
        analysis.finish()
        if analysis.tap:
            from tcpexplain.analysis.heard import note

            analysis.words = dict(note(analysis, analysis.tap.outcomes(analysis)))
    return Found(
        analysis,
        next((capture.format for capture in captures if capture.format), ""),
        tuple(link.name for capture in captures for link in capture.link_types),
        [warning for capture in captures for warning in capture.warnings] + [refusal(error) for error in refused],
        dict(analysis.skipped),
        Again(partial(read_again, given, reader, filter, count, analysis, index=index)) if twice else None,
        tuple(dict.fromkeys(name for capture in captures for name in capture.about.interfaces)),
    )


def index_for(analysis: Analysis) -> FrameIndex | None:
    """What notes where the frames of a large capture are while it is read, where a thread of its own reads."""
    if not analysis.IN_PARTS:
        return None
    from tcpexplain.reading.frame_index import FrameIndex

    return FrameIndex()


def refusal(error: CaptureError) -> Warning:
    """One file of several that could not be read."""
    return Warning(error.code, error.message, error.note, error.help)


class Again:
    """Brings connections back; those that were brought back last are there."""

    def __init__(self, read: Callable[..., Recalled]) -> None:
        self.read = read
        self.known: set[int] = set()
        self.found: Recalled | None = None

    def __call__(self, chosen: list[int]) -> Recalled:
        """Those whose stream numbers are flagged."""
        streams = {stream for stream, one in enumerate(chosen) if one}
        if self.found is None or not streams <= self.known:
            self.known, self.found = streams, self.read(chosen)
        return self.found

    def with_frames(self, chosen: list[int]) -> Recalled:
        """The same, and their frames (``Recalled.excerpt``), unless these are too many."""
        self.known, self.found = {stream for stream, one in enumerate(chosen) if one}, self.read(chosen, frames=True)
        return self.found


def read_again(
    paths: Sequence[Path | CaptureFile],
    reader: str | None,
    filter: str | None,
    count: int | None,
    first: Analysis,
    chosen: list[int],
    *,
    frames: bool = False,
    index: FrameIndex | None = None,
) -> Recalled:
    """Read captures once more for the packets of the connections of ``first`` that are flagged, by stream number; with ``frames``, hold these.

    ``index`` tells where they are in a single one.
    """
    from tcpexplain.analysis.recalled import NAMED, Recalled
    from tcpexplain.reading.excerpt import Excerpt

    flags, streams = first.on_flags([stream for stream, one in enumerate(chosen) if one])
    analysis = Analysis(systems=first.systems, chosen=flags)
    excerpt = None if count else Excerpt(flags, hold=frames)
    part = (
        index.excerpt_of(_os.fspath(cast("Path", paths[0])), flags) if index and index.frames == first.packets else None
    )
    try:
        feed_all([part] if part else paths, analysis, reader, filter, count, excerpt=excerpt, by_two=first.IN_PARTS)
    except CaptureError:
        if part:
            raise changed(paths) from None
        raise
    analysis.start, analysis.end = first.start, first.end
    analysis.unfinished = True
    # On one 4-tuple they come in the order in which they were numbered.
    numbers: dict[tuple[int, ...], deque[int]] = defaultdict(deque)
    for stream in streams:
        numbers[first.key(stream)[: len(NAMED)]].append(stream)
    found = [numbers[analysis.key(row)[: len(NAMED)]] for row in range(analysis.streams)]
    recalled = Recalled(analysis, {of.popleft(): row for row, of in enumerate(found) if of})
    if excerpt and excerpt.is_whole:
        recalled.excerpt = excerpt
    if any(numbers.values()):
        raise changed(paths)
    return recalled


def changed(paths: Sequence[Path | CaptureFile]) -> CaptureError:
    """TE001: connections are no longer there."""
    names = ", ".join(one.name if isinstance(one, CaptureFile) else _os.fspath(one) for one in paths)
    return CaptureError(
        f"{names} is no longer what was read",
        file=names,
        code="TE001",
        note="it was looked at again for packets, and connections of the first reading are not in it",
        help=f"let nobody write to it meanwhile:  cp {names} copy.pcap; tcpexplain copy.pcap",
    )


def feed_all(
    given: Sequence[Path | CaptureFile],
    analysis: Analysis,
    reader: str | None,
    filter: str | None,
    count: int | None,
    progress: Callable[[int, int], None] | None = None,
    *,
    excerpt: Excerpt | None = None,
    by_two: bool = False,
    index: FrameIndex | None = None,
) -> tuple[list[CaptureFile], list[CaptureError]]:
    """Feed captures to an analysis; those that were opened, and why others of several could not be read.

    ``excerpt`` takes out what the analysis is to see; ``by_two``: one thread reads the next batch while another works on this one. ``index``
    notes where the frames are, if such a thread reads them.
    """
    workplace, before = Workplace(analysis, total_size(given), by_two=by_two), 0
    captures: list[CaptureFile] = []
    refused: list[CaptureError] = []
    for number, one in enumerate(given):
        try:
            capture = one if isinstance(one, CaptureFile) else open_capture(one, reader, filter=filter)
            capture.put_into(workplace.columns)
            captures.append(capture)
            batches = ahead(capture, workplace.two, index) if workplace.two and capture.lends else at_once(capture)
            for batch, position in batches:
                frames = workplace.placed(batch, before + position)
                frames.count = min(frames.count, count - analysis.packets) if count else frames.count
                if excerpt:
                    frames = chosen_frames(excerpt, frames, number, workplace)
                analysis.feed(frames, number)
                if progress:
                    progress(analysis.packets, before + position)
                if count and analysis.packets >= count:
                    return captures, refused
        except CaptureError as error:
            if len(given) == 1 or not error.leaves_out:
                raise
            refused.append(error)
        else:
            before += capture.position
    return captures, refused


def chosen_frames(excerpt: Excerpt, frames: Frames, file: int, workplace: Workplace) -> Frames:
    """Those that an excerpt takes out of a batch; all of them in plain code, which reads small captures."""
    if workplace.columns.now.compiled:
        return excerpt.of(frames, file, workplace.columns.now)
    excerpt.let_go()
    return frames


def total_size(paths: Sequence[Path | CaptureFile]) -> int:
    """Bytes of all files, 0 if that is not known."""
    try:
        return sum(0 if isinstance(path, CaptureFile) else _os.stat(path).st_size for path in paths)
    except OSError:
        return 0
