"""PostgreSQL's protocol 3.0: queries and their answers up to ReadyForQuery, Terminate, ErrorResponse with its SQLSTATE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.messages import tls, upgrade
from tcpexplain.payload.bytestream import skip, take
from tcpexplain.payload.talk import FATAL, QUIT
from tcpexplain.payload.words import sqlstate

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Talk

NAME, RANK, FAREWELL = "PostgreSQL", 40, (True, True)
ANSWERS = True
VERSIONS, CANCEL, SSL, GSS = (0x30000, 0x30002), 80877102, 80877103, 80877104
"""3.0 and 3.2 (PostgreSQL 18), and codes in their place."""
ASKS = {b"Q": "Query", b"S": "Sync", b"F": "FunctionCall"}
"""Messages that are answered up to a ReadyForQuery."""
UNASKED = (b"N", b"A", b"S")
"""Notice, notification, changed parameter: they may come at any time."""
LARGEST, ERROR_MOST = 1 << 30, 4096
SEVERE = (b"FATAL", b"PANIC")


def recognises(data: bytes) -> bool:
    """A startup packet, or a request for one in another form."""
    if len(data) < 8 or data[0]:
        return False
    length, code = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
    return (
        (length == 8 and code in (SSL, GSS))
        or (length == 16 and code == CANCEL)
        or (9 <= length <= 10000 and code in VERSIONS and (data[8:9].isalpha() or len(data) == 8))
    )


def resumes(data: bytes) -> bool:
    """A ReadyForQuery, or a short query."""
    return data[:5] == b"Z\0\0\0\5" or (data[:1] in b"QX" and data[1:3] == b"\0\0" and len(data) > 4)


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """What the client or the server says; who has begun is the client."""
    talk.begun_by(side)
    if side == talk.asker:
        yield from client(talk, side)
    else:
        yield from server(talk, side)


def client(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Startup, then messages."""
    if not talk.flows[side].resumed:
        while True:
            first = yield take(8)
            length, code = int.from_bytes(first[:4], "big"), int.from_bytes(first[4:], "big")
            if code in (SSL, GSS) and length == 8:
                talk.memo["offered"] = True
                talk.memo["both"] = code == SSL
                if talk.memo.get("tls"):
                    return
                continue
            break
        if first[:3] == b"\x16\x03\x01" or not 8 <= length <= 10000:
            talk.flows[side].lost = True
            return
        message = talk.begin(side, "cancel" if code == CANCEL else "startup", 8, length - 8)
        if code != CANCEL:
            talk.ask(message)
        yield skip(length - 8)
        talk.end(side)
    while True:
        first = yield take(5)
        kind, length = first[:1], int.from_bytes(first[1:], "big") - 4
        if not 0 <= length <= LARGEST:
            talk.flows[side].lost = True
            return
        message = talk.begin(side, ASKS.get(kind, "message"), 5, length)
        if length:
            yield skip(length)
        talk.end(side)
        if kind in ASKS:
            talk.ask(message)
        if kind == b"X":
            talk.say_goodbye(side, QUIT, "Terminate")


def server(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Answers up to ReadyForQuery."""
    while talk.memo.pop("offered", False):
        first = yield take(1)
        if first == b"S" and talk.memo.get("both"):
            upgrade(talk, tls)
            talk.memo["tls"] = True
            return
    while True:
        first = yield take(5)
        kind, length = first[:1], int.from_bytes(first[1:], "big") - 4
        if not 0 <= length <= LARGEST:
            talk.flows[side].lost = True
            return
        if talk.open[side] is None and kind not in UNASKED:
            answer = talk.begin(side, "answer", 5)
            answer.answers = talk.asked()
            talk.started = answer if talk.waiting else None
        if kind == b"E":
            found = yield take(min(length, ERROR_MOST))
            if length > ERROR_MOST:
                yield skip(length - ERROR_MOST)
            error(talk, side, found)
        elif length:
            yield skip(length)
        if kind == b"W":  # a replication stream has no end
            talk.waiting.clear()
            talk.started = talk.open[side] = None
        if kind == b"Z" and talk.open[side]:
            talk.end(side)
            talk.answered()


def error(talk: Talk, side: int, found: bytes) -> None:
    """An ErrorResponse: severity and SQLSTATE."""
    fields = {part[:1]: part[1:] for part in found.split(b"\0") if part}
    severity, code = fields.get(b"V", fields.get(b"S", b"")), sqlstate(fields.get(b"C", b""))
    answer = talk.open[side]
    if answer:
        answer.name = f"ERROR {code}"
    if severity in SEVERE:
        talk.say_goodbye(side, FATAL, f"{severity.decode('ascii')} {code}", int(code or "0", 36))
        if answer:
            answer.name = f"{severity.decode('ascii')} {code}"
            talk.end(side)  # nothing follows a fatal error
