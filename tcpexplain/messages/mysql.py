"""MySQL's and MariaDB's protocol: commands and their answers, COM_QUIT, ERR packets with their SQLSTATE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.messages import tls, upgrade
from tcpexplain.payload.bytestream import skip, take
from tcpexplain.payload.talk import FATAL, QUIT
from tcpexplain.payload.words import sqlstate

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Message, Talk

NAME, RANK, FAREWELL = "MySQL", 50, (True, True)
GREETS = True
"""The server speaks first."""
COMMANDS = {
    1: "Quit", 2: "Init DB", 3: "Query", 4: "Field List", 9: "Statistics", 14: "Ping", 17: "Change User", 22: "Prepare",
    23: "Execute", 24: "Send Long Data", 25: "Close Statement", 26: "Reset Statement", 28: "Fetch", 31: "Reset Connection",
}  # fmt: skip
QUIT_COMMAND, WITHOUT_ANSWER, WITH_ROWS = 1, (1, 24, 25), (3, 23)
STREAMS = (18, 19, 30)
"""Binary logs: their answers have no end."""
USE_TLS, DEPRECATE_EOF, MORE = 1 << 11, 1 << 24, 8
OK, EOF, ERROR, LOCAL_FILE = 0x00, 0xFE, 0xFF, 0xFB
HEAD = 64
"""Bytes of a packet that are looked at."""
FULL = (1 << 24) - 1


def recognises(data: bytes) -> bool:
    """A server's greeting: packet 0 with version 10, then the program's version; or an ERR packet in its place."""
    if len(data) < 7 or data[3] or data[2]:
        return False
    length = int.from_bytes(data[:3], "little")
    if data[4] == 10:
        return 20 < length < 256 and data[5:6].isdigit() and 0 < data.find(b"\0", 5) < 80
    return data[4] == ERROR and length + 4 == len(data) and 1000 <= int.from_bytes(data[5:7], "little") < 5000


def begins(data: bytes) -> bool:
    """A greeting of which not even the version is whole."""
    if len(data) < 7 or data[2] or data[3] or data[4] != 10 or not 20 < int.from_bytes(data[:2], "little") < 256:
        return False
    return data[5:6].isdigit() and data[5:].isascii() and data[5:].decode("ascii").isprintable()


def resumes(data: bytes) -> bool:
    """A command that is a packet of its own."""
    return (
        len(data) > 4 and data[3] == 0 and data[4] in COMMANDS and int.from_bytes(data[:3], "little") + 4 == len(data)
    )


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Who greets is the server."""
    talk.begun_by(1 - side)
    if side == talk.asker:
        yield from client(talk, side)
    else:
        yield from server(talk, side)


def client(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """The answer to the greeting, then commands."""
    first = not talk.flows[side].resumed
    while True:
        header = yield take(4)
        length, number = int.from_bytes(header[:3], "little"), header[3]
        found = yield take(min(length, 4))
        if first and number in (1, 2):
            flags = int.from_bytes(found, "little")
            talk.memo["plain rows"] = bool(flags & DEPRECATE_EOF)
            if length == 32 and flags & USE_TLS:
                talk.begin(side, "login", 8, 28)
                yield skip(28)
                talk.end(side)
                upgrade(talk, tls)
                return
            first = False
            talk.ask(talk.begin(side, "login", len(found) + 4, length - len(found)))
        else:
            command(talk, side, number, found, length)
        if length > len(found):
            yield skip(length - len(found))
        if talk.open[side]:
            talk.end(side)


def command(talk: Talk, side: int, number: int, found: bytes, length: int) -> None:
    """A command begins with packet 0; others go on with one, or with a login."""
    code = found[0] if number == 0 and found else -1
    message = talk.begin(side, COMMANDS.get(code, "packet"), len(found) + 4, length - len(found))
    if code == QUIT_COMMAND and length == 1:
        talk.say_goodbye(side, QUIT, "COM_QUIT")
    elif code in STREAMS:
        talk.memo["streams"] = True
    elif code >= 0 and code not in WITHOUT_ANSWER:
        message.note = code
        talk.ask(message)


def server(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """The greeting, then answers, each of some packets."""
    yield from greeting(talk, side)
    while True:
        header, found = yield from packet()
        if found[:1] == b"\xff":
            error(talk, side, found)
            continue
        asked = talk.asked()
        if asked is None or talk.memo.get("streams"):
            continue
        if asked.note not in WITH_ROWS:
            if asked.name != "login" or found[:1] == b"\0":
                answer(talk, side, len(header) + len(found))
                talk.end(side)
                talk.answered()
            continue
        answer(talk, side, len(header) + len(found))
        yield from rows(talk, found)
        if talk.open[side]:
            talk.end(side)
            talk.answered()


def greeting(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """The first packet: the program and its version."""
    if talk.flows[side].resumed:
        return
    _, found = yield from packet()
    if found[:1] == b"\xff":
        error(talk, side, found)
        return
    version = found[1:].partition(b"\0")[0].removeprefix(b"5.5.5-")
    number = version.partition(b"-")[0]
    known = number.replace(b".", b"").isdigit() and len(number) < 16
    talk.product = " ".join(
        ("MariaDB" if b"MariaDB" in version else "MySQL", *([number.decode("ascii")] if known else []))
    )


def packet() -> Generator[Want, bytes, tuple[bytes, bytes]]:
    """The header of a packet and the beginning of what is in it."""
    header = yield take(4)
    length = int.from_bytes(header[:3], "little")
    found = yield take(min(length, HEAD))
    if length > len(found):
        yield skip(length - len(found))
    while length == FULL:
        more = yield take(4)
        length = int.from_bytes(more[:3], "little")
        yield skip(length) if length else take(0)
    return header, found


def answer(talk: Talk, side: int, head: int) -> Message:
    """An answer has begun."""
    talk.started = message = talk.begin(side, "answer", head)
    message.answers = talk.asked()
    return message


def rows(talk: Talk, found: bytes) -> Generator[Want, bytes, None]:
    """All results of a query, from its first packet on."""
    while True:
        if found[:1] == b"\0":
            status = ok_status(found[1:])
        elif not found or found[0] == LOCAL_FILE:
            return
        else:
            for _ in range(columns(found)):
                yield from packet()
            if not talk.memo.get("plain rows"):
                yield from packet()
            while True:
                header, found = yield from packet()
                if found[:1] == b"\xff":
                    return
                if found[:1] == b"\xfe" and int.from_bytes(header[:3], "little") < (
                    FULL if talk.memo.get("plain rows") else 9
                ):
                    break
            status = ok_status(found[1:]) if talk.memo.get("plain rows") else int.from_bytes(found[3:5], "little")
        if not status & MORE:
            return
        _, found = yield from packet()
        if found[:1] == b"\xff":
            return


def columns(found: bytes) -> int:
    """How many columns a result has (a length-encoded number)."""
    return found[0] if found[0] < 0xFB else int.from_bytes(found[1:3], "little")


def ok_status(found: bytes) -> int:
    """The status flags of an OK packet, behind two length-encoded numbers."""
    at = 0
    for _ in range(2):
        at += 1 + {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(found[at] if at < len(found) else 0, 0)
    return int.from_bytes(found[at : at + 2], "little")


def error(talk: Talk, side: int, found: bytes) -> None:
    """An ERR packet: an answer, or the last word of a server that was not asked."""
    number = int.from_bytes(found[1:3], "little")
    state = sqlstate(found[4:9]) if found[3:4] == b"#" else ""
    words = f"ERR {number}{' ' if state else ''}{state}"
    asked = talk.asked()
    if asked is None or asked.name == "login":
        talk.say_goodbye(side, FATAL, words, number)
    if asked is not None:
        talk.begin(side, words, len(found) + 4)
        talk.end(side)
        talk.answered()
