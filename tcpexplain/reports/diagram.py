"""The state diagram of one connection: RFC 9293's machine, drawn faintly, with the ways that both ends took."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

from tcpexplain.machine.transitions import State
from tcpexplain.picture.canvas import Canvas
from tcpexplain.picture.geometry import Box, text_width
from tcpexplain.picture.machine import badge, draw_machine, draw_notes, draw_plan, draw_states, side_colour
from tcpexplain.picture.margins import place_notes
from tcpexplain.picture.palette import Palette, palette
from tcpexplain.picture.paths import SIDES, moves, remarks, visited
from tcpexplain.picture.places import HEIGHT, WIDTH
from tcpexplain.picture.placing import plan
from tcpexplain.picture.subject import subject_of
from tcpexplain.story.files import legend
from tcpexplain.units import counted, duration

if TYPE_CHECKING:
    from pathlib import Path

    from tcpexplain.model.calls import Side
    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection
    from tcpexplain.picture.places import Place

SUFFIXES = (".png", ".svg", ".pdf")
DRAWS = ("diagram",)

LEFT = 14.0
FOOTER = 30.0
TITLE_SIZE = 14.5
TITLE_LETTERS = 114


def write(
    capture: Capture,
    target: Path | None,
    *,
    stream: int | None = None,
    draw: str = "diagram",  # noqa: ARG001 (every report has the same parameters)
    theme: str = "light",
) -> None:
    """Draw the state diagram of ``stream``, or of the worst connection, as PNG, SVG or PDF (``draw``: diagram).

    Raises
    ------
    TcpexplainError
        If there is no such stream or theme.
    """
    _canvas(subject_of(capture, stream), theme).save(target)


def figure(connection: Connection, theme: str = "light") -> Any:
    """The state diagram as a ``matplotlib.figure.Figure``; theme is light, dark or transparent."""
    return _canvas(connection, theme).figure


def _canvas(connection: Connection, theme: str) -> Canvas:
    """The picture: heading, machine, small print."""
    colours = palette(theme)
    been = visited(connection)
    ways = plan(moves(connection), unknown=any(State.UNKNOWN in places for places in been.values()))
    lines = wrap(connection.finding.title, TITLE_LETTERS) or [""]
    top = 88.0 + 20 * len(lines)
    title = f"{connection.cause}: client {connection.client}, server {connection.server}"
    canvas = Canvas(WIDTH, top + HEIGHT + FOOTER, colours, title)
    _heading(canvas, connection, lines, top, colours)
    panel = canvas.panel(top, HEIGHT)
    draw_machine(panel, ways, colours)
    draw_states(panel, ways, colours, seen=_who_was(been), last=_who_was({side: been[side][-1:] for side in SIDES}))
    draw_plan(panel, ways, colours)
    draw_notes(panel, place_notes(remarks(connection)), colours)
    small = _footer(connection, crossed=any(arrow.move.kind == "ignored" for arrow in ways.arrows))
    canvas.panel(top + HEIGHT, FOOTER).text(LEFT, FOOTER / 2, small, colour=colours.muted, size=11.5)
    return canvas


def _who_was(been: dict[Side, tuple[Place, ...]]) -> dict[Place, set[Side]]:
    """Which ends were at each place."""
    found: dict[Place, set[Side]] = {}
    for side, places in been.items():
        for place in places:
            found.setdefault(place, set()).add(side)
    return found


def _heading(canvas: Canvas, connection: Connection, lines: list[str], height: float, colours: Palette) -> None:
    """The cause, its sentence, and who is who."""
    panel = canvas.panel(0, height)
    tone = {"failed": colours.bad, "suspicious": colours.warn}.get(connection.severity, colours.text)
    panel.text(LEFT, 25, connection.cause, colour=tone, size=21, bold=True)
    for row, line in enumerate(lines):
        panel.text(LEFT, 52 + 20 * row, line, colour=colours.text, size=TITLE_SIZE)
    left = LEFT
    for side in SIDES:
        y, words = height - 22, f"{side}  {connection.address(side)}"
        badge(panel, Box(left, y - 8, left + 16, y + 8), side, colours)
        panel.text(left + 23, y, words, colour=side_colour(side, colours), size=13)
        left += 23 + text_width(words, 13) + 14


def _footer(connection: Connection, *, crossed: bool) -> str:
    """What the numbers are, and what is faint."""
    return " · ".join(
        (
            f"stream {connection.stream}",
            counted(connection.packets, "packet"),
            duration(connection.duration),
            legend(connection) or "numbers on the arrows are packets",
            "faint: states and moves not used",
            "dashed: RST, dotted: time" + (", crossed: ignored" if crossed else ""),
        )
    )
