"""Connections that have something in common: a cause, or a server of which one end has not closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tcpexplain.values import frozen

if TYPE_CHECKING:
    from tcpexplain.model.calls import Side
    from tcpexplain.model.connection import Address


@frozen
class Proportion:
    """How many connections of one server, client or minute are in a group, and how many of its siblings.

    The siblings of a server are the other servers on its port; those of a client and of a minute are the other clients and
    minutes of the connections to the group's servers. A connection belongs to the minute in which it ended.
    """

    by: Literal["server", "client", "minute"]
    value: str
    """``10.3.0.12:9000``, ``10.0.0.7``, or the start of the minute in ns since 1970."""
    count: int
    of: int
    """All its connections."""
    others: int
    others_of: int


@frozen
class Group:
    """The connections of one cause; ``in_common`` is a sentence or two of what they share, empty if nothing."""

    code: str
    severity: str
    count: int
    worst: int
    """Stream number of the one to look at first."""
    sees: str
    title: str
    in_common: str = ""
    do: str = ""
    first: int = 0
    """Nanoseconds since 1970: start of the first connection of the group."""
    last: int = 0
    undecided: int = 0
    """How many of them count as fine only because nothing shows that they are not."""
    first_failure: int = 0
    """Nanoseconds since 1970: the first `Connection.failed_at`; 0 where there is none, or it takes too long to find."""
    of: int = 0
    """All connections of the capture to the servers of this group; 0 where they were not counted."""
    everywhere: int = 0
    """All connections of the capture; 0 where they were not counted."""
    differs: tuple[Proportion, ...] = ()
    """The server, the client and the minute that have far more of the group than their siblings, if there are such."""

    @property
    def all_undecided(self) -> bool:
        """Whether all of them do."""
        return self.undecided == self.count

    @property
    def rate(self) -> float:
        """Connections a minute, from the first to the last; 0 for a single one."""
        return 60e9 * (self.count - 1) / (self.last - self.first) if self.last > self.first else 0.0


@frozen
class Stay:
    """How long connections were in one state: how many, since when (ns since 1970), and seconds."""

    count: int
    since: int = 0
    shortest: float = 0.0
    median: float = 0.0
    longest: float = 0.0


@frozen
class HalfClosed:
    """The connections of one server of which one end had closed and the other not when the capture ended."""

    server: Address
    waiting: Side
    """The end that had not closed: it is in CLOSE-WAIT, the other one in FIN-WAIT-2."""
    close_wait: Stay
    fin_wait_2: Stay
    closed: Stay
    """How long that end was in CLOSE-WAIT on connections that it did close."""
    leaking: int
    """Those in CLOSE-WAIT for too long: 10 s, silent, and twice as long as the slowest that was closed; the others were merely open."""
    longest: int
    """Stream number of the one that waited longest."""
