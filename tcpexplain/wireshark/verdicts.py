"""The verdicts as comments of the file, and the ends' roles as names of their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.model.selection import groups_of
from tcpexplain.units import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection

NAMED = 20
"""Connections whose verdicts stand in the file's comments in whole; the others' stand at their first packets."""
ROLES = 1000
"""Addresses that get names at most."""


def verdicts(capture: Capture, connections: Sequence[Connection], *, whole: bool) -> Iterator[str]:
    """One comment for the file, and one for each of its worst connections; ``whole``: it is about the whole capture."""
    if whole:
        yield overview(capture, len(connections))
    yield from (verdict(connection) for connection in connections[:NAMED])


def overview(capture: Capture, annotated: int) -> str:
    """How many connections ended how, worst first."""
    lines = [f"tcpexplain: {counted(len(capture), 'connection')}"]
    lines += [f"{group.count:,} {group.code} ({group.severity}): {group.title}" for group in groups_of(capture)]
    if annotated < len(capture):
        lines.append(f"packets of the {annotated:,} worst connections have comments; --stream N for another")
    return "\n".join(lines)


def verdict(connection: Connection) -> str:
    """All that is said of one connection."""
    finding = connection.finding
    ends = f"{connection.client} → {connection.server}"
    told = {"why": finding.why, "lost": finding.lost, "do": finding.do, "sure": finding.sure, "but": finding.vantage}
    return "\n".join(
        [
            f"stream {connection.stream}, {ends}: {finding.code} ({finding.severity}, {finding.certainty}): {finding.title}",
            *([finding.sees] if finding.sees else []),
            *(f"{name}: {text}" for name, text in told.items() if text),
        ]
    )


def roles(connections: Sequence[Connection]) -> dict[str, str]:
    """``client`` or ``server``, numbered where there are several; an address that is both (the loopback, a proxy) has no role."""
    clients = dict.fromkeys(connection.client.address for connection in connections)
    servers = dict.fromkeys(connection.server.address for connection in connections)
    found: dict[str, str] = {}
    for role, own, others in (("client", clients, servers), ("server", servers, clients)):
        one_sided = [address for address in own if address not in others][: ROLES // 2]
        found |= {
            address: role if len(one_sided) == 1 else f"{role}-{place}" for place, address in enumerate(one_sided, 1)
        }
    return found
