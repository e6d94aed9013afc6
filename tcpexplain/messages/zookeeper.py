"""ZooKeeper's protocol: frames with a length, requests and answers by their numbers, the session's close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.payload.bytestream import skip, take
from tcpexplain.payload.talk import QUIT

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Message, Talk

NAME, RANK, FAREWELL = "ZooKeeper", 84, (True, True)
NAMES_REQUESTS = True
CONNECT = (44, 45)
"""Bytes of the first request, without and with its word for read-only."""
LARGEST = 100 << 20
CLOSE_SESSION = -11
CODES = {
    1: "create", 2: "delete", 3: "exists", 4: "getData", 5: "setData", 6: "getACL", 7: "setACL", 8: "getChildren", 9: "sync",
    11: "ping", 12: "getChildren2", 13: "check", 14: "multi", CLOSE_SESSION: "closeSession", 100: "auth", 101: "setWatches",
}  # fmt: skip


def recognises(data: bytes) -> bool:
    """A first request: version 0, a timeout, a session and its password of 16 bytes."""
    length = int.from_bytes(data[:4], "big")
    return len(data) >= 44 and length in CONNECT and data[4:8] == bytes(4) and data[28:32] == b"\0\0\0\x10"


def resumes(data: bytes) -> bool:
    """A frame that is a segment of its own."""
    return len(data) >= 12 and int.from_bytes(data[:4], "big") + 4 == len(data)


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Frame by frame; the first of each end opens the session."""
    talk.begun_by(side)
    opens = not talk.flows[side].resumed
    while True:
        length = int.from_bytes((yield take(4)), "big")
        if not 8 <= length <= LARGEST:
            talk.flows[side].lost = True
            return
        head = yield take(8)
        number, code = (int.from_bytes(head[at : at + 4], "big", signed=True) for at in (0, 4))
        asks = side == talk.asker
        name = (
            "connect" if opens else CODES.get(code, "request") if asks else "notification" if number == -1 else "answer"
        )
        message = talk.begin(side, name, 12, length - 8)
        if opens:
            number = 0
        begun(talk, message, number)
        if length > 8:
            yield skip(length - 8)
        talk.end(side)
        if not asks:
            talk.answered(number)
        if not opens:
            part(talk, side, name)
        opens = False


def begun(talk: Talk, message: Message, number: int) -> None:
    """A request that waits for the answer with its number, or that answer."""
    if message.side == talk.asker:
        talk.ask(message, number)
    else:
        message.answers = talk.asked(number)
        talk.started = message if message.answers else talk.started
        talk.memo["parting"] = bool(message.answers and message.answers.name == CODES[CLOSE_SESSION])


def part(talk: Talk, side: int, name: str) -> None:
    """The client's closeSession, and the answer to it, are their goodbyes."""
    closes = name == CODES[CLOSE_SESSION] if side == talk.asker else talk.memo.get("parting")
    if closes:
        talk.say_goodbye(side, QUIT, CODES[CLOSE_SESSION])
