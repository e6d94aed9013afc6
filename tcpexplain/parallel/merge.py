"""What was found of all parts, in one table, numbered as one process would have numbered it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis import neighbours, siblings
from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.memory import AtRest, undivided
from tcpexplain.analysis.results import outlasted
from tcpexplain.hot.mapped import let_go, mapped, pieces
from tcpexplain.parallel.aside import SetAside
from tcpexplain.parallel.join import TABLES, restored
from tcpexplain.parallel.words import StoredWords
from tcpexplain.tracking.entry import CONCLUDED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from tcpexplain.analysis.systems import Systems
    from tcpexplain.hot.array import Integers, RecordArray
    from tcpexplain.parallel.join import FollowedPart

WHOLE = ("rows", "facts", "clients", "servers")
"""The tables with a record of each connection."""
NUMBERED = {"steps": "row", "resets": "row", "telling": "next"}
"""The field of each table that says which connection it is about."""


def merged(
    followed: Sequence[FollowedPart],
    spans: Sequence[Sequence[int]],
    systems: Systems,
    end: int,
    *,
    events: bool,
    every: bool,
) -> Analysis:
    """One analysis of what ``parallel.join.save`` wrote; its segments are not in memory.

    Parameters
    ----------
    followed
        The files of the parts.
    spans
        The numbers of the captures, those that overlap together, in the order of time.
    systems, events, every
        See ``Analysis``.
    end
        Time of the last packet, ns since 1970.
    """
    memory: Any = AtRest()
    np = memory.np
    parts, folder = [restored(memory, one.path) for one in followed], str(Path(followed[0].path).parent)
    numbers = np.split(numbered(np, parts, spans), np.cumsum([len(part["rows"]) for part in parts])[:-1])
    analysis = Analysis(systems=systems, events=events, every=every, memory=memory)
    results = analysis.results
    tables = put_together(memory, parts, numbers, end, folder)
    analysis.rows = tables["rows"].view(np.recarray)
    results.facts, results.clients, results.servers = (tables[name] for name in WHOLE[1:])
    for kind, (name, field) in enumerate(NUMBERED.items()):
        for part, number in zip(parts, numbers, strict=True):
            results.pieces[kind].append(renumbered(part.pop(name), field, number))
    for part, number in zip(parts, numbers, strict=True):
        renumbered(part["aside"], "next", number)
    analysis.aside = SetAside(np, [part.pop("aside") for part in parts])
    analysis.heard = bool(followed[0].words)
    if analysis.heard:
        analysis.words = StoredWords(np, [one.words for one in followed], numbers, folder)
    analysis.desk.rows, analysis.end = len(analysis.rows), end
    neighbours.note(analysis.rows, results.facts, results.clients, results.servers, analysis.streams)
    siblings.note(analysis.rows, results.facts, results.clients, results.servers, analysis.streams)
    let_go(*tables.values())
    return analysis


def renumbered(records: RecordArray, field: str, number: Integers) -> RecordArray:
    """The same records, in which a field has the number of the whole instead of the part's."""
    for piece in pieces(len(records)):
        records[field][piece] = number[records[field][piece]]
        let_go(records)
    return records


def put_together(
    memory: AtRest, parts: Sequence[dict[str, RecordArray]], numbers: Sequence[Integers], end: int, folder: str
) -> dict[str, RecordArray]:
    """The tables of all connections, each record in the place of its connection, some thousand of them at a time."""
    np = memory.np
    count = sum(map(len, numbers))
    tables = {name: mapped(memory.types[TABLES[name]], count, folder) for name in WHOLE}
    edges = [*(piece.start for piece in pieces(count)), count]
    orders = [ordered(np, number, edges) for number in numbers]
    for at, piece in enumerate(pieces(count)):
        for part, number, (order, bounds) in zip(parts, numbers, orders, strict=True):
            some = slice(*bounds[at : at + 2]) if order is None else order[slice(*bounds[at : at + 2])]
            for name, table in tables.items():
                undivided(table)[number[some]] = undivided(part[name])[some]
                let_go(part[name])
        at_rest(tables["rows"][piece])
        outlasted(tables["facts"][piece], end)
        let_go(*tables.values())
    return tables


def ordered(np: ModuleType, number: Integers, edges: Sequence[int]) -> tuple[Integers | None, list[int]]:
    """The places of numbers in their order, None if they are in order as they are; and the first of these that is not below each edge."""
    if bool((number[1:] > number[:-1]).all()):
        return None, np.searchsorted(number, edges).tolist()
    order = np.argsort(number, kind="stable").astype(np.int32)
    return order, np.searchsorted(number[order], edges).tolist()


def numbered(np: Any, parts: Sequence[dict[str, Any]], spans: Sequence[Sequence[int]]) -> Any:
    """The stream numbers of all parts' connections, by the order of their first packets; of four bytes each, as ``Entry.chain`` has them."""
    births = [part.pop("births") for part in parts]
    order = by_birth(np, births, spans)
    let_go(*births)
    number = np.empty(len(order), np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    return number


def by_birth(np: Any, births: Sequence[Any], spans: Sequence[Sequence[int]]) -> Any:
    """The places of first segments in their order: captures that overlap by time, others one behind the other."""
    size = max(map(max, spans)) + 1
    span_of, mixed = np.zeros(size, np.int32), np.zeros(size, bool)
    for place, of_span in enumerate(spans):
        span_of[list(of_span)], mixed[list(of_span)] = place, len(of_span) > 1
    # The file is in the number of a packet. What is the same for all decides nothing, and would take eight bytes of each.
    keys = [np.concatenate([part["packet"] for part in births])]
    files = np.concatenate([part["file"] for part in births])
    if mixed.any():
        times = np.concatenate([part["time"] for part in births])
        keys.append(times if mixed.all() else np.where(mixed[files], times, 0))
    if len(spans) > 1:
        keys.append(span_of[files])
    del files
    return np.lexsort(keys)


def at_rest(rows: RecordArray) -> None:
    """Note that the segments of connections have left memory."""
    rows["first"] = rows["last"] = -1
    rows["kept"] = 0
    rows["known"] |= CONCLUDED
