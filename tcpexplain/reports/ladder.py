"""The ladder: both ends' states, the segments between them and what the calls return, on a time axis (SVG, no scripts)."""

from __future__ import annotations

import sys
from textwrap import wrap
from typing import TYPE_CHECKING

from tcpexplain.picture.lanes import TIME_RIGHT
from tcpexplain.picture.passing import lines_of
from tcpexplain.picture.rungs import bar, chip, rung
from tcpexplain.picture.shapes import Picture, group, rect, span, words
from tcpexplain.picture.sheet import sheet
from tcpexplain.picture.subject import subject_of
from tcpexplain.picture.svg import svg as written
from tcpexplain.picture.timeline import ROWS, SIDES, Timeline, timeline
from tcpexplain.story import end_of, story
from tcpexplain.story.files import legend
from tcpexplain.story.ways import described, points_of
from tcpexplain.units import counted, duration, instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tcpexplain.model.calls import Side
    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection
    from tcpexplain.picture.lanes import Lanes
    from tcpexplain.picture.shapes import Shape
    from tcpexplain.story import Row

SUFFIXES = (".svg",)
DRAWS = ("ladder",)

LETTER = {"client": "c", "server": "s"}
POINT_LINE = 16.0

STYLE = """
.tx-ladder{max-width:100%;height:auto}
.tx-ladder text{font:13px ui-sans-serif,system-ui,"DejaVu Sans",sans-serif;fill:var(--text)}
.tx-ladder .mono{font:12px ui-monospace,"DejaVu Sans Mono",monospace}
.tx-ladder .note{font-size:11.8px}.tx-ladder .tiny{font-size:10.5px}.tx-ladder .small{font-size:11.5px}.tx-ladder .state{font-size:11.5px;font-weight:700}
.tx-ladder .bold{font-weight:700}.tx-ladder .bold .mono,.tx-ladder .number{font-weight:400}.tx-ladder .code{font-size:19px;font-weight:700}.tx-ladder .title{font-size:14px}
.tx-ladder .faded{opacity:.7}.tx-ladder .muted{fill:var(--muted)}.tx-ladder .failed,.tx-ladder .bad{fill:var(--bad)}.tx-ladder .suspicious,.tx-ladder .warn{fill:var(--warn)}
.tx-ladder text.c,.tx-ladder .fill-c{fill:var(--client)}.tx-ladder text.s,.tx-ladder .fill-s{fill:var(--server)}
.tx-ladder .fill-bad{fill:var(--bad)}.tx-ladder .fill-muted{fill:var(--muted)}
.tx-ladder .line{fill:none;stroke-width:1.8}.tx-ladder .line-c{stroke:var(--client)}.tx-ladder .line-s{stroke:var(--server)}
.tx-ladder .line-bad{stroke:var(--bad);stroke-width:2.4;stroke-dasharray:7 4}.tx-ladder .line-muted{stroke:var(--muted);stroke-dasharray:3 4}
.tx-ladder .halo{paint-order:stroke;stroke:var(--background);stroke-width:5px;stroke-linejoin:round}.tx-ladder .point{fill:none;stroke:var(--muted);stroke-dasharray:1 4}
.tx-ladder .cross{stroke-width:2.4;stroke-dasharray:none}
.tx-ladder .box{stroke-width:1.2;fill:var(--box);stroke:var(--faint)}.tx-ladder .box-c{fill:var(--client-fill);stroke:var(--client)}
.tx-ladder .box-s{fill:var(--server-fill);stroke:var(--server)}.tx-ladder .box-bad{fill:var(--bad-fill);stroke:var(--bad)}
.tx-ladder .silence{stroke:var(--warn);stroke-width:1.3;stroke-dasharray:2 4;fill:none}.tx-ladder .gap{fill:var(--background)}
.tx-ladder g:hover>.line{stroke-width:3}
"""


def write(
    capture: Capture,
    target: Path | None,
    *,
    stream: int | None = None,
    draw: str = "ladder",  # noqa: ARG001 (every report has the same parameters)
    theme: str = "light",
) -> None:
    """Draw the ladder of ``stream``, or of the worst connection, as SVG.

    ``theme`` is light, dark, or transparent: no background, and colours for what the reader's system prefers.

    Raises
    ------
    TcpexplainError
        If there is no such stream or theme.
    """
    connection = subject_of(capture, stream)
    picture = svg(connection, theme, rows=story(connection, end_of(capture, connection)))
    if target is None:
        sys.stdout.write(picture)
    else:
        target.write_text(picture, encoding="utf-8")


def svg(connection: Connection, theme: str = "auto", *, heading: bool = True, rows: Sequence[Row] | None = None) -> str:
    """One ``<svg>`` element with its own style sheet. ``heading`` says what happened above it; ``rows`` as for ``picture``."""
    return written(picture(connection, rows, heading=heading), f"<style>{style(theme)}</style>", standalone=True) + "\n"


def picture(
    connection: Connection, rows: Sequence[Row] | None = None, *, heading: bool = False, most: int = ROWS
) -> Picture:
    """The ladder for a page that holds ``style`` itself; ``rows``: its story, if it has been told already; of more than ``most`` the middle is left out."""
    laid = timeline(connection, rows, most)
    lines = wrap(connection.finding.title, 120) if heading else []
    head = (34.0 + 18 * len(lines) if heading else 0.0) + 62
    points = described(points_of(connection))
    height = head + laid.height + 34 + POINT_LINE * len(points)
    width = laid.lanes.width
    name = f"Ladder of stream {connection.stream}: client {connection.client}, server {connection.server}, {connection.cause}"
    shapes = (
        rect("ground", 0, 0, width, height),
        *_heading(connection, lines, head, laid.lanes, heading=heading),
        group("", tuple(_body(connection, laid)), head),
        *(
            words("muted small", 10, head + laid.height + 22 + POINT_LINE * row, line)
            for row, line in enumerate([_footer(connection, laid), *points])
        ),
    )
    return Picture("tx-ladder", 0, 0, width, round(height), name, shapes)


def style(theme: str) -> str:
    """The style sheet; ``auto`` and ``transparent`` are light or dark as the reader's system prefers."""
    bare = theme == "transparent"
    return sheet("tx-ladder", "auto" if bare else theme, STYLE, ground=not bare)


def _heading(connection: Connection, lines: list[str], head: float, lanes: Lanes, *, heading: bool) -> Iterator[Shape]:
    """The cause and its sentence, who is who, and what each column is."""
    if heading:
        yield words(f"code {connection.severity}", 10, 26, connection.cause)
        yield from (words("title", 10, 48 + 18 * row, line) for row, line in enumerate(lines))
    yield from _who("client", str(connection.client), lanes, head - 33)
    yield from _who("server", str(connection.server), lanes, head - 33)
    yield words("muted small", TIME_RIGHT, head - 10, "UTC", "end")
    for side in SIDES:
        left, right = lanes.notes(side)
        yield words(
            "muted small",
            right if side == "client" else left,
            head - 10,
            f"{side} application",
            "end" if side == "client" else "start",
        )
        yield words("muted small", sum(lanes.bars(side)) / 2, head - 10, "state", "middle")
    captions = list(zip(lanes.points.values(), lanes.captions, strict=True)) or [(lanes.middle, "segments")]
    yield from (words("muted small", x, head - 10, caption, "middle") for x, caption in captions)


def _who(side: Side, address: str, lanes: Lanes, y: float) -> Iterator[Shape]:
    """The sign, name and address of one end, on its side of the picture."""
    x, inwards = (lanes.notes(side)[0], 1) if side == "client" else (lanes.notes(side)[1], -1)
    middle = x + inwards * 6
    yield rect(f"fill-{LETTER[side]}", middle - 6, y - 11, 12, 12, 6 if side == "client" else 2)
    yield words(
        f"bold {LETTER[side]}",
        middle + inwards * 12,
        y,
        side,
        "start" if side == "client" else "end",
        span("mono", address, 8),
    )


def _footer(connection: Connection, laid: Timeline) -> str:
    """What is shown, and what the slope means."""
    told = [
        f"stream {connection.stream}",
        counted(connection.packets, "packet"),
        duration(connection.duration),
        f"from {instant(connection.start)}",
    ]
    if files := legend(connection):
        told.append(files)
    if laid.flight is not None:
        told.append(f"arrows slope with the flight time, about {duration(laid.flight)}")
    return " · ".join(told)


def _body(connection: Connection, laid: Timeline) -> Iterator[Shape]:
    """Bars first, so that silences can break them; segments and notes above."""
    failed = connection.severity == "failed"
    yield from (bar(one, laid.lanes, bad=failed and one.state == "CLOSED" and one.top > 0) for one in laid.bars)
    yield from lines_of(laid)
    for each in laid.rungs:
        yield from rung(each, connection, laid.lanes)
    for note in laid.chips:
        yield from chip(note)
