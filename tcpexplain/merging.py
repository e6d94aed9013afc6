"""What was found of all parts, in one table, numbered as one process would have numbered it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain import neighbours
from tcpexplain.analyse import Analysis
from tcpexplain.connection import CONCLUDED
from tcpexplain.joining import TABLES, restored
from tcpexplain.memory import AtRest

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBERED = {"steps": "row", "resets": "row", "telling": "next"}
"""The field of each table that says which connection it is about."""


def merged(
    paths: Sequence[str], spans: Sequence[Sequence[int]], os: str, end: int, *, events: bool, every: bool
) -> Analysis:
    """One analysis of what ``joining.save`` wrote; its segments are not in memory.

    Parameters
    ----------
    paths
        The files of the parts.
    spans
        The numbers of the captures, those that overlap together, in the order of time.
    os, events, every
        See ``Analysis``.
    end
        Time of the last packet, ns since 1970.
    """
    memory: Any = AtRest()
    np = memory.np
    tables = together(memory, [restored(memory, path) for path in paths])
    order = by_birth(np, tables, spans)
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    analysis = Analysis(os=os, events=events, every=every, memory=memory)
    results = analysis.results
    analysis.rows = at_rest(tables.pop("rows")[order].view(np.recarray))
    results.facts, results.clients, results.servers = (
        tables.pop(name)[order] for name in ("facts", "clients", "servers")
    )
    for kind, (name, field) in enumerate(NUMBERED.items()):
        table = tables.pop(name)
        table[field] = number[table[field]]
        results.pieces[kind].append(table)
    analysis.desk.rows, analysis.end = len(order), end
    results.outlast(end, analysis.streams)
    neighbours.note(analysis.rows, results.facts, results.clients, results.servers, analysis.streams)
    return analysis


def together(memory: AtRest, parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The tables of all parts one behind the other, their connections numbered through."""
    before = 0
    for part in parts:
        for name, field in NUMBERED.items():
            part[name][field] += before
        before += len(part["rows"])
    return {name: memory.chained([part[name] for part in parts], kind) for name, kind in TABLES.items()}


def by_birth(np: Any, tables: dict[str, Any], spans: Sequence[Sequence[int]]) -> Any:
    """The connections in the order of their first packets; of each, the first segment that is kept is its first."""
    telling, count = tables["telling"], len(tables["rows"])
    first = telling[np.searchsorted(telling["next"], np.arange(count))]
    span_of, mixed = np.zeros(max(map(max, spans)) + 1, np.int64), np.zeros(max(map(max, spans)) + 1, bool)
    for place, files in enumerate(spans):
        span_of[list(files)], mixed[list(files)] = place, len(files) > 1
    files = first["file"]
    return np.lexsort((first["packet"], files, np.where(mixed[files], first["time"], 0), span_of[files]))


def at_rest(rows: Any) -> Any:
    """Connections whose segments have left memory."""
    rows["first"] = rows["last"] = -1
    rows["kept"] = 0
    rows["known"] |= CONCLUDED
    return rows
