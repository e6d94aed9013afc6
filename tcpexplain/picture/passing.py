"""The points of capture in a ladder: a line for each, a dot where a segment passed it, and the time to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.picture.geometry import Point
from tcpexplain.picture.shapes import circle, path, words
from tcpexplain.picture.timeline import delays
from tcpexplain.story.ways import delay, hops

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.picture.lanes import Lanes
    from tcpexplain.picture.shapes import Shape
    from tcpexplain.picture.timeline import Rung, Timeline

DOT = 3.2
BELOW = 12.0
"""Pixels between an arrow and the delay below it."""


def lines_of(laid: Timeline) -> Iterator[Shape]:
    """A line from top to bottom for each point."""
    for x in laid.lanes.points.values():
        yield path("point", f"M{x:.1f} 0V{laid.height:.1f}")


def passing(one: Rung, lanes: Lanes) -> Iterator[Shape]:
    """The dots on a segment's arrow, and the delays between them."""
    row = one.row
    if row.way is None or row.kind == "icmp":
        return
    look = "bad" if row.reset else "c" if row.sender == "client" else "s"
    places = {sight.point: height(one, lanes, lanes.points[sight.point]) for sight in row.way.at}
    yield from (circle(f"fill-{look}", place.x, place.y, DOT) for place in places.values())
    if not delays(row) or one.crossing:
        return
    for hop in hops(row.way):
        here, there = places[hop.here], places[hop.there]
        low = max(here.y, there.y) if abs(here.x - there.x) < (lanes.lane[1] - lanes.lane[0]) / 2 else one.bottom
        yield words("muted tiny halo", (here.x + there.x) / 2, low + BELOW, f"+{delay(hop.seconds)}", "middle")


def height(one: Rung, lanes: Lanes, x: float) -> Point:
    """Where a segment's arrow passes ``x``."""
    left, right = lanes.lane
    share = (x - left) / (right - left) if one.row.sender == "client" else (right - x) / (right - left)
    return Point(x, one.top + share * (one.bottom - one.top))
