"""The ladder of one connection in a terminal: its segments between both ends, and beside them states and calls."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tcpexplain.story import Row, parted, shortened, story, together
from tcpexplain.story.files import legend
from tcpexplain.story.ways import described, points_of
from tcpexplain.terminal.lanes import headings, lanes_for, passing
from tcpexplain.terminal.times import Times
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tcpexplain.model.connection import Connection
    from tcpexplain.model.points import CapturePoint
    from tcpexplain.story import Cell, Note
    from tcpexplain.terminal.lanes import PointLanes
    from tcpexplain.terminal.paper import Paper, Span

TIME = 9
"""Columns of ``20.000614``."""
STYLES = {"did": "note", "next": "next", "closed": "closed", "same": "same"}
"""How the forms of notes look."""
HANGING = 2
"""Columns by which the second line of a note is indented."""
BOUND = re.compile(r"(?<![→>+]) (?!→|->|\+|\(EOF)(?<!next )")
"""Blanks at which a note is broken: not between a call and what it returns."""
LOOSE = r"(?<!\+) (?!→|->|\+|\(EOF)(?<!next )"
"""Blanks at which it is broken where a line cannot hold that much, compiled where there is such a line."""
WORDS = re.compile(r" (?!(?:µs|us|ms|s|min|h|d)\b)")
"""Blanks at which a label may be broken: not before a unit of time."""


@frozen
class LadderColumns:
    """Where the ladder's columns begin, and their widths."""

    packet: int
    time: int
    client: int
    arrow: int
    arrow_width: int
    server: int
    width: int
    lanes: PointLanes


def columns_for(
    rows: tuple[Row, ...], width: int, times: Sequence[str], points: Sequence[CapturePoint] = ()
) -> LadderColumns:
    """Proportion the width: 14 + 19 + 19 + 28 columns of 80; what is more goes to all three."""
    packet = max([3, *(len(row.number) for row in rows), *(len(str(row.last)) for row in rows)])
    time = max([TIME, *(len(text) for text in times)])
    client = packet + 1 + time + 1
    spare = width - client - 66
    lanes = lanes_for(points, width, max(10, 17 + spare * 20 // 100))
    arrow_width = lanes.width
    arrow = client + 19 + (spare * 35 // 100 if not lanes.at else max(0, (spare + 17 - arrow_width) * 44 // 100))
    return LadderColumns(packet, time, client, arrow, arrow_width, arrow + arrow_width + 2, width, lanes)


def write_ladder(
    paper: Paper, connection: Connection, told: tuple[Row, ...] | None = None, times: Times | None = None
) -> None:
    """Both ends, and every segment that matters between them; ``told`` is the story, if it ends otherwise than the last packet."""
    rows = shortened(story(connection) if told is None else told)
    times = times or Times()
    margin = times.texts(rows, connection.start, paper.width)
    points = points_of(connection)
    columns = columns_for(rows, paper.width, margin, points)
    _write_ends(paper, connection, columns)
    _write_points(paper, points, columns)
    for row, time in zip(rows, margin, strict=True):
        if row.kind in ("silence", "fold"):
            _write_band(paper, row, columns)
        else:
            _write_row(paper, row, columns, time)
    _write_legend(paper, rows)
    for line in described(points):
        paper.flow([("  ", ""), (line, "dim")], indent=4)
    if files := legend(connection):
        paper.flow([("  ", ""), (files, "dim")], indent=2)
    if times.legend(connection.start):
        paper.flow([("  ", ""), (times.legend(connection.start), "dim")], indent=2)


def _write_legend(paper: Paper, rows: tuple[Row, ...]) -> None:
    """What the forms of the notes mean, as far as they are used."""
    forms = {note.form for row in rows for note in (*row.client.next, *row.server.next)}
    if not forms & {"next", "closed"}:
        return
    same = " · as before: no change" if "same" in forms else ""
    paper.flow([("  ", ""), ("next", "next"), (f": what that call returns if it is made then{same}", "dim")], indent=2)
    if "closed" in forms:
        paper.flow([("  ", ""), ("if open: only in a program that has not closed this socket", "dim")], indent=2)


def _write_ends(paper: Paper, connection: Connection, columns: LadderColumns) -> None:
    """The two addresses; one below the other where they are too long to stand side by side."""
    client, server = str(connection.client), str(connection.server)
    paper.columns([(columns.client, 12, [("client", "")]), (columns.server, 12, [("server", "")])])
    room = columns.width - columns.server
    if columns.client + len(client) < columns.server and len(server) <= room:
        paper.columns(
            [(columns.client, len(client), [(client, "client")]), (columns.server, room, [(server, "server")])]
        )
        return
    paper.columns([(columns.client, columns.width - columns.client, [(client, "client")])])
    at = max(0, min(columns.server, columns.width - len(server)))
    paper.columns([(at, columns.width - at, [(server, "server")])])


def _write_points(paper: Paper, points: Sequence[CapturePoint], columns: LadderColumns) -> None:
    """The heads of the columns of points."""
    if columns.lanes.at:
        paper.columns(
            [(columns.arrow + at, len(text), [(text, "dim")]) for at, text in headings(points, columns.lanes)]
        )


def _write_band(paper: Paper, row: Row, columns: LadderColumns) -> None:
    """A silence or a fold, from side to side."""
    style, filling = ("silence", "┄") if row.kind == "silence" else ("dim", " ")
    text = paper.clean(f" {row.label} ")
    if row.kind == "fold" and row.sender:
        text = f"{text}▶ " if row.sender == "client" else f" ◀{text}"
    room = columns.width - columns.client
    if len(text) > room:
        paper.columns([(columns.client, room, [(row.label, style)])])
        return
    left = max(0, columns.arrow + columns.arrow_width // 2 - len(text) // 2 - columns.client)
    left = min(left, max(0, room - len(text)))
    right = room - left - len(text)
    span = row.numbers() if row.kind == "fold" and row.packet and row.last != row.packet else ""
    head = span.rjust(columns.packet)[: columns.client - 1].ljust(columns.client)
    paper.line(
        (head, "dim"), (filling * left, style), (text, style), (filling * right if row.kind == "silence" else "", style)
    )
    _write_sides(paper, row, columns, [], [])


def _write_row(paper: Paper, row: Row, columns: LadderColumns, time: str) -> None:
    """Number, time, client, arrow, server."""
    number = row.number.rjust(columns.packet)
    head = f"{number} {time.rjust(columns.time)}"
    arrow = _arrow(paper, row, columns)
    _write_sides(paper, row, columns, [(head, "dim")], arrow)


def _write_sides(paper: Paper, row: Row, columns: LadderColumns, head: list[Span], arrow: list[Span]) -> None:
    """What stands at both ends, and the arrow between them."""
    clear = columns.server - columns.client - 2
    beside = columns.arrow - columns.client - 1
    client = _cell(paper, row.client, lambda line: beside if line < len(arrow) else clear)
    server = _cell(paper, row.server, lambda _: columns.width - columns.server)
    for at in range(max(len(arrow), len(client), len(server), len(head))):
        parts = (
            (0, columns.client, head),
            (columns.client, (beside if at < len(arrow) else clear), client),
            (columns.arrow, columns.arrow_width, arrow),
            (columns.server, columns.width - columns.server, server),
        )
        _write_cells(paper, [(start, width, [lines[at]]) for start, width, lines in parts if at < len(lines)])


def _write_cells(paper: Paper, cells: list[tuple[int, int, list[Span]]]) -> None:
    """One line; blanks inside a cell are kept unless it has to wrap."""
    spans: list[Span] = []
    used = 0
    if any(len(paper.clean(text)) > width for _, width, [(text, _)] in cells):
        paper.columns(cells)
        return
    for at, _, [(text, style)] in cells:
        spans += [(" " * (at - used), ""), (text, style)]
        used = at + len(paper.clean(text))
    paper.line(*spans)


def _cell(paper: Paper, cell: Cell, widths: Callable[[int], int]) -> list[Span]:
    """The state, then what was done, then what comes next, in lines of at most ``widths(line)`` columns."""
    lines: list[Span] = [(cell.state, "bold")] if cell.state else []
    for note in (*cell.did, *together(cell.next, widths(len(lines) + len(cell.did)))):
        style = STYLES[note.form] if note.tone != "bad" else f"bad{STYLES[note.form]}"
        text = paper.clean(note.text)
        if not lines and len(text) > widths(0) and widths(1) > widths(0):
            lines.append(("", ""))
        for part in [text] if len(text) <= widths(len(lines)) else _parts(paper, note, widths(len(lines))):
            lines += [(line, style) for line in hung(part, [widths(len(lines) + n) for n in range(12)])]
    return lines


def _parts(paper: Paper, note: Note, width: int) -> Iterator[str]:
    """A note of several predictions, each in a line of its own; ``if open:`` stands alone only where that saves a break."""
    head, *others = map(paper.clean, parted(note))
    if others and (len(head) + 1 + len(others[0]) <= width or len(others[0]) > width):
        head, others = f"{head} {others[0]}", others[1:]
    yield from (head, *others)


def hung(text: str, widths: Sequence[int]) -> Iterator[str]:
    """A note in lines of these widths, all but the first indented; what belongs together stays together where it can."""
    line, at = "", 0
    for bound in BOUND.split(text):
        width = widths[min(at, len(widths) - 1)]
        whole = len(bound) + HANGING <= width or len(line) + 1 + len(bound) <= width
        for word in [bound] if whole else re.split(LOOSE, bound):
            if line.strip() and len(line) + 1 + len(word) > widths[min(at, len(widths) - 1)]:
                yield line
                line, at = " " * HANGING + word, at + 1
            else:
                line = f"{line} {word}" if line.strip() else line + word
    yield line


def _arrow(paper: Paper, row: Row, columns: LadderColumns) -> list[Span]:
    """``── SYN ──────────▶``; what does not fit into it stands below, or above it where it passes points of capture."""
    width = columns.arrow_width
    if row.kind == "timer":
        return [(row.label.center(width), "dim")]
    toward = row.sender == ("server" if row.kind != "icmp" else "client")
    style = "silence" if row.fate == "lost" or row.kind == "icmp" else "reset" if row.reset else str(row.sender)
    if columns.lanes.at and row.kind != "icmp":
        return passing(paper, row, columns.lanes, style)
    words = WORDS.split(paper.clean(row.label))
    first = [words.pop(0)]
    while words and len(" ".join([*first, words[0]])) <= width - 5:
        first.append(words.pop(0))
    shaft = "┄" if row.kind == "icmp" else "╌" if row.fate == "ignored" else "─"
    head = (
        "✕"
        if row.fate == "lost"
        else ("◁" if row.fate == "ignored" else "◀")
        if toward
        else ("▷" if row.fate == "ignored" else "▶")
    )
    text = " ".join(first)
    lead = 2 if len(text) + 6 <= width else 1
    long = max(1, width - len(text) - lead - 3)
    line = f"{head}{shaft * lead} {text} {shaft * long}" if toward else f"{shaft * lead} {text} {shaft * long}{head}"
    return [(line, style), *_rest(words, width)]


def _rest(words: list[str], width: int) -> list[Span]:
    """The words that did not fit, below."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(f"   {word}")
    return [(line, "dim") for line in lines]
