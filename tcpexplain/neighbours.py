"""What a connection's neighbours in the capture tell about it: a scan, a port that lives, a full accept queue, a habit, a twin."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from itertools import pairwise
from typing import Any, NamedTuple

from tcpexplain import vicinity
from tcpexplain.columns import column, endpoints, put
from tcpexplain.quantity import NANOSECOND


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


def note(rows: Any, facts: Any, clients: Any, servers: Any, count: int) -> None:
    """Fill ``ports_tried``, ``port_lives``, ``queue_full``, ``alike`` and ``twin`` in the facts of the first ``count`` connections."""
    if not isinstance(facts, list):
        vicinity.note(rows, facts, clients, servers, count)
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
    put(facts, "alike", alike(all_of_them))
    put(facts, "twin", twins(all_of_them))
    lives, full = doors(all_of_them)
    put(facts, "port_lives", lives)
    put(facts, "queue_full", full)


def ports_tried(connections: list[Neighbour]) -> dict[int, int]:
    """How many ports of one server a client tried in vain, or left without a word."""
    ports: dict[Any, set[int]] = defaultdict(set)
    for one in connections:
        if not one.data and not one.answers:
            ports[one.client[:3], one.server[:3]].add(one.server[3])
    several = {pair: len(found) for pair, found in ports.items() if len(found) > 1}
    return {one.place: several[pair] for one in connections if (pair := (one.client[:3], one.server[:3])) in several}


def alike(connections: list[Neighbour]) -> dict[int, int]:
    """How many connections to one port a client aborted after an answer, the request being of the same size."""
    found: dict[Any, list[int]] = defaultdict(list)
    for one in connections:
        if one.resets and one.reset_by == 0 and one.response_bytes and not one.fin:
            found[one.client[:3], one.server, one.request_bytes].append(one.place)
    return {place: len(places) for places in found.values() for place in places}


def twins(connections: list[Neighbour]) -> dict[int, int]:
    """Connections of the same addresses and ports that open within a second of each other and overlap."""
    found: dict[Any, list[Neighbour]] = defaultdict(list)
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


def doors(connections: list[Neighbour]) -> tuple[dict[int, int], dict[int, int]]:
    """For SYNs without an answer: whether their port answered others, and how many waited there while none that came later was served."""
    wanted: dict[Any, list[Neighbour]] = defaultdict(list)
    for one in connections:
        if one.syns and not one.syn_acks:
            wanted[one.server].append(one)
    others: dict[Any, list[Neighbour]] = defaultdict(list)
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
