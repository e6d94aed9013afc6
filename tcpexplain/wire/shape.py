"""What can be told of a payload of an unknown protocol: whether it begins with text, and ends with a line. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes

BEGINS_TEXT, ENDS_LINE, ENDS_CUT = 2048, 4096, 8192
"""Bits of ``Segment.options``: printable characters at its beginning, a line feed at its end; the snap length cut that end."""
LETTERS = 4
"""Bytes that are looked at."""


def shape(buffer: Bytes, at: int, end: int, length: int) -> int:
    """The bits of the payload at ``at``, of ``length`` bytes on the wire; ``end``: of what was captured."""
    if end - at < length:
        return ENDS_CUT | (BEGINS_TEXT if is_text(buffer, at, min(end, at + LETTERS)) else 0)
    return (BEGINS_TEXT if is_text(buffer, at, at + min(length, LETTERS)) else 0) | (
        ENDS_LINE if buffer[at + length - 1] == 10 else 0
    )


def is_text(buffer: Bytes, at: int, stop: int) -> bool:
    """Whether there are bytes, and all of them are printable characters, tabs or ends of lines."""
    for i in range(at, stop):
        letter: int = buffer[i] | 0
        if letter > 126 or (letter < 32 and letter != 9 and letter != 10 and letter != 13):
            return False
    return stop > at
