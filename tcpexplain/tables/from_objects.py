"""Columns of connections that are objects already."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from tcpexplain.diagnosis.events import Occurred
from tcpexplain.machine.step import BASES
from tcpexplain.tables.chunk import Chunk, Events
from tcpexplain.tables.schema import FIELDS
from tcpexplain.wire.segment import flag_text, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tcpexplain.model.calls import End, Event, Reset, Side
    from tcpexplain.model.connection import Connection

SOME = 2048
"""Connections in one chunk."""

Numbers = tuple[int, int, float, int, int, int, "tuple[Side, str]", str, "End", "End"]
"""An event: packet, file, time, seq, ack, length, origin, basis, client, server."""


def chunks_of(connections: Iterable[Connection], *, events: bool) -> Iterator[Chunk]:
    """Chunk by chunk."""
    every = iter(connections)
    while some := list(islice(every, SOME)):
        yield Chunk(connection_columns(some), partial(resets, some), events_of(some) if events else None)


def resets(connections: Sequence[Connection]) -> list[Sequence[Reset]]:
    """The RSTs of each."""
    return [one.resets for one in connections]


def connection_columns(connections: Sequence[Connection]) -> dict[str, Sequence[Any]]:
    """The columns of ``tables.schema.FIELDS``."""
    return {field.name: [field.one(connection) for connection in connections] for field in FIELDS}


def events_of(connections: Sequence[Connection]) -> Events:
    """The events of connections, from steps where there are no objects yet."""
    starts, rows = [0], []
    origins: dict[tuple[Side, str], int] = {}
    rests: dict[tuple[str, int, int], int] = {}
    different: list[tuple[str, End, End]] = []
    for place, connection in enumerate(connections):
        events = connection.events
        for *numbers, origin, basis, client, server in (
            from_steps(events) if isinstance(events, Occurred) else from_events(events)
        ):
            # Ends are told apart by identity, which is quicker than to compare them; the list keeps them alive.
            rest = rests.setdefault((basis, id(client), id(server)), len(rests))
            if rest == len(different):
                different.append((basis, client, server))
            rows.append((place, *numbers, origins.setdefault(origin, len(origins)), rest))
        starts.append(len(rows))
    place_of, packet, file, time, seq, ack, length, origin_of, rest_of = zip(*rows, strict=True) if rows else ((),) * 9
    return Events(
        starts, place_of, packet, file, time, seq, ack, length, origin_of, rest_of, list(origins), different
    )  # fmt: skip


def from_events(events: Iterable[Event]) -> Iterator[Numbers]:
    """Events that are objects."""
    for event in events:
        yield (
            event.packet, event.file, round(event.time, 9), event.seq, -1 if event.ack is None else event.ack, event.length,
            (event.sender, event.flags), event.basis, event.client, event.server,
        )  # fmt: skip


def from_steps(events: Occurred) -> Iterator[Numbers]:
    """Events that have not been made."""
    start, sides, end = events.start, events.sides, events.end
    for _, packet, time, file, seq, ack, has_ack, sender, basis, flags, length, p0, s0, p1, s1, c0, c1 in events.steps:
        low, high = end(p0, s0, c0, 0), end(p1, s1, c1, 1)
        client, server = (low, high) if sides[0] == "client" else (high, low)
        yield (
            number_of(packet), file, (time - start) / 1e9, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF if has_ack else -1, length,
            (sides[sender], flag_text(flags)), BASES[basis], client, server,
        )  # fmt: skip
