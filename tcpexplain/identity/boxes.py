"""Which hosts both serve clients and ask others: where a proxy may be. Addresses as columns in, connections by host out."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from tcpexplain.hot.columns import Apart, column, distinct
from tcpexplain.hot.mapped import column_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.analysis.analysis import Analysis

MOST = 10_000
"""Connections on each side of all proxies that are compared: more would take seconds. The first ones in the capture."""
COVERED = 0.9
"""Share of the connections that those of two addresses make up, if both are the capturing machine's."""
FEW = 2
"""Addresses of each side that are tried as such."""
MIX = 0x9E3779B97F4A7C15
"""An odd number that spreads one word of an address over another (2**64 divided by the golden ratio)."""
LOOPBACK = 127
WORD = (1 << 64) - 1


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
    shared, loopback = serving_and_asking(hosts), places(hosts.own)
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
    rows, facts, count = analysis.rows, analysis.results.facts, analysis.streams
    if isinstance(facts, list):
        names = ("version", "low_hi", "low_lo", "high_hi", "high_lo")
        found = [
            one_pair(*row)
            for row in zip(
                column(facts, "client", range(count)), *(column(rows, n, range(count)) for n in names), strict=True
            )
        ]
        clients, servers, own = map(list, zip(*found, strict=True))
        return EndHosts(clients, servers, own)
    np = analysis.memory.np
    ends, first = Apart(rows[:count]), column_of(facts[:count], "client") == 0
    low, high = (
        getattr(ends, f"{end}_hi").astype(np.uint64) * np.uint64(MIX) ^ getattr(ends, f"{end}_lo").astype(np.uint64)
        for end in ("low", "high")
    )
    word = np.where(first, ends.low_lo, ends.high_lo)
    upper = np.where(first, ends.low_hi, ends.high_hi)
    own = np.where(ends.version == 4, (word >> 24) & 255 == LOOPBACK, (upper == 0) & (word == 1))
    return EndHosts(np.where(first, low, high), np.where(first, high, low), own)


def one_pair(client: int, version: int, *words: int) -> tuple[int, int, bool]:
    """The two hosts of one connection, and whether the client is the host itself."""
    ends = [((words[at] & WORD) * MIX & WORD) ^ (words[at + 1] & WORD) for at in (0, 2)]
    upper, word = words[2 * client], words[2 * client + 1]
    own = word >> 24 & 255 == LOOPBACK if version == 4 else (upper, word) == (0, 1)
    return ends[client], ends[1 - client], own


def serving_and_asking(hosts: EndHosts) -> set[int]:
    """The hosts that are on both sides; not those that ask themselves."""
    if isinstance(hosts.clients, list):
        asking = {host for host, own in zip(hosts.clients, hosts.own, strict=True) if not own}
        return asking & set(hosts.servers)
    return set(distinct(hosts.clients[~hosts.own]).tolist()) & set(distinct(hosts.servers).tolist())


def places(holds: Any) -> list[int]:
    """Where something is true."""
    if isinstance(holds, list):
        return [place for place, true in enumerate(holds) if true]
    return list(map(int, holds.nonzero()[0]))


def by_host(column_of: Any, wanted: set[int]) -> defaultdict[int, list[int]]:
    """The first places of some hosts."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    if isinstance(column_of, list):
        chosen = [place for place, host in enumerate(column_of) if host in wanted]
    else:
        import numpy as np

        chosen = places(np.isin(column_of, np.asarray(sorted(wanted), np.uint64)))
    for place in chosen[:MOST]:
        found[int(column_of[place])].append(place)
    return found


def of_two_addresses(hosts: EndHosts, count: int) -> Iterator[ProxyBox]:
    """An address that serves and one that asks, which together have nearly all connections: of one machine, where that was captured."""
    clients, servers = (list(of if isinstance(of, list) else of.tolist()) for of in (hosts.clients, hosts.servers))
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
