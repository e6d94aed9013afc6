"""Reports as objects: shown as Markdown, printed as text, saved in any format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tcpexplain.files import replaced
from tcpexplain.model.capture import Capture

if TYPE_CHECKING:
    from os import PathLike

    from tcpexplain.model.connection import Connection

WIDTH = 100
"""Columns of text."""


class Postmortem:
    """What is known of a capture, or of one connection of it (``stream``), written down."""

    def __init__(self, capture: Capture, stream: int | None = None) -> None:
        self.capture = capture
        self.stream = stream

    @property
    def text(self) -> str:
        """The report of a terminal, without colours."""
        from tcpexplain.reports import text

        return text.render(self.capture, stream=self.stream, width=WIDTH)

    @property
    def markdown(self) -> str:
        """The postmortem."""
        from tcpexplain.reports import markdown

        return markdown.render(self.capture, stream=self.stream)

    @property
    def html(self) -> str:
        """The self-contained page."""
        from tcpexplain.reports import html

        return html.render(self.capture, stream=self.stream)

    @property
    def json(self) -> str:
        """JSON Lines, schema tcpexplain/1."""
        from tcpexplain.reports import json

        return json.render(self.capture, stream=self.stream)

    def save(self, path: str | PathLike[str], *, draw: str = "diagram", theme: str = "light") -> None:
        """Write the format that the file name ends in; raises `TcpexplainError` (TE030) if there is none such."""
        from tcpexplain.reports import report_for

        target = Path(path)
        with replaced(target) as beside:
            report_for(target, draw).write(self.capture, beside, stream=self.stream, draw=draw, theme=theme)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        what = self.capture if self.stream is None else self.capture.stream(self.stream)
        return f"<Report on {repr(what)[1:-1]}>"

    def _repr_markdown_(self) -> str:
        return self.markdown


def report_on_capture(capture: Capture) -> Postmortem:
    """All of it."""
    return Postmortem(capture)


def report_on_connection(connection: Connection) -> Postmortem:
    """One connection, as if it had been captured alone."""
    packets = connection.packets
    alone = Capture(
        [connection], packets=packets, segments=packets, start=connection.start, duration=connection.duration
    )
    return Postmortem(alone, connection.stream)


def capture_text(capture: Capture) -> str:
    """What a terminal shows of a capture."""
    return Postmortem(capture).text


def connection_text(connection: Connection) -> str:
    """What a terminal shows of a connection: verdict, ladder, reasons."""
    from tcpexplain.terminal.connection import write_prose, write_verdict
    from tcpexplain.terminal.ladder import write_ladder
    from tcpexplain.terminal.paper import Paper

    paper = Paper(WIDTH)
    write_verdict(paper, connection)
    paper.line()
    write_ladder(paper, connection)
    paper.line()
    write_prose(paper, connection)
    return paper.plain()
