"""The lines of a log in the HTML report: a table from each line to the ladder it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.picture.svg import clean
from tcpexplain.units import counted

if TYPE_CHECKING:
    from collections.abc import Collection

    from tcpexplain.model.log import LogLine, Matches

ROWS = 500
"""Lines in the table; all are in --json."""


def log_section(matches: Matches, on_page: Collection[int]) -> str:
    """The section: lines with their connections, what was found of the clock, failures that no line told."""
    said = f"{counted(len(matches), 'error line')}, {len(matches.found):,} found, {len(matches.unexplained):,} not in this capture"
    clocks = "".join(f"<p>{clean(text)}</p>" for text in matches.clocks)
    rows = "".join(row(line, on_page) for line in matches.lines[:ROWS])
    untold = matches.untold
    silent = (
        f"<p>No line tells of {counted(len(untold), 'failed connection')}: {' '.join(link(one, on_page) for one in untold[:40])}</p>"
        if untold
        else ""
    )
    return (
        f'<section id="log"><h2>The log beside it</h2><p class=muted>{said}</p>{clocks}<div class="scroll"><table><thead><tr><th scope="col" class="number">line</th>'
        '<th scope="col">see</th><th scope="col">how sure</th><th scope="col">what it says</th><th scope="col">why</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{silent}</section>"
    )


def row(line: LogLine, on_page: Collection[int]) -> str:
    """One line."""
    where = link(line.stream, on_page) if line.stream is not None else "not in this capture"
    text = " ".join(line.text.split())[:300]
    return (
        f'<tr><td class="number">{line.line}</td><td>{where}</td><td>{clean(line.certainty or "")}</td>'
        f"<td><code>{clean(text)}</code><br><span class=muted>{clean(line.says)}</span></td><td>{clean(line.because)}</td></tr>"
    )


def link(stream: int, on_page: Collection[int]) -> str:
    """A connection's number, and the way to its ladder if it is on the page."""
    return f'<a href="#s{stream}">#{stream}</a>' if stream in on_page else f"#{stream}"
