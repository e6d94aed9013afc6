"""beanstalkd's protocol: commands in lines, jobs behind their number of bytes, answers in the order of their commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tcpexplain.payload.counted import count, counted, line
from tcpexplain.payload.talk import QUIT

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Talk

NAME, RANK, FAREWELL = "beanstalkd", 96, (False, False)
ANSWERS = True
FIRST = re.compile(
    rb"(?:put \d{1,10} \d{1,10} \d{1,10} \d{1,10}|(?:use|watch|ignore|stats-tube) [!-~]{1,200}|reserve|reserve-with-timeout \d{1,10}|peek-(?:ready|delayed|buried)|list-tubes?(?:-used|-watched)?)\r\n"
)
COMMANDS = frozenset(
    b"put use reserve reserve-with-timeout reserve-job delete release bury touch watch ignore peek peek-ready peek-delayed peek-buried kick kick-job".split()
) | frozenset(b"stats stats-job stats-tube list-tubes list-tube-used list-tubes-watched pause-tube quit".split())
"""Words that are told; others are a command."""
BYTES_AT = {b"RESERVED": 2, b"FOUND": 2, b"OK": 1}
"""Answers that a job or a text follows, and where in their line its number of bytes stands."""
REPLY = re.compile(
    rb"INSERTED|BURIED|EXPECTED_CRLF|JOB_TOO_BIG|DRAINING|USING|RESERVED|DEADLINE_SOON|TIMED_OUT|DELETED|NOT_FOUND|RELEASED|TOUCHED|WATCHING|NOT_IGNORED|FOUND|KICKED|OK|PAUSED"
    rb"|OUT_OF_MEMORY|INTERNAL_ERROR|BAD_FORMAT|UNKNOWN_COMMAND"
)


def recognises(data: bytes) -> bool:
    """A first command."""
    return bool(FIRST.match(data))


def resumes(data: bytes) -> bool:
    """A command."""
    return recognises(data)


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Who sends a command first is the client."""
    talk.begun_by(side)
    while head := (yield from line(talk, side)):
        words = head.split()
        if side == talk.asker:
            yield from command(talk, side, head, words)
        elif REPLY.fullmatch(words[0]):
            size = count(words, BYTES_AT[words[0]]) if words[0] in BYTES_AT else -1
            yield from counted(talk, side, words[0].decode("ascii"), head, size)
            talk.answered()
        else:
            talk.flows[side].lost = True
            return


def command(talk: Talk, side: int, head: bytes, words: list[bytes]) -> Generator[Want, bytes, None]:
    """One command, and the job that it puts."""
    name = words[0].decode("ascii") if words[0] in COMMANDS else "command"
    message = yield from counted(talk, side, name, head, count(words, 4) if words[0] == b"put" else -1)
    if words[0] == b"quit":
        talk.say_goodbye(side, QUIT, "quit")
    else:
        talk.ask(message)
