"""MQTT 3.1 to 5: packets with a length, what they acknowledge, DISCONNECT, the keep-alive time that a client announces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.payload.bytestream import skip, take
from tcpexplain.payload.talk import FATAL, QUIT

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Talk

NAME, RANK, FAREWELL = "MQTT", 55, (True, True)
CONNECT, CONNACK, PUBACK, SUBSCRIBE, SUBACK, PINGREQ, PINGRESP, DISCONNECT = 1, 2, 4, 8, 9, 12, 13, 14
KINDS = (
    "reserved", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK",
    "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH",
)  # fmt: skip
ASKS = {CONNECT: CONNACK, SUBSCRIBE: SUBACK, 10: 11, PINGREQ: PINGRESP}
"""Packets of the client and the kind of their answers. Of messages, either end may publish them."""
ANSWERS = frozenset(ASKS.values())
PATIENCE = 1.5
"""Keep-alive times without a packet after which the server closes (MQTT 5.0 section 3.1.2.10)."""
NORMAL = (0, 4)
"""Reason codes of a DISCONNECT that is no error: normal, and with the will's message."""


def recognises(data: bytes) -> bool:
    """A CONNECT."""
    return data[:1] == b"\x10" and (b"\0\4MQTT" in data[2:12] or b"\0\6MQIsdp" in data[2:14])


def resumes(data: bytes) -> bool:
    """An acknowledgment or a ping that is a packet of its own."""
    return len(data) in (2, 4) and data[0] >> 4 in (PUBACK, PINGREQ, PINGRESP, DISCONNECT) and data[1] == len(data) - 2


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Packet by packet."""
    talk.begun_by(side)
    while True:
        first = yield take(2)
        kind, length, header, shift = first[0] >> 4, first[1] & 127, 2, 7
        while first[-1] & 128 and header < 5:
            first = yield take(1)
            length, header, shift = length | (first[0] & 127) << shift, header + 1, shift + 7
        if not kind:
            talk.flows[side].lost = True
            return
        message = talk.begin(side, KINDS[kind], header, length)
        found = (yield take(min(length, 12))) if length and kind in (CONNECT, CONNACK, DISCONNECT) else b""
        if length > len(found):
            yield skip(length - len(found))
        talk.end(side)
        note(talk, side, kind, found)
        if kind in ANSWERS:
            message.answers = talk.asked(kind)
            talk.answered(kind)
        elif kind in ASKS:
            talk.ask(message, ASKS[kind])


def note(talk: Talk, side: int, kind: int, found: bytes) -> None:
    """The keep-alive time, a refusal, a farewell."""
    if kind == CONNECT and len(found) >= 10:
        at = 2 + int.from_bytes(found[:2], "big") + 2
        talk.heartbeat = PATIENCE * int.from_bytes(found[at : at + 2], "big")
    elif kind == CONNACK and len(found) >= 2 and found[1]:
        talk.say_goodbye(side, FATAL, f"CONNACK {found[1]}", found[1])
    elif kind == DISCONNECT:
        code = found[0] if found else 0
        talk.say_goodbye(side, QUIT if code in NORMAL else FATAL, f"DISCONNECT {code}" if code else "DISCONNECT", code)
