"""A line of a program's log in its place between the segments, at the end that wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.story.notes import Note
from tcpexplain.story.row import Cell, Row
from tcpexplain.units import NANOSECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection
    from tcpexplain.model.log import CallBeside, LogLine

LONGEST = 96
"""Characters of a line that stand in a ladder."""


def with_log(rows: tuple[Row, ...], connection: Connection, capture: Capture) -> tuple[Row, ...]:
    """The rows with what the log beside the capture says of this connection."""
    return rows if capture.matches is None else with_lines(rows, connection, capture.matches, capture.matches.calls)


def with_lines(
    rows: tuple[Row, ...], connection: Connection, lines: Iterable[LogLine], calls: Sequence[CallBeside] = ()
) -> tuple[Row, ...]:
    """The rows with the lines of a log that are about this connection, and the calls that strace recorded; a line without a time stands after the packet it is about."""
    told = list(rows)
    for one in calls:
        if one.stream == connection.stream:
            at = max((one.at - connection.start) / NANOSECOND, 0.0)
            place = next((place for place, row in enumerate(told) if row.time > at), len(told))
            told.insert(place, row_of_call(one, at))
    shown = [one for one in lines if one.stream == connection.stream and not (calls and one.product == "strace")]
    for line in sorted(shown, key=lambda one: place_of(one, connection)):
        at = place_of(line, connection)
        place = next((place for place, row in enumerate(told) if row.time > at), len(told))
        told.insert(place, row_of(line, at))
    return tuple(told)


def place_of(line: LogLine, connection: Connection) -> float:
    """Seconds since the first packet: when the line was written, but not before the packet that it is about."""
    packet = next(
        (one.time for one in connection.segments_seen if (one.packet, one.file) == (line.packet, line.file)), None
    )
    at = None if line.at is None else (line.at - connection.start) / NANOSECOND
    if at is None:
        return connection.duration if packet is None else packet
    return at if packet is None else max(at, packet)


def row_of_call(one: CallBeside, at: float) -> Row:
    """The row of a call: what it did return, beside what was predicted."""
    cell, nothing = Cell(did=(Note(f"returned: {one.text}", "bad" if one.failed else "plain"),)), Cell()
    client = one.side == "client"
    return Row(
        "timer",
        at,
        at,
        "strace",
        sender=one.side,
        client=cell if client else nothing,
        server=nothing if client else cell,
    )


def row_of(line: LogLine, at: float) -> Row:
    """The row of a line."""
    cell = Cell(did=(Note(f"log: {shortened(line.text)}", "bad"),))
    nothing = Cell()
    client = line.side != "server"
    return Row(
        "timer",
        at,
        at,
        f"log line {line.line}",
        sender=line.side,
        client=cell if client else nothing,
        server=nothing if client else cell,
    )


def shortened(text: str) -> str:
    """A line's own words: without its beginning, and cut where it is long."""
    from tcpexplain.log.words import words_of

    said = " ".join(words_of(text).split())
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"
