"""HTTP/2 in clear (RFC 9113): frames, open streams, RST_STREAM, GOAWAY with its last stream and code; gRPC runs on it.

Header blocks are compressed with a memory of all before them; of them only what the static table says is read: the method and the
status in their usual forms.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tcpexplain.payload.bytestream import skip, take
from tcpexplain.payload.talk import FATAL, GOAWAY, OF_ONE, Message

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Talk

NAME, RANK, FAREWELL = "HTTP/2", 10, (False, False)
ANSWERS = NAMES_REQUESTS = True
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH, PING, GO, WINDOW, CONTINUATION = range(10)
END_STREAM, PADDED, PRIORITISED = 1, 8, 32
CODES = (
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
    "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
)  # fmt: skip
"""RFC 9113 section 7."""
STATIC = {
    0x82: "GET",
    0x83: "POST",
    0x88: "200",
    0x89: "204",
    0x8A: "206",
    0x8B: "304",
    0x8C: "400",
    0x8D: "404",
    0x8E: "500",
}
"""Fields that the static table holds whole (RFC 7541 appendix A)."""
BLOCK = 256
"""Bytes of a header block that are looked at."""
GRPC = re.compile(rb"grpc-status[\x01\x02](\d{1,2})")
"""gRPC's status in a trailer that is not compressed: a literal field (RFC 7541 section 6.2), as gRPC's core writes it."""
STREAMS = 4096
"""Streams that are followed at the same time at most."""
EVERY = (1 << 31) - 1
WORD = 4
"""Bytes of a code."""
CONTENT = (DATA, HEADERS, PUSH, CONTINUATION)
"""Frames that carry something, unless they are empty."""
LATE, LAST = 1, 2
"""Which frames are without content: all after the other end's FIN; the last one, before any."""
FAILURES = (1, 2, 3, 4, 6, 7, 9, 10, 11, 12)
"""Codes of RST_STREAM by which a server says that it cannot answer; others end a stream that is over, or that nobody wants."""
GRPC_STATUS, UNAVAILABLE = "grpc-status", b"14"
"""gRPC's status of a server that shuts down (grpc.io/docs/guides/status-codes)."""
LARGEST, LAST_KIND = 1 << 20, 16
"""Bytes of a frame that servers ask for at most, and the last kind that is registered: else the end of the last frame was none."""


def recognises(data: bytes) -> bool:
    """The client's preface, or a first SETTINGS frame."""
    if data[:14] == PREFACE[:14]:
        return True
    return is_settings(data)


def is_settings(data: bytes) -> bool:
    """A SETTINGS frame on stream 0, of whole settings."""
    return (
        len(data) >= 9
        and data[3] == SETTINGS
        and data[5:9] == bytes(4)
        and data[4] in (0, 1)
        and data[:2] == b"\0\0"
        and data[2] % 6 == 0
    )


def resumes(data: bytes) -> bool:
    """A frame that can hardly be anything else."""
    if len(data) < 9 or data[3] > CONTINUATION or data[5] & 128 or data[0]:
        return False
    length, stream = int.from_bytes(data[:3], "big"), int.from_bytes(data[5:9], "big")
    if is_settings(data) or length > 1 << 14:
        return is_settings(data)
    if data[3] == DATA:
        return length > 0 and not data[4] & ~(END_STREAM | PADDED) and stream % 2 == 1 and stream < 1 << 16
    return data[3] in (HEADERS, GO, RST_STREAM) and stream < 1 << 24 and (data[3] != GO or not stream)


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Frame by frame."""
    streams = talk.memo.setdefault("streams", {})
    if talk.flows[side].resumed and side != talk.asker:
        streams.clear()  # which of them have ended meanwhile, nobody knows
    first = yield take(9)
    if first == PREFACE[:9]:
        talk.asker = side
        yield take(len(PREFACE) - 9)
        first = yield take(9)
    while True:
        length, kind, flags = int.from_bytes(first[:3], "big"), first[3], first[4]
        stream = int.from_bytes(first[5:9], "big") & EVERY
        if length > LARGEST or kind > LAST_KIND or (kind == SETTINGS and stream):
            talk.flows[side].lost = True  # what came before was no frame
            return
        rest = length
        if kind == HEADERS and length:
            block = yield take(min(length, BLOCK))
            rest = length - len(block)
            headers(talk, side, stream, flags, block, streams)
        elif kind == GO and 8 <= length <= 1 << 14:
            found = yield take(8)
            rest = length - 8
            goaway(talk, side, found)
        elif kind == RST_STREAM and length == WORD:
            rest = 0
            reset(talk, side, stream, streams, int.from_bytes((yield take(WORD)), "big"))
        after(talk, side, content=kind in CONTENT and length > 0)
        if rest:
            yield skip(rest)
        if kind in (DATA, HEADERS) and flags & END_STREAM:
            ended(talk, side, stream, streams)
        elif kind == DATA and stream not in streams and talk.flows[side].resumed:
            goes_on(talk, side, stream, streams)
        first = yield take(9)


def headers(
    talk: Talk, side: int, stream: int, flags: int, block: bytes, streams: dict[int, list[Message | None]]
) -> None:
    """A request begins on a new stream, an answer on a known one."""
    at = (1 if flags & PADDED else 0) + (5 if flags & PRIORITISED else 0)
    words = [STATIC[byte] for byte in block[at : at + 3] if byte in STATIC]
    known = streams.get(stream)
    if known is None:
        if len(streams) >= STREAMS:
            return
        if stream % 2 == 0 or (talk.asker >= 0 and side != talk.asker):
            return
        message = made(talk, side, f"{words[0] if words else 'request'}, stream {stream}")
        talk.method = words[0] if words else ""
        streams[stream] = [message, None]
        talk.ask(message, stream)
    elif (asked := known[0]) and side != asked.side:
        if known[1] is None:
            known[1] = answer = made(talk, side, words[0] if words else "answer")
            answer.answers, answer.note = asked, talk.flows[asked.side].fin >= 0
            talk.status = words[0] if words else ""
        failure = GRPC.search(block)
        if failure and failure[1] != b"0" and known[1]:
            known[1].name = f"{GRPC_STATUS} {failure[1].decode('ascii')}"
            if failure[1] == UNAVAILABLE:
                talk.say_goodbye(side, FATAL, known[1].name, OF_ONE)


def take_over(talk: Talk, asked: Message) -> None:
    """The request in HTTP/1.1 that asked for HTTP/2 is stream 1, and closed to its client (RFC 7540 section 3.2)."""
    talk.memo["streams"] = {1: [asked, None]}
    talk.ask(asked, 1)


def goes_on(talk: Talk, side: int, stream: int, streams: dict[int, list[Message | None]]) -> None:
    """An answer whose beginning is not in the capture, nor that of its request, and which does not end here."""
    if side != talk.asker >= 0 and len(streams) < STREAMS:
        asked = Message(talk.asker, f"request, stream {stream}", 0, 0, -1, 0, 0)
        talk.ask(asked, stream)
        streams[stream] = [asked, made(talk, side, "answer")]


def made(talk: Talk, side: int, name: str) -> Message:
    """A message that others may be interleaved with."""
    message = talk.begin(side, name, 0)
    talk.open[side] = None
    return message


def ended(talk: Talk, side: int, stream: int, streams: dict[int, list[Message | None]]) -> None:
    """One end has sent all of its message."""
    known = streams.get(stream)
    if known is None or known[0] is None:
        return
    message = known[0] if side == known[0].side else known[1]
    if message is not None:
        message.whole, message.end = True, talk.flows[side].position
        talk.last[side] = message
    if side != known[0].side:
        if message is not None and not message.name.startswith(GRPC_STATUS):
            talk.take_back(side)
        over(talk, stream, streams)


def reset(talk: Talk, side: int, stream: int, streams: dict[int, list[Message | None]], code: int) -> None:
    """One end ends a stream; a server that cannot answer says why."""
    known = streams.get(stream)
    if known is None or known[0] is None:
        return
    if side == known[0].side and talk.flows[1 - side].fin >= 0:
        return  # the answer was cut before
    if side != known[0].side and code in FAILURES:
        talk.say_goodbye(side, FATAL, f"RST_STREAM {CODES[code]}", OF_ONE)
    over(talk, stream, streams)


def after(talk: Talk, side: int, *, content: bool) -> None:
    """Whether a frame, and all others after the other end's FIN, are without content: see ``hollow`` in ``machine.facts``."""
    known = talk.memo.get((side, "hollow"))
    if talk.flows[1 - side].fin < 0:
        talk.memo[side, "hollow"] = 0 if content else LAST
    else:
        talk.memo[side, "hollow"] = 0 if content or (known == 0 and talk.memo.get((side, "late"))) else LATE
        talk.memo[side, "late"] = True


def over(talk: Talk, stream: int, streams: dict[int, list[Message | None]]) -> None:
    """Nobody waits for this answer any more; the end of one of which more came after its reader had closed says nothing."""
    asked = streams[stream][0] if stream in streams else None
    if asked is None or talk.flows[asked.side].fin < 0 or talk.memo.get((1 - asked.side, "hollow")) == LATE:
        streams.pop(stream, None)
        if asked is not None:
            talk.answered(stream)


def goaway(talk: Talk, side: int, found: bytes) -> None:
    """No new streams; the last one that was, or may be, processed."""
    last, code = int.from_bytes(found[:4], "big") & EVERY, int.from_bytes(found[4:], "big")
    word = CODES[code] if code < len(CODES) else f"code {code}"
    upto = "" if last == EVERY else f", last stream {last}"
    talk.say_goodbye(side, GOAWAY, f"GOAWAY {word}{upto}", code, -1 if last == EVERY else last)


def unfinished(talk: Talk, side: int) -> bool:
    """Whether an end is in the middle of a request that nothing has answered yet."""
    streams: dict[int, list[Message | None]] = talk.memo.get("streams", {})
    return any(
        asked is not None and asked.side == side and not asked.whole and (answer is None or answer.note)
        for asked, answer in streams.values()
    )


def started(talk: Talk) -> Message | None:
    """An answer that has begun and not ended."""
    return next((answer for _, answer in talk.memo.get("streams", {}).values() if answer is not None), None)
