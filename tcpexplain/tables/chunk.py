"""Some connections and their events, column by column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tcpexplain.model.calls import End, Reset, Side

CONNECTION = (
    "stream", "community_id", "client_address", "client_port", "server_address", "server_port", "start", "duration", "ended", "last_seen", "failed_at",
    "packets", "opening", "cause", "also", "severity", "certainty", "alternatives", "evidence", "evidence_files", "closed_first",
    "client_final", "server_final", "client_segments", "server_segments", "client_flags", "server_flags",
    "client_bytes_sent", "client_bytes_acknowledged", "client_bytes_perhaps_unread", "client_bytes_lost",
    "server_bytes_sent", "server_bytes_acknowledged", "server_bytes_perhaps_unread", "server_bytes_lost",
    "client_os", "client_fingerprint", "client_basis", "server_os", "server_fingerprint", "server_basis",
    "missing", "client_inferred", "server_inferred", "undecided", "client_seen", "server_seen", "tunnel", "united", "linked", "messages_unread", "messages", "retry", "retry_because", "title", "sees", "why", "lost", "do", "sure", "files", "events_omitted",
)  # fmt: skip
"""What is known of a connection: ``start`` in ns since 1970 UTC, ``duration`` in seconds; several values in a cell are tuples."""


@dataclass(frozen=True, slots=True)
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
