"""Connections that are not in memory, brought back from the blocks that their segments are in."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.memory import Arrays, Plain, objects
from tcpexplain.analysis.recalled import NAMED, Recalled
from tcpexplain.hot.mapped import let_go, pieces
from tcpexplain.parallel.blocks import packed
from tcpexplain.parallel.buckets import bucket_of
from tcpexplain.parallel.join import follow
from tcpexplain.parallel.order import in_order, spans_joined
from tcpexplain.vantage.inferred import ROOM
from tcpexplain.wire.segment import Key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.parallel.join import Share

FEW = 500
"""4-tuples up to which compiled code takes longer to load than it saves."""


class Recall:
    """Brings connections back.

    Parameters
    ----------
    analysis
        What was found of all.
    whole
        Where all segments are.
    """

    def __init__(self, analysis: Analysis, whole: Share) -> None:
        self.rows, self.whole, self.united = analysis.rows, whole, analysis.united

    def __call__(self, chosen: Sequence[int]) -> Recalled:
        """Those whose stream numbers are flagged."""
        np = Arrays().np
        wanted = np.unique(packed(np, self.rows[np.flatnonzero(np.asarray(chosen))]))
        streams: dict[bytes, list[int]] = defaultdict(list)
        for piece in pieces(len(self.rows)):
            names = packed(np, self.rows[piece])
            for place in np.flatnonzero(np.isin(names, wanted)).tolist():
                streams[names[place].tobytes()].append(piece.start + place)
            let_go(self.rows)
        analysis = self.followed(np, wanted)
        # On one 4-tuple they come in the order in which they were numbered.
        found = [streams[self.name(np, analysis, row)].pop(0) for row in range(analysis.streams)]
        return Recalled(analysis, {stream: row for row, stream in enumerate(found)})

    def followed(self, np: Any, wanted: Any) -> Analysis:
        """All connections on some 4-tuples."""
        buckets = sorted({bucket_of(key) for key in unpacked(np, wanted)})
        memory: Any = Arrays() if self.whole.compiled and len(wanted) > FEW else Plain()
        found = [
            in_order(memory, self.whole.spans, self.whole.times, one, one + 1, wanted, self.whole.changes)
            for one in buckets
        ]
        analysis = Analysis(systems=self.whole.systems, events=self.whole.events, memory=memory)
        analysis.pool, keys = spans_joined(
            [pool for pool, _, _ in found], [None] * len(found), [keys for _, keys, _ in found], memory, ROOM
        )
        follow(analysis, keys)
        analysis.end, analysis.united = self.whole.end, self.united
        analysis.finish()
        return analysis

    @staticmethod
    def name(np: Any, analysis: Analysis, row: int) -> bytes:
        """The 4-tuple of a connection, as ``packed`` has it."""
        found: bytes = np.array(analysis.key(row)[: len(NAMED)], np.int64).tobytes()
        return found


def unpacked(np: Any, values: Any) -> list[Any]:
    """The 4-tuples of such values, as objects."""
    keys = np.zeros(len(values), Arrays().types[Key])
    words = np.frombuffer(values.tobytes(), np.int64).reshape(len(values), len(NAMED))
    for place, name in enumerate(NAMED):
        keys[name] = words[:, place]
    return objects(keys, Key)
