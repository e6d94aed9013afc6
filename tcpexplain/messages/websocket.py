"""WebSocket (RFC 6455), behind HTTP's 101: frames, and the Close frame with its code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.payload.bytestream import skip, take
from tcpexplain.payload.talk import FATAL, QUIT

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Talk

NAME, RANK, FAREWELL = "WebSocket", 90, (True, True)
KINDS = {1: "text", 2: "binary", 8: "Close", 9: "Ping", 10: "Pong"}
NORMAL = (1000, 1001, 1005)
"""Codes that announce no error: normal, going away, none given (RFC 6455 section 7.4.1)."""


def recognises(data: bytes) -> bool:
    """Never by its bytes: HTTP says that it begins."""
    return data is None


def resumes(data: bytes) -> bool:
    """A frame of a known kind; compressed ones have a bit more (RFC 7692)."""
    return len(data) >= 2 and data[0] & 0x30 == 0 and data[0] & 15 in (0, *KINDS)


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Frame by frame."""
    while True:
        first = yield take(2)
        opcode, length, mask = first[0] & 15, first[1] & 127, b""
        header = 2
        if length > 125:
            more = yield take(2 if length == 126 else 8)
            length, header = int.from_bytes(more, "big"), header + len(more)
        if first[1] & 128:
            mask = yield take(4)
            header += 4
        if opcode in KINDS or opcode == 0:
            talk.begin(side, KINDS.get(opcode, "continuation"), header, length)
        if opcode == 8 and 2 <= length <= 125:
            data = yield take(length)
            code = int.from_bytes(bytes(one ^ two for one, two in zip(data, mask or bytes(4), strict=False))[:2], "big")
            talk.say_goodbye(side, QUIT if code in NORMAL else FATAL, f"Close {code}", code)
        elif length:
            yield skip(length)
        if opcode == 8 and length < 2:
            talk.say_goodbye(side, QUIT, "Close")
        if talk.open[side]:
            talk.end(side)
