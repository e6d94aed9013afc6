"""The state machine as one SVG symbol, and the two ways of a connection drawn over it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tcpexplain.machine.transitions import State
from tcpexplain.picture.machine import strokes
from tcpexplain.picture.margins import HEADING, LINE, PADDING, place_notes
from tcpexplain.picture.paths import moves, remarks, visited
from tcpexplain.picture.places import HEIGHT, PLACES, ROUTES, WIDTH, box, name
from tcpexplain.picture.placing import plan, some_packets
from tcpexplain.picture.shapes import Picture, path, rect, words
from tcpexplain.picture.svg import markup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.model.connection import Connection
    from tcpexplain.picture.geometry import Curve
    from tcpexplain.picture.margins import PlacedNote
    from tcpexplain.picture.paths import Move
    from tcpexplain.picture.places import Place
    from tcpexplain.picture.placing import Arrow, Label, Marker, Plan
    from tcpexplain.picture.shapes import Shape

SYMBOL = "machine"
USE = f'<use href="#{SYMBOL}"/>'
"""What a picture of a connection is drawn over."""
KNOWN = tuple(place for place in PLACES if place is not State.UNKNOWN)
"""UNKNOWN is drawn by the connections that have been there."""
LETTER = {"client": "c", "server": "s"}


def symbol() -> str:
    """All states and transitions, faint: written once, shown by every connection."""
    routes = [path("route", line(curve)) for ends, curve in ROUTES.items() if State.UNKNOWN not in ends]
    states = [shape for place in KNOWN for shape in outlined(place, "box", "name")]
    inner = f'<g id="{SYMBOL}" class="machine">{markup([*routes, *states])}</g>'
    return f'<svg width="0" height="0" style="position:absolute" aria-hidden="true">{inner}</svg>'


def outlined(place: Place, look: str, words_look: str) -> tuple[Shape, Shape]:
    """A state and its name."""
    left, top, right, bottom = box(place)
    return (
        rect(look, left, top, right - left, bottom - top, 9),
        words(words_look, (left + right) / 2, (top + bottom) / 2 + 5, name(place), "middle"),
    )


def picture(connection: Connection) -> Picture | None:
    """The ways of one connection, to be drawn over the symbol; None if it has no events."""
    if not connection.events:
        return None
    walked = moves(connection)
    packets = {(move.side, move.previous, move.state, move.words): some_packets(move.numbers) for move in walked}
    digits = max((len(packet) for move in walked for packet in move.numbers), default=1)
    digits += digits % 2 if digits > 2 else 0
    taken = layout(tuple(move._replace(numbers=("0" * digits,) * len(move.numbers)) for move in walked))
    label = f"State diagram of stream {connection.stream}: the client ends {connection.final['client']}, the server {connection.final['server']}"
    shapes = (
        *been(connection),
        *(shape for arrow in taken.arrows for shape in way(arrow)),
        *(shape for marker in taken.markers for shape in number(marker, packets[marker.arrow.move[:4]])),
        *(beside(one) for one in taken.labels),
        *(shape for one in place_notes(remarks(connection)) for shape in note(one)),
    )
    return Picture("machine", 0, 0, WIDTH, HEIGHT, label, shapes)


def been(connection: Connection) -> Iterator[Shape]:
    """Outlines of the states that were reached, in the colour of who was there."""
    seen: dict[Place, set[str]] = {}
    for side, places in visited(connection).items():
        for place in places:
            seen.setdefault(place, set()).add(LETTER[side])
    for place, letters in seen.items():
        if place in PLACES:
            yield from outlined(place, f"been {'both' if len(letters) > 1 else next(iter(letters))}", "seen")


def line(curve: Curve) -> str:
    """The curve as path data: a quadratic one."""
    start, middle, end = curve
    return f"M{start.x:.0f} {start.y:.0f}Q{middle.x:.0f} {middle.y:.0f} {end.x:.0f} {end.y:.0f}"


def way(arrow: Arrow) -> Iterator[Shape]:
    """One highlighted transition with its head; a RST that was ignored ends in a cross."""
    look = "bad" if arrow.move.kind == "reset" or arrow.move.forged else LETTER[arrow.move.side]
    if arrow.move.kind == "ignored":
        yield path(f"way {look} ignored", line(arrow.curve))
        yield path(
            f"way {look} cross",
            "".join(f"M{a.x:.0f} {a.y:.0f}L{b.x:.0f} {b.y:.0f}" for a, b in strokes(arrow.curve.end)),
        )
        return
    yield path(f"way {look}", line(arrow.curve))
    _, middle, end = arrow.curve
    across, down = end.x - middle.x, end.y - middle.y
    length = (across**2 + down**2) ** 0.5 or 1.0
    across, down = across / length, down / length
    back_x, back_y = end.x - 12 * across, end.y - 12 * down
    yield path(
        f"tip {look}",
        f"M{end.x:.0f} {end.y:.0f}L{back_x - 5.5 * down:.1f} {back_y + 5.5 * across:.1f}L{back_x + 5.5 * down:.1f} {back_y - 5.5 * across:.1f}Z",
    )


@cache
def layout(walked: tuple[Move, ...]) -> Plan:
    """Where everything goes: the same for all connections that went the same ways, with about as many digits in their packet numbers."""
    return plan(walked)


def number(marker: Marker, packets: str) -> Iterator[Shape]:
    """Packet numbers on an arrow: the client's in a circle, the server's in a square."""
    left, top, right, bottom = marker.box
    side = marker.arrow.move.side
    corner = (bottom - top) / 2 if side == "client" else 4
    yield rect(f"fill {LETTER[side]}", left, top, right - left, bottom - top, corner)
    yield words("on", (left + right) / 2, (top + bottom) / 2 + 4.5, packets, "middle")


def note(one: PlacedNote) -> Iterator[Shape]:
    """What an application does and sees in a state: whose and which, then a line for each call."""
    left, top, right, bottom = one.box
    yield rect("note bad" if one.bad else "note", left, top, right - left, bottom - top, 6)
    x, y = left + PADDING, top + PADDING + HEADING / 2 - 2
    for side in one.sides:
        yield rect(f"fill {LETTER[side]}", x, y - 5.5, 11, 11, 5.5 if side == "client" else 3)
        x += 15
    look = LETTER[one.sides[0]] if len(one.sides) == 1 else "both"
    yield words(f"head {look}", x + 2, y + 4.3, one.heading)
    for row, (line, bad) in enumerate(one.lines):
        yield words(
            "call bad" if bad else "call", left + PADDING, top + HEADING + PADDING / 2 + LINE * (row + 0.5) + 4, line
        )


def beside(label: Label) -> Shape:
    """What happened, beside its numbers."""
    look = "bad" if label.bad else LETTER[label.side] if label.side else "both"
    return words(look, label.box.left, label.box.bottom - 3.5, label.text)
