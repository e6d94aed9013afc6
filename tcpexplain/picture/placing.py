"""Where everything on a state diagram goes, so that nothing covers anything else.

States and transitions stand still (``places``). Markers are put on their arrows and labels beside their markers; each takes the
cheapest of its candidate places that is free.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

from tcpexplain.machine.transitions import State
from tcpexplain.picture.geometry import Box, Curve, Point, text_width
from tcpexplain.picture.places import HEIGHT, MARGIN, PLACES, ROUTES, WIDTH, Place, box, route, stub, target
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tcpexplain.model.calls import Side
    from tcpexplain.picture.paths import Move

MARKER_HEIGHT = 23.0
MARKER_SIZE = 12.5
LABEL_HEIGHT = 15.0
LABEL_SIZE = 12.5
GAP = 2.0
"""Pixels that stay free around a marker or a label."""

FIELD = Box(MARGIN + GAP, GAP, WIDTH - MARGIN - GAP, HEIGHT - GAP)
"""What belongs to the machine; the margins left and right of it belong to the notes."""

SHARES = (0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68, 0.26, 0.74, 0.2, 0.8)
ASIDE = ((0, 0), (0.25, 0), (-0.25, 0), (0, 0.3), (0, -0.3), (0.45, 0), (-0.45, 0))
"""How far a marker's middle may lie off its arrow, in widths and heights of the marker: the arrow still runs into it."""

DIRECTIONS = (
    *((1, 0), (-1, 0), (0, -1), (0, 1)),
    *((0.7, -1), (-0.7, -1), (0.7, 1), (-0.7, 1), (1, -0.6), (-1, -0.6), (1, 0.6), (-1, 0.6)),
    *((0.35, -1), (-0.35, -1), (0.35, 1), (-0.35, 1)),
)

FAINT = tuple(point for curve in ROUTES.values() for point in curve.points(16))

CROSS = 6.0
"""Half the size of the cross at which a RST ends that changes nothing."""

Candidate = tuple[float, Box]
"""A place and what it costs by itself."""


class Arrow(NamedTuple):
    """The highlighted way of one move."""

    move: Move
    curve: Curve
    lean: Point
    """To which side of its route it runs (-1 to 1 across and down); 0, 0 if it has the route to itself."""


class Marker(NamedTuple):
    """The packet numbers on an arrow."""

    arrow: Arrow
    text: str
    box: Box


class Label(NamedTuple):
    """The words beside a marker; ``side`` is None if they hold for both ends."""

    text: str
    side: Side | None
    bad: bool
    box: Box


class Plan(NamedTuple):
    """The placed parts of one diagram: nothing in it meets anything else but the arrows."""

    states: dict[Place, Box]
    arrows: tuple[Arrow, ...]
    markers: tuple[Marker, ...]
    labels: tuple[Label, ...]


def plan(moves: Sequence[Move], *, unknown: bool = False) -> Plan:
    """Place the arrows, markers and labels of ``moves``; ``unknown`` shows UNKNOWN though no move touches it."""
    used = {place for move in moves for place in (move.previous, move.state)}
    states = {place: box(place) for place in PLACES if place is not State.UNKNOWN or unknown or place in used}
    arrows = _arrows(moves)
    markers = _markers(arrows, states)
    return Plan(states, arrows, markers, _labels(markers, arrows, states))


def _arrows(moves: Sequence[Move]) -> tuple[Arrow, ...]:
    """One curve for each move; moves along the same route run side by side."""
    routes: dict[tuple[Place, Place], list[Move]] = defaultdict(list)
    for move in moves:
        routes[move.previous, target(move.previous, move.state)].append(move)
    return tuple(
        _arrow(move, stub(ends[1]) if move.kind == "ignored" else route(*ends), 2 * lane - len(lanes) + 1)
        for ends, lanes in routes.items()
        for lane, move in enumerate(lanes)
    )


def _arrow(move: Move, middle: Curve, lane: int) -> Arrow:
    """A move in its lane: 0 in the middle of the route, odd numbers left and right of it where two share it."""
    curve, unit = middle.beside(6.0 * lane), middle.beside(1.0)
    turn = (lane > 0) - (lane < 0)
    lean = Point((unit.start.x - middle.start.x) * turn, (unit.start.y - middle.start.y) * turn)
    return Arrow(move, curve, lean)


def _markers(arrows: Sequence[Arrow], states: dict[Place, Box]) -> tuple[Marker, ...]:
    """The numbers of every arrow, the arrows with the least room first."""
    placed: dict[Arrow, Marker] = {}
    taken = [outline.grown(GAP) for outline in states.values()]
    points = {arrow: arrow.curve.points(14) for arrow in arrows}
    for arrow in sorted(arrows, key=lambda arrow: _length(arrow.curve)):
        text = some_packets(arrow.move.numbers)
        width = max(MARKER_HEIGHT, text_width(text, MARKER_SIZE, bold=True) + 10)
        others = [point for other in arrows if other is not arrow for point in points[other]]
        where = _cheapest(_on_arrow(arrow, width), taken, ((6.0, others),))
        if where:
            placed[arrow] = Marker(arrow, text, where)
            taken.append(where.grown(GAP))
    return tuple(placed[arrow] for arrow in arrows if arrow in placed)


def _on_arrow(arrow: Arrow, width: float) -> list[Candidate]:
    """Places for a marker on its arrow: best in the middle, not on the arrowhead, and leaving room for a parallel arrow's."""
    curve, lean = arrow.curve, arrow.lean
    head = Box.around(*curve.end, 14, 14)
    moved = [
        (
            (across - 0.5) * width,
            (down - 0.5) * MARKER_HEIGHT,
            abs(across - 0.45 * lean.x) * 8 + abs(down - 0.3 * lean.y) * 6,
        )
        for across, down in ASIDE
    ]
    found = []
    for share in SHARES:
        x, y = curve.at(share)
        for dx, dy, off in moved:
            where = Box(x + dx, y + dy, x + dx + width, y + dy + MARKER_HEIGHT)
            found.append((abs(share - 0.5) * 20 + off + where.meets(head) * 25, where))
    return sorted(found)


def _labels(markers: Sequence[Marker], arrows: Sequence[Arrow], states: dict[Place, Box]) -> tuple[Label, ...]:
    """The words of every marker; once where both ends moved alike."""
    alike = Counter(
        (marker.arrow.move.previous, marker.arrow.move.state, marker.arrow.move.words) for marker in markers
    )
    taken = [thing.grown(GAP) for thing in (*states.values(), *(marker.box for marker in markers))]
    bright = [point for arrow in arrows for point in arrow.curve.points(18)]
    placed = []
    for marker in markers:
        move = marker.arrow.move
        both = alike.pop((move.previous, move.state, move.words), 0)
        if not both or not move.words:
            continue
        where = _cheapest(
            _beside(marker.box, text_width(move.words, LABEL_SIZE, bold=True)), taken, ((8.0, bright), (2.0, FAINT))
        )
        if where:
            placed.append(
                Label(move.words, None if both > 1 else move.side, move.kind == "reset" or move.forged, where)
            )
            taken.append(where)
    return tuple(placed)


def _cheapest(
    candidates: Iterable[Candidate], taken: Sequence[Box], covered: Sequence[tuple[float, Sequence[Point]]]
) -> Box | None:
    """The free candidate that costs least, its own cost and a price for each point that it covers; None if none is free.

    ``candidates`` come with their own costs rising.
    """
    best, lowest = None, inf
    for base, where in candidates:
        if base >= lowest:
            break
        if _free(where, taken):
            around = where.grown(GAP)
            cost = base + sum(price * _held(around, points) for price, points in covered)
            if cost < lowest:
                best, lowest = where, cost
    return best


def _held(box: Box, points: Sequence[Point]) -> int:
    """How many points lie in a box."""
    left, top, right, bottom = box
    return sum([left < x < right and top < y < bottom for x, y in points])


def _beside(marker: Box, width: float) -> Iterator[Candidate]:
    """Where the words of a marker may stand: right, left, above, below, in between; then the same farther away."""
    x, y = marker.middle
    for far, away in enumerate((4.0, 10.0, 20.0, 34.0, 50.0)):
        across, down = (marker.width + width) / 2 + away, (marker.height + LABEL_HEIGHT) / 2 + away / 2
        for rank, (dx, dy) in enumerate(DIRECTIONS):
            yield far * len(DIRECTIONS) + rank, Box.around(x + dx * across, y + dy * down, width, LABEL_HEIGHT)


def _free(where: Box, taken: Iterable[Box]) -> bool:
    """Whether a box lies in the field and meets nothing."""
    left, top, right, bottom = where
    if left < FIELD.left or top < FIELD.top or right > FIELD.right or bottom > FIELD.bottom:
        return False
    return all(left >= x1 or x0 >= right or top >= y1 or y0 >= bottom for x0, y0, x1, y1 in taken)


def strokes(at: Point) -> tuple[tuple[Point, Point], tuple[Point, Point]]:
    """The two strokes of a cross."""
    x, y = at
    return (
        (Point(x - CROSS, y - CROSS), Point(x + CROSS, y + CROSS)),
        (Point(x - CROSS, y + CROSS), Point(x + CROSS, y - CROSS)),
    )


def some_packets(packets: Sequence[str]) -> str:
    """Up to two packet numbers, and how many more there are."""
    more = f" +{len(packets) - 2}" if len(packets) > 2 else ""
    return " ".join(packets[:2]) + more


def _length(curve: Curve) -> float:
    """Pixels along the curve, roughly."""
    points = curve.points(6)
    return sum(abs(a.x - b.x) + abs(a.y - b.y) for a, b in pairwise(points))
