"""What several analyses have found, each of some connections of one capture, in the tables of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.machine.coalesced import CoalescedEnd, Stretch
from tcpexplain.machine.endpoint import Endpoint
from tcpexplain.machine.facts import EndFacts, Facts
from tcpexplain.tracking.entry import Entry
from tcpexplain.tracking.kept import copy_kept
from tcpexplain.vantage.inferred import ROOM
from tcpexplain.wire.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.analysis.analysis import Analysis

OWNERS = ("row", "row", "next")
"""The fields of steps, RSTs and kept segments that say to which connection a record belongs."""


def rejoin(analysis: Analysis, parts: Sequence[Analysis], numbers: Sequence[Any]) -> None:
    """Take over all that the parts hold; ``numbers``: the stream numbers of each one's connections. The parts are of no use afterwards."""
    memory, results = analysis.memory, analysis.results
    take_segments(analysis, parts)
    held = 0
    for part, number in zip(parts, numbers, strict=True):
        move_on(part, number, held)
        analysis.shortened.heads |= {int(number[stream]): head for stream, head in part.shortened.heads.items()}
        held += len(part.results.held) // 2
    results.held, results.used[0] = memory.chained([part.results.held for part in parts], Endpoint), held
    place_all(analysis, parts, numbers)
    for kind in range(len(OWNERS)):
        results.pieces[kind].extend(piece for part in parts for piece in part.results.pieces[kind])
    for name in ("rows", "segments", "late"):
        analysis.desk[name] = sum(int(part.desk[name]) for part in parts)
    analysis.desk.oldest, analysis.desk.free, analysis.counts = (
        analysis.desk.rows,
        -1,
        sum(part.counts for part in parts),
    )


def take_segments(analysis: Analysis, parts: Sequence[Analysis]) -> None:
    """The segments that are kept, without the room between them, and their stretches."""
    memory, kept = analysis.memory, sum(int(part.rows["kept"][: part.streams].sum()) for part in parts)
    analysis.pool, analysis.stretches = memory.records(Segment, kept + ROOM), memory.records(Stretch, kept)
    analysis.sides, used = memory.records(CoalescedEnd, 2 * kept), memory.integers(2)
    for part in parts:
        memory.hot(copy_kept)(
            part.rows,
            part.streams,
            part.pool,
            part.stretches,
            part.sides,
            analysis.pool,
            analysis.stretches,
            analysis.sides,
            used,
        )
        part.pool, part.stretches, part.sides = (memory.records(kind, 0) for kind in (Segment, Stretch, CoalescedEnd))


def place_all(analysis: Analysis, parts: Sequence[Analysis], numbers: Sequence[Any]) -> None:
    """Rows and facts, each where its connection's number says."""
    memory, count = analysis.memory, sum(map(len, numbers))
    analysis.rows = memory.placed([part.rows[: part.streams] for part in parts], numbers, Entry, count)
    for name, kind in (("facts", Facts), ("clients", EndFacts), ("servers", EndFacts)):
        found = [getattr(part.results, name)[: part.streams] for part in parts]
        setattr(analysis.results, name, memory.placed(found, numbers, kind, count))
        del found
        for part in parts:
            setattr(part.results, name, memory.records(kind, 0))


def move_on(part: Analysis, number: Any, held: int) -> None:
    """Number what a part tells of its connections as all are numbered, ``held`` others of which have been condensed."""
    rows = part.rows[: part.streams]
    doubted = part.memory.np.flatnonzero(rows["doubt"])
    rows["doubt"][doubted] = number[rows["doubt"][doubted] - 1] + 1
    rows["chain"] = -1
    rows["held"][rows["held"] > 0] += held
    for pieces, name in zip(part.results.pieces, OWNERS, strict=True):
        for piece in pieces:
            piece[name] = number[piece[name]]
