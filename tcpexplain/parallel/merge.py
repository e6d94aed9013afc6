"""What was found of all parts, in one table, numbered as one process would have numbered it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.analysis import neighbours, siblings
from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.memory import AtRest, copied
from tcpexplain.parallel.join import TABLES, restored
from tcpexplain.tracking.entry import CONCLUDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.analysis.systems import Systems

NUMBERED = {"steps": "row", "resets": "row", "telling": "next"}
"""The field of each table that says which connection it is about."""


def merged(
    paths: Sequence[str], spans: Sequence[Sequence[int]], systems: Systems, end: int, *, events: bool, every: bool
) -> Analysis:
    """One analysis of what ``parallel.join.save`` wrote; its segments are not in memory.

    Parameters
    ----------
    paths
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
    parts = [restored(memory, path) for path in paths]
    numbers = np.split(numbered(np, parts, spans), np.cumsum([len(part["rows"]) for part in parts])[:-1])
    analysis = Analysis(systems=systems, events=events, every=every, memory=memory)
    results = analysis.results
    analysis.rows = at_rest(placed(memory, parts, numbers, "rows").view(np.recarray))
    results.facts, results.clients, results.servers = (
        placed(memory, parts, numbers, name) for name in ("facts", "clients", "servers")
    )
    for kind, (name, field) in enumerate(NUMBERED.items()):
        for part, number in zip(parts, numbers, strict=True):
            records = copied(part.pop(name))
            records[field] = number[records[field]]
            results.pieces[kind].append(records)
    analysis.desk.rows, analysis.end = len(analysis.rows), end
    results.outlast(end, analysis.streams)
    neighbours.note(analysis.rows, results.facts, results.clients, results.servers, analysis.streams)
    siblings.note(analysis.rows, results.facts, results.clients, results.servers, analysis.streams)
    return analysis


def placed(memory: AtRest, parts: Sequence[dict[str, Any]], numbers: Sequence[Any], name: str) -> Any:
    """A table of all parts, each record in the place of its connection."""
    return memory.placed([part.pop(name) for part in parts], numbers, TABLES[name], sum(map(len, numbers)))


def numbered(np: Any, parts: Sequence[dict[str, Any]], spans: Sequence[Sequence[int]]) -> Any:
    """The stream numbers of all parts' connections, by the order of their first packets."""
    order = by_birth(np, [part.pop("births") for part in parts], spans)
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    return number


def by_birth(np: Any, births: Sequence[Any], spans: Sequence[Sequence[int]]) -> Any:
    """The places of first segments in their order."""
    size = max(map(max, spans)) + 1
    span_of, mixed = np.zeros(size, np.int64), np.zeros(size, bool)
    for place, of_span in enumerate(spans):
        span_of[list(of_span)], mixed[list(of_span)] = place, len(of_span) > 1
    files, packets, times = (np.concatenate([part[name] for part in births]) for name in ("file", "packet", "time"))
    return np.lexsort((packets, files, np.where(mixed[files], times, 0), span_of[files]))


def at_rest(rows: Any) -> Any:
    """Connections whose segments have left memory."""
    rows["first"] = rows["last"] = -1
    rows["kept"] = 0
    rows["known"] |= CONCLUDED
    return rows
