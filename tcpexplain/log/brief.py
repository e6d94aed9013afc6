"""A connection as its facts alone tell it: enough to say of many, quickly, which deserve a closer look."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tcpexplain.machine.facts import OPENINGS
from tcpexplain.model.connection import Address, Connection
from tcpexplain.tuples import NamedTuple
from tcpexplain.units import address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tcpexplain.model.calls import Event, Packet, Seen, Side


class Known(NamedTuple):
    """The facts of a connection and of both its ends (``machine.facts``)."""

    facts: Any
    client: Any
    server: Any


class Sent(NamedTuple):
    """How many bytes an end sent."""

    sent: int


@dataclass(slots=True)
class Brief:
    """What stands in for a Connection where only its facts are asked; it has no events, packets or verdict."""

    stream: int
    client: Address
    server: Address
    start: int
    duration: float
    opening: str
    facts: Known
    bytes: dict[Side, Sent]
    seen: dict[Side, Seen | None] = field(default_factory=lambda: {"client": None, "server": None})
    events: tuple[Event, ...] = ()
    segments_seen: tuple[Packet, ...] = ()


Looked = Brief | Connection
"""What lines are compared with."""


def briefs(analysis: Any, streams: Iterable[int]) -> Iterator[Brief]:
    """The facts of some connections of an analysis."""
    for stream in streams:
        facts, client, server = analysis.results.of(stream)
        key = analysis.key(stream)
        low, high = Address(address(key[0], key[1], key[2]), key[5]), Address(address(key[0], key[3], key[4]), key[6])
        ends = (low, high) if facts.client == 0 else (high, low)
        sent: dict[Side, Sent] = {"client": Sent(int(client.sent)), "server": Sent(int(server.sent))}
        yield Brief(
            stream,
            *ends,
            int(facts.start),
            int(facts.duration) / 1e9,
            OPENINGS[facts.opening],
            Known(facts, client, server),
            sent,
        )
