"""One connection in a terminal: verdict, ladder, why, and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.story import Row, end_of, story
from tcpexplain.terminal.commands import write_commands
from tcpexplain.terminal.head import typed
from tcpexplain.terminal.ladder import write_ladder
from tcpexplain.terminal.paper import ERRNO, Paper, Span, errnos, mark_of
from tcpexplain.terminal.times import Times
from tcpexplain.units import size

if TYPE_CHECKING:
    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection

PROSE_AT = 9
"""Column at which the text beside why, lost, do and sure begins."""


def write_connection(
    paper: Paper,
    capture: Capture,
    connection: Connection,
    *,
    command: str = "tcpexplain",
    rows: tuple[Row, ...] | None = None,
    times: Times | None = None,
) -> None:
    """Write all there is to say about one connection.

    ``command`` is how the user called, without options; ``rows`` the story, if it has been told already; ``times`` how
    its times are told.
    """
    write_verdict(paper, connection, times)
    paper.line()
    write_ladder(paper, connection, story(connection, end_of(capture, connection)) if rows is None else rows, times)
    paper.line()
    if connection.kernel:
        from tcpexplain.terminal.kernel import write_kernel

        write_kernel(paper, connection)
    write_prose(paper, connection)
    write_words(paper, capture, connection)
    write_more(paper, capture, connection, command)


def write_verdict(paper: Paper, connection: Connection, times: Times | None = None) -> None:
    """The cause, what it is in words, when it failed, and what the application sees."""
    finding = connection.finding
    paper.flow(
        [
            (f"{mark_of(finding.severity, finding.undecided)} {finding.code}", finding.severity),
            ("  ", ""),
            (finding.title, "bold"),
        ],
        indent=2,
    )
    facts = [[(f"stream {connection.stream}", "dim")]]
    facts += [[(f"in {one}", "dim")] for one in connection.tunnel]
    if connection.failed_at is not None and finding.severity != "fine":
        facts.append([(f"failed {(times or Times()).clock(connection.failed_at, 1)}", "dim")])
    if finding.sees:
        facts.append(errnos(finding.sees, "dim"))
    lost = sum(ledger.lost for ledger in connection.bytes.values())
    if lost:
        facts.append([(f"{size(lost)} lost", "dim")])
    paper.flow(
        [("  ", ""), *[span for at, fact in enumerate(facts) for span in ([(" · ", "dim")] if at else []) + fact]],
        indent=2,
    )


def write_prose(paper: Paper, connection: Connection) -> None:
    """Why, lost, do, retry, sure."""
    finding = connection.finding
    sure: list[Span] = [(finding.certainty, finding.certainty), ("  ", ""), (finding.sure, "")]
    if finding.alternatives:
        sure += [("  Or: ", "dim"), (", ".join(finding.alternatives), "bold")]
    retry = connection.retry
    told = retry.verdict != "not-applicable" and finding.severity != "fine"
    again = f"{retry.verdict}: {retry.because}" if told else ""
    for name, text in (("why", finding.why), ("lost", finding.lost), ("do", finding.do), ("retry", again)):
        if text:
            paragraph(paper, name, [(text, "")])
    paragraph(paper, "sure", sure)
    if finding.vantage:
        paragraph(paper, "shown", [(finding.vantage, "")])
    if connection.linked:
        from tcpexplain.story.linked import linked

        paragraph(paper, "linked", [(linked(connection), "")])
    if finding.also:
        paragraph(paper, "also", [(", ".join(finding.also), "")])


def write_words(paper: Paper, capture: Capture, connection: Connection) -> None:
    """How the programs at both ends will word it in their logs, where it is known which they are."""
    from tcpexplain.log.worded import worded

    for one in worded(capture, connection):
        paragraph(paper, "logs", errnos(str(one)))


def paragraph(paper: Paper, name: str, spans: list[Span], at: int = PROSE_AT) -> None:
    """A bold word at the margin and a hanging paragraph beside it."""
    paper.hang([(name, "bold")], at, spans)


def write_more(paper: Paper, capture: Capture, connection: Connection, command: str) -> None:
    """The next commands to type."""
    files = typed(capture)
    topic = ERRNO.search(connection.finding.sees)
    word = topic[0].split()[0] if topic else connection.cause
    meaning = (
        topic[0].replace(" + ", " and ") + (" mean" if topic and "+" in topic[0] else " means")
        if topic
        else "this cause means"
    )
    lines = [(f"{command} --explain {word}", f"what {meaning}")]
    if files:
        chosen = f" --stream {connection.stream}" if len(capture) > 1 or connection.stream else ""
        lines.append((f"{command} {files}{chosen} -o report.html", "diagram and timeline"))
    paper.line()
    write_commands(paper, lines, head="more", at=7)
