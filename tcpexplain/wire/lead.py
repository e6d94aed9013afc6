"""What a segment's payload begins with: a message whose end is known, something that must be read, or nothing that is known. Hot.

Most connections of a large capture end in order, with both ends' last messages whole. To know that it is enough to look at
the beginning of each message and to count; who is known to be well need not be read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tcpexplain.hot.inline import replaced_by
from tcpexplain.wire.greeting import greets

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes

NOTHING, READ, FATAL_ALERT, READ_ANSWER, UNSEEN = 0, -1, -2, -3, -4
"""Nothing that a protocol begins with; something that has to be read; a TLS alert in clear; an answer of HTTP that has to be
read; the snap length left too little to tell. Else ``message << 2``, and two bits:"""
IS_TLS, IS_LONG, IS_ANSWER = 2, 1, 1
"""TLS records, and the last of them is no close_notify; without that bit, an answer of HTTP."""
LONGEST = (1 << 14) + 2048
"""Bytes of a TLS record at most (RFC 5246 section 6.2.3)."""
ALERT, SEALED, SEALED_SHORT = 21, 19, 11
"""A close_notify by what its record says: its kind, or in TLS 1.3 its bytes (``messages.tls.SEALED``)."""
LARGEST = 1 << 28
"""Bytes of a message whose end is foreseen."""
LINE, LETTERS = 1 << 14, 12
"""Bytes of a head, letters of a method at most."""
WORDS = tuple(b"content-length:transfer-encoding:upgrade:expect:http/1.head connect pri ssh-amqp")
"""The words that are looked for, one behind the other."""
CONTENT_LENGTH, TRANSFER, UPGRADE, EXPECT, HTTP, HEAD, CONNECT, PRI, SSH, AMQP = 0, 15, 33, 41, 48, 55, 60, 68, 72, 76
"""Where each of them begins."""


def native_lead(buffer: Bytes, at: int, end: int, length: int) -> int:
    """What the payload at ``at`` begins with, of ``length`` bytes on the wire; ``end``: of what was captured."""
    stop = min(end, at + length)
    if stop - at < 4:
        return UNSEEN if length >= 4 else NOTHING
    first: int = buffer[at] | 0
    second: int = buffer[at + 1] | 0
    if 20 <= first <= 24 and second == 3:
        return records(buffer, at, stop, length)
    if 65 <= first <= 90:
        found = text(buffer, at, stop)
        if found != NOTHING:
            return found
    return READ if greets(buffer, at, stop, length) else NOTHING


@replaced_by(native_lead)
def lead(buffer: Bytes, at: int, end: int, length: int) -> int:
    """See ``native_lead``; plain code looks at heads by their lines."""
    stop = min(end, at + length)
    if stop - at < 4 or not 65 <= buffer[at] <= 90:
        return native_lead(buffer, at, end, length)
    data = bytes(buffer[at : min(stop, at + LINE)])
    if data[:7].lower() == b"http/1.":
        if len(data) < 13:
            return READ_ANSWER
        status = sum((data[9 + place] - 48) * weight for place, weight in enumerate((100, 10, 1)))
        if status == 101 or not 100 <= status <= 599:
            return READ_ANSWER
        return as_answer(plain_head(data, -2 if status < 200 or status in (204, 304) else -1))
    found = METHOD.match(data)
    if not found:
        return READ if OTHER.match(data) or greets(buffer, at, stop, length) else NOTHING
    return READ if found[0] in (b"HEAD ", b"CONNECT ", b"PRI ") else plain_head(data, 0)


METHOD, OTHER, DIGITS = (
    re.compile(rb"[A-Z]{3,11} "),
    re.compile(rb"SSH-|AMQP", re.IGNORECASE),
    re.compile(rb" *(\d{1,10})"),
)


def plain_head(data: bytes, otherwise: int) -> int:
    """See ``head``."""
    end, body = data.find(b"\r\n\r\n"), -1
    if end < 0:
        return READ
    for line in data[:end].lower().split(b"\r\n")[1:]:
        if line.startswith(b"content-length:"):
            found = DIGITS.fullmatch(line, 15)
            if not found:
                return READ
            body = int(found[1])
        elif line.startswith((b"transfer-encoding:", b"upgrade:", b"expect:")):
            return READ
    body = 0 if otherwise == -2 else otherwise if body < 0 else body
    return READ if body < 0 or body > LARGEST else end + 4 + body << 2


def text(buffer: Bytes, at: int, stop: int) -> int:
    """A payload that begins with a capital letter: a request or an answer of HTTP, or the banner of another protocol."""
    if begins(buffer, at, stop, HTTP, 7):
        return answer(buffer, at, stop)
    i = at
    while i < stop and i - at < LETTERS and 65 <= buffer[i] <= 90:
        i += 1
    if i < stop and buffer[i] == 32 and i - at >= 3:
        return request(buffer, at, stop)
    if begins(buffer, at, stop, SSH, 4) or begins(buffer, at, stop, AMQP, 4):
        return READ
    return NOTHING


def begins(buffer: Bytes, at: int, stop: int, word: int, letters: int) -> bool:
    """Whether the word of so many letters that begins at place ``word`` of ``WORDS`` stands at ``at``, in letters of either kind."""
    if stop - at < letters:
        return False
    for i in range(letters):
        letter: int = buffer[at + i] | 0
        if 65 <= letter <= 90:
            letter += 32
        if letter != WORDS[word + i]:
            return False
    return True


def request(buffer: Bytes, at: int, stop: int) -> int:
    """A request: its head and what it says of its body; HEAD and CONNECT change what the answer is."""
    if begins(buffer, at, stop, HEAD, 5) or begins(buffer, at, stop, CONNECT, 8) or begins(buffer, at, stop, PRI, 4):
        return READ
    return head(buffer, at, stop, 0)


def answer(buffer: Bytes, at: int, stop: int) -> int:
    """An answer: its head and what it says of its body."""
    if stop - at < 13:
        return READ_ANSWER
    status = (buffer[at + 9] - 48) * 100 + (buffer[at + 10] - 48) * 10 + buffer[at + 11] - 48
    if status == 101 or status < 100 or status > 599:
        return READ_ANSWER
    return as_answer(head(buffer, at, stop, -2 if status < 200 or status == 204 or status == 304 else -1))


def as_answer(found: int) -> int:
    """What ``head`` found, where it is an answer's."""
    return READ_ANSWER if found == READ else found | IS_ANSWER


def head(buffer: Bytes, at: int, stop: int, otherwise: int) -> int:
    """Head and body; ``otherwise``: the body's length where no field says it; -1: then it is unknown, -2: there is none anyway."""
    i, body = at, -1
    stop = min(stop, at + LINE)
    while True:
        while i + 1 < stop and not (buffer[i] == 13 and buffer[i + 1] == 10):
            i += 1
        i += 2
        if i + 1 >= stop:
            return READ
        letter: int = buffer[i] | 32
        if buffer[i] == 13 and buffer[i + 1] == 10:
            break
        if letter == 99 and begins(buffer, i, stop, CONTENT_LENGTH, 15):
            body = number(buffer, i + 15, stop)
            if body < 0:
                return READ
        elif (
            (letter == 116 and begins(buffer, i, stop, TRANSFER, 18))
            or (letter == 117 and begins(buffer, i, stop, UPGRADE, 8))
            or (letter == 101 and begins(buffer, i, stop, EXPECT, 7))
        ):
            return READ
    if otherwise == -2:
        body = 0
    elif body < 0:
        body = otherwise
    if body < 0 or body > LARGEST:
        return READ
    return (i + 2 - at + body) << 2


def number(buffer: Bytes, at: int, stop: int) -> int:
    """The decimal number of a field, -1: it is none, or too large."""
    found, digits = 0, 0
    while at < stop and buffer[at] == 32:
        at += 1
    while at < stop and 48 <= buffer[at] <= 57 and digits < 10:
        found = found * 10 + buffer[at] - 48
        digits += 1
        at += 1
    if digits == 0 or at >= stop or buffer[at] != 13:
        return -1
    return found


def records(buffer: Bytes, at: int, stop: int, length: int) -> int:
    """TLS records up to the end of the last that begins in this segment."""
    i, size, there = 0, 0, stop - at
    kind = 0
    while i + 5 <= there:
        kind = buffer[at + i] | 0
        if kind < 20 or kind > 24 or buffer[at + i + 1] != 3:
            return READ
        if i == 0 and (buffer[at + 2] > 4 or ((buffer[at + 3] | 0) << 8 | buffer[at + 4]) - 1 >= LONGEST):
            return NOTHING
        size = (buffer[at + i + 3] | 0) << 8 | buffer[at + i + 4]
        if kind == ALERT and size == 2:
            return FATAL_ALERT
        i += 5 + size
    if i < length and i + 5 > there:
        return READ
    notify = kind == ALERT or size in (SEALED, SEALED_SHORT)
    return i << 2 | IS_TLS | (0 if notify else IS_LONG)
