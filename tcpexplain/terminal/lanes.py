"""The arrow of a segment past several points of capture: a column for each of them, stopped between two where it was lost there."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from tcpexplain.story.ways import called, delay, hops
from tcpexplain.tuples import NamedTuple
from tcpexplain.units import NO_BREAK_UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tcpexplain.model.points import CapturePoint
    from tcpexplain.story import Row
    from tcpexplain.terminal.paper import Paper, Span

ROOMY = 100
"""Columns of a terminal from which on points of capture have columns of their own; below it, labels say what was lost."""
LEAST, MOST = 7, 18
"""Columns between two points."""
NOT_PROVED = 0.8
"""Where on its way a segment ends of which only the machine knows that it was lost."""
SEEN, LANE, LOST, MADE = "•", "┊", "✕", "×"  # noqa: RUF001 (a mark)


class PointLanes(NamedTuple):
    """The columns of the points, counted from the arrow's, by name in the order of the path; none where there is no room for them."""

    at: Mapping[str, int]
    width: int
    """Columns of the arrow."""


def lanes_for(points: Sequence[CapturePoint], width: int, usual: int) -> PointLanes:
    """Columns for points in a terminal of ``width``, whose arrows have ``usual`` columns without them."""
    gaps = len(points) - 1
    room = min(MOST * gaps + 6, usual + (width - ROOMY) // 2 + 8)
    if width < ROOMY or gaps < 1 or room < LEAST * gaps + 6:
        return PointLanes({}, usual)
    room = max(room, usual)
    return PointLanes({point.name: 2 + round(place * (room - 5) / gaps) for place, point in enumerate(points)}, room)


def headings(points: Sequence[CapturePoint], lanes: PointLanes) -> Iterator[tuple[int, str]]:
    """Column and text of each point's head: its number, and as much of its name as there is room for."""
    gap = min(after - before for before, after in pairwise(lanes.at.values()))
    for name, at in zip(called(points), lanes.at.values(), strict=True):
        text = name[: gap - 3 if len(points) > 2 else gap - 1]
        yield max(0, min(at - len(text) // 2, lanes.width - len(text))), text


def passing(paper: Paper, row: Row, lanes: PointLanes, style: str) -> list[Span]:
    """The label, and below it the arrow with a dot where the segment was seen and the time to the next."""
    import re
    from textwrap import wrap

    words = wrap(re.sub(NO_BREAK_UNIT, "\N{NO-BREAK SPACE}", paper.clean(row.label)), lanes.width - 2)
    return [(_labelled(line.replace("\N{NO-BREAK SPACE}", " "), lanes), style) for line in words] + [
        (_shaft(paper, row, lanes), style)
    ]


def _empty(lanes: PointLanes) -> list[str]:
    """A line with nothing but the points' columns."""
    return [LANE if column in lanes.at.values() else " " for column in range(lanes.width)]


def _put(line: list[str], middle: int, text: str) -> None:
    """Text around a column, within the line."""
    left = max(0, min(middle - len(text) // 2, len(line) - len(text)))
    line[left : left + len(text)] = text


def _labelled(text: str, lanes: PointLanes) -> str:
    """A line of the label."""
    line = _empty(lanes)
    _put(line, lanes.width // 2, f" {text} ")
    return "".join(line)


def _shaft(paper: Paper, row: Row, lanes: PointLanes) -> str:
    """The arrow itself."""
    line, back = _empty(lanes), row.sender == "server"
    begin, end = _extent(row, lanes)
    drawn = range(min(begin, end), max(begin, end) + 1)
    for column in drawn:
        line[column] = "╌" if row.fate == "ignored" else "─"
    for hop in hops(row.way):
        one, other = sorted((lanes.at[hop.here], lanes.at[hop.there]))
        told = paper.clean(f" {delay(hop.seconds)} ")
        if len(told) <= other - one - 3:
            _put(line, (one + other + 1) // 2, told)
    for sight in row.way.at if row.way else ():
        line[lanes.at[sight.point]] = SEEN
    if row.way and row.way.fate == "made":
        line[begin] = MADE
    whole = end == (0 if back else lanes.width - 1)
    line[end] = ("◁" if back else "▷") if row.fate == "ignored" else ("◀" if back else "▶") if whole else LOST
    return "".join(line)


def _extent(row: Row, lanes: PointLanes) -> tuple[int, int]:
    """The columns at which an arrow begins and ends."""
    last = lanes.width - 1
    begin, end = (last, 0) if row.sender == "server" else (0, last)
    if row.way and row.way.fate:
        between = sum(lanes.at[name] for name in row.way.between) // 2
        return (begin, between) if row.way.fate == "lost" else (between, end)
    if row.fate != "lost":
        return begin, end
    seen = [lanes.at[sight.point] for sight in row.way.at] if row.way else []
    stops = [round(begin + NOT_PROVED * (end - begin)), *((column + 2 if end else column - 2) for column in seen)]
    return begin, min(max(stops), last) if end else max(min(stops), 0)
