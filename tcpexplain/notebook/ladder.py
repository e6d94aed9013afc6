"""A connection in a notebook: the verdict, and the ladder as a table whose state cells are as long as the states lasted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.notebook.finding import reasons, verdict
from tcpexplain.notebook.markup import TINTS, TONES, cell, code, graphic, row, style, table
from tcpexplain.picture.geometry import broken
from tcpexplain.picture.svg import clean
from tcpexplain.story import parted, shortened, story
from tcpexplain.story.files import legend
from tcpexplain.story.moments import moments
from tcpexplain.story.systems import calls_of
from tcpexplain.units import NANOSECOND, clock, counted, duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.model.calls import Side
    from tcpexplain.model.connection import Connection
    from tcpexplain.story import Cell, Note, Row

MIDDLE = 30
"""Letters of an arrow with its label."""
LETTERS = 30
"""Of one line of a note."""
NO_BREAK = "\N{NO-BREAK SPACE}"
SIDES: tuple[Side, Side] = ("client", "server")


def html(connection: Connection) -> str:
    """The connection as HTML."""
    retry = connection.retry
    told = f"{retry.verdict}: {retry.because}" if retry.verdict != "not-applicable" else ""
    rows = shortened(story(connection))
    name = f"ladder: {counted(connection.packets, 'packet')}, {duration(connection.duration)}"
    files = legend(connection)
    name += f" ({clean(files)})" if files else ""
    summary = f"<summary{style(cursor='pointer')}>{name}</summary>"
    return f"<div>{headline(connection)}{verdict(connection.finding)}<details open>{summary}{ladder(connection, rows)}</details>{reasons(connection.finding, told)}</div>"


def headline(connection: Connection) -> str:
    """Which stream, between whom, and when it failed."""
    ends = " → ".join(
        f"{graphic('●' if side == 'client' else '■', side)} {code(str(connection.address(side)))}" for side in SIDES
    )
    told = clean(", ".join(moments(connection)))
    return f"<p{style(margin='.4em 0')}><b>#{connection.stream}</b> &nbsp;{ends} &nbsp;{calls_of(connection)}<br>{told}</p>"


def ladder(connection: Connection, rows: Sequence[Row]) -> str:
    """One row of the story, one row of the table."""
    heads = (
        cell("UTC", head=True, align="right"),
        cell("client application", head=True, align="right"),
        cell(f"<b>client</b><br>{code(str(connection.client))}", head=True, align="center"),
        cell("segments", head=True, align="center"),
        cell(f"<b>server</b><br>{code(str(connection.server))}", head=True, align="center"),
        cell("server application", head=True),
    )
    spans = {side: lengths(rows, side) for side in SIDES}
    return table(heads, (one(connection, item, number, spans) for number, item in enumerate(rows)))


def lengths(rows: Sequence[Row], side: Side) -> dict[int, int]:
    """Where the cells of an end's states begin, and how many rows each is long."""
    starts = [number for number, item in enumerate(rows) if item.cell(side).state or number == 0]
    return {start: end - start for start, end in zip(starts, [*starts[1:], len(rows)], strict=True)}


def one(connection: Connection, item: Row, number: int, spans: dict[Side, dict[int, int]]) -> str:
    """Time, both ends' calls and states, and what went between them."""
    client, server = (state(connection, item, side, spans[side].get(number, 0)) for side in SIDES)
    silent = item.kind in ("silence", "fold")
    return row(
        (
            cell(
                "" if silent else code(clock(connection.start + round(item.time * NANOSECOND), 6)),
                align="right",
                white_space="nowrap",
            ),
            cell(notes(item.client), align="right", white_space="nowrap"),
            client,
            cell(middle(item), align="center", white_space="nowrap"),
            server,
            cell(notes(item.server), white_space="nowrap"),
        )
    )


def state(connection: Connection, item: Row, side: Side, rows: int) -> str:
    """The cell of a state, in the rows where it lasts; nothing in those that it spans already."""
    if not rows:
        return ""
    name = item.cell(side).state or first_state(connection, side)
    line = f"2px solid {TONES[side]}"
    return cell(
        f"<b>{clean(name)}</b>", align="center", rows=rows,
        background=TINTS[side], border_left=line, border_right=line, border_top=f"1px solid {TONES[side]}", border_bottom=f"1px solid {TONES[side]}", white_space="nowrap",
    )  # fmt: skip


def first_state(connection: Connection, side: Side) -> str:
    """The state before anything is seen."""
    return connection.events[0].end(side).previous if connection.events else ""


def notes(shown: Cell) -> str:
    """What the application did, then what it sees next in italics, one under the other; what fails is marked, what is as before faint."""
    return "<br>".join(noted(note) for note in shown.notes)


def noted(note: Note) -> str:
    """One note, in lines that leave room for the rest of the ladder."""
    parts = (note.text,) if len(note.text) <= LETTERS else parted(note)
    text = "<br>".join(code(loose(line)) for part in parts for line in broken(part, LETTERS))
    if note.form in ("closed", "same"):
        return f"<span{style(opacity='.65')}>{text}</span>"
    mark = f"{graphic('✖', 'failed')} " if note.tone == "bad" else ""
    return f"{mark}<i>{text}</i>" if note.form == "next" else f"{mark}{text}"


def loose(line: str) -> str:
    """A line with common blanks in it, so that it is found and copied as it reads; those before it stay."""
    words = line.lstrip(NO_BREAK)
    return NO_BREAK * (len(line) - len(words)) + words.replace(NO_BREAK, " ")


def middle(item: Row) -> str:
    """An arrow, or what stands across."""
    if item.kind == "silence":
        return f"┄┄ <i>{clean(item.label)}</i> ┄┄"
    if item.kind in ("fold", "timer"):
        return f"<i>{clean(item.label)}</i>"
    text = (
        f"<code{style(background='none', color='inherit', padding='0', white_space='pre')}>{clean(arrow(item))}</code>"
    )
    return f"<b>{text}</b>" if item.reset or item.evidence else text


def arrow(item: Row) -> str:
    """``── SYN #1 ──────────▶``; dotted for ICMP and for what changed nothing, crossed if it was lost."""
    rightwards = (item.sender == "client") != (item.kind == "icmp")
    shaft = "┄" if item.kind == "icmp" or item.fate == "ignored" else "─"
    head = "✕" if item.fate == "lost" else "▶" if rightwards else "◀"
    numbers = f"#{item.numbers('–')}"  # noqa: RUF001 (a range)
    label = f" {item.label} {numbers} "
    rest = max(MIDDLE - len(label) - 3, 2)
    return f"{shaft * 2}{label}{shaft * rest}{head}" if rightwards else f"{head}{shaft * rest}{label}{shaft * 2}"
