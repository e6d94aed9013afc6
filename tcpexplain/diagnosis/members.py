"""The connections of one cause as groups ask about them: their facts and ends, and those they are compared with."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tcpexplain.hot.columns import column, endpoints, extent, listed
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tcpexplain.analysis.neighbourhood import Neighbourhood
    from tcpexplain.hot.array import Records

MANY = 5_000
"""Connections from which on arrays are faster."""
MOST_CONNECTIONS = 200_000
"""Above that, nobody is compared with its siblings: it would take a tenth of the time that reading takes."""
MOST_SERVERS = 8
"""Above ``MOST_CONNECTIONS``, the connections of so many servers are counted at most."""

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
    def servers(self) -> Counter[End]:
        """How many connections there are to each server."""
        found: Counter[End] = self.known.counted(self.places)
        return found

    @cached_property
    def alone(self) -> bool:
        """Whether all come from one client."""
        return bool(self.known.alone(self.places))

    def to(self, servers: Iterable[End]) -> int:
        """How many go to some servers; 0 if they are too many to be counted."""
        wanted = list(servers)
        if self.few:
            return sum(self.servers[one] for one in wanted)
        if len(wanted) > MOST_SERVERS:
            return 0
        return sum(self.known.served(one, self.places) for one in wanted)


@frozen
class Members:
    """The connections of one cause, and where to look up their facts."""

    code: str
    places: Any
    """Their stream numbers, a list or an array."""
    known: Objects | Neighbourhood
    """All connections."""
    everybody: Everybody
    """The same, counted."""
    span: int
    """ns from the capture's first packet to its last."""

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
        return extent(self.known.values("facts", name, self.places))


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

    def commonest(self, places: Sequence[int]) -> tuple[tuple[int, ...], int]:
        """The address from which most connections come, with its version, and how many they are."""
        return self.callers(places).most_common(1)[0]

    def alone(self, places: Sequence[int]) -> bool:
        """Whether all connections come from one client."""
        return len(self.callers(places)) == 1

    def reached(self, some: Sequence[int], places: Sequence[int]) -> Sequence[int]:
        """Those at ``places`` that go to a server of ``some`` connections."""
        servers = {server for _, server in self.endpoints(some)}
        return [place for place, (_, server) in zip(places, self.endpoints(places), strict=True) if server in servers]

    def served(self, server: tuple[int, ...], places: Sequence[int]) -> int:
        """How many go to a server."""
        return self.counted(places)[server]

    def minutes(self, places: Sequence[int], size: int) -> Counter[int]:
        """How many ended in each span of ``size`` ns, by its start in ns since 1970."""
        pairs = zip(self.values("facts", "start", places), self.values("facts", "duration", places), strict=True)
        return Counter((start + run) // size * size for start, run in pairs)
