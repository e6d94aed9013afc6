"""HTML that survives a sanitiser: elements with inline attributes, everything escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.picture.svg import clean
from tcpexplain.terminal.paper import ERRNO, mark_of

if TYPE_CHECKING:
    from collections.abc import Iterable

TONES = {
    "failed": "#d55e00", "suspicious": "#b07a00", "fine": "#808080", "client": "#2b84c4", "server": "#12885f",
}  # fmt: skip
"""At least 3:1 on white and on JupyterLab's dark ground (WCAG's limit for graphics): for marks, bars and lines, not for words."""
TINTS = {
    "failed": "rgba(213,94,0,.12)", "suspicious": "rgba(230,159,0,.14)", "fine": "rgba(128,128,128,.1)",
    "client": "rgba(43,132,196,.14)", "server": "rgba(18,136,95,.14)",
}  # fmt: skip
"""Grounds thin enough for whatever colour text has."""


def style(**properties: str) -> str:
    """A ``style`` attribute with a blank before it."""
    told = ";".join(f"{name.replace('_', '-')}:{value}" for name, value in properties.items())
    return f' style="{told}"'


TABLE = style(border_collapse="collapse", margin=".4em 0", font_size="1em")


def mark(severity: str, undecided: bool = False) -> str:
    """✖, ▲ or ● in its tone, or ? for what cannot be told."""
    return graphic(mark_of(severity, undecided), severity)


def graphic(symbols: str, tone: str) -> str:
    """Symbols that are a picture, not text."""
    return f"<span{style(color=TONES[tone])}>{symbols}</span>" if symbols else ""


def code(text: str) -> str:
    """Text of fixed width as it is, errno and signal names bold."""
    pieces, at = [], 0
    for match in ERRNO.finditer(text):
        pieces += [clean(text[at : match.start()]), f"<b>{clean(match[0])}</b>"]
        at = match.end()
    told = "".join([*pieces, clean(text[at:])])
    return f"<code{style(background='none', color='inherit', padding='0')}>{told}</code>" if told else ""


def cell(
    content: str, *, align: str = "left", head: bool = False, rows: int = 1, valign: str = "top", **properties: str
) -> str:
    """One cell of a table; ``content`` is markup."""
    name = "th" if head else "td"
    span = f' rowspan="{rows}"' if rows > 1 else ""
    weight = {"font_weight": "normal"} if head else {}
    looks = style(
        **(
            {"text_align": align, "vertical_align": valign, "padding": ".15em .6em", "max_width": "none"}
            | weight
            | properties
        )
    )
    return f'<{name} align="{align}" valign="{valign}"{span}{looks}>{content}</{name}>'


def row(cells: Iterable[str]) -> str:
    """One row; its ground is the page's, whatever a theme does to every second one."""
    return f"<tr{style(background='none')}>{''.join(cells)}</tr>"


def table(heads: Iterable[str], rows: Iterable[str]) -> str:
    """A table with a row of headings."""
    top = row(heads)
    return f"<table{TABLE}><thead>{top}</thead><tbody>{''.join(rows)}</tbody></table>"


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and what they say, one under the other; empty ones are left out."""
    rows = [
        row((cell(f"<b>{clean(name)}</b>"), cell(clean(text), max_width="48em", white_space="normal")))
        for name, text in pairs
        if text
    ]
    return f"<table{TABLE}><tbody>{''.join(rows)}</tbody></table>" if rows else ""
