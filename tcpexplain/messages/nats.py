"""NATS' client protocol: a server that greets with INFO, messages behind their number of bytes, PING and PONG, -ERR."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tcpexplain.messages import tls, upgrade
from tcpexplain.payload.bytestream import skip
from tcpexplain.payload.counted import count, line
from tcpexplain.payload.talk import FATAL

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Message, Talk

NAME, RANK, FAREWELL = "NATS", 88, (False, False)
GREETS = ANSWERS = True
GREETING = re.compile(rb'INFO \{ *"')
OPERATIONS = frozenset(b"INFO CONNECT PUB HPUB SUB UNSUB MSG HMSG PING PONG +OK -ERR".split())
COUNTED = (b"PUB", b"HPUB", b"MSG", b"HMSG")
"""Operations whose last word is the number of bytes that follow."""
ENDING = re.compile(
    rb"authorization|authentication|maximum connections|stale connection|slow consumer|maximum payload|secure connection|parser error|unknown protocol|shutdown|revoked|expired"
)
"""Of an error in small letters: those after which the server closes."""
SECURE = re.compile(rb'"tls_required" *: *true')


def recognises(data: bytes) -> bool:
    """The server's greeting; clients wait for it."""
    return bool(GREETING.match(data))


def begins(data: bytes) -> bool:
    """The same: all of it is not needed."""
    return recognises(data)


def resumes(data: bytes) -> bool:
    """An operation."""
    return data.split(None, 1)[:1] in ([word] for word in OPERATIONS) and b"\r\n" in data[:4096]


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Who greets is the server."""
    talk.begun_by(1 - side)
    while head := (yield from line(talk, side)):
        words = head.split()
        word = words[0].upper()
        if word not in OPERATIONS:
            talk.flows[side].lost = True
            return
        size = count(words, len(words) - 1) if word in COUNTED else -1
        message = talk.begin(side, word.decode("ascii"), len(head), size + 2 if size >= 0 else 0)
        if size >= 0:
            yield skip(size + 2)
        talk.end(side)
        if word == b"INFO" and SECURE.search(head):
            upgrade(talk, tls)
            return
        follow(talk, message, word, head)


def follow(talk: Talk, message: Message, word: bytes, head: bytes) -> None:
    """A client's PING wants an answer, and some errors end the connection."""
    if message.side == talk.asker:
        if word == b"PING":
            talk.ask(message)
    elif word == b"PONG":
        talk.answered()
    elif word == b"-ERR" and ENDING.search(head.lower()):
        talk.say_goodbye(message.side, FATAL, "-ERR")
