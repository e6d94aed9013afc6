"""JSON Lines, schema ``tcpexplain/1``: a line about the capture, one for each connection, a summary."""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import IO, TYPE_CHECKING, Any

from tcpexplain.capture import End
from tcpexplain.machine.step import BASES
from tcpexplain.occurred import STATES, Occurred
from tcpexplain.quantity import iso
from tcpexplain.sockets import profile
from tcpexplain.wire.segment import flag_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tcpexplain.capture import Address, Call, Capture, Connection, Event, Ledger, Next, Reset

SUFFIXES = (".json", ".jsonl", ".ndjson")
DRAWS: tuple[str, ...] = ()
SCHEMA = "tcpexplain/1"


def render(capture: Capture, *, stream: int | None = None, events: bool = True) -> str:
    """All lines as one text; KeyError if there is no connection ``stream``."""
    return "".join(lines(capture, stream=stream, events=events))


def write(
    capture: Capture,
    target: Path | None,
    *,
    stream: int | None = None,
    draw: str = "diagram",  # noqa: ARG001 (JSON draws no pictures)
    theme: str = "light",  # noqa: ARG001 (and has no colours)
    events: bool = True,
) -> None:
    """Write line by line, so that a reader can begin before the last connection is written."""
    if target is None:
        sys.stdout.writelines(lines(capture, stream=stream, events=events))
        return
    with target.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(lines(capture, stream=stream, events=events))


def lines(capture: Capture, *, stream: int | None = None, events: bool = True) -> Iterator[str]:
    """Lines with their ends. The summary is about the whole capture, whatever ``stream`` says."""
    yield line(head(capture))
    for connection in capture.records() if stream is None else (capture.stream(stream),):
        yield connection_line(connection, events=events)
    yield line(summary(capture))


def line(record: dict[str, Any]) -> str:
    """One record as one line, in ASCII: file names may hold bytes that are no text."""
    return json.dumps(record, separators=(",", ":")) + "\n"


def write_live(file: IO[str], record: dict[str, Any]) -> None:
    """One line at once, for whoever reads along."""
    file.write(line(record))
    file.flush()


def head(capture: Capture) -> dict[str, Any]:
    """The first line."""
    return {
        "type": "capture",
        "schema": SCHEMA,
        "files": list(capture.files),
        "format": capture.format,
        "link_type": list(capture.link_types),
        "os": capture.os,
    }


def summary(capture: Capture) -> dict[str, Any]:
    """The last line."""
    return {
        "type": "summary",
        "packets": capture.packets,
        "segments": capture.segments,
        "connections": len(capture),
        "causes": dict(sorted(capture.causes.items(), key=lambda item: (-item[1], item[0]))),
        "skipped": capture.skipped,
        "warnings": [{"code": w.code, "message": w.message, "note": w.note, "help": w.help} for w in capture.warnings],
    }


def connection_record(connection: Connection, *, events: bool = True) -> dict[str, Any]:
    """One connection; without ``events`` the field is left out."""
    finding = connection.finding
    record: dict[str, Any] = {
        "type": "connection",
        "stream": connection.stream,
        "community_id": connection.community_id,
        "client": _address(connection.client),
        "server": _address(connection.server),
        "start": iso(connection.start),
        "duration": _seconds(connection.duration),
        "packets": connection.packets,
        "opening": connection.opening,
        "cause": finding.code,
        "also": list(finding.also),
        "severity": finding.severity,
        "certainty": finding.certainty,
        "alternatives": list(finding.alternatives),
        "evidence": list(finding.evidence),
        "closed_first": connection.closed_first,
        "final": connection.final,
        "segments": connection.segments,
        "flags": connection.flags,
        "bytes": {side: _ledger(ledger) for side, ledger in connection.bytes.items()},
        "retry": {"verdict": connection.retry.verdict, "because": connection.retry.because},
        "title": finding.title,
        "sees": finding.sees,
        "why": finding.why,
        "lost": finding.lost,
        "do": finding.do,
        "sure": finding.sure,
        "files": list(connection.files),
    }
    if events:
        record["events"] = [_event(event) for event in connection.events]
        record["events_omitted"] = connection.events_omitted
    record["resets"] = [_reset(reset) for reset in connection.resets]
    return record


def connection_line(connection: Connection, *, events: bool = True) -> str:
    """The line of one connection; events that are no objects yet are written without making any."""
    if not events or not isinstance(connection.events, Occurred):
        return line(connection_record(connection, events=events))
    before, after = line(connection_record(connection, events=False)).rsplit('"resets":', 1)
    return f'{before}"events":[{events_text(connection.events)}],"events_omitted":{connection.events_omitted},"resets":{after}'


def events_text(events: Occurred) -> str:
    """Events as ``_event`` has them."""
    start, sides, system = events.start, events.sides, events.profile.name
    (low, low_closed), (high, high_closed) = ((side, events.closed[number]) for number, side in enumerate(sides))
    said = []
    for _, packet, time, file, seq, ack, has_ack, sender, basis, flags, length, p0, s0, p1, s1, c0, c1 in events.steps:
        first, second = end_text(system, low, p0, s0, c0, low_closed), end_text(system, high, p1, s1, c1, high_closed)
        both = f"{first},{second}" if low == "client" else f"{second},{first}"
        said.append(
            f'{{"packet":{packet},"file":{file},"time":{round((time - start) / 1e9, 9)},"from":"{sides[sender]}",{flags_text(flags)},'
            f'"seq":{seq & 0xFFFFFFFF},"ack":{ack & 0xFFFFFFFF if has_ack else "null"},"length":{length},"basis":"{BASES[basis]}",{both}}}'
        )
    return ",".join(said)


@cache
def flags_text(flags: int) -> str:
    """The control bits as a field."""
    return f'"flags":"{flag_text(flags)}"'


@cache
def end_text(system: str, side: str, previous: int, state: int, condition: int, closed: tuple[str, ...]) -> str:
    """One end as a field: there are few different ones, so each is put into words once."""
    found = End(STATES[previous], STATES[state], profile(system).next(condition), closed if condition >> 15 & 1 else ())
    return f'"{side}":{json.dumps(_end(found), separators=(",", ":"))}'


def _address(address: Address) -> dict[str, Any]:
    return {"address": address.address, "port": address.port}


def _ledger(ledger: Ledger) -> dict[str, int]:
    return {
        "sent": ledger.sent,
        "acknowledged": ledger.acknowledged,
        "perhaps_unread": ledger.perhaps_unread,
        "lost": ledger.lost,
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "packet": event.packet,
        "file": event.file,
        "time": _seconds(event.time),
        "from": event.sender,
        "flags": event.flags,
        "seq": event.seq,
        "ack": event.ack,
        "length": event.length,
        "basis": event.basis,
        "client": _end(event.client),
        "server": _end(event.server),
    }


def _end(end: End) -> dict[str, Any]:
    record = {"previous": end.previous, "state": end.state, "next": _next(end.next)}
    return {**record, "closed_by": list(end.closed_by)} if end.closed_by else record


def _next(calls: Next) -> dict[str, Any]:
    return {
        "read": _call(calls.read),
        "write": _call(calls.write),
        "connect": _call(calls.connect),
        "accept": _call(calls.accept),
        "poll": _listed(calls.poll),
        "so_error": _listed(calls.so_error),
    }


def _call(call: Call | None) -> dict[str, Any] | None:
    if call is None:
        return None
    return {"now": _listed(call.now), "then": _listed(call.then), "signal": call.signal}


def _reset(reset: Reset) -> dict[str, Any]:
    return {
        "packet": reset.packet,
        "by": reset.by,
        "origin": reset.origin,
        "accepted": reset.accepted,
        "shape": reset.shape,
        "reason": _listed(reset.reason),
        "evidence": list(reset.evidence),
    }


def _listed(value: Any) -> Any:
    """Tuples, also within tuples, as lists."""
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def _seconds(value: float) -> float:
    """Nanoseconds are what a capture can tell; a float's further digits are noise."""
    return round(value, 9)
