"""LDAP (RFC 4511): messages in BER with their numbers, unbind, notice of disconnection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.payload.bytestream import skip, take
from tcpexplain.payload.talk import FATAL, QUIT

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Talk

NAME, RANK, FAREWELL = "LDAP", 65, (False, False)
BIND, UNBIND, ABANDON, EXTENDED = 0x60, 0x42, 0x50, 0x78
ASKS = {
    BIND: "bind",
    0x63: "search",
    0x66: "modify",
    0x68: "add",
    0x4A: "delete",
    0x6C: "rename",
    0x6E: "compare",
    0x77: "extended",
}
PARTS = (0x64, 0x73, 0x79)
"""Entries, references and intermediate answers: more follows."""
LARGEST = 1 << 26


def recognises(data: bytes) -> bool:
    """A message of an early number that binds, searches or asks for StartTLS."""
    if len(data) < 9 or data[0] != 0x30:
        return False
    at = 2 + (data[1] & 127 if data[1] & 128 else 0)
    return data[at : at + 2] == b"\2\1" and len(data) > at + 3 and data[at + 3] in (BIND, 0x63, 0x77)


def resumes(data: bytes) -> bool:
    """A message of a plausible kind."""
    return len(data) >= 7 and data[0] == 0x30 and b"\2" in data[2:7]


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Message by message."""
    talk.begun_by(side)
    while True:
        first = yield take(2)
        header, length = 2, first[1] & 127
        if first[1] & 128:
            more = yield take(length)
            header, length = header + len(more), int.from_bytes(more, "big")
        if first[0] != 0x30 or not 5 <= length <= LARGEST:
            talk.flows[side].lost = True
            return
        message = talk.begin(side, "message", header, length)
        found = yield take(min(length, 8))
        if length > len(found):
            yield skip(length - len(found))
        talk.end(side)
        size = found[1] if len(found) > 2 else 0
        number, kind = found[2 : 2 + size], found[2 + size] if len(found) > 2 + size else 0
        if side == talk.asker:
            message.name = ASKS.get(kind, "unbind" if kind == UNBIND else "message")
            if kind in ASKS:
                talk.ask(message, number)
            elif kind == UNBIND:
                talk.say_goodbye(side, QUIT, "unbind")
            continue
        message.name = "result" if kind not in PARTS else "entry"
        message.answers, talk.started = talk.asked(number), message
        if kind == EXTENDED and not any(number):
            talk.say_goodbye(side, FATAL, "notice of disconnection")
        if kind not in PARTS:
            talk.answered(number)
