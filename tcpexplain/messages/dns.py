"""DNS over TCP (RFC 7766): messages behind a length; questions and answers by their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.payload.bytestream import skip, take

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Talk

NAME, RANK, FAREWELL = "DNS", 85, (False, False)
HEADER = 12
LONGEST = 2 + 512
"""Bytes of a question, at most: a name has 255 (RFC 1035 section 2.3.4)."""
RCODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")


def recognises(data: bytes) -> bool:
    """One question of a plausible kind, as long as it says."""
    return asks(data) and int.from_bytes(data[:2], "big") + 2 == len(data)


def begins(data: bytes) -> bool:
    """The beginning of such a question."""
    return asks(data) and len(data) < int.from_bytes(data[:2], "big") + 2 <= LONGEST


def asks(data: bytes) -> bool:
    """A header that says one question, and the length of a name's first part."""
    if len(data) < 2 + HEADER + 5:
        return False
    counts = [int.from_bytes(data[at : at + 2], "big") for at in (6, 8, 10, 12)]
    query = data[4] & 0xF8 == 0 and data[5] & 0x4F == 0 and counts[0] == 1 and counts[1] == 0 and counts[3] <= 2
    return query and int.from_bytes(data[:2], "big") >= 17 and data[14] <= 63


def resumes(data: bytes) -> bool:
    """A message that is a segment of its own."""
    return len(data) >= 19 and int.from_bytes(data[:2], "big") + 2 == len(data)


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Message by message."""
    talk.begun_by(side)
    while True:
        first = yield take(6)
        length = int.from_bytes(first[:2], "big")
        if length < HEADER:
            talk.flows[side].lost = True
            return
        answer = bool(first[4] & 0x80)
        code = first[5] & 15
        message = talk.begin(
            side, (RCODES[code] if code < len(RCODES) else "answer") if answer else "question", 6, length - 4
        )
        if not answer:
            talk.ask(message, first[2:4])
        else:
            message.answers, talk.started = talk.asked(first[2:4]), message
        yield skip(length - 4)
        talk.end(side)
        if answer:  # of a zone transfer more may follow, which is then an answer to nothing
            talk.answered(first[2:4])
