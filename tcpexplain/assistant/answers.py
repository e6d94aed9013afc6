"""The answers of the tools: plain values, bounded, with packet numbers as evidence and nothing of what was sent."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tcpexplain.cli.explain import topic_for
from tcpexplain.errors import TcpexplainError
from tcpexplain.model.selection import groups_of, has_stream
from tcpexplain.pseudonyms.capture import anonymize
from tcpexplain.reading.read import read
from tcpexplain.story import end_of, shortened, story
from tcpexplain.story.files import evidence_words
from tcpexplain.units import clock, duration, instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection
    from tcpexplain.model.log import LogLine
    from tcpexplain.pseudonyms.names import Pseudonyms
    from tcpexplain.story import Row

Answer = dict[str, "Value"]
Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]

GROUPS, WORST, LISTED, ROWS, LINES, CITED = 20, 5, 50, 60, 20, 12
"""How many causes, worst connections, connections of a list, rows of a ladder, lines of a log, packets of evidence an answer has."""
LETTERS = 1200
"""Letters of one text."""
KEPT = 4
"""Captures that are kept for the next question."""


def explain_capture(path: str, stream: int | None = None, names: Pseudonyms | None = None) -> Answer:
    """The causes of a capture and its worst connections; or all that is known of one connection, with its ladder."""
    capture = renamed(opened(path), names)
    if stream is not None:
        connection = capture.stream(has_stream(capture, stream))
        rows = shortened(story(connection, end_of(capture, connection)))
        told: list[Value] = [row(one) for one in rows[:ROWS]]
        return {**verdict(connection), "ladder": told, "ladder_rows_left_out": max(len(rows) - ROWS, 0)}
    causes: list[Value] = [
        {"cause": one.code, "severity": one.severity, "connections": one.count, "what_happened": one.title,
         "application_sees": one.sees, "in_common": text(one.in_common), "do": text(one.do), "for_example_stream": one.worst}
        for one in groups_of(capture)[:GROUPS]
    ]  # fmt: skip
    worst: list[Value] = [verdict(one) for one in capture.worst(WORST)]
    return {
        "packets": capture.packets,
        "connections": len(capture),
        "from": instant(capture.start),
        "lasts": duration(capture.duration),
        "causes": causes,
        "worst": worst,
        "warnings": [text(warning.message) for warning in capture.warnings[:LINES]],
    }


def list_connections(
    path: str,
    why: str = "",
    errno: str = "",
    server: str = "",
    client: str = "",
    first: int = 0,
    most: int = 20,
    names: Pseudonyms | None = None,
) -> Answer:
    """Connections that fit, in short; ``first`` and ``most`` are for reading on."""
    capture = renamed(opened(path), names).where(
        why=[why] if why else [], errno=[errno] if errno else [], server=server or None, client=client or None
    )
    part = capture[max(first, 0) : max(first, 0) + min(max(most, 1), LISTED)]
    rows: list[Value] = [brief(one) for one in part]
    return {"connections": len(capture), "first": max(first, 0), "listed": rows}


def match_log_line(path: str, line: str, names: Pseudonyms | None = None) -> Answer:
    """The connection that a line of a program's log is about."""
    real = opened(path)
    real.match(line)
    capture = renamed(real, names)
    found: list[Value] = [matched(capture, one) for one in list(capture.matches or ())[:LINES]]
    return {"lines": found}


def explain_code(word: str) -> Answer:
    """What a cause, an errno, a state, an error code or a line of a log means."""
    topic = topic_for(word)
    parts: dict[str, Value] = {name: text(said) for name, said in (*topic.parts, *topic.after)}
    return {"name": topic.name, "title": topic.title, **parts}


def renamed(capture: Capture, names: Pseudonyms | None) -> Capture:
    """The same under other names, if there are to be any: then filters mean these, as who asks knows no others."""
    return capture if names is None else anonymize(capture, names)


def opened(path: str) -> Capture:
    """A capture, read again only if its file has changed; TE040 for standard input, which is the assistant's."""
    if path == "-":
        raise TcpexplainError("standard input is not for captures here", code="TE040", help="give the path of a file")
    try:
        status = Path(path).stat()
    except OSError:
        return read(path)
    return known(path, status.st_mtime_ns, status.st_size)


@lru_cache(KEPT)
def known(path: str, changed: int, size: int) -> Capture:  # noqa: ARG001 (they tell one content from another)
    """The same by content."""
    return read(path)


def verdict(connection: Connection) -> Answer:
    """All words on one connection."""
    finding = connection.finding
    evidence: list[Value] = list(evidence_words(finding, CITED))
    return {
        **brief(connection),
        "certainty": finding.certainty,
        "what_happened": finding.title,
        "why": text(finding.why),
        "lost": text(finding.lost),
        "do": text(finding.do),
        "how_sure": text(finding.sure),
        "what_the_capture_cannot_show": text(finding.vantage),
        "retry": connection.retry.verdict,
        "evidence_packets": evidence,
    }


def brief(connection: Connection) -> Answer:
    """One connection in short."""
    return {
        "stream": connection.stream,
        "client": str(connection.client),
        "server": str(connection.server),
        "from": instant(connection.start),
        "cause": connection.cause,
        "severity": connection.severity,
        "undecided": connection.undecided,
        "application_sees": connection.finding.sees,
        "final_states": {"client": connection.final["client"], "server": connection.final["server"]},
    }


def row(one: Row) -> str:
    """A row of the ladder in one line: ``9 20.000614 s client RST: client ...; server next write → EPIPE + SIGPIPE``."""
    ends = (("client", one.client), ("server", one.server))
    told = [
        f"{side} {', '.join([*([cell.state] if cell.state else []), *(note.text for note in cell.notes if note.form != 'same')])}"
        for side, cell in ends
        if cell.state or any(note.form != "same" for note in cell.notes)
    ]
    head = " ".join(part for part in (one.numbers(), f"{one.time:.6f} s", one.sender or "", one.label) if part)
    return text(": ".join(part for part in (head, "; ".join(told)) if part))


def matched(capture: Capture, one: LogLine) -> Answer:
    """What was found of one line."""
    found: Answer = {"line": text(one.text), "says": one.says, "found": one.found, "because": text(one.because)}
    if one.stream is not None:
        others: list[Value] = [{"stream": other.stream, "score": round(other.score, 3)} for other in one.candidates]
        found |= {"certainty": one.certainty, "packet": one.packet, "or": others, "clock_offset": one.clock_offset}
        found |= {"connection": verdict(capture.stream(one.stream))}
    if one.at is not None:
        found |= {"at": clock(one.at)}
    return found


def text(said: str | Sequence[str] | Iterable[str]) -> str:
    """A text of bounded length."""
    whole = said if isinstance(said, str) else "\n".join(map(str, said))
    return whole if len(whole) <= LETTERS else whole[: LETTERS - 1] + "…"
