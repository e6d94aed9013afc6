"""Which hosts both serve clients and ask others: where a proxy may be. Addresses as columns in, connections by host out."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from tcpexplain.hot.columns import SIGNED_MIX, distinct, listed, of_each, places_among, taken, true_places
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.machine.facts import Facts
    from tcpexplain.tracking.entry import Entry

MOST = 10_000
"""Connections on each side of all proxies that are compared: more would take seconds. The first ones in the capture."""
COVERED = 0.9
"""Share of the connections that those of two addresses make up, if both are the capturing machine's."""
FEW = 2
"""Addresses of each side that are tried as such."""
LOOPBACK = 127
WORD = (1 << 62) - 1
"""The bits of a product that arrays of 64 bits and Python's integers have in common, and no sign."""


class ProxyBox(NamedTuple):
    """Connections to a host, and connections of the same host to others, by stream number."""

    by: str
    """Why it is one host: ``address``, ``loopback``, or ``host`` (two addresses that have nearly all connections)."""
    fronts: list[int]
    backs: list[int]


class EndHosts(NamedTuple):
    """The client's and the server's host of each connection, each as one number, and whether the client is the host itself: lists or arrays."""

    clients: Any
    servers: Any
    own: Any


def boxes(analysis: Analysis) -> Iterator[ProxyBox]:
    """Where a proxy may be."""
    if analysis.streams < 2:
        return
    hosts = end_hosts(analysis)
    shared, loopback = serving_and_asking(hosts), true_places(hosts.own)
    if shared:
        fronts, backs = by_host(hosts.servers, shared), by_host(hosts.clients, shared)
        yield from (
            ProxyBox("address", fronts[host], backs[host]) for host in sorted(shared) if fronts[host] and backs[host]
        )
    if loopback:
        outside = [place for place in range(min(analysis.streams, MOST + len(loopback))) if not hosts.own[place]]
        yield ProxyBox("loopback", outside[:MOST], loopback[:MOST])
    elif not shared and analysis.streams <= 10 * MOST:
        yield from of_two_addresses(hosts, analysis.streams)


def end_hosts(analysis: Analysis) -> EndHosts:
    """The hosts of all connections."""
    tables = analysis.rows[: analysis.streams], analysis.results.facts[: analysis.streams]
    return EndHosts(*(of_each(said, *tables) for said in (client_host, server_host, is_host_itself)))


# Of one connection, or elementwise of columns, as a cause's conditions are.


def client_host(row: Entry, facts: Facts) -> int:
    """A number of the client's host."""
    return host(row.low_hi, row.low_lo) * (facts.client == 0) + host(row.high_hi, row.high_lo) * (facts.client == 1)


def server_host(row: Entry, facts: Facts) -> int:
    """A number of the server's host."""
    return host(row.low_hi, row.low_lo) * (facts.client == 1) + host(row.high_hi, row.high_lo) * (facts.client == 0)


def host(upper: int, lower: int) -> int:
    """A number of an address, which no other one in a capture is likely to have."""
    return ((upper * SIGNED_MIX) ^ lower) & WORD


def is_host_itself(row: Entry, facts: Facts) -> int:
    """Whether the client has an address that only stands for the host itself."""
    lower = row.low_lo * (facts.client == 0) + row.high_lo * (facts.client == 1)
    upper = row.low_hi * (facts.client == 0) + row.high_hi * (facts.client == 1)
    return ((row.version == 4) & ((lower >> 24 & 255) == LOOPBACK)) | ((row.version != 4) & (upper == 0) & (lower == 1))


def serving_and_asking(hosts: EndHosts) -> set[int]:
    """The hosts that are on both sides; not those that ask themselves."""
    themselves = set(true_places(hosts.own))
    others = range(len(hosts.clients))
    asking = hosts.clients
    if themselves:
        asking = taken(hosts.clients, [place for place in others if place not in themselves])
    return set(listed(distinct(asking))) & set(listed(distinct(hosts.servers)))


def by_host(hosts: Any, wanted: set[int]) -> defaultdict[int, list[int]]:
    """The first places of some hosts."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for place in places_among(hosts, wanted)[:MOST]:
        found[int(hosts[place])].append(place)
    return found


def of_two_addresses(hosts: EndHosts, count: int) -> Iterator[ProxyBox]:
    """An address that serves and one that asks, which together have nearly all connections: of one machine, where that was captured."""
    clients, servers = listed(hosts.clients), listed(hosts.servers)
    for server in most(servers):
        for client in most(clients):
            fronts = [at for at in range(count) if servers[at] == server and clients[at] != client]
            backs = [at for at in range(count) if clients[at] == client and servers[at] != server]
            if fronts and backs and len(fronts) + len(backs) >= COVERED * count:
                yield ProxyBox("host", fronts[:MOST], backs[:MOST])


def most(hosts: list[int]) -> list[int]:
    """The hosts that have most connections, in an order of their own."""
    often = Counter(hosts)
    return sorted(often, key=lambda host: (-often[host], host))[:FEW]
