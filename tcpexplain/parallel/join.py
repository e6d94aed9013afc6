"""The second half: the segments of some 4-tuples from all files, in the order of time, taken through the machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.memory import Arrays, Plain
from tcpexplain.analysis.systems import NOTHING_FORCED, Systems
from tcpexplain.machine.facts import EndFacts, Facts
from tcpexplain.machine.step import ResetRow, StepRow
from tcpexplain.native.library import usable
from tcpexplain.parallel.aside import set_aside
from tcpexplain.parallel.buckets import BUCKETS, link
from tcpexplain.parallel.changes import UNCHANGED
from tcpexplain.parallel.hearing import hear
from tcpexplain.parallel.order import in_order
from tcpexplain.parallel.scratch import new_file
from tcpexplain.parallel.words import store_words
from tcpexplain.tracking.ended import unfinished
from tcpexplain.tracking.entry import Entry
from tcpexplain.tuples import NamedTuple
from tcpexplain.values import frozen
from tcpexplain.vantage.inferred import ROOM
from tcpexplain.wire.segment import Segment

if TYPE_CHECKING:
    from pathlib import Path

    from tcpexplain.hot.array import RecordArray
    from tcpexplain.parallel.carried import Carried
    from tcpexplain.parallel.changes import Changes
    from tcpexplain.parallel.order import Spans, Times

TABLES = {
    "births": Segment,
    "rows": Entry,
    "facts": Facts,
    "clients": EndFacts,
    "servers": EndFacts,
    "steps": StepRow,
    "resets": ResetRow,
    "telling": Segment,
    "aside": Segment,
}
"""What is saved of a part, in this order; ``births`` are the first segments of its connections."""


@frozen
class Share:
    """The buckets ``first`` to ``last`` of all files.

    Parameters
    ----------
    spans, times
        See ``parallel.order.in_order``.
    end
        Time of the last packet of all, ns since 1970.
    scratch
        Folder for what is found; empty if the caller takes the analysis itself.
    """

    spans: Spans
    times: Times
    end: int
    systems: Systems = NOTHING_FORCED
    events: bool = True
    every: bool = False
    compiled: bool = False
    scratch: str = ""
    first: int = 0
    last: int = BUCKETS
    changes: Changes = UNCHANGED
    carried: tuple[Carried, ...] = ()
    """What the segments carry, if their messages are to be read."""
    messages: int = 0
    """How many of those to tell one by one."""

    def of(self, first: int, last: int) -> Share:
        """Some of the buckets; a worker is told of no others."""
        spans = tuple((tuple(block.only(first, last) for block in blocks), mixed) for blocks, mixed in self.spans)
        carried = tuple(one.only(first, last) for one in self.carried)
        return replace(self, spans=spans, first=first, last=last, carried=carried)


class FollowedPart(NamedTuple):
    """The file of what was found of a part's connections, how many copies were left out, and the file of what their messages say."""

    path: str
    copies: int
    words: str


def join_part(part: Share) -> FollowedPart:
    """Follow the connections of a part, and save what was found of them."""
    analysis, copies = share_analysed(part)
    births = first_segments(analysis)
    conclude(analysis)
    words = read_messages(analysis, part) if part.carried else ""
    # Where messages have been read, nobody looks for their segments once more.
    aside = set_aside(analysis, 0 if words else part.last - part.first)
    if not analysis.memory.compiled:
        analysis.move_to(Arrays())
    path = new_file(part.scratch, ".part", f"{part.first}-")
    save(analysis, births, aside, path)
    return FollowedPart(str(path), copies, words)


def read_messages(analysis: Analysis, part: Share) -> str:
    """Read what the connections of a part say; the file of the words."""
    path = new_file(part.scratch, ".words", f"{part.first}-")
    store_words(Arrays().np, hear(analysis, part.carried, part.messages), path)
    return str(path)


def share_analysed(part: Share, memory: Any = None) -> tuple[Analysis, int]:
    """The analysis of a part, with all its segments and nothing concluded; how many copies were left out."""
    memory = memory or (Arrays() if part.compiled and usable() else Plain())
    analysis = Analysis(systems=part.systems, events=part.events, every=part.every, tell=False, memory=memory)
    analysis.pool, keys, copies = in_order(
        memory, part.spans, part.times, part.first, part.last, changes=part.changes, room=ROOM
    )
    follow(analysis, keys)
    analysis.end = part.end
    return analysis, copies


def follow(analysis: Analysis, keys: Any) -> None:
    """Put all segments of the pool but its ``ROOM`` into their connections."""
    at, count = 0, len(analysis.pool) - ROOM
    while at < count:
        analysis.desk.free = 0  # there is room
        analysis.make_room(count - at)
        at = analysis.memory.hot(link)(keys, at, count, analysis.tracked)
    analysis.desk.free = -1


def conclude(analysis: Analysis) -> None:
    """Take every connection through the machine; keep what is told of those whose segments go, if all will be asked for."""
    analysis.shorten()
    due = analysis.memory.integers(analysis.streams)
    count = analysis.memory.hot(unfinished)(analysis.rows, analysis.desks, due)
    analysis.results.conclude(due, count, analysis.tracked, analysis.end, tell=analysis.tell)


def first_segments(analysis: Analysis) -> RecordArray:
    """The segments with which its connections begin, as records of an array."""
    if analysis.memory.compiled:
        found: RecordArray = analysis.memory.picked(analysis.pool, analysis.rows["first"][: analysis.streams])
        return found
    return Arrays().taken([analysis.pool[row.first] for row in analysis.rows[: analysis.streams]], Segment)


def save(analysis: Analysis, births: RecordArray, aside: RecordArray, path: Path) -> None:
    """Write the columns of an analysis: how many records each has, then all of them."""
    np, results, count = analysis.memory.np, analysis.results, analysis.streams
    columns: list[RecordArray] = [births]
    columns += [column[:count] for column in (analysis.rows, results.facts, results.clients, results.servers)]
    columns += [results.table(kind) for kind in range(3)] + [aside]
    with path.open("wb") as file:
        np.array([len(column) for column in columns], np.int64).tofile(file)
        for column, kind in zip(columns, TABLES.values(), strict=True):
            column.astype(analysis.memory.types[kind], copy=False).tofile(file)


def restored(memory: Arrays, path: str) -> dict[str, Any]:
    """What ``save`` wrote, by the names of ``TABLES``, as it lies in the file; what is changed of it is changed there."""
    np = memory.np
    data = np.memmap(path, np.uint8, "r+")
    at = np.dtype(np.int64).itemsize * len(TABLES)
    found = {}
    for (name, kind), count in zip(TABLES.items(), data[:at].view(np.int64).tolist(), strict=True):
        end = at + count * memory.types[kind].itemsize
        found[name] = data[at:end].view(memory.types[kind], np.ndarray)
        at = end
    return found
