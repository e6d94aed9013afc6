"""Whether a payload begins like a conversation in a protocol that is neither HTTP nor TLS. Hot.

Each test is the one of ``recognises`` in ``messages/<protocol>.py``, as far as a few bytes of fixed places go: what passes none of
these passes none of those. A test holds the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes

SETTINGS = 4
CANCEL, SSL, GSS, THREE = 80877102, 80877103, 80877104, 0x30000
"""Codes of PostgreSQL's first packet."""
WORDS = (
    0x676574, 0x676174, 0x736574, 0x616464, 0x726570, 0x617070, 0x707265, 0x636173, 0x696E63, 0x646563, 0x746F75, 0x766572, 0x666C75, 0x707574, 0x757365, 0x776174, 0x69676E, 0x737461, 0x726573, 0x706565, 0x6C6973,
)  # fmt: skip
"""get, gat, set, add, replace, append, prepend, cas, incr, decr, touch, version, flush_all; put, use, watch, ignore, stats-tube, reserve, peek, list-tubes."""
MOST_KEYS = 128
"""Kinds of Kafka's requests, and versions of them, are below."""


def greets(buffer: Bytes, at: int, stop: int, length: int) -> bool:
    """Whether the payload at ``at``, of which was captured what lies before ``stop``, may begin like this; ``length``: on the wire."""
    there = stop - at
    first: int = buffer[at] | 0
    second: int = buffer[at + 1] | 0
    if (first == 16 and mqtt(buffer, at, stop)) or (42 <= first <= 53 and printed(buffer, at, stop, first)):
        return True
    if there >= 7 and (buffer[at + 2] | buffer[at + 3]) == 0 and (buffer[at + 4] == 10 or buffer[at + 4] == 255):
        return True
    if first == 0 and second == 0 and there >= 8 and starts(buffer, at):
        return True
    if first == 64 and second == 82:
        return True
    if (first == 1 and second == 1 and fastcgi(buffer, at, stop)) or (97 <= first <= 122 and worded(buffer, at, stop)):
        return True
    if there >= 16 and mongodb(buffer, at):
        return True
    return there >= 19 and (first << 8 | second) + 2 == length and dns(buffer, at)


def printed(buffer: Bytes, at: int, stop: int, first: int) -> bool:
    """Redis, a greeting line of a mail or file server, LDAP."""
    second: int = buffer[at + 1] | 0
    third: int = buffer[at + 2] | 0
    fourth: int = buffer[at + 3] | 0
    if first == 42:
        return (second == 32 and third in (66, 79, 80)) or array(buffer, at, stop)
    if first == 43:
        return second == 79 and third == 75
    if first == 45:
        return second == 69 and third == 82
    if first == 48:
        return ldap(buffer, at, stop)
    if fourth not in (32, 45):
        return False
    code = first << 16 | second << 8 | third
    return code in (0x323230, 0x343231, 0x353534)


def array(buffer: Bytes, at: int, stop: int) -> bool:
    """Redis: a star, up to six digits, and the end of the line."""
    i = at + 1
    while i < stop and i - at < 8 and 48 <= buffer[i] <= 57:
        i += 1
    return i > at + 1 and (i + 1 >= stop or (buffer[i] == 13 and buffer[i + 1] == 10))


def ldap(buffer: Bytes, at: int, stop: int) -> bool:
    """A sequence that begins with a number of one byte."""
    size: int = buffer[at + 1] | 0
    i = at + 2 + (size & 127 if size & 128 else 0)
    return i + 1 < stop and buffer[i] == 2 and buffer[i + 1] == 1


def mqtt(buffer: Bytes, at: int, stop: int) -> bool:
    """A CONNECT: its name's ``MQ`` behind one to four bytes of length and two of the name's."""
    i = at + 4
    while i + 1 < stop and i < at + 10:
        if buffer[i] == 77 and buffer[i + 1] == 81:
            return True
        i += 1
    return False


def fastcgi(buffer: Bytes, at: int, stop: int) -> bool:
    """A BEGIN_REQUEST of eight bytes, with a role of 1, 2 or 3."""
    return (
        stop - at >= 10
        and buffer[at + 4] == 0
        and buffer[at + 5] == 8
        and buffer[at + 8] == 0
        and 1 <= buffer[at + 9] <= 3
    )


def worded(buffer: Bytes, at: int, stop: int) -> bool:
    """A first command of memcached or beanstalkd: their words as far as three letters, then a blank or the end of the line, twenty bytes on at most."""
    if stop - at < 4:
        return False
    first, second, third = buffer[at] | 0, buffer[at + 1] | 0, buffer[at + 2] | 0
    if not (first == 109 and third == 32) and (first << 16 | second << 8 | third) not in WORDS:
        return False
    i = at + 1
    while i < stop and i - at < 20 and (97 <= buffer[i] <= 122 or buffer[i] == 45 or buffer[i] == 95):
        i += 1
    return i < stop and (buffer[i] == 32 or buffer[i] == 13)


def starts(buffer: Bytes, at: int) -> bool:
    """A first packet of PostgreSQL, a SETTINGS frame of HTTP/2, a first request of Kafka: two bytes of their lengths are 0."""
    code = (buffer[at + 4] | 0) << 24 | (buffer[at + 5] | 0) << 16 | (buffer[at + 6] | 0) << 8 | buffer[at + 7]
    if CANCEL <= code <= GSS or THREE <= code <= THREE + 2:
        return True
    if buffer[at + 3] == SETTINGS and code & 0xFEFFFFFF == 0 and buffer[at + 2] % 6 == 0:
        return True
    return code < MOST_KEYS << 16 and code & 0xFFFF < MOST_KEYS


def mongodb(buffer: Bytes, at: int) -> bool:
    """Its header: the answered request's number is 0, the code is one of its few, a length of less than 48 MB."""
    high: int = buffer[at + 14] | buffer[at + 15]
    answered: int = buffer[at + 8] | buffer[at + 9] | buffer[at + 10] | buffer[at + 11]
    return high == 0 and answered == 0 and buffer[at + 13] <= 7 and buffer[at + 3] <= 2


def dns(buffer: Bytes, at: int) -> bool:
    """One question, no answer."""
    answers: int = buffer[at + 8] | buffer[at + 9]
    return (buffer[at + 4] & 0xF8) == 0 and buffer[at + 6] == 0 and buffer[at + 7] == 1 and answers == 0
