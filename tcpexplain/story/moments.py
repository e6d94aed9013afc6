"""When a connection failed, who closed first, and when its packets came: the same words in every report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.units import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.model.connection import Connection


def moments(connection: Connection, digits: int = 3) -> Iterator[str]:
    """``first failure 15:15:48.839``, ``the client closed first``, ``first packet 15:15:28.838, last 15:15:48.839``; in UTC."""
    if connection.failed_at is not None and connection.severity != "fine":
        yield f"first failure {clock(connection.failed_at, digits)}"
    if connection.closed_first:
        yield f"the {connection.closed_first} closed first"
    yield f"first packet {clock(connection.start, digits)}, last {clock(connection.last_seen, digits)}"
