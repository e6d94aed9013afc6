"""The state machine as one SVG symbol, and the ways of a connection over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.picture.diagram import LOOK, drawn, machine
from tcpexplain.picture.places import HEIGHT, WIDTH
from tcpexplain.picture.shapes import Picture
from tcpexplain.picture.svg import markup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tcpexplain.model.connection import Connection
    from tcpexplain.story import Row

SYMBOL = "machine"
USE = f'<use href="#{SYMBOL}"/>'
"""What a picture of a connection is drawn over."""


def symbol() -> str:
    """All states and transitions, faint: written once, shown by every connection; those that have been at UNKNOWN draw it themselves."""
    inner = f'<g id="{SYMBOL}" class="{LOOK}">{markup(machine(unknown=False))}</g>'
    return f'<svg width="0" height="0" style="position:absolute" aria-hidden="true">{inner}</svg>'


def picture(connection: Connection, rows: Iterable[Row]) -> Picture | None:
    """The ways of one connection, whose story is ``rows``, to be drawn over the symbol; None if it has no events."""
    if not connection.events:
        return None
    label = f"State diagram of stream {connection.stream}: the client ends {connection.final['client']}, the server {connection.final['server']}"
    return Picture(LOOK, 0, 0, WIDTH, HEIGHT, label, drawn(connection, rows)[0])
