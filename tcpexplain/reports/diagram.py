"""The state diagram of one connection: RFC 9293's machine, drawn faintly, with the ways that both ends took."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tcpexplain.machine.transitions import State
from tcpexplain.picture import figure as on_canvas
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
from tcpexplain.picture.diagram import LETTER, LOOK, STYLE, badge, drawn, machine
from tcpexplain.picture.paths import visited
from tcpexplain.picture.places import HEIGHT, WIDTH, target
from tcpexplain.picture.shapes import Picture, group, rect, words
from tcpexplain.picture.sheet import sheet
from tcpexplain.picture.subject import subject_of
from tcpexplain.picture.svg import svg as written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.figure import Figure

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection
    from tcpexplain.picture.caption import Caption
    from tcpexplain.picture.placing import Plan
    from tcpexplain.picture.shapes import Shape

SUFFIXES = (".png", ".svg", ".pdf")
DRAWS = ("diagram",)

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
BASELINE = 0.36
"""How far below the middle of a line its baseline is, in its size."""
RULES = f"""{STYLE}.{LOOK}{{max-width:100%;height:auto}}
.{LOOK} text.code{{font-size:{CODE_SIZE:g}px;font-weight:700;fill:var(--text)}}.{LOOK} text.failed{{fill:var(--bad)}}.{LOOK} text.suspicious{{fill:var(--warn)}}
.{LOOK} text.title{{font-size:{TITLE_SIZE:g}px;fill:var(--text)}}.{LOOK} text.who{{font-size:{WHO_SIZE:g}px}}.{LOOK} text.small{{font-size:{SMALL_SIZE:g}px}}
"""


def write(
    capture: Capture,
    target: Path | None,
    *,
    stream: int | None = None,
    draw: str = "diagram",  # noqa: ARG001 (every report has the same parameters)
    theme: str = "light",
) -> None:
    """Draw the state diagram of ``stream``, or of the worst connection, as SVG, or as PNG or PDF, which need matplotlib.

    ``theme`` is light, dark, or transparent: no background, and colours that can be read on white and on black.

    Raises
    ------
    TcpexplainError
        If there is no such stream or theme.
    """
    connection = subject_of(capture, stream)
    if target is not None and target.suffix.lower() != ".svg":
        on_canvas.diagram(connection, theme).save(target)
        return
    picture = DECLARATION + svg(connection, theme)
    if target is None:
        sys.stdout.write(picture)
    else:
        target.write_text(picture, encoding="utf-8")


def figure(connection: Connection, theme: str = "light") -> Figure:
    """The state diagram as a ``matplotlib.figure.Figure``; theme is light, dark or transparent."""
    shown: Figure = on_canvas.diagram(connection, theme).figure
    return shown


def svg(connection: Connection, theme: str = "auto") -> str:
    """One ``<svg>`` element with its own style sheet; theme is auto (the reader's system), light, dark or transparent."""
    return written(picture(connection), f"<style>{sheet(LOOK, theme, RULES)}</style>", standalone=True) + "\n"


def picture(connection: Connection) -> Picture:
    """The whole picture: heading, machine, small print."""
    ways, taken = drawn(connection)
    told = caption(connection, taken)
    height = told.top + HEIGHT + FOOTER
    shapes = (
        rect("ground", 0, 0, WIDTH, height),
        *_heading(connection, told),
        group("", (*_unused(connection, taken), *ways), told.top),
        words("small", LEFT, height - FOOTER / 2 + BASELINE * SMALL_SIZE, told.small),
    )
    return Picture(LOOK, 0, 0, WIDTH, height, told.name, shapes)


def _unused(connection: Connection, taken: Plan) -> Iterator[Shape]:
    """The states and transitions that nobody used."""
    used = {(arrow.move.previous, target(arrow.move.previous, arrow.move.state)) for arrow in taken.arrows}
    states = {place for places in visited(connection).values() for place in places}
    return machine(unknown=State.UNKNOWN in taken.states, states=states, routes=used)


def _heading(connection: Connection, told: Caption) -> Iterator[Shape]:
    """The cause, its sentence, and who is who."""
    yield words(f"code {connection.severity}", LEFT, CODE + BASELINE * CODE_SIZE, connection.cause)
    for row, line in enumerate(told.lines):
        yield words("title", LEFT, TITLE + TITLE_LINE * row + BASELINE * TITLE_SIZE, line)
    y = told.top - WHO
    for end in told.ends:
        yield badge(end.side, end.sign, y, SIGN)
        yield words(f"who {LETTER[end.side]}", end.left, y + BASELINE * WHO_SIZE, end.words)
