"""CSV and Parquet: one row a connection, an event or a segment.

A file called ``events.csv``, ``x.events.parquet`` and the like holds events, ``segments.csv`` segments, any other holds
connections; a folder (``out/``) becomes a Parquet dataset of connections and events. Several values in a cell of CSV are separated by blanks.
"""

from __future__ import annotations

import csv
import sys
from io import StringIO
from typing import TYPE_CHECKING, Any, TextIO

from tcpexplain.errors import TcpexplainError
from tcpexplain.quantity import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tcpexplain.capture import Call, Capture, Connection, End, Event, Segment, Side

SUFFIXES = (".csv", ".parquet", "/")
DRAWS: tuple[str, ...] = ()
SIDES: tuple[Side, Side] = ("client", "server")

Row = dict[str, Any]

CONNECTION = {
    "stream": "int", "start": "time", "duration": "float",
    "client_address": "word", "client_port": "int", "server_address": "word", "server_port": "int",
    "packets": "int", "opening": "word", "cause": "word", "severity": "word", "certainty": "word",
    "also": "words", "alternatives": "words", "evidence": "ints", "closed_first": "word",
}  # fmt: skip
CONNECTION_END = {
    "final": "word", "segments": "int", "flags": "word",
    "bytes_sent": "int", "bytes_acknowledged": "int", "bytes_perhaps_unread": "int", "bytes_lost": "int",
}  # fmt: skip
CONNECTION_LAST = {"retry": "word", "retry_because": "word", "title": "word", "sees": "word", "community_id": "word"}
EVENT = {
    "stream": "int", "packet": "int", "file": "int", "time": "float", "from": "word", "flags": "word",
    "seq": "int", "ack": "int", "length": "int", "basis": "word",
}  # fmt: skip
EVENT_END = {
    "previous": "word", "state": "word", "read": "words", "read_then": "words", "write": "words", "write_then": "words",
    "connect": "words", "connect_then": "words", "accept": "words", "accept_then": "words",
    "signal": "word", "poll": "words", "so_error": "words", "closed_by": "words",
}  # fmt: skip
SEGMENT = {
    "stream": "int", "packet": "int", "file": "int", "time": "float", "from": "word", "flags": "word",
    "seq": "int", "ack": "int", "length": "int", "window": "int", "fate": "word", "retransmission": "bool",
    "probe": "bool", "icmp": "word",
}  # fmt: skip


def both(columns: dict[str, str]) -> dict[str, str]:
    """The columns of each side."""
    return {f"{side}_{name}": kind for side in SIDES for name, kind in columns.items()}


TABLES = {
    "connections": CONNECTION | both(CONNECTION_END) | CONNECTION_LAST,
    "events": EVENT | both(EVENT_END),
    "segments": SEGMENT,
}
"""Columns and what they hold: int, float, bool, word, words, ints, or time (nanoseconds since 1970 UTC)."""


def render(capture: Capture, *, stream: int | None = None, what: str = "connections") -> str:
    """CSV of ``connections``, ``events`` or ``segments``, with a heading."""
    text = StringIO()
    _write_csv(text, what, table(capture, stream, what))
    return text.getvalue()


def write(
    capture: Capture,
    target: Path | None,
    *,
    stream: int | None = None,
    draw: str = "diagram",  # noqa: ARG001 (tables draw no pictures)
    theme: str = "light",  # noqa: ARG001 (and have no colours)
) -> None:
    """Write one table, or both into a folder.

    Raises
    ------
    TcpexplainError
        TE031 if Parquet is asked for and pyarrow is not installed.
    """
    if target is None:
        _write_csv(sys.stdout, "connections", table(capture, stream, "connections"))
    elif target.suffix == ".csv":
        with target.open("w", encoding="utf-8", newline="") as file:
            _write_csv(file, _kind(target), table(capture, stream, _kind(target)))
    elif target.suffix == ".parquet":
        _write_parquet(_kind(target), table(capture, stream, _kind(target)), target)
    else:
        target.mkdir(parents=True, exist_ok=True)
        for what in ("connections", "events"):
            _write_parquet(what, table(capture, stream, what), target / f"{what}.parquet")


def table(capture: Capture, stream: int | None, what: str) -> Iterator[Row]:
    """The rows of a table."""
    return rows_of(capture if stream is None else (capture.stream(stream),), what)


def rows_of(connections: Iterable[Connection], what: str) -> Iterator[Row]:
    """The rows that connections have in a table."""
    for connection in connections:
        if what == "connections":
            yield connection_row(connection)
        elif what == "events":
            yield from (event_row(connection, event) for event in connection.events)
        else:
            yield from (segment_row(connection, segment) for segment in connection.segments_seen)


def connection_row(connection: Connection) -> Row:
    """One connection; ``start`` in nanoseconds since 1970 UTC, ``duration`` in seconds."""
    finding = connection.finding
    row: Row = {
        "stream": connection.stream,
        "start": connection.start,
        "duration": connection.duration,
        "client_address": connection.client.address,
        "client_port": connection.client.port,
        "server_address": connection.server.address,
        "server_port": connection.server.port,
        "packets": connection.packets,
        "opening": connection.opening,
        "cause": finding.code,
        "severity": finding.severity,
        "certainty": finding.certainty,
        "also": list(finding.also),
        "alternatives": list(finding.alternatives),
        "evidence": list(finding.evidence),
        "closed_first": connection.closed_first,
    }
    for side in SIDES:
        ledger = connection.bytes[side]
        row |= {
            f"{side}_final": connection.final[side],
            f"{side}_segments": connection.segments[side],
            f"{side}_flags": connection.flags[side],
            f"{side}_bytes_sent": ledger.sent,
            f"{side}_bytes_acknowledged": ledger.acknowledged,
            f"{side}_bytes_perhaps_unread": ledger.perhaps_unread,
            f"{side}_bytes_lost": ledger.lost,
        }
    return row | {
        "retry": connection.retry.verdict,
        "retry_because": connection.retry.because,
        "title": finding.title,
        "sees": finding.sees,
        "community_id": connection.community_id,
    }


def event_row(connection: Connection, event: Event) -> Row:
    """One event; possible outcomes of a call as a list, most likely first."""
    row: Row = {
        "stream": connection.stream,
        "packet": event.packet,
        "file": event.file,
        "time": event.time,
        "from": event.sender,
        "flags": event.flags,
        "seq": event.seq,
        "ack": event.ack,
        "length": event.length,
        "basis": event.basis,
    }
    for side in SIDES:
        row |= {f"{side}_{name}": value for name, value in _end(event.end(side))}
    return row


def segment_row(connection: Connection, segment: Segment) -> Row:
    """One segment; ``window`` in bytes, missing where it is not known."""
    return {
        "stream": connection.stream,
        "packet": segment.packet,
        "file": segment.file,
        "time": segment.time,
        "from": segment.sender,
        "flags": segment.flags,
        "seq": segment.seq,
        "ack": segment.ack,
        "length": segment.length,
        "window": None if segment.window < 0 else segment.window,
        "fate": segment.fate,
        "retransmission": segment.retransmission,
        "probe": segment.probe,
        "icmp": segment.icmp,
    }


def _end(end: End) -> Iterable[tuple[str, Any]]:
    """What an event says about one end."""
    yield "previous", end.previous
    yield "state", end.state
    for name in ("read", "write", "connect", "accept"):
        call: Call | None = getattr(end.next, name)
        yield name, _several(call.now if call else None)
        yield f"{name}_then", _several(call.then if call else None)
    yield "signal", end.next.write.signal
    polls = end.next.poll
    yield "poll", list(polls[0] if polls and isinstance(polls[0], tuple) else polls)
    yield "so_error", ["0" if error is None else error for error in _several(end.next.so_error) or [None]]
    yield "closed_by", list(end.closed_by)


def _several(value: Any) -> list[Any]:
    """One or several outcomes as a list."""
    return list(value) if isinstance(value, tuple) else [] if value is None else [value]


def _kind(target: Path) -> str:
    """Which table a file is for, by its name."""
    name = target.name.lower().removesuffix(target.suffix)
    return next((what for what in ("events", "segments") if name.endswith(what)), "connections")


def _write_csv(file: TextIO, what: str, rows: Iterable[Row]) -> None:
    """A heading and rows; times as ISO 8601."""
    kinds = TABLES[what]
    writer = csv.DictWriter(file, list(kinds), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(kinds[name], value) for name, value in row.items()})


def _cell(kind: str, value: Any) -> Any:
    """Lists by blanks, times as people read them."""
    if kind in ("words", "ints"):
        return " ".join(str(item) for item in value)
    return iso(value) if kind == "time" else value


def _write_parquet(what: str, rows: Iterable[Row], target: Path) -> None:
    """Columns to a Parquet file, typed alike whatever is in them; words as dictionaries."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        help_ = "pip install 'tcpexplain[parquet]'   or write .csv"
        raise TcpexplainError(
            "Parquet needs pyarrow, and it is not installed", code="TE031", help=help_, exit_status=3
        ) from None
    types = {
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "word": pa.dictionary(pa.int32(), pa.string()),
        "words": pa.list_(pa.string()),
        "ints": pa.list_(pa.int64()),
        "time": pa.timestamp("ns", tz="UTC"),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in TABLES[what].items()])
    parquet.write_table(pa.Table.from_pylist(list(rows), schema), target, compression="zstd")
