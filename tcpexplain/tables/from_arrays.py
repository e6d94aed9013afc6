"""Columns of the connections of a part."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.memory import objects
from tcpexplain.diagnosis.packets import reset
from tcpexplain.evidence.cause import SIDES
from tcpexplain.hot.columns import distinct
from tcpexplain.machine.step import ResetRow
from tcpexplain.tables.chunk import Chunk
from tcpexplain.tables.events import events as events_of
from tcpexplain.tables.part import PartColumns
from tcpexplain.tables.schema import FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.diagnosis.slice import Slice
    from tcpexplain.model.calls import Reset


def chunk(part: Slice, *, events: bool, sentences: bool) -> Chunk:
    """Columns of the connections of a part."""
    return Chunk(slice_columns(part, sentences=sentences), partial(resets, part), events_of(part) if events else None)


def slice_columns(part: Slice, *, sentences: bool) -> dict[str, Any]:
    """The columns of ``tables.schema.FIELDS``; of what causes say all, or what tables have alone."""
    every = PartColumns(part, sentences=sentences)
    return {
        one.name: one.many(every) if one.many else every.found[one.name]
        for one in FIELDS
        if sentences or not one.sentence
    }


def resets(part: Slice) -> list[Sequence[Reset]]:
    """The RSTs of each connection."""
    found: list[Sequence[Reset]] = [()] * len(part)
    clients, bounds = part.client.tolist(), part.resets.bounds
    every = objects(part.resets.rows, ResetRow)
    for at in distinct(part.resets.places).tolist():
        ends = SIDES if clients[at] == 0 else SIDES[::-1]
        found[at] = tuple(reset(row, ends, part.files) for row in every[bounds[at] : bounds[at + 1]])
    return found
