"""SVG by hand: elements as text, every value escaped."""

from __future__ import annotations

from functools import cache
from html import escape
from re import compile as pattern

UNSPEAKABLE = pattern("[^\t\n\r\\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold at all, not even escaped."""


def clean(text: object) -> str:
    """Text that is safe between tags and in quoted attributes."""
    told = str(text)
    if told.isascii() and told.isalnum():
        return told
    return escape(UNSPEAKABLE.sub("\N{REPLACEMENT CHARACTER}", told), quote=True)


def element(name: str, *children: str, title: str = "", **attributes: object) -> str:
    """One element; children are markup already. ``class_`` is class, other underscores are hyphens; numbers lose needless digits."""
    told = (f"<title>{clean(title)}</title>" if title else "") + "".join(children)
    given = "".join(
        f' {_name(key)}="{clean(_number(value))}"' for key, value in attributes.items() if value is not None
    )
    return f"<{name}{given}>{told}</{name}>" if told else f"<{name}{given}/>"


def words(x: float, y: float, text: str, **attributes: str) -> str:
    """Text with its baseline at ``y``."""
    return element("text", clean(text), title="", x=x, y=y, **attributes)


@cache
def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _number(value: object) -> object:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value
