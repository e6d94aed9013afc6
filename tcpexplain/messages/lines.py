"""SMTP, FTP, IMAP and POP3: a server that greets with a line, commands in lines, QUIT and LOGOUT, 221, 421, BYE."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tcpexplain.messages import tls, upgrade
from tcpexplain.payload.bytestream import until
from tcpexplain.payload.talk import FATAL, GOAWAY, QUIT
from tcpexplain.payload.words import product

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Message, Talk

NAME, RANK, FAREWELL = "lines", 75, (False, False)
GREETS = True
"""The server speaks first."""
GREETING = re.compile(
    rb"(220|421|554)[ -][^\r\n]{0,500}\r?\n|\* (OK|PREAUTH|BYE)\b[^\r\n]{0,500}\r\n|\+OK[ \r][^\r\n]{0,500}"
)
BEGUN = re.compile(rb"(?:(?:220|421|554)[ -]|\* (?:OK|PREAUTH|BYE)\b)[^\r\n]*")
REPLY = re.compile(rb"([1-5]\d\d)([ -])")
LINE = 1 << 16
COMMANDS = frozenset(
    [
        "EHLO",
        "HELO",
        "MAIL",
        "RCPT",
        "DATA",
        "RSET",
        "NOOP",
        "QUIT",
        "STARTTLS",
        "AUTH",
        "VRFY",
        "BDAT",
        "USER",
        "PASS",
        "LIST",
        "RETR",
        "STOR",
        "APPE",
        "NLST",
        "PORT",
        "PASV",
        "EPSV",
        "EPRT",
        "CWD",
        "PWD",
        "TYPE",
        "SIZE",
        "FEAT",
        "SYST",
        "LOGIN",
        "LOGOUT",
        "SELECT",
        "EXAMINE",
        "FETCH",
        "STORE",
        "SEARCH",
        "IDLE",
        "CAPABILITY",
        "UID",
        "APPEND",
        "STAT",
        "DELE",
        "TOP",
        "UIDL",
        "CAPA",
        "STLS",
    ]
)
DOT = b"."
"""Of a command: lines up to a dot answer it."""
SECURE = ("STARTTLS", "AUTH TLS", "STLS")


def recognises(data: bytes) -> bool:
    """A greeting; clients wait for it."""
    return bool(GREETING.match(data))


def begins(data: bytes) -> bool:
    """A greeting whose line is not whole."""
    return bool(BEGUN.fullmatch(data))


def resumes(data: bytes) -> bool:
    """A reply on a line of its own."""
    return bool(REPLY.match(data)) and data.endswith(b"\n")


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Who greets is the server."""
    talk.begun_by(1 - side)
    if side == talk.asker:
        yield from client(talk, side)
    else:
        yield from server(talk, side)


def client(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Commands, and texts up to a line that is a dot."""
    while True:
        line = yield until(b"\n", LINE)
        if not line:
            talk.flows[side].lost = True
            return
        if talk.memo.pop("text", False):
            message = talk.begin(side, "text", len(line))
            while line not in (b".\r\n", b".\n"):
                line = yield until(b"\n", LINE)
                if not line:
                    talk.flows[side].lost = True
                    return
            talk.end(side)
            talk.ask(message)
            continue
        words = line.split()
        tagged = talk.memo.get("imap") and len(words) > 1
        word = words[1 if tagged else 0][:16].decode("latin-1").upper() if words else ""
        message = talk.begin(side, word if word in COMMANDS else "line", len(line))
        talk.end(side)
        secure = word == "AUTH" and line.upper().split()[1:2] in ([b"TLS"], [b"SSL"])
        talk.memo["secure"] = secure or word in SECURE
        talk.memo["data"] = word == "DATA"
        if not talk.memo.get("imap") or tagged:
            message.note = words[0] if tagged else DOT if talk.memo.get("pop") and is_list(words) else b""
            talk.ask(message)
        if word in ("QUIT", "LOGOUT"):
            talk.say_goodbye(side, QUIT, word)


def server(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """The greeting and replies."""
    first = not talk.flows[side].resumed
    while True:
        line = yield until(b"\n", LINE)
        if not line:
            talk.flows[side].lost = True
            return
        if first:
            first = False
            greet(talk, line)
        message = talk.begin(side, name(line), len(line))
        if talk.waiting:
            talk.started, message.answers = message, talk.asked()
        while line[3:4] == b"-" and REPLY.match(line):
            line = yield until(b"\n", LINE)
        if line.startswith(b"+OK") and message.answers and message.answers.note:
            yield from until_dot()
        talk.end(side)
        if talk.memo.get("secure") and accepted(line):
            upgrade(talk, tls)
            return
        reply(talk, side, line, message)


def is_list(words: list[bytes]) -> bool:
    """Whether POP3's answer to this is of many lines, and a dot (RFC 1939 section 3, RFC 2449 section 5)."""
    word = words[0].upper() if words else b""
    return word in (b"RETR", b"TOP", b"CAPA") or (word in (b"LIST", b"UIDL") and len(words) == 1)


def until_dot() -> Generator[Want, bytes, None]:
    """Lines up to one that is a dot."""
    line = b"-"
    while line and line not in (b".\r\n", b".\n"):
        line = yield until(b"\n", LINE)


def name(line: bytes) -> str:
    """What may be told of a reply: its code, or its first word."""
    if REPLY.match(line):
        return line[:3].decode("ascii")
    words = line[:32].split()
    return next(
        (word.decode("ascii") for word in words[:2] if word in (b"OK", b"NO", b"BAD", b"BYE", b"+OK", b"-ERR")), "line"
    )


def greet(talk: Talk, line: bytes) -> None:
    """Which protocol it is, and which program, if the greeting begins with it."""
    talk.memo["imap"], talk.memo["pop"] = line.startswith(b"*"), line.startswith(b"+OK")
    words = re.search(rb"(?:ESMTP|\(|\* OK|\+OK)\s*(.{1,60})", line)
    talk.product = product(words[1]) if words else ""
    if line.startswith(b"421"):
        return


def accepted(line: bytes) -> bool:
    """Whether the wish for TLS is granted."""
    return line[:3] in (b"220", b"234") or line.startswith(b"+OK") or b" OK" in line[:16]


def reply(talk: Talk, side: int, line: bytes, message: Message) -> None:
    """What a reply answers, and whether it is the last."""
    code = line[:3]
    talk.status = message.name
    if code == b"421":
        talk.say_goodbye(side, GOAWAY, "421", 421)
    elif code == b"221":
        # It answers QUIT alone, seen or not (RFC 5321 section 4.2.3, RFC 959 section 4.2).
        talk.say_goodbye(side, QUIT, message.name)
    elif line.startswith(b"* BYE"):
        talk.say_goodbye(side, QUIT if talk.goodbyes[1 - side] else FATAL, message.name)
    if not talk.waiting:
        return
    if talk.memo.get("imap"):
        asked = talk.asked()
        tag = asked.note if asked else b""
        if tag and line.split(b" ", 1)[0] == tag:
            talk.answered()
        return
    if code[:1] == b"1":
        return
    if talk.memo.get("data") and code == b"354":
        talk.memo["text"] = True
    talk.answered()
