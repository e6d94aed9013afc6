"""HTTP/1.0 and 1.1 (RFC 9112): heads are read, bodies are counted: by length, by chunks, until close.

An answer's body cannot be counted without its request: the answer to a HEAD has the same head and no body.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tcpexplain.messages import http2, upgrade, websocket
from tcpexplain.payload.bytestream import line_or_head, skip, skip_all, take, until
from tcpexplain.payload.talk import CLOSE, GOAWAY, UNTIL_CLOSE
from tcpexplain.payload.words import path

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Message, Talk

NAME, RANK, FAREWELL = "HTTP/1", 20, (False, False)
ANSWERS = True

METHODS = (
    b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"TRACE", b"CONNECT", b"PROPFIND", b"PROPPATCH",
    b"MKCOL", b"COPY", b"MOVE", b"LOCK", b"UNLOCK", b"REPORT", b"SEARCH", b"SUBSCRIBE", b"NOTIFY", b"PURGE", b"QUERY",
)  # fmt: skip
REQUEST = re.compile(rb"(" + rb"|".join(METHODS) + rb") (?:/|\*|https?://|[A-Za-z0-9.\[-])")
LINE = re.compile(rb"(" + rb"|".join(METHODS) + rb") (\S+) HTTP/1\.([01])\r\n")
STATUS = re.compile(rb"HTTP/1\.([01]) ([1-5]\d\d)[ \r]")
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n")
CODING = re.compile(rb"\r\ntransfer-encoding:[ \t]*([^\r\n]*)")
CONNECTION = re.compile(rb"\r\nconnection:[ \t]*([^\r\n]*)")
KEEP = re.compile(rb"\r\nkeep-alive:[^\r\n]*?timeout=(\d{1,6})")
EXPECT = re.compile(rb"\r\nexpect:[ \t]*100-continue")
UPGRADE = re.compile(rb"\r\nupgrade:[ \t]*([a-z0-9]+)")
"""Of fields in small letters."""
CHUNK = re.compile(rb"[1-9A-Fa-f][0-9A-Fa-f]{0,5}\r\n")
"""The line before a chunk at the beginning of a segment."""
SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
BODILESS = ("204", "304")
LINE_MOST, CHUNK_LINE = 1 << 14, 4096
"""Bytes of a request line, and of the line before a chunk."""
SURE = 3
"""Lines before chunks, each where the one before says, after which a body whose head was not read is known to be chunked."""


def recognises(data: bytes) -> bool:
    """A method and a target, or a status line."""
    if data.startswith(b"HTTP/1."):
        return True
    return bool(REQUEST.match(data)) and not data.startswith(b"PRI ")


def is_answer(data: bytes) -> bool:
    """A status line."""
    return data.startswith(b"HTTP/1.")


def resumes(data: bytes) -> bool:
    """The same, or the line before a chunk."""
    return recognises(data) or bool(CHUNK.match(data))


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Whichever messages this end sends."""
    # Behind the line before a chunk stands anything.
    first = until(b"\r\n", LINE_MOST) if talk.flows[side].resumed else line_or_head(LINE_MOST)
    line = yield first
    while line == b"\r\n":
        line = yield first
    if talk.flows[side].resumed and CHUNK.fullmatch(line):
        line = yield from chunks_again(talk, side, line)
    if line.startswith(b"HTTP/1."):
        yield from answers(talk, side, line)
    else:
        yield from requests(talk, side, line)
    talk.flows[side].lost = not talk.tunnel


def requests(talk: Talk, side: int, line: bytes) -> Generator[Want, bytes, None]:
    """One after the other, until something is no request."""
    while found := LINE.match(line):
        method = found[1].decode("ascii")
        message = talk.begin(side, f"{method} {path(found[2])}", len(line))
        talk.method = method
        message.note = method
        talk.ask(message)
        fields = line[found.end() - 2 :].lower() if len(line) > found.end() else (yield from head())
        if fields is None:
            return
        message.body = message.end = talk.flows[side].position
        if is_last(fields, found[3]):
            talk.say_goodbye(side, CLOSE, "Connection: close")
        if b"\r\nexpect:" in fields and EXPECT.search(fields):
            talk.memo["expects"] = message
        yield from body(talk, side, message, fields, 0)
        if method == "CONNECT" or (talk.tunnel and UPGRADE.search(fields)):
            return
        talk.early = False
        line = yield line_or_head(LINE_MOST)
        while line == b"\r\n":
            line = yield line_or_head(LINE_MOST)


def head() -> Generator[Want, bytes, bytes | None]:
    """The fields behind a first line, in small letters, with the line ends around them; None if they have no end."""
    first = yield take(2)
    if first == b"\r\n":
        return b"\r\n"
    rest = yield until(b"\r\n\r\n")
    return (b"\r\n" + first + rest).lower() if rest else None


def body(talk: Talk, side: int, message: Message, fields: bytes, otherwise: int) -> Generator[Want, bytes, None]:
    """Count the bytes of a body by what the head says; ``otherwise``: its length if that says nothing."""
    coding = CODING.search(fields) if b"\r\ntransfer-encoding:" in fields else None
    if coding:
        message.end = -1
        if coding[1].strip().endswith(b"chunked"):
            yield from chunks()
        else:
            message.end = UNTIL_CLOSE
            yield skip_all()
    else:
        length = LENGTH.search(fields) if b"\r\ncontent-length:" in fields else None
        count = int(length[1]) if length else otherwise
        message.end = message.body + count if count >= 0 else UNTIL_CLOSE
        if count and not talk.flows[side].has_passed(count):
            yield skip(count) if count > 0 else skip_all()
    talk.end(side)


def chunks() -> Generator[Want, bytes, None]:
    """Chunks up to the last one, and the fields behind it (RFC 9112 section 7.1)."""
    while True:
        line = yield until(b"\r\n", CHUNK_LINE)
        size = SIZE.fullmatch(line)
        if not size:
            yield skip_all()  # no chunk: nothing that follows can be counted
            return
        if int(size[1], 16) == 0:
            break
        yield skip(int(size[1], 16) + 2)
    line = yield until(b"\r\n", CHUNK_LINE)
    while line not in (b"\r\n", b""):
        line = yield until(b"\r\n", CHUNK_LINE)


def chunks_again(talk: Talk, side: int, line: bytes) -> Generator[Want, bytes, bytes]:
    """Chunks of a body whose head was not read, and the line behind them; what only looks like one ends the reading."""
    count = 0
    while (size := SIZE.fullmatch(line)) and int(size[1], 16):
        count += 1
        if count == SURE:
            talk.begin(side, "answer" if side != talk.asker else "request", 0)
        yield skip(int(size[1], 16) + 2)
        line = yield until(b"\r\n", CHUNK_LINE)
    while size and line not in (b"\r\n", b""):
        line = yield until(b"\r\n", CHUNK_LINE)
    if talk.open[side]:
        talk.end(side)
    return (yield until(b"\r\n", LINE_MOST)) if size else b""


def answers(talk: Talk, side: int, line: bytes) -> Generator[Want, bytes, None]:
    """One after the other, until something is no answer."""
    talk.begun_by(1 - side)
    while found := STATUS.match(line):
        status = found[2].decode("ascii")
        asked = talk.asked()
        message = talk.begin(side, status, len(line))
        message.answers = asked
        end = line.index(b"\r\n")
        fields = line[end:].lower() if len(line) > end + 2 else (yield from head())
        if fields is None:
            return
        message.body = message.end = talk.flows[side].position
        if status[0] == "1":
            talk.end(side)
            if status == "101":
                switch(talk, fields, asked)
                if talk.protocol is not None:
                    yield from talk.protocol.reading(talk, side)  # its first bytes may stand in the same segment
                return
        else:
            yield from final(talk, side, message, status, fields, found[1])
            if talk.tunnel or talk.flows[side].lost:
                return
        line = yield line_or_head(LINE_MOST)


def final(
    talk: Talk, side: int, message: Message, status: str, fields: bytes, version: bytes
) -> Generator[Want, bytes, None]:
    """An answer that is not followed by another one to the same request."""
    talk.status, asked = status, message.answers
    note(talk, side, status, fields, version)
    method = asked.note if asked else ""
    if asked is None and not in_step(talk, 1 - side):
        talk.flows[side].lost, message.end = True, -1
        return
    talk.started = message
    unfinished = talk.open[1 - side] is asked and asked is not None
    talk.early = unfinished and talk.flows[1 - side].fin < 0  # who has closed waits for no more of it
    if asked is not None and unfinished:
        held_back = talk.flows[1 - side].reach == asked.body
        talk.memo["unwanted"] = asked if held_back and asked is talk.memo.get("expects") else None
    if method == "CONNECT" and status[0] == "2":
        talk.end(side)
        talk.answered()
        upgrade(talk, None)
    elif method == "HEAD" or status in BODILESS:
        talk.end(side)
        talk.answered()
    else:
        yield from body(talk, side, message, fields, -1)
        talk.answered()


def in_step(talk: Talk, side: int) -> bool:
    """Whether all requests so far have been read, so that an answer to none is known to be that."""
    flow = talk.flows[side]
    return flow.reading is not None and not flow.lost and not flow.resumed


def note(talk: Talk, side: int, status: str, fields: bytes, version: bytes) -> None:
    """What the head says of the connection."""
    if is_last(fields, version):
        talk.say_goodbye(side, CLOSE, "Connection: close")
    if status == "421":
        talk.say_goodbye(side, GOAWAY, "421", 421)
    keep = KEEP.search(fields) if b"\r\nkeep-alive:" in fields else None
    if keep:
        talk.limit = float(keep[1])


def is_last(fields: bytes, version: bytes) -> bool:
    """Whether the connection ends with this message (RFC 9112 section 9.3)."""
    found = CONNECTION.search(fields) if b"\r\nconnection:" in fields else None
    if not found:
        return version == b"0"
    words = [word.strip() for word in found[1].split(b",")]
    return b"close" in words or (version == b"0" and b"keep-alive" not in words)


def switch(talk: Talk, fields: bytes, asked: Message | None) -> None:
    """101: both ends go on with another protocol; the request that asked for HTTP/2 is answered in it."""
    found = UPGRADE.search(fields)
    word = found[1] if found else b""
    upgrade(talk, websocket if word == b"websocket" else http2 if word == b"h2c" else None)
    if word == b"h2c" and asked is not None:
        http2.take_over(talk, asked)
