"""What a connection's neighbours in the capture tell about it: a scan, a port that lives, a full accept queue, a habit, a twin."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from tcpexplain.hot.columns import (
    as_array,
    column,
    endpoints,
    put,
    put_column,
    worth_arrays,
)
from tcpexplain.tuples import NamedTuple
from tcpexplain.units import NANOSECOND

if TYPE_CHECKING:
    from tcpexplain.hot.array import Records


class Neighbour(NamedTuple):
    """What is asked of a connection about its neighbours; times in ns."""

    place: int
    client: tuple[int, ...]
    server: tuple[int, ...]
    start: int
    duration: int
    left: int
    syns: int
    syn_last: int
    syn_acks: int
    established: int
    resets: int
    reset_by: int
    response_bytes: int
    request_bytes: int
    data: int
    fin: int
    answers: int
    answered: int
    server_fin: int


ASKED = (
    "start",
    "duration",
    "left",
    "syns",
    "syn_last",
    "syn_acks",
    "established",
    "resets",
    "reset_by",
    "response_bytes",
    "request_bytes",
)


def note(rows: Records, facts: Records, clients: Records, servers: Records, count: int) -> None:
    """Fill ``ports_tried``, ``port_lives``, ``queue_full``, ``alike``, ``aborts``, ``twin`` and ``itself`` in the facts of the first ``count`` connections."""
    rows, facts, clients, servers = (table[:count] for table in (rows, facts, clients, servers))
    if worth_arrays(facts):
        note_columns(rows, facts, clients, servers)
        return
    places = range(count)
    ends = endpoints(rows, column(facts, "client", places), places)
    columns = [column(facts, name, places) for name in ASKED]
    columns += [column(clients, name, places) for name in ("data", "fin_packet")]
    columns += [column(servers, name, places) for name in ("data", "first_data", "fin_packet")]
    all_of_them = [
        Neighbour(place, *both, *values) for place, both, *values in zip(places, ends, *columns, strict=True)
    ]
    put(facts, "ports_tried", ports_tried(all_of_them))
    put(facts, "alike", alike(all_of_them, of_a_size=True))
    put(facts, "aborts", alike(all_of_them, of_a_size=False))
    put(facts, "twin", twins(all_of_them))
    put(facts, "itself", itself(all_of_them))
    lives, full = doors(all_of_them)
    put(facts, "port_lives", lives)
    put(facts, "queue_full", full)


def ports_tried(connections: list[Neighbour]) -> dict[int, int]:
    """How many ports of one server a client tried in vain, or left without a word."""
    ports: dict[object, set[int]] = defaultdict(set)
    for one in connections:
        if not one.data and not one.answers:
            ports[one.client[:3], one.server[:3]].add(one.server[3])
    several = {pair: len(found) for pair, found in ports.items() if len(found) > 1}
    return {one.place: several[pair] for one in connections if (pair := (one.client[:3], one.server[:3])) in several}


def alike(connections: list[Neighbour], *, of_a_size: bool) -> dict[int, int]:
    """How many connections to one port a client aborted after an answer; ``of_a_size``: the request being of the same size."""
    found: dict[object, list[int]] = defaultdict(list)
    for one in connections:
        if one.resets and one.reset_by == 0 and one.response_bytes and not one.fin:
            found[one.client[:3], one.server, one.request_bytes if of_a_size else 0].append(one.place)
    return {place: len(places) for places in found.values() for place in places}


def twins(connections: list[Neighbour]) -> dict[int, int]:
    """Connections of the same addresses and ports that open within a second of each other and overlap."""
    found: dict[tuple[tuple[int, ...], tuple[int, ...]], list[Neighbour]] = defaultdict(list)
    for one in connections:
        if one.syns and one.established:
            found[one.client, one.server].append(one)
    return {
        place: 1
        for same in found.values()
        for one, other in pairwise(same)
        if other.start - one.start < NANOSECOND and one.start + one.duration > other.start
        for place in (one.place, other.place)
    }


def itself(connections: list[Neighbour]) -> dict[int, int]:
    """Connections of a host to itself in which only the client spoke, at ports that no other connection calls."""
    calls = Counter(one.server for one in connections)
    return {
        one.place: 1
        for one in connections
        if one.client[:3] == one.server[:3] and one.data and not one.answers and calls[one.server] == 1
    }


def doors(connections: list[Neighbour]) -> tuple[dict[int, int], dict[int, int]]:
    """For SYNs without an answer: whether their port answered others, and how many waited there while none that came later was served."""
    wanted: dict[tuple[int, ...], list[Neighbour]] = defaultdict(list)
    for one in connections:
        if one.syns and not one.syn_acks:
            wanted[one.server].append(one)
    others: dict[tuple[int, ...], list[Neighbour]] = defaultdict(list)
    for one in connections:
        if one.syn_acks and one.server in wanted:
            others[one.server].append(one)
    lives: dict[int, int] = {}
    full: dict[int, int] = {}
    for server, known in others.items():
        served = sorted(one.start for one in known if one.answers)
        starts = sorted(one.start for one in known if one.established)
        ends = sorted(waits_until(one) for one in known if one.established)
        for one in wanted[server]:
            begun, ended = one.start, one.start + one.syn_last
            lives[one.place] = 1
            if bisect_left(served, begun) == bisect_right(served, ended):
                full[one.place] = bisect_right(starts, ended) - bisect_left(ends, begun)
    return lives, full


def waits_until(one: Neighbour) -> int:
    """Until when a connection waited for its first byte from the application, ns since 1970."""
    if one.answered:
        return one.start + one.answered
    return one.start + one.duration + (0 if one.resets or one.server_fin else one.left)


def note_columns(rows: Records, facts: Records, clients: Records, servers: Records) -> None:
    """What ``note`` does, for very many connections."""
    from tcpexplain.analysis.neighbourhood import NOTED, Noting

    if isinstance(facts, list):
        table = Noting(*map(as_array, (rows, facts, clients, servers)))
        table.note()
        for name in NOTED:
            put_column(facts, name, table.facts[name])
    else:
        Noting(*map(as_array, (rows, facts, clients, servers))).note()
