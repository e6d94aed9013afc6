"""FastCGI: records with a length, requests by their numbers, answers up to END_REQUEST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.payload.bytestream import skip, take

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Message, Talk

NAME, RANK, FAREWELL = "FastCGI", 65, (False, False)
ANSWERS = NAMES_REQUESTS = True
VERSION, HEADER = 1, 8
BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES, GET_VALUES_RESULT, UNKNOWN = range(1, 12)
BODY = 8
"""Bytes of BEGIN_REQUEST and END_REQUEST behind their headers."""
ROLES = (1, 2, 3)


def recognises(data: bytes) -> bool:
    """BEGIN_REQUEST, with a role."""
    begun = data[:2] == bytes([VERSION, BEGIN]) and data[4:6] == bytes([0, BODY])
    return len(data) >= HEADER + 2 and begun and data[8] == 0 and data[9] in ROLES


def resumes(data: bytes) -> bool:
    """A record of a known kind."""
    return len(data) >= HEADER and data[0] == VERSION and BEGIN <= data[1] <= UNKNOWN and data[7] == 0


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Record by record."""
    talk.begun_by(side)
    while True:
        first = yield take(HEADER)
        kind, number, length = first[1], int.from_bytes(first[2:4], "big"), int.from_bytes(first[4:6], "big")
        if first[0] != VERSION or not BEGIN <= kind <= UNKNOWN:
            talk.flows[side].lost = True
            return
        if number:
            begun(talk, side, kind, number)
        if length + first[6]:
            yield skip(length + first[6])
        if number and (kind == END or (kind == STDIN and not length)):
            ended(talk, side, number)


def begun(talk: Talk, side: int, kind: int, number: int) -> None:
    """A record of a request has begun: its first one, or the first of its answer; a web server may take its request back."""
    messages: dict[int, list[Message | None]] = talk.memo.setdefault("requests", {})
    known = messages.get(number)
    if kind == BEGIN:
        asked = made(talk, side, "request")
        messages[number] = [asked, None]
        talk.ask(asked, number)
    elif kind == ABORT:
        talk.answered(number)
        messages.pop(number, None)
    elif known and kind in (STDOUT, STDERR, END) and known[1] is None:
        known[1] = answer = made(talk, side, "answer")
        answer.answers = known[0]


def made(talk: Talk, side: int, name: str) -> Message:
    """A message that others may be interleaved with."""
    message = talk.begin(side, name, HEADER)
    talk.open[side] = None
    return message


def ended(talk: Talk, side: int, number: int) -> None:
    """An empty STDIN ends a request, END_REQUEST its answer."""
    known: list[Message | None] | None = talk.memo.get("requests", {}).get(number)
    message = known[0 if side == talk.asker else 1] if known else None
    if message is not None:
        message.whole, message.end = True, talk.flows[side].position
        talk.last[side] = message
    if side != talk.asker:
        talk.memo.get("requests", {}).pop(number, None)
        talk.answered(number)


def unfinished(talk: Talk, side: int) -> bool:
    """Whether an end is in the middle of a request or an answer."""
    requests: dict[int, list[Message | None]] = talk.memo.get("requests", {})
    place = 0 if side == talk.asker else 1
    return any((message := known[place]) is not None and not message.whole for known in requests.values())


def started(talk: Talk) -> Message | None:
    """An answer that has begun and not ended."""
    requests: dict[int, list[Message | None]] = talk.memo.get("requests", {})
    return next((answer for _, answer in requests.values() if answer is not None), None)
