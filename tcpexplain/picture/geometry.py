"""Boxes, curves and the width of words, in pixels with y growing downwards."""

from __future__ import annotations

from functools import lru_cache
from math import hypot
from textwrap import wrap

from tcpexplain.tuples import NamedTuple


class Point(NamedTuple):
    """A place on the picture."""

    x: float
    y: float


class Box(NamedTuple):
    """An upright rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, x: float, y: float, width: float, height: float) -> Box:
        """The box of that size whose middle is (x, y)."""
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    @property
    def width(self) -> float:
        """Right minus left."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Bottom minus top."""
        return self.bottom - self.top

    @property
    def middle(self) -> Point:
        """Its centre."""
        return Point((self.left + self.right) / 2, (self.top + self.bottom) / 2)

    def grown(self, by: float) -> Box:
        """The box with ``by`` more on each side."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def meets(self, other: Box) -> bool:
        """Whether the two share any area."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, point: Point) -> bool:
        """Whether the point lies inside."""
        return self.left < point.x < self.right and self.top < point.y < self.bottom


class Curve(NamedTuple):
    """A quadratic Bezier curve from ``start`` to ``end``, pulled towards ``control``."""

    start: Point
    control: Point
    end: Point

    def at(self, t: float) -> Point:
        """The point after the share ``t`` (0 to 1) of the way."""
        u = 1 - t
        return Point(
            u * u * self.start.x + 2 * u * t * self.control.x + t * t * self.end.x,
            u * u * self.start.y + 2 * u * t * self.control.y + t * t * self.end.y,
        )

    def points(self, count: int = 24) -> tuple[Point, ...]:
        """``count`` + 1 points along the curve, both ends among them."""
        return tuple(self.at(step / count) for step in range(count + 1))

    def beside(self, offset: float) -> Curve:
        """The same curve moved ``offset`` pixels to the left of its direction."""
        across, down = self.end.x - self.start.x, self.end.y - self.start.y
        length = hypot(across, down) or 1.0
        dx, dy = offset * down / length, -offset * across / length
        return Curve(*(Point(point.x + dx, point.y + dy) for point in self))


NARROW = frozenset("\N{NO-BREAK SPACE} !'(),.:;I[]fijlrt|-")
WIDE = frozenset("MW@%mw→…✖")
ROUND = frozenset("DGHNOQ#&+<=>^~")


def text_width(text: str, size: float, *, bold: bool = False, mono: bool = False) -> float:
    """Pixels that ``text`` takes at ``size`` pixels: never less than DejaVu Sans needs, seldom a tenth more."""
    if mono:
        return 0.603 * size * len(text)
    return sum(_ems(character) for character in text) * size * (1.11 if bold else 1.0)


def _ems(character: str) -> float:
    """The advance of one character of DejaVu Sans, rounded up to its class."""
    if character in NARROW:
        return 0.44
    if character in WIDE:
        return 1.0
    if character in ROUND:
        return 0.84
    return 0.64 if character.islower() or character.isdigit() else 0.7 if character.isascii() else 1.0


def broken(text: str, letters: int) -> list[str]:
    """A note in lines of at most ``letters``; what belongs together stays so."""
    return list(_lines(text, letters))


@lru_cache(maxsize=4096)
def _lines(text: str, letters: int) -> tuple[str, ...]:
    """The same; connections are told with the same words again and again."""
    whole = text.replace("  ", " ").strip()
    for unit in ("+ ", "0 (EOF)", "LINGER 0", "· ", " →", "if open"):
        whole = whole.replace(unit, unit.replace(" ", "\N{NO-BREAK SPACE}"))
    return tuple(wrap(whole, letters, subsequent_indent="\N{NO-BREAK SPACE}" * 2, break_on_hyphens=False)) or ("",)
