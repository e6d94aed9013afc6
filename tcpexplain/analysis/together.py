"""Connections kept in lists that are asked for together, concluded by machine code: live, where a thousand of them may end in a second."""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING

from tcpexplain.analysis.memory import Arrays, objects
from tcpexplain.analysis.results import ArrayResults
from tcpexplain.machine.coalesced import CoalescedEnd, Stretch
from tcpexplain.native.library import usable
from tcpexplain.tracking.entry import CONCLUDED, Counters, Entry
from tcpexplain.tracking.tracked import Tracked
from tcpexplain.vantage.inferred import ROOM
from tcpexplain.wire.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.analysis.ended import Ended
    from tcpexplain.hot.array import Array, Integers, RecordArray

FEW = 16
"""Below this number they are concluded one by one: that takes less time than to lay them out in arrays, and needs no numpy."""


class Together:
    """Concludes connections of an analysis that goes on, many at a time."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.results: ArrayResults | None = None

    def ended_now(self, streams: Sequence[int]) -> Iterator[Ended]:
        """Each as ``Analysis.ended_now`` has it, in this order."""
        some = [stream for stream in streams if is_whole(self.analysis.rows[stream])]
        found = dict(zip(some, self.concluded(some), strict=True)) if self.is_worth_it(len(some)) else {}
        for stream in streams:
            yield found.get(stream) or self.analysis.ended_now(stream)

    def is_worth_it(self, count: int) -> bool:
        """Whether machine code is for so many, and there is any."""
        return count >= FEW and not self.analysis.memory.compiled and usable()

    def concluded(self, streams: Sequence[int]) -> Iterator[Ended]:
        """Those whose packets are all there."""
        analysis = self.analysis
        if self.results is None:
            self.results = ArrayResults(Arrays(), events=True, forced=analysis.systems.forced)
        results, memory = self.results, self.results.memory
        results.forget()
        chains = [analysis.segments_of(stream) for stream in streams]
        ends = laid_out(memory, [len(one) for one in chains])
        pool = memory.taken(chain(chain.from_iterable(chains), repeat(Segment(), ROOM)), Segment)
        rows = memory.taken([analysis.rows[stream] for stream in streams], Entry)
        link(memory, pool, rows, ends)
        results.conclude(
            memory.column(list(range(len(streams)))), len(streams), alone(memory, pool, rows), analysis.end, tell=False
        )
        for place, stream in enumerate(streams):
            segments = objects(pool[ends[place] : ends[place + 1]], Segment)
            yield analysis.told(stream, segments, results, analysis.doubted(results.of(place)), place)


def is_whole(row: Entry) -> bool:
    """Whether all packets of a connection (``tracking.entry.Entry``) are there as they came."""
    return row.first >= 0 and not (row.held or row.gone or row.late or row.stretch or row.known & CONCLUDED)


def laid_out(memory: Arrays, lengths: list[int]) -> Integers:
    """Where each of some chains begins when they lie one behind the other, and where the last one ends."""
    found: Integers = memory.np.concatenate(([0], memory.np.cumsum(lengths)))
    return found


def link(memory: Arrays, pool: RecordArray, rows: RecordArray, ends: Integers) -> None:
    """Let copies of segments and connections lead to one another as the originals do."""
    pool["next"] = memory.np.arange(1, len(pool) + 1)
    pool["next"][ends[1:] - 1] = -1
    rows["first"], rows["last"] = ends[:-1], ends[1:] - 1


def alone(memory: Arrays, pool: Array[Segment], rows: Array[Entry]) -> Tracked:
    """These connections, with nothing beside them that only their tracking needs."""
    none = memory.integers(0)
    stretches, sides = memory.records(Stretch, 0), memory.records(CoalescedEnd, 0)
    return Tracked(pool, stretches, sides, rows, none, memory.records(Counters, 1), none)
