"""One capture's connections divided among analyses that work side by side: each frame is given to all, and each takes those of its connections.

Machine code leaves the interpreter to other threads while it runs, so that as many processors are busy as there are parts. What
depends on all connections is decided for all of them, where one analysis would have decided it, and by the same numbers: when to fold,
how much room there is, which connections are let go. So what is found does not show how many parts there were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.memory import Arrays
from tcpexplain.analysis.rejoined import Result, rejoin, side_by_side
from tcpexplain.wire.segment import NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from tcpexplain.wire.frames import Frames

MOST = 4
"""Parts that are worth while: each decodes all frames."""


ASKED = ("vacant", "may_hold", "holds", "rows")
"""Counters of the loop (``tracking.entry.Counters``) that are looked at with every batch."""


class AnalysisInParts(Analysis):
    """An analysis that others work for.

    Parameters
    ----------
    parts
        How many, two or more.
    named
        See ``Analysis``; the memory is one of arrays.
    """

    IN_PARTS = True

    def __init__(self, parts: int, **named: Any) -> None:
        # What most runs do not need is not imported for them.
        from concurrent.futures import ThreadPoolExecutor

        self.parts: list[Analysis] = []
        super().__init__(memory=Arrays(), **named)
        self.parts = [Analysis(memory=Arrays(), **named) for _ in range(parts)]
        for at, part in enumerate(self.parts):
            part.desk.parts, part.desk.part = parts, at
        self.counters = {name: [counter(self, name), *(counter(part, name) for part in self.parts)] for name in ASKED}
        """Counters that are asked for with every batch: of all, then of each part."""
        self.births: list[list[Any]] = [[] for _ in self.parts]
        """By part: the frames, of all so far, with which its connections began, one chunk after the other."""
        self.born = [0] * parts
        self.crew = ThreadPoolExecutor(parts - 1)

    def each(self, task: Callable[..., Result], *arguments: Sequence[object]) -> list[Result]:
        """The results of a task for all parts at once, of which this thread does one; of ``arguments``, each part has its own."""
        return side_by_side(self.crew, task, self.parts, *arguments)

    @property
    def segments(self) -> int:
        """TCP segments, and ICMP errors about one."""
        return sum(part.segments for part in self.parts) if self.parts else super().segments

    @property
    def streams(self) -> int:
        """Connections so far."""
        return sum(part.streams for part in self.parts) if self.parts else super().streams

    @property
    def folding(self) -> bool:
        """Whether what is expected joins stretches."""
        return self.parts[0].folding if self.parts else super().folding

    @property
    def room(self) -> int:
        """Slots for captured segments; each part has so many, and could take them all."""
        return self.parts[0].room if self.parts else super().room

    @property
    def vacant(self) -> int:
        """Free slots, as if the parts had but one pool."""
        return self.counted("vacant") - (len(self.parts) - 1) * self.room

    def counted(self, name: str) -> int:
        """The sum of the parts' counters of a name."""
        return sum(int(one[0]) for one in self.counters[name][1:])

    def take(self, frames: Frames, at: int, count: int, file: int) -> None:
        """Take the frames ``at`` to ``count`` of a batch, so many at once that there is room for them whosever they are."""
        self.share_hold(self.may_hold)
        first = counted_from(frames, count)
        while at < count:
            if not self.vacant:
                self.find_slots(count - at)
            stop = min(count, at + self.vacant)
            self.each(Analysis.take, *([one] * len(self.parts) for one in (frames, at, stop, file)))
            self.add_up()
            self.note_births(frames, stop, first)
            at = stop

    def add_up(self) -> None:
        """How many segments may be held now that each part has counted its own."""
        self.share_hold(self.counted("may_hold") - (len(self.parts) - 1) * self.may_hold)

    @property
    def may_hold(self) -> int:
        """How many segments may still be held, as it was said last."""
        return int(self.counters["may_hold"][0][0])

    def share_hold(self, segments: int) -> None:
        """How many segments may be held, by whichever part."""
        holds = self.counters["holds"][0][0]
        for may_hold, one in zip(self.counters["may_hold"], self.counters["holds"], strict=True):
            may_hold[0], one[0] = segments, holds

    def note_births(self, frames: Frames, count: int, first: int) -> None:
        """Note which frames began connections in a chunk that ends behind the first ``count`` of the batch, whose numbers count from ``first``."""
        before = self.packets - frames.count
        for place, (part, rows) in enumerate(zip(self.parts, self.counters["rows"][1:], strict=True)):
            if (streams := int(rows[0])) > self.born[place]:
                slots = part.rows[self.born[place] : streams]["first"]
                packets = part.pool["packet"][slots] & NUMBER
                found = packets - first if first else places(self.memory.np, frames, count, packets)
                self.births[place].append(before + found)
                self.born[place] = streams

    def numbers(self) -> list[Any]:
        """The stream numbers of each part's connections: all are counted in the order of their first frames."""
        np = self.memory.np
        births = [np.concatenate([self.memory.integers(0), *some]) for some in self.births]
        numbers = np.empty(sum(self.born), np.int64)
        numbers[np.argsort(np.concatenate(births))] = np.arange(len(numbers))
        return list(np.split(numbers, np.cumsum(self.born)[:-1]))

    def add_slots(self, count: int) -> None:
        """Make room for so many segments more, in each part."""
        self.each(Analysis.add_slots, [count] * len(self.parts))

    def begin_folding(self) -> bool:
        """Fold what is there, and what comes, unless that has begun or may not be; whether it has freed a slot."""
        if self.folding or not self.readable:
            return False
        self.share_hold(self.may_hold)
        self.each(Analysis.begin_folding)
        self.add_up()
        return self.vacant > 0

    def condense(self) -> int:
        """Free what is settled of long connections that are still open; the number of slots."""
        return sum(self.each(Analysis.condense))

    def shorten(self) -> int:
        """Free what connections keep beyond their share; the number of slots."""
        return sum(self.each(Analysis.shorten)) if self.parts else super().shorten()

    def let_go_since(self, before: int) -> int:
        """Conclude connections that have closed and been quiet since ``before`` (ns), and let go of them; the number of slots that this frees."""
        for part in self.parts:
            part.end = self.end
        due = self.each(Analysis.conclude_closed, [before] * len(self.parts))
        hold = sum(self.each(Analysis.to_be_held, due)) <= self.desk.may_hold
        freed: int = sum(self.each(Analysis.release, due, [hold] * len(self.parts)))
        self.add_up()
        return freed

    def conclude_rest(self) -> None:
        """Conclude the connections that are left, and take over all that the parts have found."""
        for part in self.parts:
            part.end = self.end
        self.each(Analysis.conclude_rest)
        parts, self.parts = self.parts, []
        rejoin(self, parts, self.numbers(), self.crew)
        self.crew.shutdown()


def counter(analysis: Analysis, name: str) -> Any:
    """One of the loop's counters, in an array of one; a record's attribute would take ten times as long."""
    return analysis.desks.view(analysis.memory.np.ndarray)[name]


def counted_from(frames: Frames, count: int) -> int:
    """The number of the first of so many frames of a batch, if each has the next one's less 1; else 0."""
    numbers = frames.packet[:count]
    return int(numbers[0]) if (numbers[1:] - numbers[:-1] == 1).all() else 0


def places(np: ModuleType, frames: Frames, count: int, packets: Any) -> Any:
    """Where in a batch some packets are, by their numbers; these may stand in any order."""
    numbers = np.asarray(frames.packet[:count])
    if (numbers[1:] > numbers[:-1]).all():
        return np.searchsorted(numbers, packets)
    order = np.argsort(numbers, kind="stable")
    return order[np.searchsorted(numbers[order], packets)]
