"""The columns of a ladder, left to right: times, notes, states, and between them the segments, with a line for each point of capture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.picture.geometry import text_width
from tcpexplain.story.ways import called, points_of
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tcpexplain.model.calls import Side
    from tcpexplain.model.connection import Connection
    from tcpexplain.model.points import Journey

WIDTH = 1054.0
TIME_RIGHT = 90.0
NOTES: Mapping[Side, tuple[float, float]] = {"client": (100.0, 316.0), "server": (830.0, 1046.0)}
"""Left and right end of each side's notes; the client's are flush right."""
BARS: Mapping[Side, tuple[float, float]] = {"client": (324.0, 432.0), "server": (714.0, 822.0)}
LANE = (436.0, 710.0)
GAP = 130.0
"""Pixels between the lines of two points of capture: room for a delay, and for a name."""
MARGIN = 34.0
"""Pixels between the outermost points and the bars."""
CAPTION_SIZE = 11.5


class Lanes(NamedTuple):
    """Where the columns stand. All that is right of the segments is moved by what points of capture need."""

    lane: tuple[float, float] = LANE
    points: Mapping[str, float] = {}
    """Where the line of each point stands, by its name, in the order of the path."""
    captions: tuple[str, ...] = ()

    @property
    def moved(self) -> float:
        """Pixels by which the server's side stands further right."""
        return self.lane[1] - LANE[1]

    @property
    def middle(self) -> float:
        """Of the segments."""
        return sum(self.lane) / 2

    @property
    def width(self) -> float:
        """Of the picture."""
        return WIDTH + self.moved

    def bars(self, side: Side) -> tuple[float, float]:
        """Left and right end of the bars of one side."""
        return self._of(BARS, side)

    def notes(self, side: Side) -> tuple[float, float]:
        """Those of its notes."""
        return self._of(NOTES, side)

    def _of(self, columns: Mapping[Side, tuple[float, float]], side: Side) -> tuple[float, float]:
        left, right = columns[side]
        return (left + self.moved, right + self.moved) if side == "server" else (left, right)

    def between(self, way: Journey) -> float:
        """Halfway between the two points that prove what became of a segment."""
        one, other = way.between
        return (self.points[one] + self.points[other]) / 2


def lanes_of(connection: Connection) -> Lanes:
    """The columns of a connection's ladder: as wide as its points of capture need, or as ever if it has one."""
    points = points_of(connection)
    if not points:
        return Lanes()
    width = max(LANE[1] - LANE[0], GAP * (len(points) - 1) + 2 * MARGIN)
    step = (width - 2 * MARGIN) / max(len(points) - 1, 1)
    left = LANE[0] + MARGIN
    return Lanes(
        (LANE[0], LANE[0] + width),
        {point.name: left + step * place for place, point in enumerate(points)},
        tuple(clipped(name, step - 8) for name in called(points)),
    )


def clipped(name: str, width: float) -> str:
    """A name in at most so many pixels."""
    if text_width(name, CAPTION_SIZE) <= width:
        return name
    letters = len(name)
    while letters > 3 and text_width(f"{name[:letters]}…", CAPTION_SIZE) > width:
        letters -= 1
    return f"{name[:letters]}…"
