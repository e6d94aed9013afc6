"""Kafka's protocol: requests with a length, a key and a number; responses with a length and that number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.payload.bytestream import skip, take

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Talk

NAME, RANK, FAREWELL = "Kafka", 80, (False, False)
KEYS = {
    0: "Produce", 1: "Fetch", 2: "ListOffsets", 3: "Metadata", 8: "OffsetCommit", 9: "OffsetFetch", 10: "FindCoordinator", 11: "JoinGroup",
    12: "Heartbeat", 13: "LeaveGroup", 14: "SyncGroup", 17: "SaslHandshake", 18: "ApiVersions", 19: "CreateTopics", 22: "InitProducerId", 36: "SaslAuthenticate",
}  # fmt: skip
LARGEST = 100 << 20
"""Bytes of a request (socket.request.max.bytes)."""
VERSIONS = 20


def recognises(data: bytes) -> bool:
    """A first request, less than 64 KiB: a key and version that exist, a number near 0, and the name of a client in plain letters."""
    if len(data) < 16 or data[0] or data[1] or data[4]:
        return False
    length, key, version, number, name = (
        int.from_bytes(data[at:end], "big") for at, end in ((0, 4), (4, 6), (6, 8), (8, 12), (12, 14))
    )
    plain = name == 0xFFFF or (
        0 < name <= 255 and data[14 : 14 + name].isascii() and data[14 : 14 + name].decode("latin-1").isprintable()
    )
    return length >= 10 and key in KEYS and version < VERSIONS and number < 64 and plain and len(data) <= length + 4


def resumes(data: bytes) -> bool:
    """A request that is a segment of its own."""
    return len(data) >= 14 and int.from_bytes(data[:4], "big") + 4 == len(data)


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Frame by frame."""
    talk.begun_by(side)
    while True:
        first = yield take(8)
        length = int.from_bytes(first[:4], "big")
        if not 4 <= length <= LARGEST:
            talk.flows[side].lost = True
            return
        if side == talk.asker:
            number = int.from_bytes((yield take(4)), "big") if length >= 8 else 0
            message = talk.begin(side, KEYS.get(int.from_bytes(first[4:6], "big"), "request"), 12, max(length - 8, 0))
            talk.ask(message, number)
            rest = length - 8
        else:
            number = int.from_bytes(first[4:], "big")
            message = talk.begin(side, "response", 8, length - 4)
            message.answers, talk.started = talk.asked(number), message
            rest = length - 4
        if rest > 0:
            yield skip(rest)
        talk.end(side)
        if side != talk.asker:
            talk.answered(number)
