"""RFC 9293's machine as shapes: every transition faint, the ways of both ends over it, the notes beside it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tcpexplain.machine.transitions import State
from tcpexplain.picture.faint import faint
from tcpexplain.picture.margins import HEADING, LINE, PADDING, place_notes
from tcpexplain.picture.paths import moves, remarks, visited, who_was
from tcpexplain.picture.places import PLACES, box, name, route
from tcpexplain.picture.placing import plan, some_packets, strokes
from tcpexplain.picture.shapes import path, rect, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tcpexplain.model.calls import Side
    from tcpexplain.model.connection import Connection
    from tcpexplain.picture.geometry import Curve
    from tcpexplain.picture.margins import PlacedNote
    from tcpexplain.picture.paths import Move
    from tcpexplain.picture.places import Place
    from tcpexplain.picture.placing import Arrow, Label, Marker, Plan
    from tcpexplain.picture.shapes import Shape
    from tcpexplain.story import Row

LOOK = "tx-machine"
LETTER = {"client": "c", "server": "s"}

STYLE = """
.tx-machine text{font:12.5px ui-sans-serif,system-ui,"DejaVu Sans",sans-serif;fill:var(--muted)}
.tx-machine text.name,.tx-machine text.seen{font-size:13.5px}.tx-machine text.seen{font-weight:600;fill:var(--text)}
.tx-machine .box{fill:var(--box);stroke:var(--faint);stroke-width:1.3}
.tx-machine .been{fill:var(--box);stroke-width:2.6}.tx-machine .rest-c{fill:var(--client-fill)}.tx-machine .rest-s{fill:var(--server-fill)}
.tx-machine .c{stroke:var(--client)}.tx-machine .s{stroke:var(--server)}.tx-machine .both{stroke:var(--text)}.tx-machine .bad{stroke:var(--bad);stroke-dasharray:8 5}
.tx-machine .route{fill:none;stroke:var(--faint);stroke-width:1.3}.tx-machine .route.reset{stroke-dasharray:5 4}.tx-machine .route.time{stroke-dasharray:2 3}
.tx-machine .tip.faint{fill:var(--faint)}
.tx-machine .way{fill:none;stroke-width:2.8}.tx-machine .way.time{stroke-dasharray:3 4}
.tx-machine .ignored{stroke:var(--muted);stroke-dasharray:6 4}.tx-machine .ignored.bad{stroke:var(--bad)}
.tx-machine .cross{stroke:var(--muted);stroke-dasharray:none}.tx-machine .cross.bad{stroke:var(--bad)}
.tx-machine text.c,.tx-machine .fill.c,.tx-machine .tip.c{fill:var(--client);stroke:none}
.tx-machine text.s,.tx-machine .fill.s,.tx-machine .tip.s{fill:var(--server);stroke:none}
.tx-machine text.both{fill:var(--text);stroke:none}.tx-machine text.bad,.tx-machine .tip.bad{fill:var(--bad);stroke:none;font-weight:600}
.tx-machine text.on{fill:var(--on-marker);font-weight:700}
.tx-machine text.label{paint-order:stroke;stroke:var(--background);stroke-width:3.5;stroke-dasharray:none;stroke-linejoin:round}
.tx-machine rect.note{fill:var(--box);stroke:var(--faint);stroke-width:1.2}.tx-machine rect.note.bad{fill:var(--bad-fill);stroke:var(--bad);stroke-dasharray:none}
.tx-machine text.head{font-size:12px;font-weight:600}.tx-machine text.call{font:12px ui-monospace,"DejaVu Sans Mono",monospace;fill:var(--text)}
.tx-machine text.call.bad{fill:var(--bad);font-weight:600}
"""
"""The looks of these shapes; the colours are the variables of whatever holds the picture."""


def machine(
    *, unknown: bool, states: Collection[Place] = (), routes: Collection[tuple[Place, Place]] = ()
) -> Iterator[Shape]:
    """All transitions and states, faint, without the ``states`` and ``routes`` that are drawn otherwise; UNKNOWN where asked for."""
    for ends, kind in faint(unknown=unknown).items():
        if ends not in routes:
            yield path(f"route {kind}", line(route(*ends)))
            yield tip("faint", route(*ends), 8)
    for place in PLACES:
        if place not in states and (unknown or place is not State.UNKNOWN):
            yield from outlined(place, "box", "name")


def outlined(place: Place, look: str, words_look: str) -> tuple[Shape, Shape]:
    """A state and its name."""
    left, top, right, bottom = box(place)
    return (
        rect(look, left, top, right - left, bottom - top, 9),
        words(words_look, (left + right) / 2, (top + bottom) / 2 + 5, name(place), "middle"),
    )


def drawn(connection: Connection, rows: Iterable[Row] | None = None) -> tuple[tuple[Shape, ...], Plan]:
    """The ways of one connection, to be drawn over the machine, and where they run; nothing of a connection without events.

    ``rows``: its story, if that has been told.
    """
    walked = moves(connection)
    packets = {(move.side, move.previous, move.state, move.words): some_packets(move.numbers) for move in walked}
    digits = max((len(packet) for move in walked for packet in move.numbers), default=1)
    digits += digits % 2 if digits > 2 else 0
    places = visited(connection)
    taken = layout(
        tuple(move._replace(numbers=("0" * digits,) * len(move.numbers)) for move in walked),
        unknown=any(State.UNKNOWN in been for been in places.values()),
    )
    shapes = (
        *(shape for arrow in taken.arrows for shape in way(arrow)),
        *been(places),
        *(shape for marker in taken.markers for shape in number(marker, packets[marker.arrow.move[:4]])),
        *(beside(one) for one in taken.labels),
        *(shape for one in place_notes(remarks(connection, rows)) for shape in note(one)),
    )
    return shapes, taken


def been(places: dict[Side, tuple[Place, ...]]) -> Iterator[Shape]:
    """Outlines of the states that were reached, in the colour of who was there; filled where one end alone came to rest."""
    rest = who_was({side: reached[-1:] for side, reached in places.items()})
    for place, sides in who_was(places).items():
        look = LETTER[next(iter(sides))] if len(sides) == 1 else "both"
        enders = [LETTER[side] for side in rest.get(place, ())]
        yield from outlined(place, f"been {look}{f' rest-{enders[0]}' if len(enders) == 1 else ''}", "seen")


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
    yield path(f"way {look}{' time' if arrow.move.kind == 'time' else ''}", line(arrow.curve))
    yield tip(look, arrow.curve, 12)


def tip(look: str, curve: Curve, length: float) -> Shape:
    """The head of an arrow, ``length`` long."""
    _, middle, end = curve
    across, down = end.x - middle.x, end.y - middle.y
    whole = (across**2 + down**2) ** 0.5 or 1.0
    across, down = across / whole * length, down / whole * length
    back_x, back_y, wing = end.x - across, end.y - down, 0.46
    return path(
        f"tip {look}",
        f"M{end.x:.0f} {end.y:.0f}L{back_x - wing * down:.1f} {back_y + wing * across:.1f}L{back_x + wing * down:.1f} {back_y - wing * across:.1f}Z",
    )


@cache
def layout(walked: tuple[Move, ...], *, unknown: bool) -> Plan:
    """Where everything goes: the same for all connections that went the same ways, with about as many digits in their packet numbers."""
    return plan(walked, unknown=unknown)


def badge(side: Side, x: float, y: float, size: float) -> Shape:
    """The sign of an end from its left at ``x`` around the height ``y``: a round one for the client, a square one for the server."""
    return rect(f"fill {LETTER[side]}", x, y - size / 2, size, size, size / 2 if side == "client" else size / 4)


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
        yield badge(side, x, y, 11)
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
    return words(f"label {look}", label.box.middle.x, label.box.bottom - 3.5, label.text, "middle")
