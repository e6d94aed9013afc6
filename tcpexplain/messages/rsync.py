"""rsync's protocol with a daemon: greetings in lines, then frames with a length in both directions, and the word with which a transfer ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tcpexplain.payload.bytestream import skip, take, until
from tcpexplain.payload.talk import FATAL, QUIT

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Talk

NAME, RANK, FAREWELL = "rsync", 72, (True, True)
GREETING = re.compile(rb"@RSYNCD: (\d\d)(?:\.\d)?[ \n]")
FRAMED = 30
"""The first protocol in which both ends send frames."""
LINE, ARGUMENT = 4096, 1 << 14
DATA, LAST_TAG, ERROR_EXIT = 7, 7 + 102, 7 + 86
"""Tags of frames (rsync's io.h: MPLEX_BASE and more)."""
NEGOTIATED = 128
"""Of the server's flags: both ends name the checksums that they know (CF_VARINT_FLIST_FLAGS)."""
MORE = ((0x80, 0), (0xC0, 1), (0xE0, 2), (0xF0, 3), (0x100, 4))
"""Bytes that follow the first one of a number, if that is less."""


def recognises(data: bytes) -> bool:
    """The greeting, which is the same of both ends."""
    return bool(GREETING.match(data))


def resumes(data: bytes) -> bool:
    """Never: frames in the middle have no mark."""
    return data is None


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Lines, then frames; the client is who says something behind the greetings first."""
    greeting = GREETING.match((yield until(b"\n", LINE)))
    line = yield until(b"\n", LINE)
    talk.begun_by(side)
    framed = greeting and int(greeting[1]) >= FRAMED and not talk.flows[side].resumed
    begun = (yield from (asked(talk, side, line) if side == talk.asker else granted(talk, side, line))) if framed else 0
    while begun:
        begun = yield from frame(talk, side)
    talk.flows[side].lost = talk.goodbyes[side] is None


def asked(talk: Talk, side: int, line: bytes) -> Generator[Want, bytes, int]:
    """The client's part up to its first frame: the module, perhaps a password, arguments up to an empty one, what checksums it knows."""
    message = talk.begin(side, "module", len(line))
    talk.end(side)
    talk.ask(message)
    packed = False
    while argument := (yield until(b"\0", ARGUMENT)):
        if argument == b"\0":
            break
        # A password stands in a line before the first argument.
        flags = argument.rpartition(b"\n")[2].partition(b"e.")[0]
        packed = packed or (flags[:1] == b"-" != flags[1:2] and b"z" in flags)
    talk.memo["packed"] = packed
    return 1


def granted(talk: Talk, side: int, line: bytes) -> Generator[Want, bytes, int]:
    """The server's part up to its first frame; 0 if there will be none."""
    while not line.startswith(b"@RSYNCD: OK"):
        if not line or line.startswith((b"@ERROR", b"@RSYNCD: EXIT")):
            if line:
                talk.say_goodbye(side, *((QUIT, "EXIT") if line.startswith(b"@R") else (FATAL, "@ERROR")))
            return 0
        line = yield until(b"\n", LINE)
    talk.answered()
    first = (yield take(1))[0]
    more = next(count for limit, count in MORE if first < limit)
    rest = (yield take(more)) if more else b""
    talk.memo["negotiated"] = negotiated = bool((rest[0] if rest else first) & NEGOTIATED)
    if negotiated:
        yield from names(talk, side, (yield take(1)))
    yield take(4)
    return 1


def names(talk: Talk, side: int, first: bytes) -> Generator[Want, bytes, None]:
    """The checksums that an end knows, and the compressions if it is to compress; the ``first`` byte has been read."""
    for place in range(2 if talk.memo.get("packed") else 1):
        size = (first if place == 0 else (yield take(1)))[0]
        if size & 0x80:
            size = (size & 0x7F) << 8 | (yield take(1))[0]
        yield skip(size)
    talk.memo[side, "named"] = True


def frame(talk: Talk, side: int) -> Generator[Want, bytes, int]:
    """One frame; 0 if it is none."""
    head = yield take(1)
    if side == talk.asker and talk.memo.get("negotiated") and not talk.memo.get((side, "named")):
        yield from names(talk, side, head)
        return 1
    head += yield take(3)
    length, tag = int.from_bytes(head[:3], "little"), head[3]
    if not DATA <= tag <= LAST_TAG:
        return 0
    talk.begin(side, "data" if tag == DATA else "message", len(head), length)
    talk.goodbyes[side] = None
    if tag == DATA and length == 1:
        if (yield take(1)) == b"\0":
            talk.say_goodbye(side, QUIT, "done")
    elif length:
        yield skip(length)
    talk.end(side)
    if tag == ERROR_EXIT:
        talk.say_goodbye(side, FATAL, "MSG_ERROR_EXIT")
    return 1
