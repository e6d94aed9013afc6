"""A ladder as a list, for narrow screens, screen readers, and readers without scripts: packet by packet, end by end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.picture.svg import clean
from tcpexplain.picture.timeline import shortened
from tcpexplain.units import NANOSECOND, clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcpexplain.model.calls import Side
    from tcpexplain.model.connection import Connection
    from tcpexplain.story import Cell, Note, Row

SIDES: tuple[Side, Side] = ("client", "server")


def steps(connection: Connection, rows: Sequence[Row]) -> str:
    """The rows of a picture's ladder, one item each."""
    told = "".join(_step(row, connection.start) for row in shortened(rows))
    return f'<ol class="steps" aria-label="Ladder, step by step">{told}</ol>'


def _step(row: Row, start: int) -> str:
    """What passed, when, and what it meant for each end."""
    if row.kind == "silence":
        return f'<li class="suspicious">{clean(row.label)}</li>'
    time = f'<span class="mono muted">{clock(start + round(row.time * NANOSECOND))}</span>'
    return f"<li>{time} {_between(row)}{''.join(_ends(row))}</li>"


def _between(row: Row) -> str:
    """``client → FIN ACK #6``."""
    number = f' <span class="muted">#{row.numbers("…")}</span>' if row.packet else ""
    if row.kind in ("fold", "timer"):
        return f'<span class="muted">{clean(row.label)}</span>{number}'
    fate = {"lost": " lost", "ignored": " ignored"}.get(row.fate, "")
    look = "failed" if row.reset or row.kind == "icmp" else row.sender or ""
    towards = f"to the {row.sender}:" if row.kind == "icmp" else f"{row.sender} →"
    return f'<b class="{look}">{clean(towards)} {clean(row.label)}{fate}</b>{number}'


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
