"""Some connections of an analysis as the arrays it holds of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.memory import objects
from tcpexplain.diagnosis.cursor import FieldLists
from tcpexplain.hot.mapped import let_go
from tcpexplain.machine.step import ResetRow
from tcpexplain.model.said import SILENT
from tcpexplain.wire.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.diagnosis.ranking import Verdicts
    from tcpexplain.hot.array import Integers, RecordArray

SOME = 2048
"""Connections in one part."""


class RowsByConnection:
    """``rows`` of several connections one after the other: those of place ``at`` lie from ``starts[at]`` to ``starts[at + 1]``."""

    def __init__(self, np: ModuleType, rows: RecordArray, counts: Integers) -> None:
        self.rows, self.counts = rows, counts
        self.starts = np.concatenate(([0], np.cumsum(counts)))
        self.places = self.spread(np.arange(len(counts)))
        """The place to which each row belongs."""

    def spread(self, values: Integers) -> Integers:
        """The value of each row's place, one row after the other."""
        return values.repeat(self.counts)

    @cached_property
    def bounds(self) -> list[int]:
        """``starts`` as a list."""
        found: list[int] = self.starts.tolist()
        return found

    def of(self, at: int) -> Any:
        """The rows of a place."""
        return self.rows[self.bounds[at] : self.bounds[at + 1]]


class Slice:
    """Connections ``streams`` of an analysis that has finished in arrays and kept what tables need (``every``).

    Parameters
    ----------
    analysis
        What was found of them.
    streams
        Their stream numbers in it.
    verdicts, first
        Their causes: those of ``verdicts`` from place ``first`` on.
    numbers
        What they are called in the output, if that is something else.
    """

    def __init__(
        self, analysis: Analysis, streams: Sequence[int], verdicts: Verdicts, first: int, numbers: Sequence[int] | None
    ) -> None:
        np = analysis.memory.np
        self.np, self.first, self.verdicts = np, first, verdicts
        self.streams = np.asarray(streams, np.int64)
        self.numbers = list(streams if numbers is None else numbers)
        results, self.files = analysis.results, analysis.files
        self.rows, self.facts = analysis.rows.take(self.streams), results.facts.take(self.streams)
        self.clients, self.servers = results.clients.take(self.streams), results.servers.take(self.streams)
        let_go(analysis.rows, results.facts, results.clients, results.servers)
        analysis.rest()
        self._results = results
        self.words = [analysis.words.get(stream, SILENT) for stream in streams]
        """What their messages say."""
        self.united = [analysis.united_streams.get(stream) for stream in streams]
        """What is known of those that were seen at several points of capture."""
        self.linked = [analysis.linked.get(stream, ()) for stream in streams]
        """Their other halves at a proxy."""

    def __len__(self) -> int:
        return len(self.streams)

    def table(self, kind: int) -> RowsByConnection:
        """The steps (0), RSTs (1) or segments kept (2) of these connections."""
        return RowsByConnection(self.np, *self._results.gathered(kind, self.streams))

    @cached_property
    def steps(self) -> RowsByConnection:
        """See ``machine.step.StepRow``."""
        return self.table(0)

    @cached_property
    def resets(self) -> RowsByConnection:
        """See ``machine.step.ResetRow``."""
        return self.table(1)

    @cached_property
    def segments(self) -> RowsByConnection:
        """See ``wire.segment.Segment``."""
        return self.table(2)

    def resets_of(self, at: int) -> list[ResetRow]:
        """The RSTs of one connection, as objects."""
        return objects(self.resets.of(at), ResetRow)

    def segments_of(self, at: int) -> list[Segment]:
        """What is kept of the segments of one connection, as objects."""
        return objects(self.segments.of(at), Segment)

    @cached_property
    def keys(self) -> FieldLists:
        """The fields of the 4-tuples (``wire.segment.Key``)."""
        return FieldLists(self.rows)

    @cached_property
    def client(self) -> Any:
        """Which end of the key is the client."""
        return self.facts["client"]


def slices(
    analysis: Analysis, streams: Sequence[int], verdicts: Verdicts, numbers: Sequence[int] | None = None
) -> Iterator[Slice]:
    """Some thousand connections at a time; ``numbers``: what they are called in the output."""
    for first in range(0, len(streams), SOME):
        part = slice(first, first + SOME)
        yield Slice(analysis, streams[part], verdicts, first, None if numbers is None else numbers[part])
