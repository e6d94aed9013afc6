"""The state machine as one SVG symbol, and the two ways of a connection drawn over it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tcpexplain.machine.transitions import State
from tcpexplain.picture.paths import moves, visited
from tcpexplain.picture.places import HEIGHT, MARGIN, PLACES, ROUTES, WIDTH, box, name
from tcpexplain.picture.placing import Arrow, numbers, plan
from tcpexplain.picture.svg import clean, element

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.capture import Connection
    from tcpexplain.picture.geometry import Curve
    from tcpexplain.picture.paths import Move
    from tcpexplain.picture.places import Place
    from tcpexplain.picture.placing import Marker, Plan

SYMBOL = "machine"
VIEW = f"{MARGIN:.0f} 0 {WIDTH - 2 * MARGIN:.0f} {HEIGHT:.0f}"
"""The machine without the margins that the notes of the other diagram stand in."""
KNOWN = tuple(place for place in PLACES if place is not State.UNKNOWN)
"""UNKNOWN is drawn by the connections that have been there."""
LETTER = {"client": "c", "server": "s"}


def symbol() -> str:
    """All states and transitions, faint: written once, shown by every connection."""
    routes = (
        element("path", class_="route", d=path(curve)) for ends, curve in ROUTES.items() if State.UNKNOWN not in ends
    )
    states = (markup for place in KNOWN for markup in state(place))
    inner = element("g", *routes, *states, id=SYMBOL, class_="machine")
    return f'<svg width="0" height="0" style="position:absolute" aria-hidden="true">{inner}</svg>'


def state(place: Place) -> Iterator[str]:
    """An outline and its name."""
    outline = box(place)
    yield element("rect", class_="box", x=outline.left, y=outline.top, width=outline.width, height=outline.height, rx=9)
    yield element("text", clean(name(place)), class_="name", x=outline.middle.x, y=outline.middle.y + 5)


def picture(connection: Connection) -> str:
    """The ways of one connection over the symbol; empty if it has no events."""
    if not connection.events:
        return ""
    walked = moves(connection)
    taken = layout(tuple(move._replace(numbers=tuple("0" * len(packet) for packet in move.numbers)) for move in walked))
    packets = {(move.side, move.previous, move.state, move.words): numbers(move.numbers) for move in walked}
    label = f"State diagram of stream {connection.stream}: the client ends {connection.final['client']}, the server {connection.final['server']}"
    return element(
        "svg",
        element("use", href=f"#{SYMBOL}"),
        *been(connection),
        *(markup for arrow in taken.arrows for markup in way(arrow)),
        *(markup for marker in taken.markers for markup in number(marker, packets[marker.arrow.move[:4]])),
        *(
            element(
                "text",
                clean(one.text),
                class_="bad" if one.bad else LETTER[one.side] if one.side else "both",
                x=one.box.left,
                y=one.box.bottom - 3.5,
            )
            for one in taken.labels
        ),
        class_="machine",
        viewBox=VIEW,
        role="img",
        aria_label=label,
    )


def been(connection: Connection) -> Iterator[str]:
    """Outlines of the states that were reached, in the colour of who was there."""
    seen: dict[State | str, set[str]] = {}
    for side, places in visited(connection).items():
        for place in places:
            seen.setdefault(place, set()).add(LETTER[side])
    for place, letters in seen.items():
        if place not in PLACES:
            continue
        outline = box(place)
        look = "both" if len(letters) > 1 else next(iter(letters))
        yield element(
            "rect",
            class_=f"been {look}",
            x=outline.left,
            y=outline.top,
            width=outline.width,
            height=outline.height,
            rx=9,
        )
        yield element("text", clean(name(place)), class_="seen", x=outline.middle.x, y=outline.middle.y + 5)


def path(curve: Curve) -> str:
    """The curve as path data: a quadratic one."""
    start, middle, end = curve
    return f"M{start.x:.0f} {start.y:.0f}Q{middle.x:.0f} {middle.y:.0f} {end.x:.0f} {end.y:.0f}"


def way(arrow: Arrow) -> Iterator[str]:
    """One highlighted transition with its head."""
    look = "bad" if arrow.move.kind == "reset" else LETTER[arrow.move.side]
    yield element("path", class_=f"way {look}", d=path(arrow.curve))
    _, middle, end = arrow.curve
    across, down = end.x - middle.x, end.y - middle.y
    length = (across**2 + down**2) ** 0.5 or 1.0
    across, down = across / length, down / length
    back_x, back_y = end.x - 12 * across, end.y - 12 * down
    yield element(
        "path",
        class_=f"tip {look}",
        d=f"M{end.x:.0f} {end.y:.0f}L{back_x - 5.5 * down:.1f} {back_y + 5.5 * across:.1f}L{back_x + 5.5 * down:.1f} {back_y - 5.5 * across:.1f}Z",
    )


@cache
def layout(walked: tuple[Move, ...]) -> Plan:
    """Where everything goes: the same for all connections that went the same ways, with packet numbers of as many digits."""
    return plan(walked)


def number(marker: Marker, packets: str) -> Iterator[str]:
    """Packet numbers on an arrow: the client's in a circle, the server's in a square."""
    outline, side = marker.box, marker.arrow.move.side
    yield element(
        "rect", class_=f"fill {LETTER[side]}", x=outline.left, y=outline.top, width=outline.width, height=outline.height,
        rx=outline.height / 2 if side == "client" else 4,
    )  # fmt: skip
    yield element("text", clean(packets), class_="on", x=outline.middle.x, y=outline.middle.y + 4.5)
