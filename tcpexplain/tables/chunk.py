"""Some connections and their events, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tcpexplain.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tcpexplain.model.calls import End, Reset, Seen, Side
    from tcpexplain.model.connection import Tunnel
    from tcpexplain.model.links import Link
    from tcpexplain.model.points import United
    from tcpexplain.model.said import Said


class ConnectionRow(NamedTuple):
    """What is known of a connection; several values in a cell are tuples."""

    stream: int
    community_id: str
    client_address: str
    client_port: int
    server_address: str
    server_port: int
    start: int
    """ns since 1970 UTC."""
    duration: float
    """Seconds."""
    ended: int | None
    last_seen: int
    failed_at: int | None
    packets: int
    opening: str
    cause: str
    also: tuple[str, ...]
    severity: str
    certainty: str
    alternatives: tuple[str, ...]
    evidence: tuple[int, ...]
    evidence_files: tuple[int, ...]
    closed_first: str | None
    client_final: str
    server_final: str
    client_segments: int
    server_segments: int
    client_flags: str
    server_flags: str
    client_bytes_sent: int
    client_bytes_acknowledged: int
    client_bytes_perhaps_unread: int
    client_bytes_lost: int
    server_bytes_sent: int
    server_bytes_acknowledged: int
    server_bytes_perhaps_unread: int
    server_bytes_lost: int
    client_os: str
    client_fingerprint: str | None
    client_basis: str
    server_os: str
    server_fingerprint: str | None
    server_basis: str
    missing: tuple[str, ...]
    client_inferred: int
    server_inferred: int
    undecided: bool
    client_seen: Seen | None
    server_seen: Seen | None
    tunnel: tuple[Tunnel, ...]
    united: United | None
    linked: tuple[Link, ...]
    messages_unread: str | None
    messages: Said
    retry: str
    retry_because: str
    title: str
    sees: str
    why: str
    lost: str
    do: str
    sure: str
    files: tuple[int, ...]
    events_omitted: int


CONNECTION = ConnectionRow._fields
"""The columns of connections."""


@frozen
class Coded:
    """A column of few different values: ``which`` of the ``values`` each row has."""

    values: Sequence[Any]
    which: Any

    def __len__(self) -> int:
        return len(self.which)

    def tolist(self) -> list[Any]:
        """The value of each row."""
        return [self.values[place] for place in self.which.tolist()]


class Events(NamedTuple):
    """Events one after the other; numbers are lists or arrays.

    What repeats is held once: ``origins`` are the different pairs of sender and flags, ``rests`` the different basis, client
    and server, and ``origin``, ``rest`` which of them each event has.
    """

    starts: Sequence[int]
    """Where the events of each connection begin, and where those of the last one end."""
    place: Any
    """Of the connection in its chunk."""
    packet: Any
    file: Any
    time: Any
    """Seconds since the connection's first packet."""
    seq: Any
    ack: Any
    """-1: it has none."""
    length: Any
    origin: Any
    rest: Any
    origins: Sequence[tuple[Side, str]]
    rests: Sequence[tuple[str, End, End]]


class Chunk(NamedTuple):
    """Some connections: a value of each for every name in ``CONNECTION``, their RSTs, and their events if they are wanted.

    Columns are lists, arrays or ``Coded``. RSTs are made when they are asked for: tables have none.
    """

    connections: dict[str, Any]
    resets: Callable[[], Sequence[Sequence[Reset]]]
    events: Events | None
