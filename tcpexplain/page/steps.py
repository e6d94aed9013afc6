"""A ladder as a list, for narrow screens, screen readers, and readers without scripts: packet by packet, end by end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.picture.svg import clean
from tcpexplain.picture.timeline import shortened
from tcpexplain.story.ways import points_of, seen_at, short_names
from tcpexplain.units import NANOSECOND, clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tcpexplain.model.calls import Side
    from tcpexplain.model.connection import Connection
    from tcpexplain.story import Cell, Note, Row

SIDES: tuple[Side, Side] = ("client", "server")


def steps(connection: Connection, rows: Sequence[Row]) -> str:
    """The rows of a picture's ladder, one item each."""
    names = short_names(points_of(connection))
    told = "".join(_step(row, connection.start, names) for row in shortened(rows))
    return f'<ol class="steps" aria-label="Ladder, step by step">{told}</ol>'


def _step(row: Row, start: int, names: Mapping[str, str]) -> str:
    """What passed, when, and what it meant for each end."""
    if row.kind == "silence":
        return f'<li class="suspicious">{clean(row.label)}</li>'
    time = f'<span class="mono muted">{clock(start + round(row.time * NANOSECOND))}</span>'
    return f"<li>{time} {_between(row, names)}{''.join(_ends(row))}</li>"


def _between(row: Row, names: Mapping[str, str]) -> str:
    """``client → FIN ACK #6``, and where it was seen if there are several points of capture."""
    number = f' <span class="muted">#{row.numbers("…")}</span>' if row.packet else ""
    if row.kind in ("fold", "timer"):
        return f'<span class="muted">{clean(row.label)}</span>{number}'
    fate = "" if row.astray else {"lost": " lost", "ignored": " ignored"}.get(row.fate, "")
    way = seen_at(row.way, names)
    seen = f' <span class="muted">{clean(way)}</span>' if way else ""
    look = "failed" if row.reset or row.kind == "icmp" else row.sender or ""
    towards = f"to the {row.sender}:" if row.kind == "icmp" else f"{row.sender} →"
    return f'<b class="{look}">{clean(towards)} {clean(row.label)}{fate}</b>{number}{seen}'


def _ends(row: Row) -> Iterator[str]:
    """A line for each end of which there is something to say."""
    for side in SIDES:
        cell = row.cell(side)
        told = list(_told(cell))
        if told:
            yield f'<div><span class="{side}">{side}</span> {" · ".join(told)}</div>'


def _told(cell: Cell) -> Iterator[str]:
    """The state, what was done, what comes next."""
    if cell.state:
        yield f"<b>{clean(cell.state)}</b>"
    yield from (_note(note) for note in cell.notes)


def _note(note: Note) -> str:
    """What happened stands upright, what comes next slanted."""
    text = clean(note.text.removeprefix("· "))
    if note.form == "did":
        return text
    look = {"bad": ' class="failed"'}.get(note.tone, "") if note.form == "next" else ' class="muted"'
    return f"<i{look}>{text}</i>"
