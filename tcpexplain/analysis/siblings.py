"""What the connections of one server have in common that it, or a box before it, ended: the same age, the same silence.

One connection that ends after 60.0 s proves no timer; three of them that do, and others of which none lived longer, make one likely.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.hot.columns import column, endpoints, listed, of_each, places_where, put, taken
from tcpexplain.hot.mapped import put_at
from tcpexplain.units import NANOSECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tcpexplain.hot.array import Integers, Records
    from tcpexplain.machine.facts import EndFacts, Facts

    Condition = Callable[[Facts, EndFacts, EndFacts], int]

SHORTEST = 5 * NANOSECOND - NANOSECOND // 10
"""ns: a limit that people configure for the age of a connection is hardly shorter."""


def note(rows: Records, facts: Records, clients: Records, servers: Records, count: int) -> None:
    """Fill ``age_alike`` and ``idle_alike`` in the facts of the first ``count`` connections: how many siblings each has."""
    for name, condition, span in (("age_alike", closed_in_use, age), ("idle_alike", ended_idle, idle)):
        if not isinstance(facts, list):
            in_columns(name, condition, span, [table[:count] for table in (rows, facts, clients, servers)])
            continue
        places = listed(where(condition, facts, clients, servers, count))
        if len(places) > 1:
            ends = endpoints(rows, column(facts, "client", places), places)
            spans = listed(of_each(span, taken(facts, places), taken(servers, places)))
            put(
                facts,
                name,
                alike((server, time, place) for (_, server), time, place in zip(ends, spans, places, strict=True)),
            )


def in_columns(name: str, condition: Condition, span: Callable[..., Any], tables: Sequence[Any]) -> None:
    """The same of very many, by sorting."""
    from tcpexplain.analysis.neighbourhood import SERVER, Neighbourhood
    from tcpexplain.analysis.tallies import same

    table = Neighbourhood(*tables)
    places: Any = places_where(condition, *tables[1:])
    if len(places) < 2:
        return
    some = table.at(places)
    spans: Any = span(some.facts, some.servers)
    others: Any = others_alike(same(*some.of(SERVER)), spans)
    put_at(tables[1], name, places[others > 0], others[others > 0])


def others_alike(servers: Integers, spans: Integers) -> Integers:
    """How many others of the same server have the same span, of each connection; see ``alike``."""
    import numpy as np

    order = np.lexsort((spans, servers))
    spans, servers = spans[order], servers[order]
    begins = np.ones(len(order), bool)
    begins[1:] = (servers[1:] != servers[:-1]) | (np.diff(spans) > tolerance(spans[1:]))
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(order))
    fits = spans[ends - 1] - spans[starts] <= 2 * tolerance(spans[starts])
    found = np.zeros(len(order), np.int64)
    found[order] = ((ends - starts - 1) * fits).repeat(ends - starts)
    return found


def where(condition: Condition, facts: Records, clients: Records, servers: Records, count: int) -> list[int] | Integers:
    """The places at which a condition holds (elementwise, as those of causes are), a list or an array as the tables are."""
    return places_where(condition, *(table[:count] for table in (facts, clients, servers)))


def closed_in_use(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The server closed first, while the client was still using it: for most of its life it had not been silent so long."""
    lived = server.fin_time - facts.established
    used = (client.data > 0) & (facts.established > 0) & (server.fin_heard > 0) & (server.fin_heard < lived // 4)
    return (facts.closed_first == 1) & (server.fin_packet > 0) & (lived >= SHORTEST) & used


def ended_idle(facts: Facts, client: EndFacts, server: EndFacts) -> int:  # noqa: ARG001 (all conditions take all three)
    """It was ended in silence, by the server's FIN or by a RST."""
    by_fin = (facts.closed_first == 1) & (server.fin_packet > 0) & (facts.idle_before_fin >= NANOSECOND)
    return by_fin | ((facts.resets > 0) & (facts.idle_before_reset >= NANOSECOND))


def age(facts: Facts, server: EndFacts) -> int:
    """Ns from the handshake's end to the server's FIN."""
    return server.fin_time - facts.established


def idle(facts: Facts, server: EndFacts) -> int:
    """Ns without data before the end."""
    by_fin = (server.fin_packet > 0) & (facts.closed_first == 1) & (facts.idle_before_fin >= NANOSECOND)
    return facts.idle_before_fin * by_fin + facts.idle_before_reset * (by_fin == 0)


def alike(found: Iterable[tuple[tuple[int, ...], int, int]]) -> dict[int, int]:
    """Of (server, span, place): how many others of the same server have the same span; no place that has none."""
    ordered = sorted(found)
    return {
        place: len(same) - 1
        for same in runs(ordered)
        if len(same) > 1 and same[-1][1] - same[0][1] <= 2 * tolerance(same[0][1])
        for _, _, place in same
    }


def runs(ordered: Sequence[tuple[tuple[int, ...], int, int]]) -> Iterator[list[tuple[tuple[int, ...], int, int]]]:
    """Neighbours of one server whose spans follow each other closely."""
    run: list[tuple[tuple[int, ...], int, int]] = []
    for one in ordered:
        if run and (one[0] != run[-1][0] or one[1] - run[-1][1] > tolerance(one[1])):
            yield run
            run = []
        run.append(one)
    yield run


def tolerance(span: Any) -> Any:
    """Ns by which two spans of one timer differ: timers fire up to half a percent late."""
    return NANOSECOND // 10 + span // 200
