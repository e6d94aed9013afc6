"""What several analyses have found, each of some connections of one capture, in the tables of one."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeVar

from tcpexplain.hot.record import Record
from tcpexplain.machine.coalesced import CoalescedEnd, Stretch
from tcpexplain.machine.endpoint import Endpoint
from tcpexplain.machine.facts import EndFacts, Facts
from tcpexplain.tracking.entry import Entry
from tcpexplain.tracking.kept import copy_kept
from tcpexplain.vantage.inferred import ROOM
from tcpexplain.wire.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from tcpexplain.analysis.analysis import Analysis

Result = TypeVar("Result")

OWNERS = ("row", "row", "next")
"""The fields of steps, RSTs and kept segments that say to which connection a record belongs."""
Table = tuple[str, type[Record]]
TABLES: tuple[tuple[Table, ...], ...] = (
    (("rows", Entry), ("facts", Facts)),
    (("clients", EndFacts), ("servers", EndFacts)),
)
"""What is known of all connections: names and kinds of the tables, those together that one thread fills."""


def rejoin(analysis: Analysis, parts: Sequence[Analysis], numbers: Sequence[Any], crew: Executor) -> None:
    """Take over all that the parts hold; ``numbers``: the stream numbers of each one's connections. The parts are of no use afterwards."""
    memory, results = analysis.memory, analysis.results
    held = [len(part.results.held) // 2 for part in parts]
    results.held, results.used[0] = memory.chained([part.results.held for part in parts], Endpoint), sum(held)
    take_segments(analysis, parts, crew)
    for part, number, before in zip(parts, numbers, accumulate(held, initial=0), strict=False):
        move_on(part, number, before)
        analysis.shortened.heads |= {int(number[stream]): head for stream, head in part.shortened.heads.items()}
    side_by_side(crew, place_all, [analysis] * len(TABLES), [parts] * len(TABLES), [numbers] * len(TABLES), TABLES)
    for kind in range(len(OWNERS)):
        results.pieces[kind].extend(piece for part in parts for piece in part.results.pieces[kind])
    for name in ("rows", "segments", "late"):
        analysis.desk[name] = sum(int(part.desk[name]) for part in parts)
    analysis.desk.oldest, analysis.desk.free, analysis.counts = (
        analysis.desk.rows,
        -1,
        sum(part.counts for part in parts),
    )


def side_by_side(crew: Executor, task: Callable[..., Result], *arguments: Sequence[object]) -> list[Result]:
    """The results of a task for the first of each of ``arguments``, for the second, and so on; this thread does the first."""
    first, *rest = zip(*arguments, strict=True)
    others = [crew.submit(task, *one) for one in rest]
    own = task(*first)
    return [own, *(other.result() for other in others)]


def take_segments(analysis: Analysis, parts: Sequence[Analysis], crew: Executor) -> None:
    """The segments that are kept, without the room between them, and their stretches; of each part behind those of the parts before it."""
    memory, kept = analysis.memory, [int(part.rows["kept"][: part.streams].sum()) for part in parts]
    analysis.pool, analysis.stretches = memory.records(Segment, sum(kept) + ROOM), memory.records(Stretch, sum(kept))
    analysis.sides = memory.records(CoalescedEnd, 2 * sum(kept))
    slots = analysis.pool, analysis.stretches, analysis.sides

    def take(part: Analysis, before: int) -> None:
        used = memory.column([before, before])
        memory.hot(copy_kept)(part.rows, part.streams, part.pool, part.stretches, part.sides, *slots, used)
        part.pool, part.stretches, part.sides = (memory.records(kind, 0) for kind in (Segment, Stretch, CoalescedEnd))

    side_by_side(crew, take, parts, list(accumulate(kept[:-1], initial=0)))


def place_all(analysis: Analysis, parts: Sequence[Analysis], numbers: Sequence[Any], tables: Sequence[Table]) -> None:
    """The records of some tables, each where its connection's number says.

    No two threads fill one table: both would clear its pages.
    """
    for name, kind in tables:
        owners: list[Any] = [part if kind is Entry else part.results for part in (*parts, analysis)]
        pieces = [getattr(owner, name)[: len(number)] for owner, number in zip(owners, numbers, strict=False)]
        setattr(owners[-1], name, analysis.memory.placed(pieces, numbers, kind, sum(map(len, numbers))))
        for owner in owners[:-1]:
            setattr(owner, name, analysis.memory.records(kind, 0))


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
