"""Bytes over time: what each end sent, what the other one acknowledged, what was lost (a time-sequence diagram)."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING, Any

from tcpexplain.picture.canvas import Canvas, Panel
from tcpexplain.picture.geometry import Box, Point, text_width
from tcpexplain.picture.machine import badge, side_colour
from tcpexplain.picture.palette import Palette, palette
from tcpexplain.picture.paths import SIDES
from tcpexplain.picture.rungs import moment as clock
from tcpexplain.picture.subject import subject_of
from tcpexplain.picture.timescale import Timescale
from tcpexplain.tuples import NamedTuple
from tcpexplain.units import counted, duration, size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tcpexplain.model.calls import Packet, Side
    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection

SUFFIXES = (".png", ".svg", ".pdf")
DRAWS = ("bytes",)

WIDTH = 960.0
HEADER, PLOT, EMPTY, AXIS, FOOTER = 76.0, 216.0, 82.0, 34.0, 58.0
LEFT, RIGHT = 92.0, 936.0
TOP = 46.0
"""Upper end of a plot within its panel; above it stands whose it is."""


def write(
    capture: Capture,
    target: Path | None,
    *,
    stream: int | None = None,
    draw: str = "bytes",  # noqa: ARG001 (every report has the same parameters)
    theme: str = "light",
) -> None:
    """Draw the bytes of ``stream``, or of the worst connection, as PNG, SVG or PDF.

    Raises
    ------
    TcpexplainError
        If there is no such stream or theme.
    """
    _canvas(subject_of(capture, stream), theme).save(target)


def figure(connection: Connection, theme: str = "light") -> Any:
    """The picture as a ``matplotlib.figure.Figure``; theme is light, dark or transparent."""
    return _canvas(connection, theme).figure


class Direction(NamedTuple):
    """What one end sent, and what the other one acknowledged of it."""

    side: Side
    sent: tuple[Packet, ...]
    acks: tuple[Packet, ...]
    first: int
    """The sequence number of the first byte: a SYN takes the one before."""
    most: int
    """Bytes from the first to the last one sent."""

    @property
    def height(self) -> float:
        """Pixels of the plot: little where there was nothing to draw."""
        return PLOT if self.most else EMPTY

    def y(self, sequence: float) -> float:
        """The height of a sequence number; those of SYN and FIN are no bytes."""
        bottom = self.height - 12
        return bottom - (bottom - TOP) * min(max(sequence - self.first, 0), self.most) / max(self.most, 1)


def direction(connection: Connection, side: Side) -> Direction:
    """The segments that matter for the bytes of one end."""
    seen = [segment for segment in connection.segments_seen if not segment.icmp]
    sent = tuple(segment for segment in seen if segment.sender == side)
    acks = tuple(segment for segment in seen if segment.sender != side and segment.ack is not None)
    first = 1 if any("S" in segment.flags for segment in sent) else 0
    most = max([0, *(segment.seq + segment.length - first for segment in sent if segment.length)])
    return Direction(side, sent, acks, first, most)


def _canvas(connection: Connection, theme: str) -> Canvas:
    """Heading, one plot for each direction, the time axis, the key."""
    colours = palette(theme)
    scale = Timescale((segment.time for segment in connection.segments_seen), LEFT, RIGHT)
    ways = [direction(connection, side) for side in SIDES]
    title = f"bytes over time: client {connection.client}, server {connection.server}"
    top = HEADER
    canvas = Canvas(WIDTH, HEADER + sum(way.height for way in ways) + AXIS + FOOTER, colours, title)
    heading = canvas.panel(0, HEADER)
    heading.text(14, 25, f"{connection.cause}: bytes over time", colour=colours.text, size=19, bold=True)
    told = shorten(connection.finding.title, 112, placeholder=" …")
    heading.text(14, 53, told, colour=colours.text, size=14)
    for way in ways:
        panel = canvas.panel(top, way.height)
        _title(panel, connection, way.side, colours)
        _plot(panel, way, scale, colours)
        _segments(panel, way, connection, scale, colours)
        top += way.height
    _axis(canvas.panel(top, AXIS), connection, scale, colours)
    _key(canvas.panel(top + AXIS, FOOTER), connection, colours)
    return canvas


def _plot(panel: Panel, way: Direction, scale: Timescale, colours: Palette) -> None:
    """The grid, the pauses, and the two staircases."""
    for share in (0, 0.5, 1) if way.most > 3 else (0,):
        height = way.y(share * way.most + way.first)
        panel.line((Point(LEFT, height), Point(RIGHT, height)), colour=colours.faint, width=0.8)
        panel.text(LEFT - 8, height, size(round(share * way.most)), colour=colours.muted, size=11, align="right")
    bottom = way.y(0)
    for fold in scale.folds:
        panel.area(_corners(Box(fold.left, TOP - 4, fold.right, bottom + 4)), fill=colours.warn, layer=0, alpha=0.12)
    edge, known = _steps(way.sent, scale, way.y, acknowledged=False), _steps(way.acks, scale, way.y, acknowledged=True)
    if edge and way.most:
        known = known or [Point(edge[0].x, bottom)]
        colour = side_colour(way.side, colours)
        _staircases(panel, edge, known, Point(scale.pixels[-1], bottom), colour=colour, muted=colours.muted)


def _segments(panel: Panel, way: Direction, connection: Connection, scale: Timescale, colours: Palette) -> None:
    """Every segment, in the colour of its fate."""
    total = max([way.first, *(segment.ack or 0 for segment in way.acks)])
    lost = connection.bytes[way.side].lost
    for segment in way.sent:
        gone = segment.fate == "lost" or (lost > 0 and segment.seq + segment.length > total)
        colour = colours.warn if segment.retransmission else side_colour(way.side, colours)
        at = Point(scale.x(segment.time), way.y(segment.seq + segment.length))
        _mark(panel, segment, at, way.y(segment.seq), colours.bad if gone or "R" in segment.flags else colour)


def _staircases(panel: Panel, sent: list[Point], known: list[Point], last: Point, *, colour: str, muted: str) -> None:
    """The edge of what was sent, the edge of what was acknowledged, and the bytes between them, to the end of time at the ``last`` point of the base line."""
    sent, known = [*sent, Point(last.x, sent[-1].y)], [*known, Point(last.x, known[-1].y)]
    panel.area((Point(sent[0].x, last.y), *sent, *reversed(known)), fill=colour, layer=1, alpha=0.16)
    panel.line(sent, colour=colour, width=2.2, layer=3)
    panel.line(known, colour=muted, width=1.6, dash="dashed", layer=3)


def _title(panel: Panel, connection: Connection, side: Side, colours: Palette) -> None:
    """Whose bytes, and what became of them."""
    ledger, colour = connection.bytes[side], side_colour(side, colours)
    badge(panel, Box(14, 15, 28, 29), side, colours)
    name = f"{side} {connection.address(side)}"
    panel.text(36, 22, name, colour=colour, size=13, bold=True)
    told = f"sent {size(ledger.sent)}, acknowledged {size(ledger.acknowledged)}"
    left = 36 + text_width(name, 13, bold=True) + 14
    panel.text(left, 22, told, colour=colours.text, size=12.5)
    if ledger.lost:
        panel.text(
            left + text_width(told, 12.5) + 12,
            22,
            f"lost {size(ledger.lost)}",
            colour=colours.bad,
            size=12.5,
            bold=True,
        )


def _steps(
    segments: Sequence[Packet], scale: Timescale, y: Callable[[float], float], *, acknowledged: bool
) -> list[Point]:
    """The highest sequence number sent, or acknowledged, as a staircase over time."""
    points: list[Point] = []
    highest = 0
    for segment in segments:
        reached = (segment.ack or 0) if acknowledged else segment.seq + segment.length
        if reached <= highest or (not acknowledged and "R" in segment.flags):
            continue
        x = scale.x(segment.time)
        points += [Point(x, y(highest)), Point(x, y(reached))]
        highest = reached
    if segments and points:
        points.append(Point(max(scale.x(segments[-1].time), points[-1].x), y(highest)))
    return points


def _mark(panel: Panel, segment: Packet, end: Point, bottom: float, colour: str) -> None:
    """One segment: a stroke as high as its data; a cross if it was lost, a sign for SYN, FIN and RST."""
    if segment.length:
        panel.line((end, Point(end.x, bottom)), colour=colour, width=3.0, layer=4)
    if segment.fate == "lost":
        for turn in (-4, 4):
            panel.line(
                (Point(end.x - 4, end.y - turn), Point(end.x + 4, end.y + turn)), colour=colour, width=2, layer=5
            )
    for flag, word in (("S", "SYN"), ("F", "FIN"), ("R", "RST")):
        if flag in segment.flags:
            panel.area(_corners(Box.around(end.x, end.y, 8, 8)), fill=colour, layer=5)
            panel.text(end.x, end.y - 12, word, colour=colour, size=10, bold=True, align="center")


def _corners(box: Box) -> tuple[Point, ...]:
    """A box as a polygon."""
    return (
        Point(box.left, box.top),
        Point(box.right, box.top),
        Point(box.right, box.bottom),
        Point(box.left, box.bottom),
    )


def _axis(panel: Panel, connection: Connection, scale: Timescale, colours: Palette) -> None:
    """When: the moments that have room for their words, and the folded silences."""
    panel.line((Point(LEFT, 0), Point(RIGHT, 0)), colour=colours.muted)
    taken = []
    for fold in scale.folds:
        words = f"… {duration(fold.end - fold.start)} …"
        taken.append(_tick(panel, (fold.left + fold.right) / 2, words, colours.warn))
    moments = sorted({segment.time for segment in connection.segments_seen})
    for moment in [*moments[:1], *moments[-1:], *moments]:
        x, words = scale.x(moment), clock(moment)
        box = Box.around(x, 16, text_width(words, 11) + 16, 14)
        if not any(box.meets(other) for other in taken):
            panel.line((Point(x, 0), Point(x, 5)), colour=colours.muted)
            taken.append(_tick(panel, x, words, colours.muted))


def _tick(panel: Panel, x: float, words: str, colour: str) -> Box:
    """Words below the axis, and the room that they take."""
    width = text_width(words, 11)
    x = min(max(x, width / 2 + 4), WIDTH - width / 2 - 4)
    panel.text(x, 16, words, colour=colour, size=11, align="center")
    return Box.around(x, 16, width, 14)


def _key(panel: Panel, connection: Connection, colours: Palette) -> None:
    """What the lines are, and what is not drawn."""
    told = (
        "line: highest byte sent · dashed: highest byte acknowledged · between them: under way, or never acknowledged",
        "stroke: one segment, amber if sent again, orange if its bytes were lost · shaded: pauses · time is not to scale"
        + (f" · {counted(connection.omitted, 'plain packet')} not drawn" if connection.omitted else ""),
    )
    for row, words in enumerate(told):
        panel.text(14, 14 + 20 * row, words, colour=colours.muted, size=11.5)
