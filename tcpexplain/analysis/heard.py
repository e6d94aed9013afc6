"""What the messages of connections say becomes facts; and whose messages are worth reading."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tcpexplain.hot.columns import of_each, put, true_places
from tcpexplain.machine.facts import Facts
from tcpexplain.tracking.tells import may_speak, may_tell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.hot.array import Records
    from tcpexplain.model.said import Said
    from tcpexplain.payload.outcome import Outcome

MOST = 1 << 12
"""Connections of which what was heard waits until it is written down."""


def note(analysis: Analysis, outcomes: Iterable[tuple[int, Outcome]]) -> Iterator[tuple[int, Said]]:
    """Fill in the facts of connections, some thousand at a time; the words, by stream number."""
    results = analysis.results
    tables = (results.facts, results.clients, results.servers)
    columns = new_columns()
    for count, (stream, told) in enumerate(outcomes, 1):
        for table, values in zip(columns, (told.facts, told.client, told.server), strict=True):
            for name, value in values.items():
                if value:
                    table[name][stream] = value
        if not count % MOST:
            write_down(tables, columns)
            columns = new_columns()
        yield stream, told.said
    write_down(tables, columns)


Columns = tuple[dict[str, dict[int, int]], dict[str, dict[int, int]], dict[str, dict[int, int]]]


def new_columns() -> Columns:
    """By name and stream number: facts of connections, of their clients, of their servers."""
    return defaultdict(dict), defaultdict(dict), defaultdict(dict)


def write_down(tables: tuple[Records, Records, Records], columns: Columns) -> None:
    """Put columns of some connections into the tables of all."""
    for records, named in zip(tables, columns, strict=True):
        for name, found in named.items():
            put(records, name, found)


def ends_of(analysis: Analysis, stream: int) -> tuple[int, int]:
    """Which end of the key is the client of a connection, and when it began."""
    facts = analysis.results.facts[stream]
    if isinstance(facts, Facts):
        return facts.client, facts.start
    return int(facts["client"]), int(facts["start"])


def worth_hearing(analysis: Analysis, *, everything: bool) -> list[int]:
    """The connections whose messages may tell something: those that have payload and an end, and are not known to be well.

    With ``everything`` also those, and those without an end; never those of which reading finds nothing.
    """
    results, count, rows = analysis.results, analysis.streams, analysis.rows
    # Of one connection, or of the columns of all.
    condition = may_speak if everything else may_tell
    tables = (rows, results.facts, results.clients, results.servers)
    return true_places(of_each(condition, *(table[:count] for table in tables)))
