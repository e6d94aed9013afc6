"""What the kernel said, at the packets that it said it of: why it sent a RST, which error it put into a socket."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tcpexplain.story.notes import Note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tcpexplain.model.calls import Side
    from tcpexplain.model.connection import Connection
    from tcpexplain.model.kernel import KernelEvent
    from tcpexplain.story.row import Row

SIDES: tuple[Side, Side] = ("client", "server")
NEAR = 0.02
"""Seconds between a RST in the capture and in the kernel's trace."""
LATE = 0.001
"""Seconds by which the trace of an error may be earlier than the capture of the packet that brought it."""


def with_kernel(connection: Connection, rows: Iterable[Row]) -> list[Row]:
    """Rows with what the kernel did; as they were where nobody asked it."""
    told = list(rows)
    for side in SIDES:
        end = connection.kernel.end(side) if connection.kernel else None
        for one in end.traced if end else ():
            text = f"kernel: {one.reason}" if one.kind == "reset-sent" else f"kernel: error {one.error}"
            place = place_of(told, side, one, (one.time - connection.start) / 1e9)
            if place is not None and (one.reason or (one.kind == "error" and one.error)):
                told[place] = noted(told[place], side, Note(text))
    return told


def place_of(rows: list[Row], side: Side, one: KernelEvent, time: float) -> int | None:
    """The row it goes with: the RST that was sent, or the last packet before the error."""
    if one.kind == "reset-sent":
        sent = [at for at, row in enumerate(rows) if row.reset and row.sender == side and abs(row.time - time) < NEAR]
        return min(sent, key=lambda at: abs(rows[at].time - time), default=None)
    before = [at for at, row in enumerate(rows) if row.packet and row.time <= time + LATE]
    return before[-1] if before else None


def noted(row: Row, side: Side, note: Note) -> Row:
    """A row with one more note."""
    cell = row.cell(side)
    cell = replace(cell, did=(*cell.did, note), plain=False)
    return replace(row, client=cell) if side == "client" else replace(row, server=cell)
