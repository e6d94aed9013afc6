"""``neighbours`` for columns of very many connections: the same answers, by sorting."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tcpexplain.quantity import NANOSECOND

ADDRESS, PORT = ("hi", "lo"), ("port",)
CLIENT, SERVER = 0, 1


def note(rows: Any, facts: Any, clients: Any, servers: Any, count: int) -> None:
    """Fill ``ports_tried``, ``port_lives``, ``queue_full``, ``alike`` and ``twin`` in the facts of the first ``count`` connections."""
    table = Table(rows[:count], facts[:count], clients[:count], servers[:count])
    table.ports_tried()
    table.alike()
    table.twins()
    table.doors()


class Table:
    """Columns of connections, asked for a few of them at a time: ``places`` are their stream numbers."""

    def __init__(self, rows: Any, facts: Any, clients: Any, servers: Any) -> None:
        import numpy as np

        self.np, self.rows, self.facts, self.clients, self.servers = np, rows, facts, clients, servers
        self.swapped = facts["client"] == 1

    def words(self, places: Any, side: int, fields: tuple[str, ...]) -> list[Any]:
        """Fields of the client's (0) or the server's (1) endpoint."""
        first = self.swapped[places] ^ bool(side)
        return [
            self.np.where(first, self.rows[f"high_{name}"][places], self.rows[f"low_{name}"][places]) for name in fields
        ]

    def client(self, places: Any, fields: tuple[str, ...] = ADDRESS) -> list[Any]:
        """Of the client: its address, or with ``ADDRESS + PORT`` its endpoint."""
        return self.words(places, CLIENT, fields)

    def server(self, places: Any, fields: tuple[str, ...] = ADDRESS) -> list[Any]:
        """Of the server."""
        return self.words(places, SERVER, fields)

    def counted(self, places: Any, side: int, fields: tuple[str, ...]) -> Counter[tuple[int, ...]]:
        """How many connections there are of each endpoint, or address: its version and the fields."""
        np, places = self.np, self.np.asarray(places)
        words = [self.rows["version"][places], *self.words(places, side, fields)]
        _, first, count = np.unique(self.same(*words), return_index=True, return_counts=True)
        found = zip(*(word[first].tolist() for word in words), strict=True)
        return Counter(dict(zip(found, count.tolist(), strict=True)))

    def same(self, *columns: Any) -> Any:
        """A number for each row that rows with the same values share."""
        found = self.np.zeros(len(columns[0]), self.np.int64)
        for column in columns:
            values, number = self.np.unique(column, return_inverse=True)
            if len(values) > 1:
                found = self.np.unique(found * len(values) + number, return_inverse=True)[1]
        return found

    def places(self, holds: Any) -> Any:
        """Where a condition holds."""
        return self.np.flatnonzero(holds)

    def ports_tried(self) -> None:
        """See ``neighbours.ports_tried``."""
        np, in_vain = self.np, (self.clients["data"] == 0) & (self.servers["data"] == 0)
        if not in_vain.any():
            return
        places = np.arange(len(in_vain))
        pairs = self.same(*self.client(places), *self.server(places))
        tried = np.unique(pairs[in_vain] * 65536 + self.server(places[in_vain], PORT)[0]) // 65536
        count = np.bincount(tried, minlength=pairs.max() + 1)[pairs]
        self.facts["ports_tried"][count > 1] = count[count > 1]

    def alike(self) -> None:
        """See ``neighbours.alike``."""
        facts = self.facts
        places = self.places(
            (facts["resets"] > 0)
            & (facts["reset_by"] == 0)
            & (facts["response_bytes"] > 0)
            & (self.clients["fin_packet"] == 0)
        )
        if not len(places):
            return
        groups = self.same(
            *self.client(places), *self.server(places, ADDRESS + PORT), facts["request_bytes"][places]
        )  # fmt: skip
        facts["alike"][places] = self.np.bincount(groups)[groups]

    def twins(self) -> None:
        """See ``neighbours.twins``."""
        np, facts = self.np, self.facts
        places = self.places((facts["syns"] > 0) & (facts["established"] > 0))
        if not len(places):
            return
        tuples = self.same(*self.client(places, ADDRESS + PORT), *self.server(places, ADDRESS + PORT))
        order = np.argsort(tuples, kind="stable")
        places, tuples = places[order], tuples[order]
        start, duration = facts["start"][places], facts["duration"][places]
        twin = (
            (tuples[1:] == tuples[:-1])
            & (start[1:] - start[:-1] < NANOSECOND)
            & (start[:-1] + duration[:-1] > start[1:])
        )
        facts["twin"][places[1:][twin]] = 1
        facts["twin"][places[:-1][twin]] = 1

    def doors(self) -> None:
        """See ``neighbours.doors``: server by server, of those that left a SYN without an answer and answered others."""
        np, facts = self.np, self.facts
        wanted = (facts["syns"] > 0) & (facts["syn_acks"] == 0)
        answering = facts["syn_acks"] > 0
        if not (wanted.any() and answering.any()):
            return
        places = self.places(wanted | answering)
        servers = self.same(*self.server(places, ADDRESS + PORT))
        order = np.argsort(servers, kind="stable")
        ends = np.flatnonzero(np.diff(servers[order])) + 1
        for these in np.split(places[order], ends):
            without, known = these[wanted[these]], these[answering[these]]
            if len(without) and len(known):
                self.door(without, known)

    def door(self, without: Any, known: Any) -> None:
        """One server's port: the connections without an answer, and those it has answered."""
        np, facts, servers = self.np, self.facts, self.servers
        facts["port_lives"][without] = 1
        start = facts["start"][known]
        served = np.sort(start[servers["data"][known] > 0])
        established = known[facts["established"][known] > 0]
        starts, until = np.sort(facts["start"][established]), np.sort(self.waits_until(established))
        begun = facts["start"][without]
        ended = begun + facts["syn_last"][without]
        unserved = np.searchsorted(served, begun, "left") == np.searchsorted(served, ended, "right")
        full = np.searchsorted(starts, ended, "right") - np.searchsorted(until, begun, "left")
        facts["queue_full"][without[unserved]] = full[unserved]

    def waits_until(self, places: Any) -> Any:
        """See ``neighbours.waits_until``."""
        np, facts = self.np, self.facts
        answered = self.servers["first_data"][places]
        over = (facts["resets"][places] > 0) | (self.servers["fin_packet"][places] > 0)
        left = np.where(over, 0, facts["left"][places])
        return facts["start"][places] + np.where(answered > 0, answered, facts["duration"][places] + left)
