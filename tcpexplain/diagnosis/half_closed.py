"""How long connections were half closed, server by server: one end in CLOSE-WAIT, the other in FIN-WAIT-2."""

from __future__ import annotations

from array import array
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.neighbourhood import SERVER, Neighbourhood
from tcpexplain.analysis.siblings import where
from tcpexplain.analysis.tallies import place_among
from tcpexplain.diagnosis.durations import LEAK
from tcpexplain.diagnosis.shares import host
from tcpexplain.hot.columns import as_array, column, endpoints, listed, worth_arrays
from tcpexplain.machine.transitions import State
from tcpexplain.model.connection import Address
from tcpexplain.model.group import HalfClosed, Stay
from tcpexplain.tuples import NamedTuple
from tcpexplain.units import NANOSECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.hot.array import Column
    from tcpexplain.machine.facts import EndFacts, Facts
    from tcpexplain.model.calls import Side

SLOWER = 2
"""What leaks has been in CLOSE-WAIT so many times as long as the slowest connection of its server that did close."""
SERVERS = 50
"""Servers that are told, those with most connections half closed first."""
_CLOSED, _CLOSE_WAIT, _FIN_WAIT_2 = int(State.CLOSED), int(State.CLOSE_WAIT), int(State.FIN_WAIT_2)
SIDES: tuple[Side, Side] = ("client", "server")

Server = tuple[int, ...]


class Wait(NamedTuple):
    """One connection of which only one end has closed; times are ns."""

    stream: int
    server: Server
    side: int
    """The end that has not: 0 client, 1 server."""
    start: int
    """When it got the FIN, since 1970."""
    close_wait: int
    """How long that end was in CLOSE-WAIT; -1 if it was not seen in it."""
    fin_wait_2: int
    """How long the other end was in FIN-WAIT-2; -1 if it was not."""
    silent: bool
    """Whether the end sent nothing since: an answer under way is no leak."""


def half_closed(analysis: Analysis, streams: Sequence[int]) -> tuple[HalfClosed, ...]:
    """What was half closed when the capture ended, most connections first; ``streams``: the connections it is about."""
    found: dict[tuple[Server, int], list[Wait]] = defaultdict(list)
    for wait in waits(analysis, listed(among(places(analysis, open_at_the_end), streams))):
        found[wait.server, wait.side].append(wait)
    worst = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))[:SERVERS]
    if not worst:
        return ()
    known = closed(analysis, [key for key, _ in worst], streams)
    return tuple(half_closed_of_server(one, known.get(key, NONE)) for key, one in worst)


# ---- which ----


def open_at_the_end(_: Any, client: EndFacts, server: EndFacts) -> int:
    """One end has closed, the other has not."""
    return waits_for(client, server) | waits_for(server, client)


def waits_for(one: EndFacts, other: EndFacts) -> int:
    """``other`` has sent FIN; ``one`` is in CLOSE-WAIT, or leaves it in FIN-WAIT-2 without having gone itself."""
    left = (other.state == _FIN_WAIT_2) & (one.state != _CLOSED)
    return (other.fin_time > 0) & ((one.state == _CLOSE_WAIT) | left)


def closed_after(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Both ends have closed, one after the other."""
    return (client.fin_time > 0) & (server.fin_time > 0) & (facts.fins_crossed == 0)


def places(analysis: Analysis, holds: Callable[[Facts, EndFacts, EndFacts], int]) -> Column:
    """The connections for which a condition holds, a list or an array."""
    results, count = analysis.results, analysis.streams
    return where(holds, results.facts, results.clients, results.servers, count)


def among(found: Column, streams: Sequence[int]) -> Column:
    """Those that are asked about."""
    if isinstance(found, list):
        wanted = streams if isinstance(streams, range) else set(streams)
        return [place for place in found if place in wanted]
    if isinstance(streams, range) and streams.step == 1:
        return found[(found >= streams.start) & (found < streams.stop)]
    import numpy as np

    return found[np.isin(found, np.asarray(streams, np.int64))]


def waits(analysis: Analysis, chosen: Sequence[int]) -> Iterable[Wait]:
    """The connections at ``chosen``, as far as one end was waiting for the other to close."""
    results = analysis.results
    facts = {name: column(results.facts, name, chosen) for name in ("client", "start", "duration", "left")}
    ends = [
        list(zip(*(column(table, name, chosen) for name in ("state", "fin_time", "fin_acked", "late_packet")), strict=True))
        for table in (results.clients, results.servers)
    ]  # fmt: skip
    servers = [server for _, server in endpoints(analysis.rows, facts["client"], chosen)]
    for at, stream in enumerate(chosen):
        until = facts["duration"][at] + facts["left"][at] + 1
        side = 0 if ends[1][at][1] and (not ends[0][at][1] or ends[1][at][1] < ends[0][at][1]) else 1
        yield wait(stream, servers[at], side, facts["start"][at], until, ends[side][at], ends[1 - side][at])


def wait(
    stream: int, server: Server, side: int, start: int, until: int, one: tuple[int, ...], other: tuple[int, ...]
) -> Wait:
    """One of them: ``one`` is the end that closed last or not at all, ``other`` the end that closed first."""
    state, fin, _, sent = one
    other_state, other_fin, acknowledged, _ = other
    end = fin or until
    in_close_wait = fin > 0 or state == _CLOSE_WAIT
    in_fin_wait_2 = acknowledged > 0 and (fin > 0 or other_state == _FIN_WAIT_2)
    return Wait(
        stream,
        server,
        side,
        start + other_fin - 1,
        end - other_fin if in_close_wait else -1,
        end - acknowledged if in_fin_wait_2 else -1,
        not sent,
    )


class Usual(NamedTuple):
    """CLOSE-WAIT in the connections of a server that both ends closed."""

    first: int
    """When the first of them began, ns since 1970."""
    long: Column
    """How long each was, ns, in order: a list or an array."""


NONE = Usual(0, [])


def closed(
    analysis: Analysis, keys: Sequence[tuple[Server, int]], streams: Sequence[int]
) -> dict[tuple[Server, int], Usual]:
    """CLOSE-WAIT in the connections of these servers that both ends closed; by the end that was last."""
    found = among(places(analysis, closed_after), streams)
    if worth_arrays(analysis.results.facts):
        return closed_columns(analysis, keys, found)
    taken: dict[tuple[Server, int], list[tuple[int, int]]] = {key: [] for key in keys}
    for each in waits(analysis, listed(found)):
        if (each.server, each.side) in taken:
            taken[each.server, each.side].append((each.start, each.close_wait))
    return {key: usual(spans) for key, spans in taken.items()}


def usual(spans: Sequence[tuple[int, int]]) -> Usual:
    """Of pairs of when it began and how long it was."""
    return Usual(min(start for start, _ in spans), sorted(long for _, long in spans)) if spans else NONE


def closed_columns(
    analysis: Analysis, keys: Sequence[tuple[Server, int]], found: Column
) -> dict[tuple[Server, int], Usual]:
    """The same from columns."""
    import numpy as np

    results = analysis.results
    tables = (analysis.rows, results.facts, results.clients, results.servers)
    table = Neighbourhood(*(as_array(one[: analysis.streams]) for one in tables))
    known = [np.array(column) for column in zip(*((*server, last) for server, last in keys), strict=True)]
    first, long = np.full(len(keys), np.iinfo(np.int64).max), [array("q") for _ in keys]
    for _, some in table.each_of(found):
        fins = some.clients.fin_time, some.servers.fin_time
        at = place_among([*some.of(SERVER), (fins[1] >= fins[0]).astype(np.int64)], known)
        these = np.flatnonzero(at >= 0)
        np.minimum.at(first, at[these], (some.facts.start + np.minimum(*fins) - 1)[these])
        spans = abs(fins[1] - fins[0])
        for place in np.flatnonzero(np.bincount(at[these], minlength=len(keys))).tolist():
            long[place].frombytes(spans[at == place].astype(np.int64).tobytes())
    return {
        key: Usual(start, np.sort(np.frombuffer(spans, np.int64))) if spans else NONE
        for key, start, spans in zip(keys, first.tolist(), long, strict=True)
    }


# ---- how long ----


def half_closed_of_server(open_: Sequence[Wait], others: Usual) -> HalfClosed:
    """One server."""
    first = open_[0]
    slowest = int(others.long[-1]) if len(others.long) else 0
    leaking = [one for one in open_ if one.silent and one.close_wait >= max(LEAK, SLOWER * slowest)]
    longest = max(open_, key=lambda one: (one.close_wait, one.fin_wait_2))
    return HalfClosed(
        server=Address(host(first.server), first.server[3]),
        waiting=SIDES[first.side],
        close_wait=stay(usual([(one.start, one.close_wait) for one in open_ if one.close_wait >= 0])),
        fin_wait_2=stay(usual([(one.start, one.fin_wait_2) for one in open_ if one.fin_wait_2 >= 0])),
        closed=stay(others),
        leaking=len(leaking),
        longest=longest.stream,
    )


def stay(spans: Usual) -> Stay:
    """How long they were there."""
    if not len(spans.long):
        return Stay(0)
    told = spans.long[0], middle(spans.long), spans.long[-1]
    return Stay(len(spans.long), spans.first, *(float(one) / NANOSECOND for one in told))


def middle(ordered: Column) -> float:
    """The median of values in order; ``statistics`` would be imported for this alone."""
    half = len(ordered) // 2
    above = int(ordered[half])
    return above if len(ordered) % 2 else (int(ordered[half - 1]) + above) / 2
