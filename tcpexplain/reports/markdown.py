"""Markdown for the postmortem: verdict, impact, timeline by the clock, cause and evidence, what to do, a diagram."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tcpexplain.log.worded import worded
from tcpexplain.model.selection import groups_of
from tcpexplain.model.unread import unread_words
from tcpexplain.model.wanted import SEVERITIES
from tcpexplain.reports.mermaid import diagram
from tcpexplain.story import end_of, shortened, story
from tcpexplain.story.files import evidence_words, legend, names_of
from tcpexplain.story.linked import linked
from tcpexplain.story.logged import with_log
from tcpexplain.story.moments import moments
from tcpexplain.story.systems import calls_in
from tcpexplain.terminal.groups import FEW, minute, often
from tcpexplain.terminal.half_closed import TITLE, lines
from tcpexplain.terminal.paper import MARKS, mark_of
from tcpexplain.units import NANOSECOND, clock, counted, duration, instant, size

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection
    from tcpexplain.model.log import Matches
    from tcpexplain.story import Row

SUFFIXES = (".md", ".markdown")
DRAWS: tuple[str, ...] = ()
LOGGED = 200
"""Lines of a log in the table."""
SHOWN = 5
"""Causes told in full; the others stand in the table."""


def render(capture: Capture, *, stream: int | None = None) -> str:
    """The report as Markdown (GitHub's, with tables and a Mermaid block)."""
    told = [capture.stream(stream)] if stream is not None else _worst(capture)
    lines = [*_head(capture, told, stream), *(_impact(capture) if stream is None and len(capture) > 1 else ())]
    if capture.matches is not None and stream is None:
        lines += _log(capture.matches)
    for connection in told:
        lines += _connection(capture, connection, alone=len(told) == 1)
    return "\n".join(lines).rstrip() + "\n"


def write(
    capture: Capture,
    target: Path | None,
    *,
    stream: int | None = None,
    draw: str = "diagram",  # noqa: ARG001 (its picture is a Mermaid block)
    theme: str = "light",  # noqa: ARG001 (the page that shows it chooses)
) -> None:
    """Write the report."""
    text = render(capture, stream=stream)
    if target is None:
        sys.stdout.write(text)
    else:
        target.write_text(text, encoding="utf-8")


def _worst(capture: Capture) -> list[Connection]:
    """The first connection to look at for each cause that hurts, or the only one there is."""
    if len(capture) <= 1:
        return list(capture)
    if capture.matches is not None and capture.matches.found:
        streams = dict.fromkeys(line.stream for line in capture.matches.found if line.stream is not None)
        return list(capture.held.many(list(streams)[:SHOWN]))
    bad = [group for group in groups_of(capture) if group.severity != "fine"]
    return list(capture.held.many([group.worst for group in bad[:SHOWN]]))


def _head(capture: Capture, told: list[Connection], stream: int | None) -> Iterator[str]:
    """Title, and what was looked at."""
    files = ", ".join(code(name) for name in names_of(capture)) or "a capture"
    if len(told) == 1 and (stream is not None or len(capture) == 1):
        yield f"# {_title(told[0])}"
    else:
        groups = groups_of(capture)
        counts = [
            f"{sum(g.count - g.undecided for g in groups if g.severity == severity):,} {severity}"
            for severity in SEVERITIES
        ]
        unknown = sum(g.undecided for g in groups)
        counts += [f"{unknown:,} cannot be told"] if unknown else []
        yield f"# {counted(len(capture), 'TCP connection')}: {', '.join(counts)}"
    yield ""
    span = f" over {duration(capture.duration)}" if capture.duration else ""
    since = f", from {_both(capture.start)}; all times are UTC" if capture.start else ""
    calls = f"; {said}" if (said := calls_in(capture, stream)) else ""
    yield f"From {files}: {counted(capture.packets, 'packet')}, {counted(len(capture), 'TCP connection')}{span}{since}{calls}."
    for warning in capture.warnings:
        yield f"Note: {text(warning.message)}{'; ' + text(warning.note) if warning.note else ''}."
    if said := unread_words(capture.messages_unread, len(capture)):
        yield f"{said}."
    yield ""


def _log(matches: Matches) -> Iterator[str]:
    """The lines of a log, and the connection of each."""
    yield "## The log beside it"
    yield ""
    yield f"{counted(len(matches), 'error line')}, {len(matches.found):,} found, {len(matches.unexplained):,} not in this capture."
    yield ""
    yield from (f"- {text(said)}" for said in matches.clocks)
    yield "" if matches.clocks else "| line | connection | how sure | what it says | why |"
    if matches.clocks:
        yield "| line | connection | how sure | what it says | why |"
    yield "|---:|---|---|---|---|"
    for line in matches.lines[:LOGGED]:
        where = f"stream {line.stream}" if line.found else "not in this capture"
        said = " ".join(line.text.split())[:200]
        yield f"| {line.line} | {where} | {line.certainty or ''} | {cell(said)} | {cell(line.because)} |"
    yield ""
    if untold := matches.untold:
        yield f"No line tells of {counted(len(untold), 'failed connection')}: {', '.join(f'#{one}' for one in untold[:40])}."
        yield ""


def _title(connection: Connection) -> str:
    """The verdict as a sentence."""
    title = connection.finding.title
    return text(title[:1].upper() + title[1:])


def _impact(capture: Capture) -> Iterator[str]:
    """How many, since when, how much."""
    groups, losses = groups_of(capture), capture.lost_by_cause
    yield "## Impact"
    yield ""
    yield "| | connections | why it ended | what the application sees | first | last | first failure | how often | bytes lost |"
    yield "|---|---:|---|---|---|---|---|---|---:|"
    for group in groups:
        lost = losses[group.code]
        first, last = (clock(moment)[:8] if moment else "" for moment in (group.first, group.last))
        failure = clock(group.first_failure)[:10] if group.first_failure else ""
        rate = often(group.rate) if group.rate and group.count >= FEW else ""
        yield f"| {mark_of(group.severity, group.all_undecided)} | {group.count:,} | `{group.code}` | {cell(group.sees)} | {first} | {last} | {failure} | {rate} | {size(lost) if lost else ''} |"
    yield ""
    common = [group for group in groups if group.in_common and group.severity != "fine"]
    if common:
        yield "They have in common:"
        yield ""
        yield from (
            f"- `{group.code}`: {text(group.in_common)} {text(group.do)}{minute(group)}".rstrip() for group in common
        )
        yield ""
    yield from _half_closed(capture)


def _half_closed(capture: Capture) -> Iterator[str]:
    """By server: what one end had closed and the other not."""
    found = lines(capture.half_closed)
    if found:
        yield f"{TITLE}:"
        yield ""
        yield from (f"- {MARKS[one.severity]} {text(one.who)}: {text(one.said.replace(' UTC', ''))}" for one in found)
        yield ""


def _connection(capture: Capture, connection: Connection, *, alone: bool) -> Iterator[str]:
    """One connection in full."""
    finding = connection.finding
    if not alone or len(capture) > 1:
        yield f"## Stream {connection.stream}: {text(finding.title)}"
        yield ""
    yield f"**{mark_of(finding.severity, finding.undecided)} `{finding.code}`** ({finding.severity}, {finding.certainty}): `{connection.client}` to `{connection.server}`, {text(finding.sees)}."
    yield ""
    told = "; ".join(moments(connection, 6))
    yield f"**When.** {told[:1].upper()}{told[1:]}."
    yield ""
    for name, said in (("Cause", finding.why), ("Lost", finding.lost), ("What to do", finding.do)):
        if said:
            yield f"**{name}.** {text(said)}"
            yield ""
    yield f"**How sure.** {finding.certainty}: {text(finding.sure)}{_evidence(connection)}"
    yield ""
    if finding.vantage:
        yield f"**What the capture shows.** {text(finding.vantage)}"
        yield ""
    if told := linked(connection):
        yield f"**At the proxy.** {text(told)}"
        yield ""
    if words := worded(capture, connection):
        yield "**In the log.**"
        yield ""
        yield from (f"- {text(str(one))}" for one in words)
        yield ""
    if connection.retry.verdict != "not-applicable":
        yield f"**May the request be sent again?** {connection.retry.verdict}: {text(connection.retry.because)}."
        yield ""
    yield "### Timeline"
    yield ""
    rows = with_log(story(connection, end_of(capture, connection)), connection, capture)
    yield from _timeline(connection, rows)
    yield "### Diagram"
    yield ""
    yield "```mermaid"
    yield diagram(connection, rows).rstrip("\n")
    yield "```"
    yield ""


def _evidence(connection: Connection) -> str:
    """The packets, how to see them, and what else it may have been."""
    finding = connection.finding
    numbers = ", ".join(text(packet) for packet in evidence_words(finding, 20))
    shown = (
        f" Evidence: {'packets' if len(finding.evidence) > 1 else 'packet'} {numbers}; in Wireshark `tcp.stream == {connection.stream}`."
        if numbers
        else ""
    )
    others = (
        f" It may instead be {', '.join(f'`{code}`' for code in finding.alternatives)}." if finding.alternatives else ""
    )
    also = f" Also: {', '.join(f'`{code}`' for code in finding.also)}." if finding.also else ""
    return shown + others + also


def _timeline(connection: Connection, rows: tuple[Row, ...]) -> Iterator[str]:
    """A table of the story."""
    local = _zone(connection.start)
    yield f"| packet | {'UTC' if local else 'time'} |{f' {local} |' if local else ''} client | | server |"
    yield f"|---:|---|{'---|' if local else ''}---|:---:|---|"
    for row in shortened(rows):
        at = connection.start + round(row.time * NANOSECOND)
        number = row.numbers() if row.packet else ""
        when = f" {clock(at, 6)} |" + (f" {_local(at):%H:%M:%S} |" if local else "")
        yield f"| {number} |{when} {_side(row, 'client')} | {_between(row)} | {_side(row, 'server')} |"
    yield ""
    files = legend(connection)
    if files:
        yield f"{text(files[:1].upper() + files[1:])}."
        yield ""


def _between(row: Row) -> str:
    """The arrow of a row."""
    label = cell(row.label)
    if row.kind in ("silence", "fold", "timer"):
        return f"*{label}*"
    lost = " (lost)" if row.fate == "lost" else " (ignored)" if row.fate == "ignored" else ""
    return f"{label}{lost} →" if (row.sender == "client") != (row.kind == "icmp") else f"← {label}{lost}"


def _side(row: Row, side: str) -> str:
    """State and notes of one side."""
    it = row.client if side == "client" else row.server
    looks = {"bad": "**{}**", "next": "*{}*"}
    notes = (looks.get("bad" if note.tone == "bad" else note.form, "{}").format(cell(note.text)) for note in it.notes)
    return "<br>".join([*([it.state] if it.state else []), *notes])


def _both(nanoseconds: int) -> str:
    """A moment in UTC, and by this machine's clock where that differs."""
    zone = _zone(nanoseconds)
    return instant(nanoseconds) + (f" ({_local(nanoseconds):%Y-%m-%d %H:%M:%S} {zone})" if zone else "")


def _zone(nanoseconds: int) -> str:
    """The name of this machine's zone then; empty if it is UTC."""
    there = _local(nanoseconds)
    return "" if not there.utcoffset() else there.tzname() or there.strftime("%z")


def _local(nanoseconds: int) -> datetime:
    """The moment by this machine's clock."""
    return datetime.fromtimestamp(nanoseconds // NANOSECOND, tz=UTC).astimezone()


def text(words: str) -> str:
    """Words that mean nothing to Markdown or HTML."""
    words = "".join(character if character.isprintable() else "?" for character in words)
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", words).replace("&", "&amp;")


def cell(words: str) -> str:
    """The same within a table: one line, single blanks."""
    return " ".join(text(words).split())


def code(name: str) -> str:
    """A name as code, whatever is in it."""
    clean = "".join(character if character.isprintable() else "?" for character in name)
    fence = "`" * (max((len(run) for run in re.findall("`+", clean)), default=0) + 1)
    return f"{fence} {clean} {fence}" if "`" in clean else f"{fence}{clean}{fence}"
