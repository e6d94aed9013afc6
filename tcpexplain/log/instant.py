"""A span in which a call of one end may have returned what a line says, and what is asked of a connection to find it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.segment import number_of

if TYPE_CHECKING:
    from tcpexplain.log.brief import Looked
    from tcpexplain.model.calls import Side

SIDES: tuple[Side, Side] = ("client", "server")
SECOND = 1_000_000_000


class Habits(NamedTuple):
    """What is usual between the client and the server of a connection, as their other connections show."""

    fewer: float = 0.62
    """How likely the server's answer is cut short."""
    usual: bool | None = None
    """Whether several had just these bytes both ways; None of too few to tell."""


class Instant(NamedTuple):
    """A span in which the call may have failed so: ns since 1970; ``until`` None: for as long as anybody looks."""

    call: str
    outcome: str
    since: int
    until: int | None
    packet: int | None
    file: int
    weight: float
    """How likely it is that an application at this end met it: 1 if the packets say so."""
    sharp: bool = False
    """Whether the program acts at once, so that its line stands close by."""


def moment(connection: Looked, seconds: float) -> int:
    """Nanoseconds since 1970 of seconds since the first packet."""
    return connection.start + round(seconds * SECOND)


def absolute(connection: Looked, time: int) -> int:
    """The same of the facts' times (ns since the first packet, plus 1)."""
    return connection.start + int(time) - 1


def relative(connection: Looked, at: int) -> int:
    """The facts' time of an instant."""
    return at - connection.start + 1


def both(connection: Looked, side: Side) -> tuple[Any, Any]:
    """The facts of an end and of its peer."""
    case = connection.facts
    return (case.client, case.server) if side == "client" else (case.server, case.client)


def number(packet: int) -> int | None:
    """A packet's number in its file."""
    return int(number_of(int(packet))) if packet else None


def unanswered(connection: Looked, side: Side, before: int) -> bool:
    """Whether, until ``before``, the last data was the client's: a request without an answer."""
    client, server = both(connection, "client")
    if not client.data:
        return False
    answered = server.last_data if server.last_data <= before or side == "client" else 0
    return bool(client.last_data > answered)
