"""The state diagram of one connection on matplotlib's canvas, for PNG and PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.machine.transitions import State
from tcpexplain.picture.canvas import Canvas
from tcpexplain.picture.caption import (
    CODE,
    CODE_SIZE,
    FOOTER,
    LEFT,
    SIGN,
    SMALL_SIZE,
    TITLE,
    TITLE_LINE,
    TITLE_SIZE,
    WHO,
    WHO_SIZE,
    caption,
)
from tcpexplain.picture.geometry import Box
from tcpexplain.picture.machine import badge, draw_machine, draw_notes, draw_plan, draw_states, side_colour
from tcpexplain.picture.margins import place_notes
from tcpexplain.picture.palette import palette
from tcpexplain.picture.paths import moves, remarks, visited, who_was
from tcpexplain.picture.places import HEIGHT, WIDTH
from tcpexplain.picture.placing import plan

if TYPE_CHECKING:
    from tcpexplain.model.connection import Connection
    from tcpexplain.picture.caption import Caption
    from tcpexplain.picture.palette import Palette


def diagram(connection: Connection, theme: str) -> Canvas:
    """The picture: heading, machine, small print.

    Raises
    ------
    TcpexplainError
        TE040 if there is no such theme.
    """
    colours = palette(theme)
    been = visited(connection)
    ways = plan(moves(connection), unknown=any(State.UNKNOWN in places for places in been.values()))
    told = caption(connection, ways)
    canvas = Canvas(WIDTH, told.top + HEIGHT + FOOTER, colours, told.name)
    _heading(canvas, connection, told, colours)
    panel = canvas.panel(told.top, HEIGHT)
    draw_machine(panel, ways, colours)
    draw_states(panel, ways, colours, seen=who_was(been), last=who_was({side: been[side][-1:] for side in been}))
    draw_plan(panel, ways, colours)
    draw_notes(panel, place_notes(remarks(connection)), colours)
    canvas.panel(told.top + HEIGHT, FOOTER).text(LEFT, FOOTER / 2, told.small, colour=colours.muted, size=SMALL_SIZE)
    return canvas


def _heading(canvas: Canvas, connection: Connection, told: Caption, colours: Palette) -> None:
    """The cause, its sentence, and who is who."""
    panel = canvas.panel(0, told.top)
    tone = {"failed": colours.bad, "suspicious": colours.warn}.get(connection.severity, colours.text)
    panel.text(LEFT, CODE, connection.cause, colour=tone, size=CODE_SIZE, bold=True)
    for row, line in enumerate(told.lines):
        panel.text(LEFT, TITLE + TITLE_LINE * row, line, colour=colours.text, size=TITLE_SIZE)
    y = told.top - WHO
    for end in told.ends:
        badge(panel, Box(end.sign, y - SIGN / 2, end.sign + SIGN, y + SIGN / 2), end.side, colours)
        panel.text(end.left, y, end.words, colour=side_colour(end.side, colours), size=WHO_SIZE)
