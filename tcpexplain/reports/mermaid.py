"""A Mermaid sequence diagram of one connection, for wikis and issue trackers that draw it.

At most 5,000 characters, so that it fits where Mermaid is rendered; ``#`` and ``;`` are escaped, which would end a line.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tcpexplain.story import end_of, story
from tcpexplain.story.files import legend

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tcpexplain.model.calls import Side
    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection
    from tcpexplain.story import Cell, Row

SUFFIXES = (".mmd", ".mermaid")
DRAWS: tuple[str, ...] = ()
SYNTAX = {ord(one): f"#{ord(one)};" for one in "#;<>{}%"}
"""Characters that Mermaid takes as its own, and their codes."""
LIMIT = 5000
"""Characters of one diagram at most."""
BRIEFEST = 2
"""How little is said of calls: 0 everything, 1 nothing that is as before, 2 only what fails."""
LETTERS = {"client": "C", "server": "S"}


def render(capture: Capture, *, stream: int | None = None) -> str:
    """The diagram of ``stream``, or of the worst connection; empty if there is none."""
    chosen = (capture.stream(stream),) if stream is not None else capture.worst()
    return diagram(chosen[0], story(chosen[0], end_of(capture, chosen[0]))) if chosen else ""


def write(
    capture: Capture,
    target: Path | None,
    *,
    stream: int | None = None,
    draw: str = "diagram",  # noqa: ARG001 (there is one picture)
    theme: str = "light",  # noqa: ARG001 (the page that shows it chooses)
) -> None:
    """Write the diagram."""
    text = render(capture, stream=stream)
    if target is None:
        sys.stdout.write(text)
    else:
        target.write_text(text, encoding="utf-8")


def diagram(connection: Connection, told: tuple[Row, ...] | None = None) -> str:
    """Whatever fits of the story (``told``, if that is given): first what is as before goes, then the calls that succeed, then rows from the middle."""
    rows = story(connection) if told is None else told
    text = ""
    for brief in range(BRIEFEST + 1):
        text = text if text and len(text) <= LIMIT else _join(connection, rows, brief=brief)
    kept = len(rows)
    while len(text) > LIMIT and kept > 4:
        kept = kept * 4 // 5
        head = kept // 2
        left_out = len(rows) - kept
        text = _join(
            connection,
            rows[:head],
            brief=BRIEFEST,
            middle=f"… {left_out} more rows …",
            tail=rows[len(rows) - (kept - head) :],
        )
    return text


def _join(
    connection: Connection, rows: tuple[Row, ...], *, brief: int, middle: str = "", tail: tuple[Row, ...] = ()
) -> str:
    """All lines of a diagram."""
    lines = [
        "sequenceDiagram",
        *(f"participant {LETTERS[side]} as {_who(connection, side)}" for side in ("client", "server")),
    ]
    files = legend(connection)
    if files:
        lines.append(f"Note over C,S: {escaped(files)}")
    lines += _lines(rows, brief=brief)
    if middle:
        lines.append(f"Note over C,S: {escaped(middle)}")
    lines += _lines(tail, brief=brief)
    return "\n    ".join(lines) + "\n"


def _who(connection: Connection, side: Side) -> str:
    """``client<br/>10.10.121.101 port 42642``: a colon would be taken for a message's."""
    address = connection.address(side)
    return f"{side}<br/>{escaped(f'{address.address} port {address.port}')}"


def _lines(rows: Iterable[Row], *, brief: int) -> Iterator[str]:
    """The lines of rows."""
    for row in rows:
        if row.kind in ("silence", "fold"):
            yield f"Note over C,S: {escaped(row.label)}"
        elif row.kind == "timer":
            yield f"Note over C,S: {row.time:.3f} s, {escaped(row.label)}"
        else:
            yield _message(row)
        for side in ("client", "server"):
            said = _notes(row.client if side == "client" else row.server, brief=brief)
            if said:
                yield f"Note {'left of C' if side == 'client' else 'right of S'}: {said}"


def _message(row: Row) -> str:
    """One arrow: dashed and crossed for a RST, crossed for a lost segment."""
    here, there = ("C", "S") if (row.sender == "client") != (row.kind == "icmp") else ("S", "C")
    arrow = (
        "-x"
        if row.fate == "lost"
        else "-->>"
        if row.kind == "icmp" or row.fate == "ignored"
        else "--x"
        if row.reset
        else "->>"
    )
    more = " (lost)" if row.fate == "lost" else " (ignored)" if row.fate == "ignored" else ""
    return f"{here}{arrow}{there}: {escaped(row.number)}: {escaped(row.label)}{more}"


def _notes(cell: Cell, *, brief: int) -> str:
    """State and notes, one under the other."""
    left_out = (), ("same", "closed"), ("same", "closed", "next", "did")
    notes = [note.text for note in cell.notes if note.tone == "bad" or note.form not in left_out[brief]]
    return "<br/>".join(escaped(" ".join(text.split())) for text in [cell.state, *notes] if text)


def escaped(text: str) -> str:
    """Text that Mermaid takes as text: the characters of its syntax become their codes."""
    shown = text if text.isprintable() else "".join(one if one.isprintable() else "?" for one in text)
    return shown.translate(SYNTAX)
