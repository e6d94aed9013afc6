"""The state diagram as DOT text, for Graphviz and everything that reads it: the same graph, places and paths."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tcpexplain.machine.graph import graph
from tcpexplain.machine.transitions import State
from tcpexplain.picture.palette import Palette, palette
from tcpexplain.picture.paths import FORGED, moves
from tcpexplain.picture.places import HEIGHT, PLACES, Place, name
from tcpexplain.picture.places import target as place_of
from tcpexplain.picture.subject import subject_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection
    from tcpexplain.picture.paths import Move

SUFFIXES = (".dot",)
DRAWS = ("diagram",)

FONT = 'fontname="DejaVu Sans" fontsize=11'
STYLE = {"segment": "solid", "reset": "dashed", "time": "dotted", "ignored": "dashed"}


def write(
    capture: Capture,
    target: Path | None,
    *,
    stream: int | None = None,
    draw: str = "diagram",  # noqa: ARG001 (every report has the same parameters)
    theme: str = "light",
) -> None:
    """Write the machine with the ways of ``stream``, or of the worst connection, as DOT.

    Raises
    ------
    TcpexplainError
        If there is no such stream or theme.
    """
    text = render(capture, stream=stream, theme=theme)
    if target is None:
        sys.stdout.write(text)
    else:
        target.write_text(text, encoding="utf-8")


def render(capture: Capture, *, stream: int | None = None, theme: str = "light") -> str:
    """The DOT text; ``dot`` lays it out anew, ``neato -n`` keeps the places of the RFC's figure."""
    return "\n".join(_lines(subject_of(capture, stream), palette(theme))) + "\n"


def _lines(connection: Connection, colours: Palette) -> Iterator[str]:
    """The whole graph, line by line."""
    ways = moves(connection)
    used = {place for move in ways for place in (move.previous, place_of(move.previous, move.state))}
    title = f"{connection.cause}: {connection.finding.title}\nclient {connection.client}, server {connection.server}"
    ground = "transparent" if colours.transparent else colours.background
    yield "digraph tcp {"
    yield f"  graph [label={_quoted(title)} labelloc=t bgcolor={_quoted(ground)} fontcolor={_quoted(colours.text)} {FONT}]"
    yield f"  node [shape=box style=rounded width=1.85 height=0.58 {FONT}]"
    yield f"  edge [arrowsize=0.8 {FONT}]"
    for place in PLACES:
        if place is not State.UNKNOWN or place in used:
            yield _node(place, colours.text if place in used else colours.muted)
    yield from _faint(ways, used, colours)
    yield from (_highlighted(move, colours) for move in ways)
    yield "}"


def _node(place: Place, colour: str) -> str:
    """A state, at its place in points for ``neato -n``."""
    x, y = PLACES[place]
    return f'  {_quoted(str(place))} [label={_quoted(name(place))} color="{colour}" fontcolor="{colour}" pos="{x:.0f},{HEIGHT - y:.0f}"]'


def _faint(ways: tuple[Move, ...], used: set[Place], colours: Palette) -> Iterator[str]:
    """The rows of the table that no end took."""
    taken = {(move.previous, move.state, move.words.removeprefix(FORGED)) for move in ways}
    for tail, head, data in graph().edges(data=True):
        shown = State.UNKNOWN not in (tail, head) or State.UNKNOWN in used
        if shown and (tail, head, data["label"]) not in taken:
            yield (
                f"  {_edge(tail, head)} [tooltip={_quoted(data['label'] + ': ' + data['reference'])} "
                f'style={STYLE[data["kind"]]} color="{colours.faint}"]'
            )


def _highlighted(move: Move, colours: Palette) -> str:
    """One step of one end, with its words and packets."""
    side = colours.client if move.side == "client" else colours.server
    colour = colours.bad if move.kind == "reset" or move.forged else side
    sign = "\N{BLACK CIRCLE}" if move.side == "client" else "\N{BLACK SQUARE}"
    label = f"{sign} {' '.join(move.numbers)}\n{move.words}"
    edge, head = _edge(move.previous, move.state), ""
    if move.kind == "ignored":  # ends before the state that it comes to: in a bar, as DOT has no cross
        place = _quoted(str(place_of(move.previous, move.state)))
        edge, head = f"{place} -> {place}", "arrowhead=tee "
    return (
        f"  {edge} [label={_quoted(label)} style={STYLE[move.kind]} penwidth=2.4 {head}"
        f'color="{colour}" fontcolor="{side}"]'
    )


def _edge(tail: State, head: State) -> str:
    return f"{_quoted(str(tail))} -> {_quoted(str(place_of(tail, head)))}"


def _quoted(text: str) -> str:
    """A quoted DOT string; a line break stays one."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
