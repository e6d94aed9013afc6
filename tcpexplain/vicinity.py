"""``neighbours`` for columns of very many connections: the same answers, by sorting."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tcpexplain.columns import Apart, distinct
from tcpexplain.quantity import NANOSECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

ADDRESS, PORT = ("hi", "lo"), ("port",)
CLIENT, SERVER = 0, 1
MIX = 0x9E3779B97F4A7C15 - (1 << 64)
"""An odd number whose multiples spread over all bits."""


def note(rows: Any, facts: Any, clients: Any, servers: Any, count: int) -> None:
    """Fill ``ports_tried``, ``port_lives``, ``queue_full``, ``alike`` and ``twin`` in the facts of the first ``count`` connections."""
    if not count:
        return
    table = Table(rows[:count], facts[:count], clients[:count], servers[:count])
    table.ports_tried()
    table.alike()
    table.twins()
    table.doors()


class Table:
    """Columns of connections, asked for a few of them at a time: ``places`` are their stream numbers."""

    def __init__(self, rows: Any, facts: Any, clients: Any, servers: Any) -> None:
        import numpy as np

        self.np, self.noted = np, facts
        self.rows, self.facts, self.clients, self.servers = map(Apart, (rows, facts, clients, servers))
        self._words: dict[tuple[int, str], Any] = {}

    @cached_property
    def swapped(self) -> Any:
        """Whether the client is the higher end of the key."""
        return self.facts.client == 1

    def word(self, side: int, name: str) -> Any:
        """A field of the client's (0) or the server's (1) endpoint, of all connections."""
        if (side, name) not in self._words:
            low, high = (getattr(self.rows, f"{end}_{name}") for end in ("low", "high"))
            self._words[0, name] = self.np.where(self.swapped, high, low)
            self._words[1, name] = self.np.where(self.swapped, low, high)
        return self._words[side, name]

    def words(self, places: Any, side: int, fields: Sequence[str]) -> list[Any]:
        """Fields of the client's (0) or the server's (1) endpoint."""
        return [self.word(side, name)[places] for name in fields]

    def client(self, places: Any, fields: tuple[str, ...] = ADDRESS) -> list[Any]:
        """Of the client: its address, or with ``ADDRESS + PORT`` its endpoint."""
        return self.words(places, CLIENT, fields)

    def server(self, places: Any, fields: tuple[str, ...] = ADDRESS) -> list[Any]:
        """Of the server."""
        return self.words(places, SERVER, fields)

    def values(self, table: str, name: str, places: Any) -> Any:
        """A field of the ``facts``, or of those of the ``clients`` or ``servers``."""
        return getattr(getattr(self, table), name)[places]

    def counted(self, places: Any) -> Counter[tuple[int, ...]]:
        """How many connections there are of each server: version, address, port."""
        words, count = self.tallied(places, SERVER, ADDRESS + PORT)
        found = zip(*(word.tolist() for word in words), strict=True)
        return Counter(dict(zip(found, count.tolist(), strict=True)))

    def commonest(self, places: Any) -> tuple[tuple[int, ...], int]:
        """The address from which most connections come, with its version, and how many they are."""
        words, count = self.tallied(places, CLIENT, ADDRESS)
        at = int(count.argmax())
        return tuple(int(word[at]) for word in words), int(count[at])

    def tallied(self, places: Any, side: int, fields: tuple[str, ...]) -> tuple[list[Any], Any]:
        """The different endpoints, or addresses, as columns of version and fields, sorted; and how many connections each has."""
        np = self.np
        words = [self.rows.version[places], *self.words(places, side, fields)]
        numbers = self.same(*words)
        order = np.argsort(numbers)
        numbers = numbers[order]
        first = np.concatenate(([0], np.flatnonzero(numbers[1:] != numbers[:-1]) + 1))
        return [word[order[first]] for word in words], np.diff(first, append=len(numbers))

    def same(self, *columns: Any) -> Any:
        """A number for each row that rows with the same values share, in the order of the rows' values."""
        np = self.np
        found, size = np.zeros(len(columns[0]), np.int64), 1
        for column in columns:
            if not len(column) or (width := int(column.max()) - (low := int(column.min())) + 1) == 1:
                continue
            if size * width >= 1 << 63:
                # They do not fit side by side into one number, so both are numbered anew.
                different, found = np.unique(found, return_inverse=True)
                values, column = np.unique(column, return_inverse=True)  # noqa: PLW2901
                size, width, low = len(different), len(values), 0
            found *= width
            found += column - low
            size *= width
        return found

    def repeated(self, *columns: Any) -> Any:
        """Which rows may have the values of another row: all that do, and perhaps a few others."""
        np = self.np
        mixed = np.zeros(len(columns[0]), np.int64)
        for column in columns:
            mixed += column
            mixed *= MIX
            mixed ^= mixed >> 29
        ordered = np.sort(mixed)
        return self.among(mixed, distinct(ordered[1:][ordered[1:] == ordered[:-1]]))

    def among(self, values: Any, chosen: Any) -> Any:
        """Which values are among ``chosen``, which is sorted."""
        np = self.np
        if not len(chosen):
            return np.zeros(len(values), bool)
        return chosen[np.searchsorted(chosen[:-1], values)] == values

    def places(self, holds: Any) -> Any:
        """Where a condition holds."""
        return self.np.flatnonzero(holds)

    def ports_tried(self) -> None:
        """See ``neighbours.ports_tried``."""
        np, in_vain = self.np, (self.clients.data == 0) & (self.servers.data == 0)
        if not in_vain.any():
            return
        every = slice(None)
        pairs = self.same(*self.client(every), *self.server(every))
        if int(pairs.max()) >= 1 << 47:
            pairs = np.unique(pairs, return_inverse=True)[1]
        tried = distinct(pairs[in_vain] << 16 | self.word(SERVER, "port")[in_vain]) >> 16
        several = distinct(tried[1:][tried[1:] == tried[:-1]])
        those = self.places(self.among(pairs, several))
        found = np.searchsorted(tried, several, "right") - np.searchsorted(tried, several, "left")
        self.noted["ports_tried"][those] = found[np.searchsorted(several, pairs[those])]

    def alike(self) -> None:
        """See ``neighbours.alike``."""
        facts = self.facts
        places = self.places(
            (facts.resets > 0) & (facts.reset_by == 0) & (facts.response_bytes > 0) & (self.clients.fin_packet == 0)
        )
        groups = self.same(
            *self.client(places), *self.server(places, ADDRESS + PORT), facts.request_bytes[places]
        )  # fmt: skip
        _, which, count = self.np.unique(groups, return_inverse=True, return_counts=True)
        self.noted["alike"][places] = count[which]

    def twins(self) -> None:
        """See ``neighbours.twins``."""
        np, facts = self.np, self.facts
        places = self.places((facts.syns > 0) & (facts.established > 0))
        places = places[
            self.repeated(*self.client(places, ADDRESS + PORT), *self.server(places, ADDRESS + PORT))
        ]  # fmt: skip
        tuples = self.same(*self.client(places, ADDRESS + PORT), *self.server(places, ADDRESS + PORT))
        order = np.argsort(tuples, kind="stable")
        places, tuples = places[order], tuples[order]
        start, duration = facts.start[places], facts.duration[places]
        twin = (
            (tuples[1:] == tuples[:-1])
            & (start[1:] - start[:-1] < NANOSECOND)
            & (start[:-1] + duration[:-1] > start[1:])
        )
        self.noted["twin"][places[1:][twin]] = 1
        self.noted["twin"][places[:-1][twin]] = 1

    def doors(self) -> None:
        """See ``neighbours.doors``: server by server, of those that left a SYN without an answer and answered others."""
        np, facts = self.np, self.facts
        answering = facts.syn_acks > 0
        wanted = (facts.syns > 0) & ~answering
        if not (wanted.any() and answering.any()):
            return
        servers = self.same(*self.server(slice(None), ADDRESS + PORT))
        both = distinct(servers[wanted])
        both = both[self.among(both, distinct(servers[answering]))]
        places = self.places((wanted | answering) & self.among(servers, both))
        # In the order of time, so that what is looked for next lies near; small numbers sort fast.
        number = np.searchsorted(both, servers[places]).astype(np.uint16 if len(both) < 1 << 16 else np.int64)
        ends = np.cumsum(np.bincount(number))[:-1]
        for these in np.split(places[np.argsort(number, kind="stable")], ends) if len(places) else ():
            self.door(these[wanted[these]], these[answering[these]])

    def door(self, without: Any, known: Any) -> None:
        """One server's port: the connections without an answer, and those it has answered."""
        np, facts, servers = self.np, self.facts, self.servers
        self.noted["port_lives"][without] = 1
        served = np.sort(facts.start[known[servers.data[known] > 0]])
        established = known[facts.established[known] > 0]
        starts, until = np.sort(facts.start[established]), np.sort(self.waits_until(established))
        begun = facts.start[without]
        ended = begun + facts.syn_last[without]
        unserved = np.searchsorted(served, begun, "left") == np.searchsorted(served, ended, "right")
        full = np.searchsorted(starts, ended, "right") - np.searchsorted(until, begun, "left")
        self.noted["queue_full"][without[unserved]] = full[unserved]

    def waits_until(self, places: Any) -> Any:
        """See ``neighbours.waits_until``."""
        np, facts = self.np, self.facts
        answered = self.servers.first_data[places]
        over = (facts.resets[places] > 0) | (self.servers.fin_packet[places] > 0)
        left = np.where(over, 0, facts.left[places])
        return facts.start[places] + np.where(answered > 0, answered, facts.duration[places] + left)
