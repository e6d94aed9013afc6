"""Logs as lines: a line itself, a file (also .gz), standard input; JSON loggers, journald, container prefixes; what belongs together is one record."""

from __future__ import annotations

import gzip
import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tcpexplain.errors import TcpexplainError
from tcpexplain.log.stamps import Stamp, at_epoch, stamps
from tcpexplain.log.strace import Called, calls, is_strace
from tcpexplain.wire.pasted import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMES = (
    "__REALTIME_TIMESTAMP",
    "_SOURCE_REALTIME_TIMESTAMP",
    "@timestamp",
    "timestamp",
    "time",
    "ts",
    "t",
    "datetime",
    "date",
    "asctime",
    "eventTime",
    "start_time",
)
MESSAGES = (
    "MESSAGE",
    "message",
    "msg",
    "log",
    "error",
    "err",
    "exception",
    "exc_info",
    "stack",
    "stack_trace",
    "stacktrace",
    "cause",
    "detail",
    "textPayload",
)
PROGRAMS = ("SYSLOG_IDENTIFIER", "_COMM", "logger", "app", "service", "program", "container_name", "name")
CRI = re.compile(r"^(\S+T\S+(?:Z|[+-]\d\d:\d\d)) std(?:out|err) [FP] (.*)$")
PREFIX = re.compile(r"^(?:[\w.-]+\s+\|\s+)")
LONGEST = 60
"""Lines that one record has at most: a stack trace and what caused it."""
CONTINUES = re.compile(
    r"^(?:\s+\S|Caused by: |Traceback |During handling of|The above exception|\.\.\. \d+ more|    at |[\w.]+(?:Error|Exception)\b)"
)


@dataclass(slots=True)
class LogEntry:
    """One record of a log."""

    number: int
    """Of its first line, from 1."""
    text: str
    stamps: list[Stamp] = field(default_factory=list)
    program: str = ""
    source: str = ""
    called: Called | None = None
    """The call behind it, where the log is strace's."""


def records(log: str) -> list[LogEntry]:
    """The records of a line, of the file it names, or of standard input (``-``).

    Raises
    ------
    TcpexplainError
        TE049 if it looks like a file and there is none, or it cannot be read.
    """
    if log == "-":
        return list(gathered(decoded(sys.stdin.buffer.read()).splitlines(), "standard input"))
    if "\n" not in log and len(log) < 4096 and Path(log).is_file():
        return list(gathered(text_of(Path(log)).splitlines(), log))
    if looks_like_a_file(log):
        raise TcpexplainError(
            f"there is no log {log}", code="TE049", help="--log takes a line in quotes, a file, or - for standard input"
        )
    return list(gathered(log.splitlines(), ""))


def looks_like_a_file(log: str) -> bool:
    """Whether a word is the name of a file rather than a line."""
    return not re.search(r"\s", log) and bool(
        re.search(r"\.(?:log|txt|gz|json|jsonl|out|err)(?:\.\d+)?$", log) or log.startswith(("./", "/", "~/"))
    )


def text_of(path: Path) -> str:
    """The text of a file, decompressed where its first bytes say so."""
    try:
        data = path.read_bytes()
        if data.startswith(b"\x1f\x8b"):
            data = gzip.decompress(data)
    except (OSError, EOFError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise TcpexplainError(f"cannot read {path}", code="TE049", note=why[:1].lower() + why[1:]) from None
    return decoded(data)


def gathered(rows: list[str], source: str) -> Iterator[LogEntry]:
    """Records: a line with a time, and the lines below it that have none and go on; of strace every call on a TCP socket."""
    if is_strace(rows):
        for call in calls(rows):
            yield LogEntry(call.number, call.line, [call.stamp] if call.stamp else [], "strace", source, call)
        return
    now: LogEntry | None = None
    size = 0
    for number, row in enumerate(rows, 1):
        if not row.strip():
            continue
        one = record(number, row, source)
        belongs = now is not None and not one.stamps and size < LONGEST and (bool(now.stamps) or CONTINUES.match(row))
        if now is not None and belongs and not row.startswith("{"):
            now.text += f"\n{one.text}"
            size += 1
            continue
        if now is not None:
            yield now
        now, size = one, 1
    if now is not None:
        yield now


def record(number: int, row: str, source: str) -> LogEntry:
    """One line; of JSON its message, time and program."""
    plain = PREFIX.sub("", row, count=1) if " | " in row[:60] else row
    if found := CRI.match(plain):
        inner = record(number, found[2], source)
        return LogEntry(number, inner.text, [*stamps(found[1]), *inner.stamps], inner.program, source)
    if plain.lstrip().startswith("{"):
        try:
            document = json.loads(plain)
        except json.JSONDecodeError:
            document = None
        if isinstance(document, dict):
            return of_document(number, document, source)
    return LogEntry(number, plain, stamps(plain), "", source)


def of_document(number: int, document: dict[str, object], source: str) -> LogEntry:
    """One line of a JSON logger or of ``journalctl -o json``."""
    said = [text for name in MESSAGES if (text := words(document.get(name)))]
    rest = [
        f"{name}={value}"
        for name, value in document.items()
        if name not in (*MESSAGES, *TIMES) and isinstance(value, str | int | float)
    ]
    text = "\n".join(dict.fromkeys(said)) or " ".join(rest)
    if said and not document.get("__REALTIME_TIMESTAMP"):
        text += "\n" + " ".join(rest)
    found: list[Stamp] = []
    for name in TIMES:
        if name in document and not found:
            found = of_value(document[name])
    inner = stamps(text.split("\n")[0])
    program = next((str(document[name]) for name in PROGRAMS if isinstance(document.get(name), str)), "")
    return LogEntry(number, text.strip(), [*found, *inner], program, source)


def words(value: object) -> str:
    """The words of a value: text, bytes as journald writes what is no text, or what an object holds."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(one, int) for one in value):
        return bytes(one & 0xFF for one in value).decode("utf-8", "replace")
    if isinstance(value, dict):
        return " ".join(f"{name}: {words(one) or one}" for name, one in value.items())
    if isinstance(value, list):
        return "\n".join(filter(None, map(words, value)))
    return ""


def of_value(value: object) -> list[Stamp]:
    """A time of a JSON logger: text, or seconds, milliseconds, microseconds or nanoseconds since 1970."""
    text = str(value)
    if re.fullmatch(r"\d{9,19}(?:\.\d+)?(?:e\+?\d+)?", text, re.IGNORECASE):
        whole, _, fraction = f"{float(text):.9f}".partition(".") if "e" in text.lower() else text.partition(".")
        unit = 10 ** (9 - 3 * ((len(whole) - 8) // 3)) if len(whole) > 11 else 10**9
        shifted = int(whole) * unit + (int(f"{fraction:0<9}"[:9]) * unit // 10**9 if fraction else 0)
        return [at_epoch(shifted, max(unit // 10 ** len(fraction.rstrip("0")), 1))]
    return stamps(text)
