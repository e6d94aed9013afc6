"""What protocols have in common that are lines of words, some of them with the number of bytes that follow: memcached, NATS, beanstalkd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.payload.bytestream import skip, until

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Message, Talk

LINE = 1 << 16
"""Bytes of a line, at most."""
DIGITS = 10
"""Of a number of bytes, at most."""


def line(talk: Talk, side: int) -> Generator[Want, bytes, bytes]:
    """The next line; empty if it has no end or no word, and then nothing more of this direction is read."""
    found = yield until(b"\r\n", LINE)
    if not found.split():
        talk.flows[side].lost = True
        return b""
    return found


def counted(talk: Talk, side: int, name: str, head: bytes, count: int) -> Generator[Want, bytes, Message]:
    """A message of one line, and of ``count`` bytes behind it, if it is not negative; it is whole when this returns."""
    message = talk.begin(side, name, len(head), count + 2 if count >= 0 else 0)
    if side != talk.asker:
        message.answers = talk.asked()
        talk.started = message if talk.waiting else None
    if count >= 0:
        yield skip(count + 2)
    return talk.end(side)


def count(words: list[bytes], place: int) -> int:
    """The number at a place of a line; -1 if there is none."""
    word = words[place] if len(words) > place else b""
    return int(word) if word.isdigit() and len(word) <= DIGITS else -1
