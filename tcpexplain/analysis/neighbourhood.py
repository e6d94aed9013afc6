"""Connections and what their neighbours tell about them, as columns: for very many of them, by sorting."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from tcpexplain.hot.columns import SIGNED_MIX, Apart, distinct
from tcpexplain.units import NANOSECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.hot.array import Flags, Integers, Records

    Places = Integers | slice[None, None, None] | Sequence[int]
    """Stream numbers."""

ADDRESS, PORT = ("hi", "lo"), ("port",)
CLIENT, SERVER = 0, 1
NOTED = ("ports_tried", "port_lives", "queue_full", "alike", "aborts", "twin", "itself")
"""The facts that neighbours tell."""


class Neighbourhood:
    """Columns of connections, asked for a few of them at a time: ``places`` are their stream numbers."""

    def __init__(self, rows: Records, facts: Records, clients: Records, servers: Records) -> None:
        import numpy as np

        self.np = np
        self.rows, self.facts, self.clients, self.servers = map(Apart, (rows, facts, clients, servers))
        self.noted = {} if facts is None else {name: facts[name].copy() for name in NOTED}
        self._words: dict[tuple[int, str], Integers] = {}

    @cached_property
    def swapped(self) -> Flags:
        """Whether the client is the higher end of the key."""
        found: Flags = self.facts.client == 1
        return found

    def word(self, side: int, name: str) -> Integers:
        """A field of the client's (0) or the server's (1) endpoint, of all connections."""
        if (side, name) not in self._words:
            low, high = (getattr(self.rows, f"{end}_{name}") for end in ("low", "high"))
            self._words[0, name] = self.np.where(self.swapped, high, low)
            self._words[1, name] = self.np.where(self.swapped, low, high)
        return self._words[side, name]

    def words(self, places: Places, side: int, fields: Sequence[str]) -> list[Integers]:
        """Fields of the client's (0) or the server's (1) endpoint."""
        return [self.word(side, name)[places] for name in fields]

    def client(self, places: Places, fields: tuple[str, ...] = ADDRESS) -> list[Integers]:
        """Of the client: its address, or with ``ADDRESS + PORT`` its endpoint."""
        return self.words(places, CLIENT, fields)

    def server(self, places: Places, fields: tuple[str, ...] = ADDRESS) -> list[Integers]:
        """Of the server."""
        return self.words(places, SERVER, fields)

    def values(self, table: str, name: str, places: Places) -> Integers:
        """A field of the ``facts``, or of those of the ``clients`` or ``servers``."""
        found: Integers = getattr(getattr(self, table), name)[places]
        return found

    def counted(self, places: Places) -> Counter[tuple[int, ...]]:
        """How many connections there are of each server: version, address, port."""
        words, count = self.tallied(places, SERVER, ADDRESS + PORT)
        found = zip(*(word.tolist() for word in words), strict=True)
        return Counter(dict(zip(found, count.tolist(), strict=True)))

    def commonest(self, places: Places) -> tuple[tuple[int, ...], int]:
        """The address from which most connections come, with its version, and how many they are."""
        words, count = self.tallied(places, CLIENT, ADDRESS)
        at = int(count.argmax())
        return tuple(int(word[at]) for word in words), int(count[at])

    def callers(self, places: Places) -> Counter[tuple[int, ...]]:
        """How many connections there are of each client: version, address."""
        words, count = self.tallied(places, CLIENT, ADDRESS)
        return Counter(dict(zip(zip(*(word.tolist() for word in words), strict=True), count.tolist(), strict=True)))

    def alone(self, places: Places) -> bool:
        """Whether all connections come from one client."""
        columns = (self.rows.version[places], *self.client(places))
        return all(bool((column == column[0]).all()) for column in columns)

    @cached_property
    def numbered(self) -> Integers:
        """A number of the server of each connection."""
        return self.same(self.rows.version, *self.server(slice(None), ADDRESS + PORT))

    def reached(self, some: Places, places: Integers) -> Integers:
        """Those at ``places`` that go to a server of ``some`` connections."""
        return places[self.among(self.numbered[places], distinct(self.numbered[some]))]

    def served(self, server: tuple[int, ...], places: Places) -> int:
        """How many go to a server."""
        columns = (self.rows.version[places], *self.server(places, ADDRESS + PORT))
        fits = [column == value for column, value in zip(columns, server, strict=True)]
        return int(self.np.logical_and.reduce(fits).sum())

    def minutes(self, places: Places, size: int) -> Counter[int]:
        """How many ended in each span of ``size`` ns, by its start in ns since 1970."""
        ended = self.facts.start[places] + self.facts.duration[places]
        different, count = self.np.unique(ended // size * size, return_counts=True)
        return Counter(dict(zip(different.tolist(), count.tolist(), strict=True)))

    def tallied(self, places: Places, side: int, fields: tuple[str, ...]) -> tuple[list[Integers], Integers]:
        """The different endpoints, or addresses, as columns of version and fields, sorted; and how many connections each has."""
        np = self.np
        words = [self.rows.version[places], *self.words(places, side, fields)]
        numbers = self.same(*words)
        order = np.argsort(numbers)
        numbers = numbers[order]
        first = np.concatenate(([0], np.flatnonzero(numbers[1:] != numbers[:-1]) + 1))
        return [word[order[first]] for word in words], np.diff(first, append=len(numbers))

    def same(self, *columns: Integers) -> Integers:
        """A number for each row that rows with the same values share, in the order of the rows' values."""
        np = self.np
        found: Integers = np.zeros(len(columns[0]), np.int64)
        size = 1
        for words in columns:
            if not len(words) or (width := int(words.max()) - (low := int(words.min())) + 1) == 1:
                continue
            if size * width >= 1 << 63:
                # They do not fit side by side into one number, so both are numbered anew.
                different, found = np.unique(found, return_inverse=True)
                values, words = np.unique(words, return_inverse=True)  # noqa: PLW2901
                size, width, low = len(different), len(values), 0
            found *= width
            found += words - low
            size *= width
        return found

    def repeated(self, *columns: Integers) -> Flags:
        """Which rows may have the values of another row: all that do, and perhaps a few others."""
        np = self.np
        mixed = np.zeros(len(columns[0]), np.int64)
        for words in columns:
            mixed += words
            mixed *= SIGNED_MIX
            mixed ^= mixed >> 29
        ordered = np.sort(mixed)
        return self.among(mixed, distinct(ordered[1:][ordered[1:] == ordered[:-1]]))

    def among(self, values: Integers, chosen: Integers) -> Flags:
        """Which values are among ``chosen``, which is sorted."""
        np = self.np
        found: Flags = np.zeros(len(values), bool)
        if len(chosen):
            found = chosen[np.searchsorted(chosen[:-1], values)] == values
        return found

    def places(self, holds: Flags) -> Integers:
        """Where a condition holds."""
        return self.np.flatnonzero(holds)

    def ports_tried(self) -> None:
        """See ``ports_tried``."""
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
        """See ``alike``."""
        facts = self.facts
        places = self.places(
            (facts.resets > 0) & (facts.reset_by == 0) & (facts.response_bytes > 0) & (self.clients.fin_packet == 0)
        )
        ends = (*self.client(places), *self.server(places, ADDRESS + PORT))
        for name, groups in (("alike", self.same(*ends, facts.request_bytes[places])), ("aborts", self.same(*ends))):
            _, which, count = self.np.unique(groups, return_inverse=True, return_counts=True)
            self.noted[name][places] = count[which]

    def twins(self) -> None:
        """See ``twins``."""
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

    def itself(self) -> None:
        """See ``itself``."""
        np, rows = self.np, self.rows
        one_host = (rows.low_lo == rows.high_lo) & (rows.low_hi == rows.high_hi)
        places = self.places(one_host & (self.clients.data > 0) & (self.servers.data == 0))
        if len(places):
            different, count = np.unique(self.numbered, return_counts=True)
            self.noted["itself"][places] = count[np.searchsorted(different, self.numbered[places])] == 1

    def doors(self) -> None:
        """See ``doors``: server by server, of those that left a SYN without an answer and answered others."""
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

    def door(self, without: Integers, known: Integers) -> None:
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

    def waits_until(self, places: Places) -> Integers:
        """See ``waits_until``."""
        np, facts = self.np, self.facts
        answered = self.servers.first_data[places]
        over = (facts.resets[places] > 0) | (self.servers.fin_packet[places] > 0)
        left = np.where(over, 0, facts.left[places])
        found: Integers = facts.start[places] + np.where(answered > 0, answered, facts.duration[places] + left)
        return found
