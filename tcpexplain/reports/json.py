"""JSON Lines, schema ``tcpexplain/1``: a line about the capture, one for each connection, a summary."""

from __future__ import annotations

import json
import sys
from typing import IO, TYPE_CHECKING

from tcpexplain.kernel.counts import counts_kept
from tcpexplain.model.selection import groups_of
from tcpexplain.tables import chunks
from tcpexplain.tables.from_objects import chunks_of
from tcpexplain.tables.json_text import texts
from tcpexplain.units import iso

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Address, Connection
    from tcpexplain.model.group import Group, HalfClosed, Proportion, Stay
    from tcpexplain.model.kernel import KernelEnd, KernelSaw
    from tcpexplain.model.log import LogLine

SUFFIXES = (".json", ".jsonl", ".ndjson")
DRAWS: tuple[str, ...] = ()
EVERY = True
SCHEMA = "tcpexplain/1"
NAMES = ("kind", "previous", "state", "reason", "error")
"""What is told of a thing the kernel did, where there is something to tell."""


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
    """Lines with their ends, long ones in parts. The summary is about the whole capture, whatever ``stream`` says."""
    yield line(head(capture))
    for one in capture.matches or ():
        yield line(log_record(one))
    if capture.held.beside:
        chosen = capture if stream is None else (capture.stream(stream),)
        yield from (line(connection_record(one, events=events)) for one in chosen)
    else:
        for chunk in chunks(capture, stream, events=events):
            yield from texts(chunk)
    yield line(summary(capture))


def line(record: dict[str, object]) -> str:
    """One record as one line, in ASCII: file names may hold bytes that are no text."""
    return json.dumps(record, separators=(",", ":")) + "\n"


def write_live(file: IO[str], record: dict[str, object]) -> None:
    """One line at once, for whoever reads along."""
    file.write(line(record))
    file.flush()


def head(capture: Capture) -> dict[str, object]:
    """The first line."""
    return {
        "type": "capture",
        "schema": SCHEMA,
        "files": list(capture.files),
        "format": capture.format,
        "link_type": list(capture.link_types),
        "interfaces": list(capture.interfaces),
        "os": capture.os,
    }


def log_record(one: LogLine) -> dict[str, object]:
    """A line of a log, and the connection it is about."""
    return {
        "type": "log",
        "line": one.line,
        "text": one.text,
        "product": one.product,
        "time": None if one.time is None else iso(one.time),
        "side": one.side,
        "call": one.call,
        "outcome": one.outcome,
        "found": one.found,
        "stream": one.stream,
        "packet": one.packet,
        "certainty": one.certainty,
        "because": one.because,
        "candidates": [
            {"stream": other.stream, "packet": other.packet, "score": other.score, "because": other.because}
            for other in one.candidates
        ],
        "clock_offset": one.clock_offset,
    }


def summary(capture: Capture) -> dict[str, object]:
    """The last line."""
    kernel = counts_kept(capture)
    return {
        "type": "summary",
        "packets": capture.packets,
        "segments": capture.segments,
        "connections": len(capture),
        "causes": dict(sorted(capture.causes.items(), key=lambda item: (-item[1], item[0]))),
        "undecided": capture.undecided,
        "vantage": {"missing": dict(capture.missing)},
        "messages_unread": dict(capture.messages_unread),
        "groups": [_group(group) for group in groups_of(capture)],
        "half_closed": [_half_closed(one) for one in capture.half_closed],
        "skipped": capture.skipped,
        "warnings": [{"code": w.code, "message": w.message, "note": w.note, "help": w.help} for w in capture.warnings],
        **({"kernel": {"compared": kernel[0], "as_predicted": kernel[1]}} if kernel else {}),
    }


def _group(group: Group) -> dict[str, object]:
    """The connections of one cause."""
    return {
        "cause": group.code,
        "severity": group.severity,
        "connections": group.count,
        "undecided": group.undecided,
        "worst": group.worst,
        "first": iso(group.first) if group.first else None,
        "last": iso(group.last) if group.last else None,
        "first_failure": iso(group.first_failure) if group.first_failure else None,
        "rate": round(group.rate, 3),
        "in_common": group.in_common,
        "do": group.do,
        "of": group.of,
        "differs": [_share(share) for share in group.differs],
    }


def _share(share: Proportion) -> dict[str, object]:
    """The server, client or minute that has far more of a group than its siblings."""
    return {
        "by": share.by,
        "value": iso(int(share.value)) if share.by == "minute" else share.value,
        "connections": share.count,
        "of": share.of,
        "others": share.others,
        "others_of": share.others_of,
    }


def _half_closed(one: HalfClosed) -> dict[str, object]:
    """The connections of one server that only one end had closed."""
    return {
        "server": _address(one.server),
        "waiting": one.waiting,
        "close_wait": _stay(one.close_wait),
        "fin_wait_2": _stay(one.fin_wait_2),
        "closed": _stay(one.closed),
        "leaking": one.leaking,
        "longest": one.longest,
    }


def _stay(stay: Stay) -> dict[str, object]:
    since = iso(stay.since) if stay.count else None
    times = {name: _seconds(getattr(stay, name)) for name in ("shortest", "median", "longest")}
    return {"connections": stay.count, "since": since, **times}


def _address(address: Address) -> dict[str, object]:
    return {"address": address.address, "port": address.port}


def _seconds(value: float) -> float:
    """Nanoseconds are what a capture can tell; a float's further digits are noise."""
    return round(value, 9)


def connection_record(connection: Connection, *, events: bool = True) -> dict[str, object]:
    """One connection; without ``events`` the field is left out."""
    record: dict[str, object] = json.loads(connection_line(connection, events=events))
    if connection.kernel:
        record["kernel"] = _kernel(connection.kernel)
    return record


def _kernel(saw: KernelSaw) -> dict[str, object]:
    """What the kernel did, beside what was predicted."""
    ends = {side: _kernel_end(saw.end(side)) for side in ("client", "server")}
    return {**ends, "as_predicted": not saw.differences, "differences": list(saw.differences)}


def _kernel_end(end: KernelEnd | None) -> dict[str, object] | None:
    """One end."""
    if end is None:
        return None
    owner = end.process
    process = {"pid": owner.pid, "name": owner.name, "fd": owner.fd} if owner else None
    traced = [
        {"at": iso(one.time), **{name: value for name in NAMES if (value := getattr(one, name))}} for one in end.traced
    ]
    return {"process": process, "traced": traced}


def connection_line(connection: Connection, *, events: bool = True) -> str:
    """The line of one connection."""
    (chunk,) = chunks_of((connection,), events=events)
    return "".join(texts(chunk))
