"""memcached's text protocol: commands in lines, values behind their number of bytes, answers in the order of their commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tcpexplain.payload.bytestream import skip
from tcpexplain.payload.counted import count, counted, line
from tcpexplain.payload.talk import QUIT

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Talk

NAME, RANK, FAREWELL = "memcached", 95, (False, False)
ANSWERS = True
STORES = (b"set", b"add", b"replace", b"append", b"prepend", b"cas")
BYTES_AT = {**dict.fromkeys(STORES, 4), b"ms": 2}
"""Commands that a value follows, and where in their line its number of bytes stands."""
FIRST = re.compile(
    rb"(?:gets? [!-~]{1,250}(?: [!-~]{1,250})*|gats? -?\d+(?: [!-~]{1,250})+|(?:set|add|replace|append|prepend) [!-~]{1,250} \d{1,10} -?\d{1,11} \d{1,10}(?: noreply)?"
    rb"|cas [!-~]{1,250} \d{1,10} -?\d{1,11} \d{1,10} \d{1,20}(?: noreply)?|(?:incr|decr|touch) [!-~]{1,250} \d{1,20}(?: noreply)?|m[gsdan] [!-~]{1,250}(?: [!-~]+)*"
    rb"|version|flush_all(?: \d+)?)\r\n"
)
BEGUN = re.compile(rb"(?:gets? |(?:set|add|replace|append|prepend|cas) [!-~]{1,250} \d)[ -~]*")
COMMANDS = frozenset(
    b"get gets gat gats delete incr decr touch stats version verbosity flush_all quit mg ms md ma mn me".split()
) | frozenset(STORES)
"""Words that are told; others are a command."""
REPLY = re.compile(
    rb"VALUE|STAT|END|STORED|NOT_STORED|EXISTS|NOT_FOUND|DELETED|TOUCHED|OK|VERSION|RESET|ERROR|CLIENT_ERROR|SERVER_ERROR|\d{1,20}|[A-Z]{2}"
)
VALUE_AT, GO_ON = {b"VALUE": 3, b"VA": 1}, (b"VALUE", b"STAT")
"""Answers that a value follows, and where its number of bytes stands; lines behind which an answer goes on."""
ERRORS = (b"ERROR", b"CLIENT_ERROR", b"SERVER_ERROR")
SILENT = (b"noreply", b"q")
"""Last words of commands that want no answer, or only where something is found."""


def recognises(data: bytes) -> bool:
    """A first command."""
    return bool(FIRST.match(data))


def begins(data: bytes) -> bool:
    """A first command whose line is not whole."""
    return bool(BEGUN.fullmatch(data))


def resumes(data: bytes) -> bool:
    """A command."""
    return recognises(data)


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Who sends a command first is the client."""
    talk.begun_by(side)
    while head := (yield from line(talk, side)):
        if side == talk.asker:
            yield from command(talk, side, head)
        elif not (yield from reply(talk, side, head)):
            talk.flows[side].lost = True
            return


def command(talk: Talk, side: int, head: bytes) -> Generator[Want, bytes, None]:
    """One command, and the value that it stores."""
    words = head.split()
    word = words[0].lower()
    name = word.decode("ascii") if word in COMMANDS else "command"
    message = yield from counted(talk, side, name, head, count(words, BYTES_AT[word]) if word in BYTES_AT else -1)
    if word == b"quit":
        talk.say_goodbye(side, QUIT, "quit")
    elif words[-1] not in SILENT:
        talk.ask(message)


def reply(talk: Talk, side: int, head: bytes) -> Generator[Want, bytes, bool]:
    """One answer: values and statistics up to their END, or one line; False if it is none."""
    words = head.split()
    message = talk.begin(side, "error" if words[0] in ERRORS else "reply", len(head))
    message.answers = talk.asked()
    talk.started = message if talk.waiting else None
    while words and REPLY.fullmatch(words[0]):
        size = count(words, VALUE_AT[words[0]]) if words[0] in VALUE_AT else -1
        if size >= 0:
            yield skip(size + 2)
        if words[0] not in GO_ON:
            talk.end(side)
            talk.answered()
            return True
        words = (yield from line(talk, side)).split()
    return False
