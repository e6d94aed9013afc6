"""Many captures in two phases: each file decoded and sorted by connection, then each part of the connections followed.

What comes out is what one process would have found in one capture of all packets in the order of time: how many workers
there were, and who did what, does not show.
"""

from __future__ import annotations

import weakref
from dataclasses import replace
from functools import partial
from operator import add
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.memory import Arrays, Plain
from tcpexplain.native.library import usable
from tcpexplain.parallel.buckets import BUCKETS
from tcpexplain.parallel.changes import UNCHANGED
from tcpexplain.parallel.divide import CaptureToDecode, Divided, divide_file
from tcpexplain.parallel.identified import identified, tell
from tcpexplain.parallel.join import Share, join_part, share_analysed
from tcpexplain.parallel.merge import merged
from tcpexplain.parallel.quoted import look, with_quotes
from tcpexplain.parallel.recall import Recall
from tcpexplain.parallel.scratch import Scratch
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from tcpexplain.parallel.blocks import Block
    from tcpexplain.parallel.crew import Crew, Result, Task
    from tcpexplain.parallel.wanted import Wanted

    Progress = Callable[[int, int], None]

SIZE = 1 << 20
"""Segments that a worker should hold at a time."""
SHARES = 3
"""Parts for each worker at least: connections are of different length."""


class ReadTogether(NamedTuple):
    """What was found in all files, and in each; ``again`` finds the packets of connections that are not in memory."""

    analysis: Analysis
    files: list[Divided]
    copies: int
    """Images of packets that other captures hold too."""
    again: Recall | None


def here(files: Sequence[CaptureToDecode], wanted: Wanted, progress: Progress | None = None) -> ReadTogether:
    """All in the memory of this process: for captures that are small enough."""
    found: list[Divided] = []
    tasks = [replace(file, compiled=wanted.compiled) for file in files]
    for task in tasks:
        told = None if progress is None else Told(progress, found)
        found.append(divide_file(task, told))
    found = with_quotes(tasks, found, every_one(look), every_one(divide_file))
    memory = working(wanted)
    result = identified(found, memory, wanted.points)[0] if wanted.identify else None
    analysis, copies = share_analysed(every_bucket(found, wanted), memory)
    count(analysis, found, copies)
    if analysis.streams:
        analysis.finish()
        if result:
            tell(analysis, result)
    return ReadTogether(analysis, found, copies, None)


def every_one(function: Callable[[Task], Result]) -> Callable[[list[Task]], list[Result]]:
    """The function of each of several, one after the other."""
    return lambda tasks: [function(one) for one in tasks]


def working(wanted: Wanted) -> Any:
    """Where to work in this process."""
    return Arrays() if wanted.compiled and usable() else Plain()


def empty(found: list[Divided], wanted: Wanted) -> ReadTogether:
    """Nothing but packets that are no segments."""
    analysis = Analysis(systems=wanted.systems, events=wanted.events, every=wanted.every)
    count(analysis, found, 0)
    return ReadTogether(analysis, found, 0, None)


class Told:
    """Adds one file's progress to that of the files before it."""

    def __init__(self, progress: Progress, before: Sequence[Divided]) -> None:
        self.progress = progress
        self.packets, self.bytes = sum(one.packets for one in before), sum(one.size for one in before)

    def __call__(self, packets: int, read: int) -> None:
        """Packets and bytes of the file."""
        self.progress(self.packets + packets, self.bytes + read)


def shared(
    files: Sequence[CaptureToDecode],
    wanted: Wanted,
    crew: Crew,
    progress: Progress | None = None,
    folder: str | os.PathLike[str] | None = None,
) -> ReadTogether:
    """Both phases by a crew.

    Parameters
    ----------
    files, wanted
        What to read, and what to find.
    crew
        Who does it.
    progress
        Called after every file with the packets and bytes so far.
    folder
        Where workers leave what others need, if not where temporary files go; it must be the same place for all of them.
    """
    scratch = Scratch(folder)
    try:
        tasks = [
            replace(
                file,
                compiled=wanted.compiled,
                scratch=scratch.path,
                named=wanted.identify,
                carried=wanted.messages >= 0,
            )
            for file in files
        ]
        done: list[Divided] = []

        def note(one: Divided) -> None:
            done.append(one)
            if progress:
                progress(sum(other.packets for other in done), sum(other.size for other in done))

        found = with_quotes(
            tasks, crew.run(divide_file, tasks, note), partial(crew.run, look), partial(crew.run, divide_file)
        )
        result, changes = (
            identified(found, working(wanted), wanted.points, scratch.path) if wanted.identify else (None, UNCHANGED)
        )
        every = replace(every_bucket(found, wanted, scratch.path), changes=changes)
        if not sum(one.segments for one in found):
            scratch.remove()
            return empty(found, wanted)
        followed = crew.run(join_part, parts(every, crew.jobs))
        crew.dismiss(wait=False)
        copies = sum(one.copies for one in followed)
        analysis = merged(
            followed,
            [[one.number for one in span] for span in overlapping(found)],
            wanted.systems,
            every.end,
            events=wanted.events,
            every=wanted.every,
        )
        count(analysis, found, copies)
        if result:
            tell(analysis, result)
        recall = Recall(analysis, every)
    except BaseException:
        # Workers first: one that lives on would write there again.
        crew.abandon()
        scratch.remove()
        raise
    weakref.finalize(recall, scratch.remove)
    return ReadTogether(analysis, found, copies, recall)


def every_bucket(found: Sequence[Divided], wanted: Wanted, scratch: str = "") -> Share:
    """All buckets of all files."""
    spans: list[tuple[tuple[Block, ...], bool]] = []
    for span in overlapping(found):
        blocks = tuple(block for one in span for block in one.blocks)
        if spans and len(span) == 1 and not spans[-1][1]:
            blocks = spans.pop()[0] + blocks
        spans.append((blocks, len(span) > 1))
    return Share(
        tuple(spans),
        tuple((one.start, one.end) for one in found),
        ended(found),
        wanted.systems,
        wanted.events,
        wanted.every,
        wanted.compiled,
        scratch,
        carried=tuple(one.carried for one in found if one.carried),
        messages=wanted.messages,
    )


def overlapping(found: Sequence[Divided]) -> list[list[Divided]]:
    """Files whose times overlap together, in the order of time; others alone. Files are in the order of their first packets."""
    every: list[list[Divided]] = []
    for one in found:
        if not one.packets:
            continue
        span = [one]
        while every and min(other.start for other in span) < max(other.end for other in every[-1]):
            span = every.pop() + span
        every.append(span)
    return every


def ended(found: Sequence[Divided]) -> int:
    """Time of the last packet of all."""
    return max((one.end for one in found), default=0)


def parts(every: Share, jobs: int) -> list[Share]:
    """The buckets in ranges of about the same number of segments."""
    blocks = [block for of_span, _ in every.spans for block in of_span]
    sizes = [0] * BUCKETS
    for block in blocks:
        sizes = list(map(add, sizes, block.of_each()))
    number = min(max(-(-sum(sizes) // SIZE), SHARES * jobs if jobs > 1 else 1), BUCKETS)
    found: list[Share] = []
    first, taken, total = 0, 0, sum(sizes)
    for bucket, size in enumerate(sizes, 1):
        taken += size
        if taken * number >= total * (len(found) + 1) or bucket == BUCKETS:
            found.append(every.of(first, bucket))
            first = bucket
            if first == BUCKETS:
                break
    return found


def count(analysis: Analysis, found: Sequence[Divided], copies: int) -> None:
    """What an analysis tells of its packets."""
    analysis.packets = sum(one.packets for one in found)
    analysis.start = min((one.start for one in found if one.packets), default=0)
    analysis.end = ended(found)
    analysis.desk.segments = sum(one.segments - one.united for one in found) - copies
    analysis.counts = [sum(counts) for counts in zip(*(one.skipped for one in found), strict=True)]
