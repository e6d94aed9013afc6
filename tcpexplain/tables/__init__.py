"""Connections and events as columns: what lines and tables are made of, from objects or straight from what the loop wrote down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.diagnosis.explained import Explained
from tcpexplain.diagnosis.slice import slices
from tcpexplain.model.capture import Capture
from tcpexplain.tables.from_arrays import chunk
from tcpexplain.tables.from_objects import chunks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tcpexplain.model.connection import Connection
    from tcpexplain.tables.chunk import Chunk


def chunks(
    capture: Capture | Iterable[Connection], stream: int | None = None, *, events: bool = True, sentences: bool = True
) -> Iterator[Chunk]:
    """Given connections, those of a capture, or the one with number ``stream``, some thousand at a time; KeyError if there is none.

    ``events``: with their events; ``sentences``: with all that their causes say, not only what tables have columns for. Of a large capture that was read for all of its connections no object is made.
    """
    if not isinstance(capture, Capture):
        yield from chunks_of(capture, events=events)
        return
    if stream is not None:
        yield from chunks_of((capture.stream(stream),), events=events)
        return
    held = capture.held
    if isinstance(held, Explained) and held.analysis.every and held.analysis.memory.compiled:
        for part in slices(held.analysis, held.streams, held.verdicts):
            yield chunk(part, events=events and held.analysis.events, sentences=sentences)
    else:
        yield from chunks_of(capture.records(), events=events)
