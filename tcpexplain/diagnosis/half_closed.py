"""How long connections were half closed, server by server: one end in CLOSE-WAIT, the other in FIN-WAIT-2."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.neighbourhood import ADDRESS, PORT, SERVER, Neighbourhood
from tcpexplain.analysis.siblings import where
from tcpexplain.diagnosis.durations import LEAK
from tcpexplain.diagnosis.shares import host
from tcpexplain.hot.columns import as_array, column, endpoints, worth_arrays
from tcpexplain.machine.transitions import State
from tcpexplain.model.connection import Address
from tcpexplain.model.group import HalfClosed, Stay
from tcpexplain.tuples import NamedTuple
from tcpexplain.units import NANOSECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tcpexplain.analysis.analysis import Analysis
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
    for wait in waits(analysis, among(places(analysis, open_at_the_end), streams)):
        found[wait.server, wait.side].append(wait)
    worst = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))[:SERVERS]
    if not worst:
        return ()
    usual = closed(analysis, [key for key, _ in worst], streams)
    return tuple(half_closed_of_server(one, usual.get(key, [])) for key, one in worst)


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


def places(analysis: Analysis, holds: Callable[[Facts, EndFacts, EndFacts], int]) -> list[int]:
    """The connections for which a condition holds."""
    results, count = analysis.results, analysis.streams
    return where(holds, results.facts, results.clients, results.servers, count)


def among(found: list[int], streams: Sequence[int]) -> list[int]:
    """Those that are asked about."""
    wanted = streams if isinstance(streams, range) else set(streams)
    return [place for place in found if place in wanted]


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


def closed(
    analysis: Analysis, keys: Sequence[tuple[Server, int]], streams: Sequence[int]
) -> dict[tuple[Server, int], list[tuple[int, int]]]:
    """When CLOSE-WAIT began and how long it was, in ns, in the connections of these servers that both ends closed; by the end that was last."""
    found = among(places(analysis, closed_after), streams)
    if worth_arrays(analysis.results.facts):
        return closed_columns(analysis, keys, found)
    taken: dict[tuple[Server, int], list[tuple[int, int]]] = {key: [] for key in keys}
    for each in waits(analysis, found):
        if (each.server, each.side) in taken:
            taken[each.server, each.side].append((each.start, each.close_wait))
    return taken


def closed_columns(
    analysis: Analysis, keys: Sequence[tuple[Server, int]], found: Sequence[int]
) -> dict[tuple[Server, int], list[tuple[int, int]]]:
    """CLOSE-WAIT spans by server, from columns: (start, length) in ns."""
    results = analysis.results
    tables = (analysis.rows, results.facts, results.clients, results.servers)
    table = Neighbourhood(*(as_array(one[: analysis.streams]) for one in tables))
    np, places_ = table.np, table.np.array(found, table.np.int64)
    words = [table.rows.version[places_], *table.words(places_, SERVER, ADDRESS + PORT)]
    fins = table.clients.fin_time[places_], table.servers.fin_time[places_]
    start, long = table.facts.start[places_] + np.minimum(*fins) - 1, abs(fins[1] - fins[0])
    side = (fins[1] >= fins[0]).astype(int)
    taken = {}
    for server, last in keys:
        these = side == last
        for column_, word in zip(words, server, strict=True):
            these &= column_ == word
        taken[server, last] = list(zip(start[these].tolist(), long[these].tolist(), strict=True))
    return taken


# ---- how long ----


def half_closed_of_server(open_: Sequence[Wait], usual: Sequence[tuple[int, int]]) -> HalfClosed:
    """One server."""
    first = open_[0]
    slowest = max((long for _, long in usual), default=0)
    leaking = [one for one in open_ if one.silent and one.close_wait >= max(LEAK, SLOWER * slowest)]
    longest = max(open_, key=lambda one: (one.close_wait, one.fin_wait_2))
    return HalfClosed(
        server=Address(host(first.server), first.server[3]),
        waiting=SIDES[first.side],
        close_wait=stay([(one.start, one.close_wait) for one in open_ if one.close_wait >= 0]),
        fin_wait_2=stay([(one.start, one.fin_wait_2) for one in open_ if one.fin_wait_2 >= 0]),
        closed=stay(usual),
        leaking=len(leaking),
        longest=longest.stream,
    )


def stay(spans: Sequence[tuple[int, int]]) -> Stay:
    """How long they were there: pairs of when it began and how long it was, in ns."""
    if not spans:
        return Stay(0)
    long = sorted(span for _, span in spans)
    return Stay(
        len(long),
        min(start for start, _ in spans),
        *(span / NANOSECOND for span in (long[0], middle(long), long[-1])),
    )


def middle(ordered: Sequence[int]) -> float:
    """The median of values in order; ``statistics`` would be imported for this alone."""
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
