"""What several analyses have found, each of some connections of one capture, in the tables of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.machine.coalesced import CoalescedEnd, Stretch
from tcpexplain.machine.endpoint import Endpoint
from tcpexplain.machine.facts import EndFacts, Facts
from tcpexplain.tracking.entry import Entry
from tcpexplain.wire.segment import STRETCH, Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.analysis.analysis import Analysis

OWNERS = ("row", "row", "next")
"""The fields of steps, RSTs and kept segments that say to which connection a record belongs."""


def rejoin(analysis: Analysis, parts: Sequence[Analysis], numbers: Sequence[Any]) -> None:
    """Take over all that the parts hold; ``numbers``: the stream numbers of each one's connections. The parts are of no use afterwards."""
    memory, results = analysis.memory, analysis.results
    slots = stretches = held = 0
    for part, number in zip(parts, numbers, strict=True):
        move_on(part, number, slots, stretches, held)
        slots, stretches = slots + len(part.pool), stretches + len(part.stretches)
        held += len(part.results.held) // 2
    analysis.pool = memory.chained([part.pool for part in parts], Segment)
    analysis.stretches = memory.chained([part.stretches for part in parts], Stretch)
    analysis.sides = memory.chained([part.sides for part in parts], CoalescedEnd)
    results.held, results.used[0] = memory.chained([part.results.held for part in parts], Endpoint), held
    place_all(analysis, parts, numbers)
    for kind in range(len(OWNERS)):
        results.pieces[kind].extend(piece for part in parts for piece in part.results.pieces[kind])
    for name in ("rows", "segments", "late"):
        analysis.desk[name] = sum(int(part.desk[name]) for part in parts)
    analysis.desk.oldest, analysis.desk.free, analysis.counts = analysis.desk.rows, -1, sum(part.counts for part in parts)


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


def move_on(part: Analysis, number: Any, slots: int, stretches: int, held: int) -> None:
    """Count what a part holds from where it will stand: behind so many slots, stretches, and connections that have been condensed."""
    rows, pool = part.rows[: part.streams], part.pool
    doubted = part.memory.np.flatnonzero(rows["doubt"])
    rows["doubt"][doubted] = number[rows["doubt"][doubted] - 1] + 1
    rows["chain"] = -1
    pool["seq"][pool["icmp"] == STRETCH] += stretches
    for records, name, more in (
        (rows, "first", slots), (rows, "last", slots), (pool, "next", slots), (part.sides, "latest", slots),
        (part.stretches, "edge", slots),
    ):  # fmt: skip
        records[name][records[name] >= 0] += more
    for records, name, more in ((rows, "stretch", stretches), (part.stretches, "before", stretches), (rows, "held", held)):
        records[name][records[name] > 0] += more
    for pieces, name in zip(part.results.pieces, OWNERS, strict=True):
        for piece in pieces:
            piece[name] = number[piece[name]]
