"""Text: the report of a terminal, one connection packet by packet or many by cause."""

from __future__ import annotations

import sys
from datetime import UTC
from typing import TYPE_CHECKING

from tcpexplain.model.selection import groups_of
from tcpexplain.terminal.head import write_head
from tcpexplain.terminal.paper import Color, Paper, paper_for

if TYPE_CHECKING:
    from pathlib import Path

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection
    from tcpexplain.model.log import Matches
    from tcpexplain.story import Row
    from tcpexplain.terminal.times import Times

SUFFIXES = (".txt",)
DRAWS: tuple[str, ...] = ()


def render(capture: Capture, *, stream: int | None = None, width: int = 80) -> str:
    """Render the report without colours, ``width`` columns wide.

    Raises
    ------
    KeyError
        If there is no connection ``stream``.
    """
    return compose(Paper(width), capture, stream).plain()


def write(
    capture: Capture,
    target: Path | None,
    *,
    stream: int | None = None,
    draw: str = "diagram",  # noqa: ARG001 (text draws no pictures)
    theme: str = "light",  # noqa: ARG001 (its colours fit every background)
    color: Color = "auto",
    times: Times | None = None,
) -> None:
    """Write the report to a file (100 columns, no colours), or to standard output as its terminal wants it."""
    if target is not None:
        target.write_text(render(capture, stream=stream, width=100), encoding="utf-8")
        return
    compose(paper_for(sys.stdout), capture, stream, times).print(sys.stdout, color)


def compose_log(paper: Paper, capture: Capture, matches: Matches, times: Times | None = None) -> Paper:
    """One line of a log with the ladder of its connection, or a whole log by cause."""
    from tcpexplain.terminal.matched import write_line, write_log

    if len(matches) != 1:
        write_log(paper, matches)
        return paper
    (line,) = matches
    write_line(paper, matches, line)
    connection = matches.connection(line)
    if connection is not None:
        from tcpexplain.terminal.connection import write_connection

        paper.line()
        write_connection(paper, capture, connection, rows=rows_of(capture, connection), times=times)
    return paper


def rows_of(capture: Capture, connection: Connection) -> tuple[Row, ...] | None:
    """The story with the lines of a log in their places; None if there is no log."""
    if capture.matches is None:
        return None
    from tcpexplain.story import end_of, story
    from tcpexplain.story.logged import with_log

    return with_log(story(connection, end_of(capture, connection)), connection, capture)


def compose(paper: Paper, capture: Capture, stream: int | None = None, times: Times | None = None) -> Paper:
    """Put the whole report on ``paper``; ``times``: how the ladder tells them."""
    zone = times.zone if times else UTC
    write_head(paper, capture, stream, zone)
    if stream is None and len(capture) > 1:
        from tcpexplain.kernel.counts import counts_kept
        from tcpexplain.terminal.kernel import write_counts

        write_counts(paper, counts_kept(capture))
    paper.line()
    if capture.matches is not None and stream is None:
        return compose_log(paper, capture, capture.matches, times)
    if stream is not None or len(capture) == 1:
        from tcpexplain.terminal.connection import write_connection

        connection = capture.connections[0] if stream is None else capture.stream(stream)
        write_connection(paper, capture, connection, rows=rows_of(capture, connection), times=times)
    else:
        compose_several(paper, capture, times)
    return paper


def compose_several(paper: Paper, capture: Capture, times: Times | None) -> None:
    """Many connections: by cause, or in a list where they have one cause; the ladder too, where one alone is not fine."""
    from tcpexplain.terminal.summary import write_causes, write_list, write_summary

    zone = times.zone if times else UTC
    if len(capture.causes) == 1 and len(capture) > 1:
        write_list(paper, capture, zone=zone)
    elif (alone := only_one(capture)) is not None:
        from tcpexplain.terminal.connection import write_connection

        write_causes(paper, capture)
        paper.line()
        write_connection(paper, capture, capture.stream(alone), times=times)
    else:
        write_summary(paper, capture, zone=zone)


def only_one(capture: Capture) -> int | None:
    """The stream number of the one connection that is not fine, if there is exactly one."""
    bad = [group for group in groups_of(capture) if group.severity != "fine"]
    return bad[0].worst if len(bad) == 1 and bad[0].count == 1 else None
