"""The state diagram of many connections: for each group, how many of them took each transition."""

from __future__ import annotations

from collections import Counter
from re import compile as pattern
from textwrap import shorten, wrap
from typing import TYPE_CHECKING, Any

from tcpexplain.errors import TcpexplainError
from tcpexplain.model.selection import groups_of
from tcpexplain.picture.canvas import Canvas, Panel
from tcpexplain.picture.geometry import Box, text_width
from tcpexplain.picture.machine import badge, draw_machine, draw_plan, draw_states, side_colour
from tcpexplain.picture.palette import Palette, palette
from tcpexplain.picture.paths import SIDES, Move, moves
from tcpexplain.picture.places import HEIGHT, WIDTH, Place, target
from tcpexplain.picture.placing import plan
from tcpexplain.units import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tcpexplain.machine.transitions import State
    from tcpexplain.model.calls import Side
    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection

SUFFIXES = (".png", ".svg", ".pdf")
DRAWS = ("groups",)

MOST = 4
"""Groups in one picture; --why draws any other."""
HEADING = 76.0
LETTERS = 150
"""Of the line below the heading; without what stands in parentheses if it would be longer."""
PARENTHESES = pattern(r" \([^()]*\)")
FOOTER, FOOTER_LINE, FOOTER_SIZE = 34.0, 17.0, 11.5

Way = tuple["Side", "State", "Place"]


def write(
    capture: Capture,
    target: Path | None,
    *,
    stream: int | None = None,
    draw: str = "groups",  # noqa: ARG001 (every report has the same parameters)
    theme: str = "light",
) -> None:
    """Draw the worst groups of a capture, or the one that ``stream`` belongs to, as PNG, SVG or PDF.

    Raises
    ------
    TcpexplainError
        If there is no such stream or theme, or no connection at all.
    """
    _canvas(capture, stream, theme).save(target)


def figure(capture: Capture, theme: str = "light") -> Any:
    """The picture as a ``matplotlib.figure.Figure``; theme is light, dark or transparent."""
    return _canvas(capture, None, theme).figure


def groups(capture: Capture, stream: int | None = None) -> list[list[Connection]]:
    """The connections by cause in the order of the summary; only that of ``stream`` if it is given."""
    found: dict[str, list[Connection]] = {}
    for connection in capture:
        found.setdefault(connection.cause, []).append(connection)
    if stream is not None:
        return [group for group in found.values() if any(connection.stream == stream for connection in group)]
    return [found[group.code] for group in groups_of(capture) if group.code in found]


def merged(connections: Sequence[Connection]) -> tuple[Move, ...]:
    """One move for all who took it, with their number; its words are those that most of them had."""
    counts: Counter[Way] = Counter()
    words: dict[Way, Counter[Move]] = {}
    for connection in connections:
        for move in moves(connection):
            way = (move.side, move.previous, target(move.previous, move.state))
            counts[way] += 1
            words.setdefault(way, Counter())[move._replace(numbers=())] += 1
    return tuple(
        words[way].most_common(1)[0][0]._replace(numbers=(f"{count:,}",), weight=count / len(connections))
        for way, count in counts.items()
    )


def _canvas(capture: Capture, stream: int | None, theme: str) -> Canvas:
    """One machine below the other."""
    colours = palette(theme)
    found = groups(capture, stream)
    if not found:
        raise TcpexplainError("there is no TCP connection to draw", code="TE041")
    shown = found[:MOST]
    title = f"state diagram of {counted(len(capture), 'connection')}"
    lines = _footer(found[MOST:])
    footer = FOOTER + FOOTER_LINE * (len(lines) - 1)
    canvas = Canvas(WIDTH, len(shown) * (HEADING + HEIGHT) + footer, colours, title)
    for row, group in enumerate(shown):
        top = row * (HEADING + HEIGHT)
        _heading(canvas.panel(top, HEADING), capture, group, colours)
        _machine(canvas.panel(top + HEADING, HEIGHT), group, colours)
    small = canvas.panel(canvas.height - footer, footer)
    for row, line in enumerate(lines):
        small.text(14, FOOTER / 2 + FOOTER_LINE * row, line, colour=colours.muted, size=FOOTER_SIZE)
    return canvas


def _footer(left_out: Sequence[Sequence[Connection]]) -> list[str]:
    """What the numbers are, and which groups are not shown, in lines that fit."""
    names = ", ".join(group[0].cause for group in left_out)
    more = f" · {counted(len(left_out), 'more group')} ({names}): --why CAUSE" if left_out else ""
    text = f"numbers: connections that took the transition, and the width of the arrow{more}"
    return wrap(text, int((WIDTH - 28) * len(text) / text_width(text, FOOTER_SIZE)))


def _heading(panel: Panel, capture: Capture, group: Sequence[Connection], colours: Palette) -> None:
    """The cause, how many, and what they have in common."""
    finding = group[0].finding
    tone = {"failed": colours.bad, "suspicious": colours.warn}.get(finding.severity, colours.text)
    panel.text(14, 26, f"{finding.code} · {counted(len(group), 'connection')}", colour=tone, size=19, bold=True)
    known = next((known for known in capture.groups if known.code == finding.code), None)
    told = (known.in_common or known.title) if known else finding.title
    if len(told) > LETTERS:
        told = PARENTHESES.sub("", told)
    panel.text(14, 54, shorten(told, LETTERS, placeholder=" …"), colour=colours.text, size=13.2)
    for side, left in zip(SIDES, (890.0, 976.0), strict=True):
        badge(panel, Box(left, 18, left + 16, 34), side, colours)
        panel.text(left + 22, 26, side, colour=side_colour(side, colours), size=13)


def _machine(panel: Panel, group: Sequence[Connection], colours: Palette) -> None:
    """The machine with the ways of all connections of a group."""
    ways = merged(group)
    placed = plan(ways)
    seen: dict[Place, set[Side]] = {}
    for move in ways:
        for place in (move.previous, target(move.previous, move.state)):
            seen.setdefault(place, set()).add(move.side)
    draw_machine(panel, placed, colours)
    draw_states(panel, placed, colours, seen=seen)
    draw_plan(panel, placed, colours)
