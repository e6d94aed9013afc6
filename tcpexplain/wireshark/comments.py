"""What stands beside the packets of a ladder, as comments of the packets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.story import annotated
from tcpexplain.story.files import evidence_of, number
from tcpexplain.story.kernel import with_kernel
from tcpexplain.story.teller import rows_of, segments_of
from tcpexplain.units import duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.model.calls import Side
    from tcpexplain.model.connection import Connection
    from tcpexplain.story import Cell, Row

Place = tuple[int, int]
"""A packet: the index of its file, and its number there."""
SIDES: tuple[Side, Side] = ("client", "server")


def comments(connection: Connection) -> dict[Place, list[str]]:
    """By packet: what its end did with it, the states it changes, what the next calls return; where the verdict rests on it.

    What happens later without a packet (a timer) stands at the packet before it.
    """
    found: dict[Place, list[str]] = {}
    evidence = set(evidence_of(connection.finding))
    states = beginning(connection)
    place: Place | None = None
    for row in annotated(with_kernel(connection, rows_of(connection, segments_of(connection)))):
        told = list(of_row(row, states))
        if row.kind != "timer":
            place = row.file, row.packet
            if place not in found:
                told = [*introduction(connection, first=not found, evidence=place in evidence), *told]
        if place is not None:
            found.setdefault(place, []).extend(told)
    return {place: told for place, told in found.items() if told}


def beginning(connection: Connection) -> dict[Side, str]:
    """The state of each end before the first packet."""
    first = connection.events[0] if connection.events else None
    return {side: first.end(side).previous if first else "" for side in SIDES}


def introduction(connection: Connection, *, first: bool, evidence: bool) -> Iterator[str]:
    """The verdict at the connection's first packet, and where it rests on this one."""
    finding = connection.finding
    if first:
        yield f"stream {connection.stream}: {finding.code} ({finding.severity}, {finding.certainty}): {finding.title}"
    if evidence:
        yield f"the verdict {finding.code} rests on this packet"


def of_row(row: Row, states: dict[Side, str]) -> Iterator[str]:
    """``client next write → EPIPE + SIGPIPE; CLOSE-WAIT → CLOSED``, of either end; ``states`` are those shown last."""
    later = f"{row.label}, {duration(row.time)} after the first packet: " if row.kind == "timer" else ""
    if row.fate == "lost":
        yield "lost: it did not arrive"
    for side in SIDES:
        cell = row.cell(side)
        told = [note.text for note in cell.notes if note.form != "same"]
        told += changed(cell, side, states)
        if told:
            yield f"{later}{side} {'; '.join(told)}"


def changed(cell: Cell, side: Side, states: dict[Side, str]) -> list[str]:
    """The change of state, if there is one."""
    before = states[side]
    if not cell.state or cell.state == before:
        return []
    states[side] = cell.state
    return [f"{before} → {cell.state}" if before else cell.state]


def origin_of(connection: Connection, place: Place) -> str:
    """``packet 9 of the capture``, ``packet 9 of b.pcap``: where a packet of a shortened file was."""
    file, packet = place
    names = connection.file_names
    return f"packet {number(packet, file, apart=False)} of {names[file] if names else 'the capture'}"
