"""Shapes as SVG by hand, every word escaped."""

from __future__ import annotations

from functools import cache
from html import escape
from re import compile as compiled
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from re import Pattern

    from tcpexplain.picture.shapes import Picture, Shape


@cache
def unspeakable() -> Pattern[str]:
    """What XML 1.0 cannot hold at all, not even escaped, and what turns the direction of the text that follows (UAX 9).

    Compiled when it is met, as that takes longer than writing a picture.
    """
    return compiled(
        "[^\t\n\r\\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]"
    )


def clean(text: object) -> str:
    """Text that is safe between tags and in quoted attributes."""
    told = str(text)
    if told.isascii() and told.isalnum():
        return told
    if not told.isprintable():
        told = unspeakable().sub("\N{REPLACEMENT CHARACTER}", told)
    return escape(told, quote=True)


def svg(picture: Picture, *before: str, standalone: bool = False) -> str:
    """One ``<svg>``; ``before``: markup that comes first in it. A ``standalone`` one may be a file of its own."""
    look, left, top, width, height, label, shapes = picture
    namespace = ' xmlns="http://www.w3.org/2000/svg"' if standalone else ""
    return (
        f'<svg{namespace} class="{look}" viewBox="{left:g} {top:g} {width:g} {height:g}" width="{width:g}" height="{height:g}" '
        f'role="img" aria-label="{clean(label)}">{"".join(before)}{markup(shapes)}</svg>'
    )


def markup(shapes: Iterable[Shape]) -> str:
    """Shapes one after the other, later ones above."""
    return "".join([WRITERS[shape[0]](*shape[1:]) for shape in shapes])


def _rect(look: str, x: float, y: float, width: float, height: float, corner: float) -> str:
    return f'<rect class="{look}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{corner:g}"/>'


def _circle(look: str, x: float, y: float, radius: float) -> str:
    return f'<circle class="{look}" cx="{x:g}" cy="{y:g}" r="{radius:g}"/>'


def _path(look: str, data: str) -> str:
    return f'<path class="{look}" d="{data}"/>'


def _words(look: str, x: float, y: float, anchor: str, said: str, *spans: Shape) -> str:
    more = "".join([f'<tspan class="{also}" dx="{gap:g}">{clean(word)}</tspan>' for also, gap, word in spans])
    return f'<text class="{look}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{clean(said)}{more}</text>'


def _group(title: str, down: float, *shapes: Shape) -> str:
    moved = f' transform="translate(0 {down:g})"' if down else ""
    told = f"<title>{clean(title)}</title>" if title else ""
    return f"<g{moved}>{told}{markup(shapes)}</g>"


WRITERS: Mapping[str, Callable[..., str]] = {
    "rect": _rect,
    "circle": _circle,
    "path": _path,
    "words": _words,
    "group": _group,
}
