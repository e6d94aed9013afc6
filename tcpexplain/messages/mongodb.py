"""MongoDB's wire protocol: messages with a length and the request that they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.payload.bytestream import skip, take

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Talk

NAME, RANK, FAREWELL = "MongoDB", 70, (False, False)
REPLY, QUERY, COMPRESSED, MESSAGE = 1, 2004, 2012, 2013
CODES = {
    REPLY: "reply",
    QUERY: "query",
    COMPRESSED: "message",
    MESSAGE: "message",
    2001: "update",
    2002: "insert",
    2005: "get more",
    2006: "delete",
}
MORE_TO_COME, EXHAUST = 2, 1 << 16
LARGEST = 48_000_000
"""Bytes of a message (maxMessageSizeBytes)."""


def recognises(data: bytes) -> bool:
    """A length, two numbers of requests and a code."""
    if len(data) < 16:
        return False
    length, code = int.from_bytes(data[:4], "little"), int.from_bytes(data[12:16], "little")
    return 16 <= length <= LARGEST and code in CODES and data[8:12] == bytes(4)


def resumes(data: bytes) -> bool:
    """Any message."""
    return (
        len(data) >= 16
        and int.from_bytes(data[12:16], "little") in CODES
        and 16 <= int.from_bytes(data[:4], "little") <= LARGEST
    )


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Message by message."""
    talk.begun_by(side)
    while True:
        header = yield take(16)
        length, number, answers, code = (int.from_bytes(header[at : at + 4], "little") for at in (0, 4, 8, 12))
        if code not in CODES or not 16 <= length <= LARGEST:
            talk.flows[side].lost = True
            return
        message = talk.begin(side, CODES[code], 16, length - 16)
        flags, rest = 0, length - 16
        if code == MESSAGE and rest >= 4:
            flags, rest = int.from_bytes((yield take(4)), "little"), rest - 4
        if side == talk.asker:
            # A request whose answers come again and again waits for none in particular.
            if code in (QUERY, COMPRESSED, MESSAGE) and not flags & (MORE_TO_COME | EXHAUST):
                talk.ask(message, number)
        else:
            talk.started, message.answers = message if talk.asked(answers) else talk.started, talk.asked(answers)
        if rest:
            yield skip(rest)
        talk.end(side)
        if side != talk.asker and not flags & MORE_TO_COME:
            talk.answered(answers)
