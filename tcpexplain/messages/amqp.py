"""AMQP 0-9-1: frames, Connection.Close with its code, heartbeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.payload.bytestream import skip, take
from tcpexplain.payload.talk import FATAL, QUIT

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Talk

NAME, RANK, FAREWELL = "AMQP", 15, (True, True)
METHOD, HEADER, BODY, HEARTBEAT = 1, 2, 3, 8
KINDS = {METHOD: "method", HEADER: "content header", BODY: "content", HEARTBEAT: "heartbeat"}
TUNE_OK, CLOSE, CLOSE_OK = (10, 31), (10, 50), (10, 51)
METHODS = {
    (10, 10): "Connection.Start", (10, 11): "Connection.StartOk", (10, 30): "Connection.Tune", TUNE_OK: "Connection.TuneOk", (10, 40): "Connection.Open",
    CLOSE: "Connection.Close", CLOSE_OK: "Connection.CloseOk", (20, 40): "Channel.Close", (60, 40): "Basic.Publish", (60, 60): "Basic.Deliver",
}  # fmt: skip
SUCCESS, LARGEST = 200, 1 << 27
PATIENCE = 2
"""Heartbeats without a frame after which a peer counts as dead (AMQP 0-9-1 section 4.2.7)."""


def recognises(data: bytes) -> bool:
    """The protocol header, which a server that does not know the version sends too."""
    return data.startswith(b"AMQP\0\0\x09\1")


def resumes(data: bytes) -> bool:
    """A frame that ends as one."""
    return len(data) >= 8 and data[0] in KINDS and data[7 + int.from_bytes(data[3:7], "big") :][:1] == b"\xce"


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """The header, then frames."""
    talk.begun_by(side)
    if side == talk.asker and not talk.flows[side].resumed:
        yield take(8)
    while True:
        first = yield take(7)
        length = int.from_bytes(first[3:], "big")
        if first[0] not in KINDS or length > LARGEST:
            talk.flows[side].lost = True
            return
        message = talk.begin(side, KINDS[first[0]], 7, length + 1)
        rest = length + 1
        if first[0] == METHOD and length >= 4:
            found = yield take(min(length, 12))
            rest -= len(found)
            method = int.from_bytes(found[:2], "big"), int.from_bytes(found[2:4], "big")
            message.name = METHODS.get(method, "method")
            if method == TUNE_OK:
                talk.heartbeat = PATIENCE * int.from_bytes(found[10:12], "big")
            farewell(talk, side, method, int.from_bytes(found[4:6], "big"))
        yield skip(rest)
        talk.end(side)


def farewell(talk: Talk, side: int, method: tuple[int, int], code: int) -> None:
    """Connection.Close, with its reply code, or the answer to it."""
    if method == CLOSE:
        talk.say_goodbye(side, QUIT if code in (0, SUCCESS) else FATAL, f"Connection.Close {code}", code)
    elif method == CLOSE_OK:
        talk.say_goodbye(side, QUIT, "Connection.CloseOk")
