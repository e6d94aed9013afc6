"""The connections of one cause as groups ask about them: their facts and ends, and those they are compared with."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.neighbourhood import Others
from tcpexplain.hot.columns import column, endpoints, extent, listed
from tcpexplain.units import NANOSECOND

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from tcpexplain.analysis.neighbourhood import Neighbourhood
    from tcpexplain.hot.array import Records

MANY = 5_000
"""Connections from which on arrays are faster."""
MOST_CONNECTIONS = 200_000
"""Above that, nobody is compared with its siblings: it would take a tenth of the time that reading takes."""
MOST_SERVERS = 8
"""Above ``MOST_CONNECTIONS``, the connections of so many servers are told at most."""
MINUTE = 60 * NANOSECOND

End = tuple[int, ...]
"""Version, address as two words, and the port of a server."""


class Everybody:
    """The connections that a group is compared with, counted by server once; ``places``: their stream numbers."""

    def __init__(self, known: Any, places: Any) -> None:
        self.known, self.places, self.count = known, places, len(places)

    @property
    def few(self) -> bool:
        """Whether they are few enough to compare one server, client or minute with the others."""
        return self.count <= MOST_CONNECTIONS

    @cached_property
    def met(self) -> Any:
        """Servers with their clients and minutes."""
        return self.known.met(self.places, MINUTE)

    @cached_property
    def servers(self) -> Counter[End]:
        """How many connections there are to each server."""
        found: Counter[End] = self.met.servers if self.few else self.known.counted(self.places)
        return found

    @cached_property
    def alone(self) -> bool:
        """Whether all come from one client."""
        return bool(self.known.alone(self.places))

    def to(self, servers: Iterable[End]) -> int:
        """How many go to some servers; 0 if they are too many to be told."""
        wanted = list(servers)
        return sum(self.servers[one] for one in wanted) if self.few or len(wanted) <= MOST_SERVERS else 0


class Members:
    """The connections of one cause, and where to look up their facts.

    Parameters
    ----------
    code
        The cause.
    places
        Their stream numbers, a list or an array.
    known
        All connections.
    everybody
        The same, counted.
    span
        ns from the capture's first packet to its last.
    """

    def __init__(self, code: str, places: Any, known: Objects | Neighbourhood, everybody: Everybody, span: int) -> None:
        self.code, self.places, self.known, self.everybody, self.span = code, places, known, everybody, span

    def __len__(self) -> int:
        return len(self.places)

    def values(self, table: str, name: str) -> Any:
        """A fact of each connection, or of one end of each: an array where they are many, else a list."""
        return self.known.values(table, name, self.places)

    def fact(self, name: str) -> list[int]:
        """A fact of each connection."""
        return listed(self.values("facts", name))

    def of(self, ends: str, name: str) -> list[int]:
        """A fact of one end of each: of the ``clients`` or the ``servers``."""
        return listed(self.values(ends, name))

    def extent(self, name: str) -> tuple[int, int]:
        """The least and the greatest of a fact."""
        return self.known.extent(name, self.places)

    @cached_property
    def servers(self) -> Counter[End]:
        """How many go to each server."""
        return self.known.counted(self.places)

    @cached_property
    def clients(self) -> Counter[End]:
        """How many come from each address."""
        return self.known.callers(self.places)


class Objects:
    """A few connections, asked as a ``analysis.neighbourhood.Neighbourhood`` is."""

    def __init__(self, rows: Records, facts: Records, clients: Records, servers: Records) -> None:
        self.rows, self.facts, self.clients, self.servers = rows, facts, clients, servers

    def values(self, table: str, name: str, places: Sequence[int]) -> list[int]:
        """A field of the ``facts``, or of those of the ``clients`` or ``servers``."""
        return column(getattr(self, table), name, places)

    def endpoints(self, places: Sequence[int]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """Client and server of each."""
        return endpoints(self.rows, self.values("facts", "client", places), places)

    def counted(self, places: Sequence[int]) -> Counter[tuple[int, ...]]:
        """How many connections there are of each server: version, address, port."""
        return Counter(server for _, server in self.endpoints(places))

    def callers(self, places: Sequence[int]) -> Counter[tuple[int, ...]]:
        """How many connections there are of each client: version, address."""
        return Counter(client[:3] for client, _ in self.endpoints(places))

    def alone(self, places: Sequence[int]) -> bool:
        """Whether all connections come from one client."""
        return len(self.callers(places)) == 1

    def extent(self, name: str, places: Sequence[int]) -> tuple[int, int]:
        """The least and the greatest of a fact."""
        return extent(self.values("facts", name, places))

    def met(self, places: Sequence[int], size: int) -> ObjectsMet:
        """See ``Neighbourhood.met``."""
        ends = zip(self.values("facts", "start", places), self.values("facts", "duration", places), strict=True)
        return ObjectsMet(self.endpoints(places), [(start + run) // size * size for start, run in ends])

    def minutes(self, places: Sequence[int], size: int) -> Counter[int]:
        """How many ended in each span of ``size`` ns, by its start in ns since 1970."""
        pairs = zip(self.values("facts", "start", places), self.values("facts", "duration", places), strict=True)
        return Counter((start + run) // size * size for start, run in pairs)


class ObjectsMet:
    """Clients and servers, and minutes, of a few connections (``analysis.neighbourhood.Met``)."""

    def __init__(self, ends: list[tuple[End, End]], minutes: list[int]) -> None:
        self.ends, self.minutes = ends, minutes
        self.servers = Counter(server for _, server in ends)

    def at(self, servers: Container[End]) -> tuple[Others[End], Others[int]]:
        """The clients and the minutes of some servers' connections."""
        those = [
            (client[:3], minute)
            for (client, server), minute in zip(self.ends, self.minutes, strict=True)
            if server in servers
        ]
        return siblings(Counter(client for client, _ in those)), siblings(Counter(minute for _, minute in those))


def siblings(counts: Counter[Any]) -> Others[Any]:
    """Those that are counted."""
    return Others(sum(counts.values()), len(counts), counts.__getitem__)
