"""What drawn pictures are made of, as rows of words and numbers: ``svg`` writes them, and a page's script draws the same.

A row begins with the shape's name; the rest is what the function of that name was given. ``look`` is a class of the
style sheet, lengths are pixels with y growing downwards, rounded to tenths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

Shape = tuple[Any, ...]
Anchor = Literal["start", "middle", "end"]


class Picture(NamedTuple):
    """Shapes in a frame, and what it shows in words."""

    look: str
    left: float
    top: float
    width: float
    height: float
    label: str
    shapes: Sequence[Shape]


def rect(look: str, x: float, y: float, width: float, height: float, corner: float = 0) -> Shape:
    """An upright rectangle from its upper left; ``corner``: radius."""
    return ("rect", look, round(x, 1), round(y, 1), round(width, 1), round(height, 1), corner)


def circle(look: str, x: float, y: float, radius: float) -> Shape:
    """A circle around (x, y)."""
    return ("circle", look, round(x, 1), round(y, 1), radius)


def path(look: str, data: str) -> Shape:
    """Lines and curves, as SVG's path data has them."""
    return ("path", look, data)


def words(look: str, x: float, y: float, said: str, anchor: Anchor = "start", *spans: Shape) -> Shape:
    """One line of text with its baseline at ``y``; ``spans`` follow it."""
    return ("words", look, round(x, 1), round(y, 1), anchor, said, *spans)


def span(look: str, said: str, gap: float = 0) -> Shape:
    """More of a line in another look, ``gap`` after what stands before it; no row of its own."""
    return (look, gap, said)


def group(title: str, shapes: Sequence[Shape], down: float = 0) -> Shape:
    """Shapes that belong together: ``title`` is their tooltip; they are moved ``down``."""
    return ("group", title, down, *shapes)
