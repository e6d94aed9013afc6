"""RFC 9293's machine on a panel: every transition faint, the ways of a plan highlighted, the notes beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.machine.transitions import State
from tcpexplain.picture.faint import faint
from tcpexplain.picture.geometry import Box
from tcpexplain.picture.margins import HEADING, LINE, NOTE_SIZE, PADDING
from tcpexplain.picture.places import name, route, target
from tcpexplain.picture.placing import LABEL_SIZE, MARKER_SIZE, strokes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.model.calls import Side
    from tcpexplain.picture.canvas import Dash, Panel
    from tcpexplain.picture.margins import PlacedNote
    from tcpexplain.picture.palette import Palette
    from tcpexplain.picture.paths import Visits
    from tcpexplain.picture.placing import Arrow, Plan

DASH: dict[str, Dash] = {"segment": "solid", "reset": "dashed", "time": "dotted", "ignored": "dashed"}


def side_colour(side: Side | None, palette: Palette) -> str:
    """Blue for the client, green for the server, the text's colour for both."""
    return {"client": palette.client, "server": palette.server}.get(side or "", palette.text)


def badge(panel: Panel, box: Box, side: Side, palette: Palette, text: str = "") -> None:
    """The sign of an end: a round one for the client, a square one for the server."""
    colour = side_colour(side, palette)
    radius = box.height / 2 if side == "client" else 4.0
    panel.rectangle(box, fill=colour, edge=colour, radius=radius, layer=5)
    if text:
        panel.text(*box.middle, text, colour=palette.on_marker, size=MARKER_SIZE, bold=True, align="center")


def draw_machine(panel: Panel, plan: Plan, palette: Palette) -> None:
    """Every transition of the table, faint, once for each pair of states that no end moved between."""
    used = {(arrow.move.previous, target(arrow.move.previous, arrow.move.state)) for arrow in plan.arrows}
    for ends, kind in faint(unknown=State.UNKNOWN in plan.states).items():
        if ends not in used:
            panel.arrow(route(*ends), colour=palette.faint, width=1.2, dash=DASH[kind], layer=1)


def draw_states(panel: Panel, plan: Plan, palette: Palette, *, seen: Visits, last: Visits | None = None) -> None:
    """The eleven states; those ``seen`` in the colour of their visitor, dark for both, filled where one end came to rest."""
    fills = {"client": palette.client_fill, "server": palette.server_fill}
    for place, box in plan.states.items():
        visitors, enders = seen.get(place, set()), (last or {}).get(place, set())
        edge = side_colour(next(iter(visitors)) if len(visitors) == 1 else None, palette) if visitors else palette.faint
        fill = fills[next(iter(enders))] if len(enders) == 1 else palette.box
        panel.rectangle(box, fill=fill, edge=edge, width=2.6 if visitors else 1.2, radius=9, layer=3)
        colour = palette.text if visitors else palette.muted
        panel.text(*box.middle, name(place), colour=colour, size=14, bold=bool(visitors), align="center")


def draw_plan(panel: Panel, plan: Plan, palette: Palette) -> None:
    """The highlighted arrows with their numbers and words."""
    for arrow in plan.arrows:
        width, colour, dash = 2.8 + 6.0 * arrow.move.weight, arrow_colour(arrow, palette), DASH[arrow.move.kind]
        if arrow.move.kind == "ignored":
            panel.line(arrow.curve.points(), colour=colour, width=2.4, dash=dash)
            for stroke in strokes(arrow.curve.end):
                panel.line(stroke, colour=colour, width=2.4)
        else:
            panel.arrow(arrow.curve, colour=colour, width=width, dash=dash, layer=2)
    for marker in plan.markers:
        badge(panel, marker.box, marker.arrow.move.side, palette, marker.text)
    ground = "" if palette.transparent else palette.background
    for label in plan.labels:
        colour = palette.bad if label.bad else side_colour(label.side, palette)
        panel.text(
            *label.box.middle, label.text, colour=colour, size=LABEL_SIZE, bold=label.bad, align="center", halo=ground
        )


def arrow_colour(arrow: Arrow, palette: Palette) -> str:
    """A RST is orange whoever it moved, and grey if it moved nobody and was no forgery; everything else has the colour of its end."""
    if arrow.move.kind == "reset" or arrow.move.forged:
        return palette.bad
    return palette.muted if arrow.move.kind == "ignored" else side_colour(arrow.move.side, palette)


def draw_notes(panel: Panel, notes: Sequence[PlacedNote], palette: Palette) -> None:
    """The notes: whose and in which state, then a line for each call."""
    for note in notes:
        box = note.box
        fill, edge = (palette.bad_fill, palette.bad) if note.bad else (palette.box, palette.faint)
        panel.rectangle(box, fill=fill, edge=edge, radius=6, layer=3)
        left, y = box.left + PADDING, box.top + PADDING + HEADING / 2 - 2
        for side in note.sides:
            badge(panel, Box(left, y - 5.5, left + 11, y + 5.5), side, palette)
            left += 15
        colour = side_colour(note.sides[0] if len(note.sides) == 1 else None, palette)
        panel.text(left + 2, y, note.heading, colour=colour, size=NOTE_SIZE, bold=True)
        for row, (line, bad) in enumerate(note.lines):
            y = box.top + HEADING + PADDING / 2 + LINE * (row + 0.5)
            colour = palette.bad if bad else palette.text
            panel.text(box.left + PADDING, y, line, colour=colour, size=NOTE_SIZE, bold=bad, mono=True)
