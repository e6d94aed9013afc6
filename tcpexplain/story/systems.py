"""Whose calls a report predicts, in words: ``calls as on Linux``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection

NAMES = {"linux": "Linux", "windows": "Windows", "macos": "macOS", "freebsd": "FreeBSD"}


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
        return f"calls as on {NAMES[next(iter(every))]}"
    if len(pairs) == 1:
        ((client, server),) = pairs
        return f"calls as on {NAMES[client]} (client) and {NAMES[server]} (server)"
    for pair, count in pairs.items():
        for name in set(pair):
            every[name] += count
    told = [f"{NAMES[name]} ({count:,})" for name, count in sorted(every.items(), key=lambda one: (-one[1], one[0]))]
    return f"calls as on each end's system: {', '.join(told)}"
