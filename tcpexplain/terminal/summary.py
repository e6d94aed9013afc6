"""Many connections in a terminal: how many failed and why, what they have in common, and where to look closer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.capture import SEVERITIES
from tcpexplain.narrowing import groups_of
from tcpexplain.quantity import clock
from tcpexplain.terminal.head import typed
from tcpexplain.terminal.ladder import write_commands
from tcpexplain.terminal.paper import MARKS, PROSE, Paper, Span, errnos

if TYPE_CHECKING:
    from tcpexplain.capture import Capture, Connection, Group

WIDE = 110
"""From this width on there is room to say what happened, not only its code."""
BAR = (4, 8)
"""Narrowest and widest bar."""
LISTED = 50
"""Connections listed one by one; the rest is counted."""


def write_summary(paper: Paper, capture: Capture, command: str = "tcpexplain") -> None:
    """The whole capture by cause, worst first."""
    groups = groups_of(capture)
    write_counts(paper, groups)
    paper.line()
    _write_table(paper, groups)
    _write_common(paper, groups)
    _write_closer(paper, capture, groups, command)


def write_list(paper: Paper, capture: Capture, command: str = "tcpexplain") -> None:
    """The connections of one cause, one line each."""
    groups = groups_of(capture)
    write_counts(paper, groups)
    paper.line()
    _write_table(paper, groups)
    paper.line()
    shown = capture.connections[:LISTED]
    for connection in shown:
        _write_listed(paper, connection)
    if len(capture) > len(shown):
        paper.line((f"  … {len(capture) - len(shown):,} more; all of them: --json, -o FILE.csv", "dim"))
    _write_common(paper, groups)
    _write_closer(paper, capture, groups, command)


def write_counts(paper: Paper, groups: tuple[Group, ...]) -> None:
    """``✖ 270 failed   ▲ 106 suspicious   ● 1,624 fine``; what there is none of is left out."""
    spans: list[Span] = []
    for severity in SEVERITIES:
        count = sum(group.count for group in groups if group.severity == severity)
        if count:
            spans += [("   " if spans else "", ""), (f"{MARKS[severity]} {count:,} {severity}", severity)]
    paper.line(*(spans or [("no TCP connection", "dim")]))


def _write_table(paper: Paper, groups: tuple[Group, ...]) -> None:
    """One line a cause: number, bar, code, what the application sees, the one to look at first."""
    if not groups:
        return
    conns = max(5, *(len(f"{group.count:,}") for group in groups))
    code = max(12, *(len(group.code) for group in groups))
    see = max(4, *(len(f"#{group.worst}") for group in groups))
    fixed = 2 + conns + 2 + 2 + code + 2 + 2 + see
    sees = max(25, *(len(group.sees) for group in groups))
    bar = min(BAR[1], max(BAR[0], paper.width - fixed - sees))
    title = paper.width - fixed - bar - sees - 2 if paper.width >= WIDE else 0
    title = title if title >= 24 else 0
    sees = min(sees, paper.width - fixed - bar - (title + 2 if title else 0))
    at_code = 2 + conns + 2 + bar + 2
    at_title = at_code + code + 2
    at_sees = at_title + (title + 2 if title else 0)
    at_see = at_sees + sees + 2
    words = [
        (2, conns, "conns".rjust(conns)),
        (at_code, code, "why it ended"),
        (at_sees, sees, "what the application sees"[: max(sees, 4)]),
        (at_see, see, "see".rjust(see)),
    ]
    if title:
        words.insert(2, (at_title, title, "what happened"))
    _heads(paper, words)
    most = max([group.count for group in groups if group.severity != "fine"], default=1)
    before = ""
    for group in groups:
        if before and before != group.severity:
            paper.line()
        before = group.severity
        fine = group.severity == "fine"
        cells: list[tuple[int, int, list[Span]]] = [
            (0, 1, [(MARKS[group.severity], group.severity)]),
            (at_code, code, [(group.code, "dim" if fine else "bold")]),
            (at_sees, max(sees, 8), [(group.sees, "dim" if fine else "")]),
        ]
        if title:
            cells.insert(2, (at_title, title, [(_cut(group.title, title), "dim" if fine else "")]))
        _group_line(
            paper,
            cells,
            (2, f"{group.count:,}".rjust(conns), "dim" if fine else ""),
            (2 + conns + 2, "" if fine else _bar(group.count, most, bar), group.severity),
            (at_see, f"#{group.worst}".rjust(see)),
        )


def _heads(paper: Paper, words: list[tuple[int, int, str]]) -> None:
    """The line of headings."""
    spans: list[Span] = []
    used = 0
    for at, _, word in words:
        spans += [(" " * (at - used), ""), (word, "dim")]
        used = at + len(word)
    paper.line(*spans)


def _group_line(
    paper: Paper,
    cells: list[tuple[int, int, list[Span]]],
    number: tuple[int, str, str],
    bar: tuple[int, str, str],
    see: tuple[int, str],
) -> None:
    """One cause; numbers are right-aligned, so they are put in as they are."""
    start = len(paper.lines)
    paper.columns(cells)
    spans = list(paper.lines[start])
    paper.lines[start] = tuple(
        _overlay(spans, [number, (bar[0], paper.clean(bar[1]), bar[2]), (see[0], see[1], "dim")])
    )


def _overlay(spans: list[Span], extra: list[tuple[int, str, str]]) -> list[Span]:
    """Put texts into the blanks of a line."""
    row: list[tuple[str, str]] = [(character, style) for text, style in spans for character in text]
    for at, text, style in extra:
        row += [(" ", "")] * (at + len(text) - len(row))
        row[at : at + len(text)] = [(character, style) for character in text]
    joined: list[Span] = []
    for character, style in row:
        if joined and joined[-1][1] == style:
            joined[-1] = (joined[-1][0] + character, style)
        else:
            joined.append((character, style))
    return joined


def _bar(count: int, most: int, width: int) -> str:
    """A bar in eighths of a column, at least one eighth."""
    eighths = max(1, round(count * width * 8 / most))
    return "█" * (eighths // 8) + ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")[eighths % 8]


def _cut(text: str, width: int) -> str:
    """A title that ends in … where there is no room for all of it."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def _write_common(paper: Paper, groups: tuple[Group, ...]) -> None:
    """What the connections of a group share."""
    telling = [group for group in groups if group.in_common and group.severity != "fine"]
    if not telling:
        return
    paper.line()
    paper.line(("They have in common", "bold"))
    for group in telling:
        since = (
            f" {clock(group.first)[:8]} to {clock(group.last)[:8]} UTC."
            if group.first and group.last > group.first
            else ""
        )
        said = f"{group.in_common} {group.do}".strip()
        spans: list[Span] = [
            (MARKS[group.severity] + " ", group.severity),
            (group.code, "bold"),
            ("  ", ""),
            (said, ""),
            (since, "dim"),
        ]
        paper.flow(spans, indent=2, width=PROSE)


def _write_closer(paper: Paper, capture: Capture, groups: tuple[Group, ...], command: str) -> None:
    """The next commands to type."""
    files = typed(capture)
    if not groups or not files:
        return
    worst = groups[0]
    lines = [(f"{command} {files} --stream {worst.worst}", f"#{worst.worst}, packet by packet")]
    if len(groups) > 1:
        lines.insert(
            0,
            (f"{command} {files} --why {worst.code}", f"only {'these' if worst.count > 1 else 'this'} {worst.count:,}"),
        )
    lines += [
        (f"{command} {files} -o report.html", "everything, in a browser"),
        (f"{command} {files} --json | jq .", "one JSON line each"),
    ]
    paper.line()
    paper.line(("Look closer", "bold"))
    write_commands(paper, lines)
    if len(capture.files) == 1:
        paper.line((f"  #{worst.worst} is Wireshark's number too: tcp.stream == {worst.worst}", "dim"))


def _write_listed(paper: Paper, connection: Connection) -> None:
    """``#71  15:15:28.838  10.0.0.1:42642 → 10.0.0.2:5000  client write → EPIPE``."""
    finding = connection.finding
    head: list[Span] = [
        (f"{MARKS[finding.severity]} ", finding.severity),
        (f"#{connection.stream}".ljust(6), "bold"),
        (f"{clock(connection.start)}  ", "dim"),
        (str(connection.client), "client"),
        (" → ", "dim"),
        (str(connection.server), "server"),
        ("  ", ""),
    ]
    paper.flow([*head, *errnos(finding.sees)], indent=8)
