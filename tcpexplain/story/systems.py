"""Whose calls a report predicts, in words: ``calls as on Linux``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.sockets import profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection


def title(name: str) -> str:
    """As texts call a system: ``FreeBSD``."""
    return profile(name).title


def calls_of(connection: Connection) -> str:
    """Of one connection: ``calls as on Linux``, or ``calls as on Windows (client) and Linux (server)``."""
    client, server = (connection.systems[side].os for side in ("client", "server"))
    return said({(client, server): 1})


def calls_in(capture: Capture, stream: int | None = None) -> str:
    """Of all connections of a capture, or of the one that is shown; empty if there is none."""
    if stream is not None:
        return calls_of(capture.stream(stream))
    return said(capture.held.systems())


def said(pairs: Mapping[tuple[str, str], int]) -> str:
    """How many connections have each system at the client and at the server, in words."""
    every = {name: 0 for pair in pairs for name in pair}
    if not every:
        return ""
    if len(every) == 1:
        return f"calls as on {title(next(iter(every)))}"
    if len(pairs) == 1:
        ((client, server),) = pairs
        return f"calls as on {title(client)} (client) and {title(server)} (server)"
    for pair, count in pairs.items():
        for name in set(pair):
            every[name] += count
    told = [f"{title(name)} ({count:,})" for name, count in sorted(every.items(), key=lambda one: (-one[1], one[0]))]
    return f"calls as on each end's system: {', '.join(told)}"
