"""Segments of connections whose messages will be read, set aside by whoever followed them: nobody has to look for them once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.memory import Arrays, objects
from tcpexplain.analysis.sequenced import occupies_sequence_space, sequenced
from tcpexplain.hot.columns import of_each, true_places
from tcpexplain.hot.mapped import let_go
from tcpexplain.parallel.buckets import BUCKETS
from tcpexplain.tracking.ended import slots_of
from tcpexplain.tracking.tells import may_tell
from tcpexplain.wire.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.hot.array import RecordArray

MOST = 1 << 17
"""Segments that all parts set aside together: 10 MB. Of other connections they are brought back from the blocks."""


def set_aside(analysis: Analysis, buckets: int) -> RecordArray:
    """Those of a part of so many buckets that has been concluded, the segments of a connection together; ``next`` is its number in the part."""
    memory = analysis.memory
    if not memory.compiled or not analysis.streams:
        return Arrays().records(Segment, 0)
    np, results, count = memory.np, analysis.results, analysis.streams
    tables = (analysis.rows, results.facts, results.clients, results.servers)
    streams = memory.column(true_places(of_each(may_tell, *(table[:count] for table in tables))))
    kept = analysis.rows["kept"][streams]
    fits = np.cumsum(kept) <= MOST * buckets // BUCKETS
    streams, kept = streams[fits], kept[fits]
    order = memory.integers(int(kept.sum()))
    memory.hot(slots_of)(streams, analysis.rows, analysis.pool, order)
    found: RecordArray = memory.picked(analysis.pool, order)
    found["next"] = np.repeat(streams, kept)
    return found


class SetAside:
    """What all parts have set aside, by the stream numbers of the whole.

    Parameters
    ----------
    np
        numpy.
    pieces
        Segments of each part, those of a connection together; ``next`` is its stream number.
    """

    def __init__(self, np: Any, pieces: Sequence[RecordArray]) -> None:
        self.pieces = pieces
        self.places: dict[int, tuple[int, int, int]] = {}
        for at, piece in enumerate(pieces):
            begins = np.flatnonzero(np.diff(piece["next"], prepend=-1))
            ends = [*begins[1:].tolist(), len(piece)] if len(piece) else []
            owners = piece["next"][begins].tolist()
            for owner, begin, end in zip(owners, begins.tolist(), ends, strict=True):
                self.places[owner] = (at, begin, end)
            let_go(piece)

    def __contains__(self, stream: int) -> bool:
        return stream in self.places

    def each_segment_of(self, stream: int) -> Iterator[Segment]:
        """See ``Analysis.each_segment_of``."""
        at, begin, end = self.places[stream]
        yield from objects(self.pieces[at][begin:end], Segment)
        let_go(self.pieces[at])

    def sequenced_of(self, streams: Sequence[int]) -> Iterator[tuple[int, list[tuple[int, ...]]]]:
        """See ``Analysis.sequenced_of``."""
        for stream in streams:
            yield stream, [sequenced(one) for one in self.each_segment_of(stream) if occupies_sequence_space(one)]
