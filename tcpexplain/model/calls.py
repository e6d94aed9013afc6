"""What happened on a connection, and what calls return: Call, Next, End, Event, Reset, Segment.

Values are spelled as in the ``tcpexplain/1`` JSON schema; times are seconds since the connection's first packet unless
said otherwise, packet numbers are those of their file, from 1.
"""

from __future__ import annotations

from typing import Literal

from tcpexplain.model.shown import view
from tcpexplain.values import frozen

Side = Literal["client", "server"]
Possible = str | tuple[str, ...]
"""One outcome, or the possible ones, most likely first."""


@frozen
class Call:
    """What the next calls of one kind return: the first one, the one after it, and the signal of its first EPIPE."""

    now: Possible
    then: Possible | None = None
    signal: str | None = None


@frozen
class Next:
    """What each call returns next, for a descriptor that is still open."""

    read: Call
    write: Call
    connect: Call | None
    accept: Call | None
    poll: tuple[str, ...] | tuple[tuple[str, ...], ...]
    so_error: str | tuple[str | None, ...] | None


@frozen
class End:
    """One endpoint after an event."""

    previous: str
    state: str
    next: Next
    closed_by: tuple[str, ...] = ()


@frozen
class Event:
    """A packet (or a timer) that changes a state, or what a call will return."""

    packet: int
    time: float
    sender: Side
    flags: str
    seq: int
    ack: int | None
    length: int
    basis: Literal["seen", "inferred", "timer"]
    client: End
    server: End
    file: int = 0

    def end(self, side: Side) -> End:
        """The end on one side."""
        return self.client if side == "client" else self.server

    def __repr__(self) -> str:
        ends = (
            f"{side} {end.previous} → {end.state}"
            for side, end in (("client", self.client), ("server", self.server))
            if end.state != end.previous
        )
        what = (
            f"packet {self.packet} from the {self.sender}, {self.flags or 'no flags'}"
            if self.basis != "timer"
            else "timer"
        )
        return f"<Event {self.time:.6f} s, {what}: {', '.join(ends) or 'no change of state'}>"

    def _repr_html_(self) -> str:
        return str(view("event.html", self))


@frozen
class Seen:
    """The first error, or unexpected end, that the application at one end met: what its log speaks of."""

    call: Literal["read", "write", "connect", "accept"]
    outcome: str
    """An errno, ``eof`` (read returned 0 while more was awaited), or ``timer``: the application's own deadline, no errno."""
    at: int | None
    """When the call fails at the earliest: nanoseconds since 1970-01-01 UTC. None: the capture does not show it."""
    packet: int | None
    """The packet that brought it, or in which the application's reaction is seen."""
    basis: Literal["must", "next", "maybe"]
    """must: the call was under way, or the reaction to it was seen; next: whichever call comes next; maybe: one of several outcomes."""
    file: int = 0


@frozen
class Packet:
    """One packet of a connection as reports draw it; ``icmp`` names an ICMP error that quotes it ("host unreachable")."""

    packet: int
    time: float
    sender: Side
    flags: str
    seq: int
    ack: int | None
    length: int
    window: int
    fate: Literal["arrived", "lost", "ignored", "unknown"] = "arrived"
    retransmission: bool = False
    probe: bool = False
    icmp: str | None = None
    file: int = 0
    icmp_sender: str | None = None
    """The address that the ICMP error came from: a router's, a firewall's, or an end's own."""
    partial: bool = False
    """Whether only the first IP fragment of it was captured: ``length`` is a lower bound."""


@frozen
class Reset:
    """One RST: who made it, whether it was accepted, what it looks like, why it was sent."""

    packet: int
    by: Side
    origin: Literal["endpoint", "middlebox", "unknown"]
    accepted: bool | None
    shape: Literal["active", "reply", "other"]
    reason: Possible
    evidence: tuple[int, ...] = ()
    file: int = 0
    evidence_files: tuple[int, ...] = ()
    """The files of the evidence, by index; none where there is only one file."""
