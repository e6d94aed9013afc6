"""A sheet to draw on, in pixels with y growing downwards: the only file that knows matplotlib.

``pyplot`` is not used: it keeps every figure alive and takes longer to start than a diagram takes to draw.
"""

from __future__ import annotations

import sys
from math import atan2, cos, sin
from typing import TYPE_CHECKING, Any, Literal

from tcpexplain.picture.geometry import Box, Curve, Point

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tcpexplain.picture.palette import Palette

INCH = 100.0
"""Pixels in an inch of paper."""
POINT = 72.0 / INCH
"""Points in a pixel."""
DOTS = 200
"""Dots per inch of a PNG: twice the pixels, so that it stays sharp when a page scales it."""
HEAD = 11.0
"""Length of an arrowhead of a line two pixels wide."""

Dash = Literal["solid", "dashed", "dotted"]
DASHES = {"solid": "-", "dashed": (0, (4, 2.2)), "dotted": (0, (1, 1.6))}


class Canvas:
    """One picture of ``width`` by ``height`` pixels; ``figure`` is the ``matplotlib.figure.Figure`` behind it, ``title`` its metadata."""

    def __init__(self, width: float, height: float, palette: Palette, title: str) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        ground = "none" if palette.transparent else palette.background
        self.width, self.height, self.title = width, height, title
        self.figure: Any = Figure(figsize=(width / INCH, height / INCH), dpi=INCH, facecolor=ground)
        FigureCanvasAgg(self.figure)

    def panel(self, top: float, height: float) -> Panel:
        """A strip of the picture with coordinates of its own, from (0, 0) at its upper left."""
        axes = self.figure.add_axes(
            (0.0, 1 - (top + height) / self.height, 1.0, height / self.height), facecolor="none"
        )
        axes.set(xlim=(0, self.width), ylim=(height, 0))
        axes.axis("off")
        return Panel(axes)

    def save(self, target: Path | None) -> None:
        """Write the picture in the format of the target's suffix; as SVG to standard output if there is no target."""
        from matplotlib import rc_context

        suffix = target.suffix.lower().lstrip(".") if target else "svg"
        # Without the date and with a fixed salt the same capture gives the same bytes.
        undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(suffix, {})
        metadata = {"Title": self.title, **undated}
        with rc_context({"svg.hashsalt": "tcpexplain"}):
            self.figure.savefig(target or sys.stdout.buffer, format=suffix, dpi=DOTS, metadata=metadata)


class Panel:
    """What can be drawn; later things of the same ``layer`` cover earlier ones."""

    def __init__(self, axes: Any) -> None:
        self.axes = axes

    def rectangle(
        self, box: Box, *, fill: str, edge: str, width: float = 1.0, radius: float = 0.0, layer: float = 3.0
    ) -> None:
        """A box with round corners."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path as Outline

        points, codes = _rounded(box, min(radius, box.width / 2, box.height / 2))
        self.axes.add_patch(
            PathPatch(Outline(points, codes), facecolor=fill, edgecolor=edge, linewidth=width * POINT, zorder=layer)
        )

    def line(
        self, points: Sequence[Point], *, colour: str, width: float = 1.0, dash: Dash = "solid", layer: float = 2.0
    ) -> None:
        """A line through points."""
        from matplotlib.lines import Line2D

        across, down = [point.x for point in points], [point.y for point in points]
        style: Any = DASHES[dash]
        self.axes.add_line(
            Line2D(
                across,
                down,
                color=colour,
                linewidth=width * POINT,
                linestyle=style,
                zorder=layer,
                solid_capstyle="butt",
            )
        )

    def area(self, points: Sequence[Point], *, fill: str, layer: float = 2.0, alpha: float = 1.0) -> None:
        """A filled polygon."""
        from matplotlib.patches import Polygon

        self.axes.add_patch(
            Polygon([tuple(point) for point in points], facecolor=fill, edgecolor="none", zorder=layer, alpha=alpha)
        )

    def arrow(self, curve: Curve, *, colour: str, width: float, dash: Dash = "solid", layer: float = 2.0) -> None:
        """A curve with a head at its end."""
        length = HEAD * (0.45 + 0.275 * min(width, 4.0))
        along = curve.points(40)
        before = next(point for point in reversed(along) if _apart(point, curve.end) >= length * 0.8)
        angle = atan2(curve.end.y - before.y, curve.end.x - before.x)
        shaft = tuple(point for point in along if _apart(point, curve.end) >= length * 0.6)
        self.line(shaft, colour=colour, width=width, dash=dash, layer=layer)
        wings = (
            Point(curve.end.x - length * cos(angle + turn), curve.end.y - length * sin(angle + turn))
            for turn in (0.42, -0.42)
        )
        self.area((curve.end, *wings), fill=colour, layer=layer)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        colour: str,
        size: float = 12.5,
        bold: bool = False,
        mono: bool = False,
        align: Literal["left", "center", "right"] = "left",
        halo: str = "",
    ) -> Any:
        """Words whose middle height is ``y``, on a seam of the colour ``halo``; nothing in them is markup."""
        from matplotlib.patheffects import withStroke

        return self.axes.text(
            x,
            y,
            words,
            color=colour,
            fontsize=size * POINT,
            fontweight="bold" if bold else "normal",
            fontfamily="DejaVu Sans Mono" if mono else "DejaVu Sans",
            ha=align,
            va="center_baseline" if mono else "center",
            zorder=6,
            parse_math=False,
            path_effects=[withStroke(linewidth=3.5 * POINT, foreground=halo)] if halo else None,
        )


def _rounded(box: Box, radius: float) -> tuple[list[tuple[float, float]], list[int]]:
    """The outline of a box with corners that are quarters of a circle, as matplotlib's points and codes."""
    to, line, curve, close = 1, 2, 4, 79  # Path.MOVETO, LINETO, CURVE4, CLOSEPOLY
    pull = radius * 0.4477  # 1 - 4/3 (sqrt(2) - 1): the usual cubic for a quarter of a circle
    left, top, right, bottom = box
    points = [(left + radius, top)]
    for corner, before, after in (
        ((right, top), (-1, 0), (0, 1)),
        ((right, bottom), (0, -1), (-1, 0)),
        ((left, bottom), (1, 0), (0, -1)),
        ((left, top), (0, 1), (1, 0)),
    ):
        for way, far in ((before, radius), (before, pull), (after, pull), (after, radius)):
            points.append((corner[0] + way[0] * far, corner[1] + way[1] * far))
    return [*points, points[0]], [to, *(line, curve, curve, curve) * 4, close]


def _apart(one: Point, other: Point) -> float:
    return float(((one.x - other.x) ** 2 + (one.y - other.y) ** 2) ** 0.5)
