"""Many connections in a terminal: how many failed and why, what they have in common, and where to look closer."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from tcpexplain.model.selection import groups_of
from tcpexplain.model.unread import unread_words
from tcpexplain.model.wanted import SEVERITIES
from tcpexplain.terminal.commands import write_commands
from tcpexplain.terminal.groups import when, write_groups
from tcpexplain.terminal.half_closed import write_half_closed
from tcpexplain.terminal.head import typed
from tcpexplain.terminal.paper import MARKS, PROSE, UNKNOWN, Paper, Span, errnos, mark_of
from tcpexplain.units import clock
from tcpexplain.vantage.hidden import PLURAL

if TYPE_CHECKING:
    from datetime import tzinfo

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection
    from tcpexplain.model.group import Group

LISTED = 50
"""Connections listed one by one; the rest is counted."""


def write_summary(paper: Paper, capture: Capture, command: str = "tcpexplain", zone: tzinfo = UTC) -> None:
    """The whole capture by cause, worst first."""
    groups = write_causes(paper, capture)
    _write_common(paper, groups, zone)
    write_half_closed(paper, capture.half_closed, zone)
    _write_unread(paper, capture)
    _write_closer(paper, capture, groups, command)


def write_causes(paper: Paper, capture: Capture) -> tuple[Group, ...]:
    """How many connections there are of each severity and cause; the groups."""
    groups = groups_of(capture)
    write_counts(paper, groups)
    _write_shown(paper, capture)
    paper.line()
    write_groups(paper, groups)
    return groups


def write_list(paper: Paper, capture: Capture, command: str = "tcpexplain", zone: tzinfo = UTC) -> None:
    """The connections of one cause, one line each."""
    groups = write_causes(paper, capture)
    paper.line()
    shown = capture.held[:LISTED]
    for connection in shown:
        _write_listed(paper, connection, zone)
    if len(capture) > len(shown):
        paper.line((f"  … {len(capture) - len(shown):,} more; all of them: --json, -o FILE.csv", "dim"))
    _write_common(paper, groups, zone)
    write_half_closed(paper, capture.half_closed, zone)
    _write_unread(paper, capture)
    _write_closer(paper, capture, groups, command)


def write_counts(paper: Paper, groups: tuple[Group, ...]) -> None:
    """``✖ 270 failed   ▲ 106 suspicious   ● 1,624 fine``; what there is none of is left out."""
    spans: list[Span] = []
    for severity in SEVERITIES:
        count = sum(group.count - group.undecided for group in groups if group.severity == severity)
        if count:
            spans += [("   " if spans else "", ""), (f"{MARKS[severity]} {count:,} {severity}", severity)]
    unknown = sum(group.undecided for group in groups)
    if unknown:
        spans += [("   " if spans else "", ""), (f"{UNKNOWN} {unknown:,} cannot be told from this capture", "dim")]
    paper.line(*(spans or [("no TCP connection", "dim")]))


def _write_shown(paper: Paper, capture: Capture) -> None:
    """What the capture cannot show, and of how many connections."""
    for word, count in sorted(capture.missing.items(), key=lambda item: -item[1]):
        paper.flow([(f"  {count:,} of {len(capture):,}: {PLURAL[word]}", "dim")], indent=4)


def _write_unread(paper: Paper, capture: Capture) -> None:
    """Of how many connections the messages could not be followed, and why."""
    if said := unread_words(capture.messages_unread, len(capture)):
        paper.line()
        paper.flow([(f"{said}.", "dim")], indent=2, width=PROSE)


def _write_common(paper: Paper, groups: tuple[Group, ...], zone: tzinfo) -> None:
    """What the connections of a group share."""
    telling = [group for group in groups if group.in_common and group.severity != "fine"]
    if not telling:
        return
    paper.line()
    paper.line(("They have in common", "bold"))
    for group in telling:
        since = f" {said}." if (said := when(group, zone)) else ""
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


def when_failed(connection: Connection, zone: tzinfo) -> str:
    """When its first call failed, or will fail after its last packet; if nothing shows that, when it began."""
    failed = connection.failed_at
    if failed is not None:
        return f"{'failed' if failed <= connection.last_seen else 'fails '} {clock(failed, zone=zone)}"
    return f"began  {clock(connection.start, zone=zone)}"


def _write_listed(paper: Paper, connection: Connection, zone: tzinfo) -> None:
    """``#71  failed 15:15:28.838  10.0.0.1:42642 → 10.0.0.2:5000  client write → EPIPE``; of others, when they began."""
    finding = connection.finding
    head: list[Span] = [
        (f"{mark_of(finding.severity, finding.undecided)} ", finding.severity),
        (f"#{connection.stream}".ljust(6), "bold"),
        (f"{when_failed(connection, zone)}  ", "dim"),
        (str(connection.client), "client"),
        (" → ", "dim"),
        (str(connection.server), "server"),
        ("  ", ""),
    ]
    paper.flow([*head, *errnos(finding.sees)], indent=8)
