"""The style sheet of an SVG that stands alone: a theme's colours as variables, and the rules of its shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.picture.palette import THEMES, palette

if TYPE_CHECKING:
    from tcpexplain.picture.palette import Palette


def sheet(look: str, theme: str, rules: str, *, ground: bool = True) -> str:
    """The style of everything in an ``<svg class="look">``; ``auto`` is light or dark as the reader's system prefers.

    ``rect.ground`` is the background: that of the theme, which transparent has none of, or none where ``ground`` is false.

    Raises
    ------
    TcpexplainError
        TE040 if there is no such theme.
    """
    if theme == "auto":
        dark = _variables(look, THEMES["dark"])
        colours = f"{_variables(look, THEMES['light'])}@media screen and (prefers-color-scheme:dark){{{dark}}}"
    else:
        colours = _variables(look, palette(theme))
    return f"{colours}{rules}.{look} .ground{{fill:{'var(--background)' if ground else 'none'}}}"


def _variables(look: str, colours: Palette) -> str:
    """The palette as CSS variables."""
    named = colours._asdict()
    named.pop("transparent")
    return f".{look}{{" + "".join(f"--{name.replace('_', '-')}:{value};" for name, value in named.items()) + "}"
