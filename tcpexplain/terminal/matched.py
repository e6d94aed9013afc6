"""Lines of a log in a terminal: which connection each is about, how sure that is and why; of a whole log, by cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.log.words import words_of
from tcpexplain.terminal.paper import MARKS, PROSE, Paper, Span, errnos
from tcpexplain.units import clock, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.model.log import LogLine, Matches

LABEL = 9
LISTED = 40
"""Lines listed of each kind; the rest is counted."""
SHORT = 160
"""Characters of a line that are shown."""


def write_line(paper: Paper, matches: Matches, line: LogLine) -> None:
    """One line, and what was found."""
    paper.hang([("log", "dim")], LABEL, [(cut(line.text), "bold")])
    paper.hang([("says", "dim")], LABEL, errnos(f"{line.product or 'a program'}: {line.says}"))
    if line.found:
        packet = f", packet {line.packet}" if line.packet else ""
        paper.hang(
            [("found", "dim")],
            LABEL,
            [
                (f"stream {line.stream}{packet}", "bold"),
                ("  ", ""),
                (str(line.certainty), str(line.certainty)),
                (": ", ""),
                *errnos(line.because),
            ],
        )
    else:
        paper.hang([("found", "dim")], LABEL, [("not in this capture", "bold"), (": ", ""), (line.because, "")])
    if line.candidates and (line.certainty != "certain"):
        told = ", ".join(f"stream {one.stream} ({one.score:.2f})" for one in line.candidates[:4])
        paper.hang([("or" if line.found else "closest", "dim")], LABEL, [(told, "dim")])
    for text in matches.clocks:
        paper.hang([("clock", "dim")], LABEL, [(text, "")])


def write_log(paper: Paper, matches: Matches) -> None:
    """A whole log: its lines by cause, those that no packet explains, the failures that no line told."""
    _write_counts(paper, matches)
    for text in matches.clocks:
        paper.flow([("  ", ""), (text, "")], indent=2)
    for cause, lines in by_cause(matches).items():
        _write_cause(paper, matches, cause, lines)
    if matches.unexplained:
        paper.line()
        paper.line(("No packet explains", "bold"))
        _write_listed(paper, matches.unexplained)
    if matches.untold:
        _write_untold(paper, matches.untold)


def _write_counts(paper: Paper, matches: Matches) -> None:
    """How many lines there are, and of how many the connection was found."""
    counts = [
        f"{counted(len(matches), 'error line')}",
        f"{len(matches.found):,} found",
        f"{len(matches.unexplained):,} not in this capture",
    ]
    paper.line(
        ("log", "bold"),
        ("  ", ""),
        (", ".join(counts), ""),
        (f", {matches.ignored:,} other lines" if matches.ignored else "", "dim"),
    )


def _write_cause(paper: Paper, matches: Matches, cause: str, lines: Sequence[LogLine]) -> None:
    """A cause, and the lines about connections that ended so."""
    connection = matches.capture.stream(lines[0].stream or 0)
    paper.line()
    paper.flow(
        [
            (f"{MARKS[connection.severity]} {cause}", connection.severity),
            ("  ", ""),
            (connection.finding.title, "bold"),
            (f"  {counted(len(lines), 'line')}", "dim"),
        ],
        indent=2,
    )
    _write_listed(paper, lines)


def _write_untold(paper: Paper, untold: Sequence[int]) -> None:
    """The connections that failed and that no line is about, by stream number."""
    paper.line()
    paper.flow(
        [
            ("No line tells of ", "bold"),
            (f"{counted(len(untold), 'failed connection')}: ", "bold"),
            (", ".join(f"#{one}" for one in untold[:20]) + (" …" if len(untold) > 20 else ""), ""),
        ],
        indent=2,
        width=PROSE,
    )


def by_cause(matches: Matches) -> dict[str, list[LogLine]]:
    """The lines that were found, by the cause of their connections; the causes of most lines first."""
    found: dict[str, list[LogLine]] = {}
    for line in matches.found:
        connection = matches.connection(line)
        if connection is not None:
            found.setdefault(connection.cause, []).append(line)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def _write_listed(paper: Paper, lines: Sequence[LogLine]) -> None:
    """A line each."""
    for line in lines[:LISTED]:
        where = f"#{line.stream}" if line.found else "-"
        when = "" if line.time is None else f"{clock(line.time)}  "
        head: list[Span] = [(f"  {line.line:>5}  ", "dim"), (where.ljust(6), "bold" if line.found else "dim")]
        sure = [(f"{line.certainty}  ", str(line.certainty))] if line.found else []
        tail = [] if line.found else [(f"  {line.because}", "dim")]
        paper.hang(head, 15, [*sure, (when, "dim"), *errnos(cut(words_of(line.text), 90)), *tail])
    if len(lines) > LISTED:
        paper.line((f"        … {len(lines) - LISTED:,} more: --json", "dim"))


def cut(text: str, longest: int = SHORT) -> str:
    """One line of text, cut where it is long."""
    said = " ".join(text.split())
    return said if len(said) <= longest else f"{said[: longest - 1]}…"
