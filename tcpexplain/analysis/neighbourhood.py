"""Connections and what their neighbours tell about them, as columns: of very many, some thousand at a time.

What is asked of all of them is kept by server, by client or by what failed, so that a connection that went well leaves no more than
its part of a count.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Generic, TypeVar

from tcpexplain.analysis.tallies import Repeats, Tally, counted_among, mixed, place_among, same
from tcpexplain.hot.columns import Apart, Picked, distinct
from tcpexplain.hot.mapped import field_of, let_go, pieces, put_at
from tcpexplain.tuples import NamedTuple
from tcpexplain.units import NANOSECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tcpexplain.hot.array import Flags, Integers, RecordArray

    Places = Integers | Sequence[int]
    """Stream numbers."""

Value = TypeVar("Value")


class Others(NamedTuple, Generic[Value]):
    """Connections that others are compared with, by server, client or minute."""

    total: int
    different: int
    """How many servers, clients or minutes they have."""
    of: Callable[[Value], int]
    """How many have one of them."""


ADDRESS, PORT = ("hi", "lo"), ("port",)
CLIENT, SERVER = 0, 1
NOTED = ("ports_tried", "port_lives", "queue_full", "alike", "aborts", "twin", "itself")
"""The facts that neighbours tell."""


class EndColumns:
    """Columns of some connections."""

    def __init__(self, rows: Apart, facts: Apart, clients: Apart, servers: Apart) -> None:
        self.rows, self.facts, self.clients, self.servers = rows, facts, clients, servers

    def words(self, side: int, fields: Sequence[str]) -> list[Integers]:
        """Fields of the client's (0) or the server's (1) endpoint."""
        import numpy as np

        is_low = self.facts.client == side
        return [
            np.where(is_low, getattr(self.rows, f"low_{name}"), getattr(self.rows, f"high_{name}")) for name in fields
        ]

    def client(self, fields: tuple[str, ...] = ADDRESS) -> list[Integers]:
        """Of the client: its address, or with ``ADDRESS + PORT`` its endpoint."""
        return self.words(CLIENT, fields)

    def server(self, fields: tuple[str, ...] = ADDRESS) -> list[Integers]:
        """Of the server."""
        return self.words(SERVER, fields)

    def of(self, side: int, fields: tuple[str, ...] = ADDRESS + PORT) -> list[Integers]:
        """The endpoint of a side, with its version."""
        return [self.rows.version, *self.words(side, fields)]


class Neighbourhood:
    """Connections, asked for some of them at a time: ``places`` are their stream numbers."""

    def __init__(self, rows: RecordArray, facts: RecordArray, clients: RecordArray, servers: RecordArray) -> None:
        self.rows, self.facts, self.clients, self.servers = rows, facts, clients, servers

    @property
    def tables(self) -> tuple[RecordArray, RecordArray, RecordArray, RecordArray]:
        """A record of each connection in each of them."""
        return self.rows, self.facts, self.clients, self.servers

    def at(self, places: Integers) -> EndColumns:
        """Columns of those at ``places``."""
        return EndColumns(*(Picked(table, places) for table in self.tables))

    def each(self) -> Iterator[tuple[slice[int, int, None], EndColumns]]:
        """All connections, some thousand at a time: where they stand, and their columns."""
        for piece in pieces(len(self.facts)):
            yield piece, EndColumns(*(Apart(table[piece]) for table in self.tables))
            let_go(*self.tables)

    def each_of(self, places: Places) -> Iterator[tuple[Integers, EndColumns]]:
        """The same of those at ``places``."""
        import numpy as np

        for piece in pieces(len(places)):
            some = np.asarray(places[piece], np.int64)
            yield some, self.at(some)

    def values(self, table: str, name: str, places: Places) -> Integers:
        """A field of the ``facts``, or of those of the ``clients`` or ``servers``."""
        import numpy as np

        return field_of(getattr(self, table), name, np.asarray(places, np.int64))

    def extent(self, name: str, places: Places) -> tuple[int, int]:
        """The least and the greatest of a fact."""
        columns = (getattr(some.facts, name) for _, some in self.each_of(places))
        found = [(int(one.min()), int(one.max())) for one in columns]
        return min(low for low, _ in found), max(high for _, high in found)

    def counted(self, places: Places) -> Counter[tuple[int, ...]]:
        """How many connections there are of each server: version, address, port."""
        return self.tallied(places, SERVER, ADDRESS + PORT)

    def commonest(self, places: Places) -> tuple[tuple[int, ...], int]:
        """The address from which most connections come, with its version, and how many they are."""
        return self.callers(places).most_common(1)[0]

    def callers(self, places: Places) -> Counter[tuple[int, ...]]:
        """How many connections there are of each client: version, address."""
        return self.tallied(places, CLIENT, ADDRESS)

    def alone(self, places: Places) -> bool:
        """Whether all connections come from one client."""
        first: list[Integers] = []
        for _, some in self.each_of(places):
            columns = some.of(CLIENT, ADDRESS)
            first = first or [column[0] for column in columns]
            if not all(bool((column == value).all()) for column, value in zip(columns, first, strict=True)):
                return False
        return True

    def met(self, places: Places, size: int) -> Met:
        """The servers, clients and minutes of connections that are not too many."""
        return Met(self, places, size)

    def minutes(self, places: Places, size: int) -> Counter[int]:
        """How many ended in each span of ``size`` ns, by its start in ns since 1970."""
        found = Tally()
        for _, some in self.each_of(places):
            found.add([minutes(some, size)])
        return Counter({minute: count for (minute,), count in found.counter().items()})

    def tallied(self, places: Places, side: int, fields: tuple[str, ...]) -> Counter[tuple[int, ...]]:
        """How many connections each of the different endpoints, or addresses, has: version and fields, in their order."""
        return self.tally(places, side, fields).counter()

    def tally(self, places: Places, side: int, fields: tuple[str, ...]) -> Tally:
        """The same as columns."""
        found = Tally()
        for _, some in self.each_of(places):
            found.add(some.of(side, fields))
        return found


class Met:
    """With whom each server had connections, and in which span of ``size`` ns these ended: 16 bytes a connection."""

    def __init__(self, table: Neighbourhood, places: Places, size: int) -> None:
        import numpy as np

        known = table.tally(places, SERVER, ADDRESS + PORT)
        self.known, self.servers = known.result()[0], known.counter()
        self.server, self.minute = np.empty(len(places), np.int32), np.empty(len(places), np.int32)
        self.client, self.size, at = np.empty(len(places), np.int64), size, 0
        for _, some in table.each_of(places):
            piece = slice(at, at := at + len(some.facts.start))
            self.server[piece] = place_among(some.of(SERVER), self.known)
            self.client[piece] = mixed(*some.of(CLIENT, ADDRESS))
            self.minute[piece] = minutes(some, size) // size

    def at(self, servers: Iterable[tuple[int, ...]]) -> tuple[Others[tuple[int, ...]], Others[int]]:
        """The clients and the minutes of some servers' connections."""
        import numpy as np

        known = [np.array(column) for column in zip(*servers, strict=True)]
        those = (place_among(self.known, known) >= 0)[self.server]
        clients, ended = self.client[those], self.minute[those]
        return (
            Others(len(clients), len(distinct(clients)), lambda client: int((clients == number_of(client)).sum())),
            Others(
                len(ended),
                len(distinct(ended.astype(np.int64))),
                lambda minute: int((ended == minute // self.size).sum()),
            ),
        )


def number_of(client: tuple[int, ...]) -> int:
    """The number of an address in ``Met``."""
    import numpy as np

    return int(mixed(*(np.array([word]) for word in client))[0])


class Noting(Neighbourhood):
    """What the neighbours tell, written into the facts."""

    def note(self) -> None:
        """Write all of ``NOTED``."""
        self.ports_tried()
        self.alike()
        self.twins()
        self.itself()
        self.doors()

    def where(self, condition: Callable[[EndColumns], Flags]) -> Integers:
        """The places at which a condition on columns holds."""
        import numpy as np

        found = [np.zeros(0, np.int64)]
        for piece, some in self.each():
            if len(those := condition(some).nonzero()[0]):
                found.append(those + piece.start)
        return np.concatenate(found)

    def put(self, name: str, places: Integers, values: Integers | int) -> None:
        """Write a fact of those at ``places``."""
        put_at(self.facts, name, places, values)

    def ports_tried(self) -> None:
        """See ``neighbours.ports_tried``."""
        import numpy as np

        tried, several = Tally(), Tally()
        for _, some in self.each():
            silent = (some.clients.data == 0) & (some.servers.data == 0)
            tried.add([one[silent] for one in (*some.client(), *some.server(ADDRESS + PORT))])
        several.add(tried.result()[0][:-1])
        pairs, count = several.result()
        pairs, count = [one[count > 1] for one in pairs], count[count > 1]
        for piece, some in self.each() if len(count) else ():
            at = place_among([*some.client(), *some.server()], pairs)
            those = np.flatnonzero(at >= 0)
            self.put("ports_tried", those + piece.start, count[at[those]])

    def alike(self) -> None:
        """See ``neighbours.alike``."""
        import numpy as np

        places = self.where(aborted)
        some = self.at(places)
        ends = (*some.client(), *some.server(ADDRESS + PORT))
        for name, groups in (("alike", same(*ends, some.facts.request_bytes)), ("aborts", same(*ends))):
            _, which, count = np.unique(groups, return_inverse=True, return_counts=True)
            self.put(name, places, count[which])

    def twins(self) -> None:
        """See ``neighbours.twins``."""
        import numpy as np

        repeats = Repeats()
        for _, some in self.each():
            repeats.note(*(one[established(some)] for one in both_ends(some)))
        places = self.where(lambda some: established(some) & repeats.fits(*both_ends(some)))
        some = self.at(places)
        tuples = same(*both_ends(some))
        order = np.argsort(tuples, kind="stable")
        places, tuples = places[order], tuples[order]
        start, duration = some.facts.start[order], some.facts.duration[order]
        twin = (
            (tuples[1:] == tuples[:-1])
            & (start[1:] - start[:-1] < NANOSECOND)
            & (start[:-1] + duration[:-1] > start[1:])
        )
        self.put("twin", places[1:][twin], 1)
        self.put("twin", places[:-1][twin], 1)

    def itself(self) -> None:
        """See ``neighbours.itself``."""
        import numpy as np

        places = self.where(talks_to_itself)
        if not len(places):
            return
        servers = self.tally(places, SERVER, ADDRESS + PORT).result()[0]
        calls = np.zeros(len(servers[0]), np.int64)
        for _, some in self.each():
            calls += counted_among(some.of(SERVER), servers)
        self.put("itself", places, calls[place_among(self.at(places).of(SERVER), servers)] == 1)

    def doors(self) -> None:
        """See ``neighbours.doors``: of those that left a SYN without an answer, at servers that answered others."""
        places = self.where(lambda some: (some.facts.syns > 0) & (some.facts.syn_acks == 0))
        if not len(places):
            return
        waiting = Doors(self.at(places), self.tally(places, SERVER, ADDRESS + PORT).result()[0])
        for _, some in self.each():
            waiting.look(some)
        lives, unserved, full = waiting.found()
        self.put("port_lives", places[lives], 1)
        self.put("queue_full", places[unserved], full[unserved])


class Doors:
    """Connections that waited for a SYN-ACK in vain, and how many of their server's others were served, or waited, while they did."""

    def __init__(self, some: EndColumns, servers: Sequence[Integers]) -> None:
        import numpy as np

        self.servers, self.server = servers, place_among(some.of(SERVER), servers)
        self.begun = some.facts.start
        self.ended = self.begun + some.facts.syn_last
        order = np.argsort(self.server, kind="stable")
        self.of_server = np.split(order, np.cumsum(np.bincount(self.server, minlength=len(servers[0])))[:-1])
        self.lives = np.zeros(len(servers[0]), bool)
        self.served_before, self.served_by_then, self.begun_by_then, self.over_before = np.zeros(
            (4, len(order)), np.int64
        )

    def look(self, some: EndColumns) -> None:
        """Take note of some connections, as far as their servers answered."""
        import numpy as np

        answering = some.facts.syn_acks > 0
        at = np.where(answering, place_among(some.of(SERVER), self.servers), -1)
        served, established_ = some.servers.data > 0, some.facts.established > 0
        until = waits_until(some)
        for server in np.flatnonzero(np.bincount(at[at >= 0], minlength=len(self.lives))).tolist():
            these, waiting = at == server, self.of_server[server]
            self.lives[server] = True
            self.count(waiting, np.sort(some.facts.start[these & served]), some, these & established_, until)

    def count(self, waiting: Integers, served: Integers, some: EndColumns, others: Flags, until: Integers) -> None:
        """Add those of one server."""
        import numpy as np

        begun, ended = self.begun[waiting], self.ended[waiting]
        self.served_before[waiting] += np.searchsorted(served, begun, "left")
        self.served_by_then[waiting] += np.searchsorted(served, ended, "right")
        self.begun_by_then[waiting] += np.searchsorted(np.sort(some.facts.start[others]), ended, "right")
        self.over_before[waiting] += np.searchsorted(np.sort(until[others]), begun, "left")

    def found(self) -> tuple[Flags, Flags, Integers]:
        """Whose port lives; who waited while none that came later was served; and how many waited there."""
        lives = self.lives[self.server]
        return lives, lives & (self.served_before == self.served_by_then), self.begun_by_then - self.over_before


# Of columns, elementwise.


def minutes(some: EndColumns, size: int) -> Integers:
    """In which span of ``size`` ns each ended: its start in ns since 1970."""
    found: Integers = (some.facts.start + some.facts.duration) // size * size
    return found


def aborted(some: EndColumns) -> Flags:
    """The client aborted it after an answer."""
    facts = some.facts
    found: Flags = (
        (facts.resets > 0) & (facts.reset_by == 0) & (facts.response_bytes > 0) & (some.clients.fin_packet == 0)
    )
    return found


def established(some: EndColumns) -> Flags:
    """It was opened, and accepted."""
    found: Flags = (some.facts.syns > 0) & (some.facts.established > 0)
    return found


def both_ends(some: EndColumns) -> list[Integers]:
    """Client and server."""
    return [*some.client(ADDRESS + PORT), *some.server(ADDRESS + PORT)]


def talks_to_itself(some: EndColumns) -> Flags:
    """Both ends are one host, and only the client spoke."""
    rows = some.rows
    one_host = (rows.low_lo == rows.high_lo) & (rows.low_hi == rows.high_hi)
    found: Flags = one_host & (some.clients.data > 0) & (some.servers.data == 0)
    return found


def waits_until(some: EndColumns) -> Integers:
    """See ``neighbours.waits_until``."""
    import numpy as np

    facts, answered = some.facts, some.servers.first_data
    over = (facts.resets > 0) | (some.servers.fin_packet > 0)
    left = np.where(over, 0, facts.left)
    found: Integers = facts.start + np.where(answered > 0, answered, facts.duration + left)
    return found
