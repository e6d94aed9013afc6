"""What stays in memory of a connection that goes on without end: no more than one may take, whoever asks for it.

What is settled goes first, and nothing is lost by it (``condense``). Of one in which too much is never settled the middle goes
(``tracking.thin``): it is counted, and what such a connection shows is held for less certain. Of those that will be shown the
beginning is copied before, with its steps.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Protocol

from tcpexplain.analysis.shown import FIRST
from tcpexplain.machine.step import StepRow
from tcpexplain.tracking.ended import long_ones
from tcpexplain.tracking.thin import thin
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.analysis.ended import Ended
    from tcpexplain.analysis.memory import Arrays, Plain
    from tcpexplain.analysis.results import ArrayResults, PlainResults
    from tcpexplain.hot.array import Array, Column
    from tcpexplain.machine.facts import EndFacts, Facts
    from tcpexplain.tracking.entry import Entry
    from tcpexplain.tracking.tracked import Tracked
    from tcpexplain.wire.segment import Segment

SHARE = 1 << 19
"""Segments of one connection that are in memory at most; half as many stay of one in which they are not settled."""
PACKET, *ENDS = (
    [name for name, _ in StepRow.FIELDS].index(name)
    for name in ("packet", "state0", "condition0", "state1", "condition1")
)


class Head(NamedTuple):
    """The beginning of a connection: its first segments, and their steps."""

    segments: list[Segment]
    steps: list[tuple[int, ...]]


class Keeper(Protocol):
    """What keeps the segments: an ``analysis.Analysis``."""

    memory: Plain | Arrays
    rows: Array[Entry]
    results: PlainResults | ArrayResults
    every: bool
    tell: bool
    chosen: Sequence[int]

    @property
    def tracked(self) -> Tracked:
        """All that is known of the connections."""

    @property
    def streams(self) -> int:
        """Connections so far."""

    def once(self, stream: int) -> PlainResults | ArrayResults:
        """Steps and all of one connection."""

    def segments_of(self, stream: int) -> list[Segment]:
        """The segments of a connection, as far as they are kept."""

    def shown_of(self, stream: int, facts: Facts) -> list[Segment]:
        """Those of them that are made into objects."""

    def told(
        self,
        stream: int,
        segments: list[Segment],
        results: PlainResults | ArrayResults,
        found: tuple[Facts, EndFacts, EndFacts],
        at: int | None = None,
        begun: Sequence[tuple[int, ...]] = (),
    ) -> Ended:
        """What is known of a connection."""


class Shortened:
    """Frees what connections of an analysis keep beyond their share, and knows how those began."""

    def __init__(self, analysis: Keeper) -> None:
        self.analysis = analysis
        self.heads: dict[int, Head] = {}

    def shorten(self) -> int:
        """Free what connections keep beyond their share; the number of slots."""
        analysis, due = self.analysis, self.too_long()
        if not len(due):
            return 0
        heads = {int(stream): self.head(int(stream)) for stream in due} if self.is_shown else {}
        gone: int = analysis.results.condense(due, len(due), analysis.tracked, tell=analysis.tell)
        for stream, head in heads.items():
            if analysis.rows[stream].gone:
                self.heads.setdefault(stream, head)
        still = analysis.memory.column([stream for stream in due if analysis.rows[stream].kept >= SHARE])
        return gone + int(analysis.memory.hot(thin)(still, len(still), SHARE // 2, analysis.tracked))

    def too_long(self) -> Column:
        """The connections that have not been concluded and keep more than their share."""
        analysis = self.analysis
        due: Column = analysis.memory.integers(analysis.streams)
        return due[: analysis.memory.hot(long_ones)(analysis.rows, analysis.tracked.desks, SHARE, due)]

    @property
    def is_shown(self) -> bool:
        """Whether the connections will be shown as they are here, and not read again before."""
        return bool(self.analysis.every or self.analysis.tell or len(self.analysis.chosen))

    def head(self, stream: int) -> Head:
        """How a connection began, as is known now."""
        if stream in self.heads or self.analysis.rows[stream].gone:
            return Head([], [])
        again = self.analysis.once(stream)
        segments = [copy(one) for one in self.analysis.segments_of(stream)[:FIRST]]
        packets = {one.packet for one in segments}
        return Head(segments, [step for step in again.steps_of(stream) if step[PACKET] in packets])

    def ended(self, stream: int, found: tuple[Facts, EndFacts, EndFacts]) -> Ended:
        """One that has been shortened, with its beginning, what causes speak of, and its end."""
        analysis, head = self.analysis, self.heads[stream]
        rest = analysis.results if analysis.results.events else analysis.once(stream)
        last = analysis.shown_of(stream, found[0])
        there = {one.packet for one in (*head.segments, *last)}
        told = [one for one in analysis.results.telling_of(stream) if one.packet not in there]
        segments = [*head.segments, *told, *last]
        return analysis.told(stream, segments, rest, found, begun=head.steps)


def joined(begun: Sequence[tuple[int, ...]], steps: Sequence[tuple[int, ...]]) -> Sequence[tuple[int, ...]]:
    """Steps behind those of a connection's beginning, without a first one that only says once more where both ends are."""
    if not begun or not steps:
        return steps or begun
    same = all(begun[-1][one] == steps[0][one] for one in ENDS)
    return [*begun, *steps[int(same) :]]
