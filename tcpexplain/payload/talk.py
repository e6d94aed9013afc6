"""What both ends of a connection say: their messages, which requests wait for an answer, who has said goodbye. No payload: names, numbers, lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.payload.bytestream import ByteStream
from tcpexplain.values import changing

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want

WAITING = 1 << 12
"""Requests that wait for an answer at most; of a client that sends more without reading, no more is told."""
UNKNOWN, UNTIL_CLOSE = -1, -2
"""Ends of a message: nothing tells it; the end of the stream is the end of the message."""

CLOSE, GOAWAY, NOTIFY, QUIT, FATAL = range(1, 6)
"""How an end says goodbye: this answer is its last (HTTP's Connection: close), no new requests (GOAWAY, 421), TLS's close_notify, the
protocol's own last word (QUIT, Terminate, COM_QUIT, DISCONNECT, a Close frame), an error that ends the connection."""
OF_ONE = -1
GOODBYES = ("", "close", "goaway", "close-notify", "quit", "error")


@changing
class Message:
    """One message: offsets in its direction; ``end`` may be UNKNOWN or UNTIL_CLOSE."""

    side: int
    """Who sent it: 0 the lower end of the connection's key, 1 the higher; later 0 the client, 1 the server."""
    name: str
    """What may be told of it: ``GET /orders``, ``200``, ``FATAL 57P01``."""
    at: int
    body: int
    """Where its body begins."""
    end: int
    packet: int
    time: int
    answers: Message | None = None
    note: Any = None
    """What its protocol wants to know of it when the answer comes."""
    whole: bool | None = None
    """Whether all of it came; None: nothing tells."""
    came: int = 0
    """Bytes of the body that came."""

    @property
    def promised(self) -> int | None:
        """Bytes of the body by its own word; None if it says none."""
        return self.end - self.body if self.end >= 0 else None


@changing
class Goodbye:
    """That an end will not go on."""

    kind: int
    words: str
    packet: int
    time: int
    at: int
    """Where in its direction it stands."""
    code: int = 0
    """GOAWAY's or WebSocket's code, 421, SQLSTATE as a number in base 36; 0: there is none; ``OF_ONE``: an error of one request, not of the connection."""
    last: int = -1
    """The last stream that GOAWAY says was processed."""


class Talk:
    """Both directions of one connection, as they are read. Sides are those of the connection's key."""

    __slots__ = (
        "alert", "asker", "dropped", "early", "every", "flows", "goodbyes", "heartbeat", "last", "limit", "memo", "messages", "method", "name",
        "open", "product", "protocol", "started", "status", "tries", "tunnel", "units", "waiting", "whole",
    )  # fmt: skip

    def __init__(self, *, every: int = 0) -> None:
        self.flows = ByteStream(), ByteStream()
        self.protocol: Any = None
        """The module of ``messages`` that reads it."""
        self.messages: list[Message] = []
        """All of them, if that is asked for (``every``: how many at most)."""
        self.every, self.dropped = every, 0
        self.open: list[Message | None] = [None, None]
        """The message that each end is in the middle of."""
        self.last: list[Message | None] = [None, None]
        """The one that it ended last."""
        self.waiting: dict[Any, Message] = {}
        """Requests without an answer that is whole, oldest first, by what their protocol calls them."""
        self.started: Message | None = None
        """The answer that has begun to the oldest of them."""
        self.asker = -1
        """Which end asks; -1: not known."""
        self.goodbyes: list[Goodbye | None] = [None, None]
        self.alert: tuple[int, int, int, str] | None = None
        """A fatal TLS alert in clear: who sent it, which, its packet, its name."""
        self.limit = 0.0
        """Seconds that a server says it keeps an idle connection."""
        self.heartbeat = 0.0
        """Seconds without a word after which an end may take its peer for dead, as both have agreed."""
        self.early = False
        """The answer came, whole or begun, before the request was."""
        self.method = self.status = self.name = self.product = ""
        """Of the last request and answer; the server's name (SNI); what a banner says the program is."""
        self.memo: dict[Any, Any] = {}
        """What a protocol's two directions tell each other."""
        self.tunnel = False
        self.tries = [0, 0]
        """Segments of each end that were looked at in vain."""
        self.units = [0, 0]
        """Messages of each end."""
        self.whole: list[bool | None] = [None, None]

    def read(self, side: int, reading: Generator[Want, bytes, None]) -> None:
        """Read a direction with a protocol."""
        self.flows[side].begin(reading)

    def begin(self, side: int, name: str, head: int, length: int = UNKNOWN) -> Message:
        """A message has begun, ``head`` bytes before where its direction is read; ``length``: bytes that follow."""
        flow = self.flows[side]
        end = flow.position + length if length >= 0 else length
        message = Message(side, name, flow.position - head, flow.position, end, flow.packet, flow.time)
        self.open[side] = message
        self.units[side] += 1
        if len(self.messages) < self.every:
            self.messages.append(message)
        elif self.every:
            self.dropped += 1
        return message

    def end(self, side: int) -> Message:
        """The message is whole."""
        message = self.open[side]
        assert message is not None  # noqa: S101 (who ends a message has begun it)
        message.end, message.whole = self.flows[side].position, True
        message.came = message.end - message.body
        self.open[side], self.last[side] = None, message
        return message

    def begun_by(self, side: int) -> None:
        """Take an end for the client, unless something has told already: the one that speaks first, or, where servers greet, the other one."""
        if self.asker < 0:
            self.asker = side

    def ask(self, message: Message, key: Any = None) -> None:
        """A request that wants an answer; ``key``: what the answer will call it, where answers do not come in order."""
        self.asker = message.side
        if len(self.waiting) >= WAITING:
            self.waiting.clear()
        self.waiting[(self.units[message.side],) if key is None else key] = message

    def asked(self, key: Any = None) -> Message | None:
        """The request that an answer belongs to: the oldest, or that of a name."""
        return self.waiting.get(key) if key is not None else next(iter(self.waiting.values()), None)

    def answered(self, key: Any = None) -> None:
        """A request has its answer: the oldest, or that of a name."""
        self.started = None
        if self.waiting:
            self.waiting.pop(next(iter(self.waiting)) if key is None else key, None)

    def say_goodbye(self, side: int, kind: int, words: str, code: int = 0, last: int = -1) -> None:
        """An end says that it will not go on; the first word of a kind that says most counts."""
        flow, known = self.flows[side], self.goodbyes[side]
        if known is None or kind >= known.kind:
            self.goodbyes[side] = Goodbye(kind, words, flow.packet, flow.time, flow.position, code, last)

    def take_back(self, side: int) -> None:
        """An end that has said an error goes on all the same."""
        known = self.goodbyes[side]
        if known is not None and known.kind == FATAL:
            self.goodbyes[side] = None

    def finish(self, fins: tuple[int, int]) -> None:
        """No more will come; ``fins``: where the ends' FINs stand, -1 where there is none."""
        for side, flow in enumerate(self.flows):
            flow.finish()
            flow.fin = fins[side]
            message = self.open[side]
            if message is not None:
                message.came = max(flow.reach - message.body, 0)
                message.whole = False if message.end >= 0 and flow.reach < message.end else None
            self.whole[side] = self.is_whole(side)
            if message is not None and message.end == UNTIL_CLOSE and fins[side] >= 0:
                self.answered()  # it has its end; whether that was the right one, nothing tells

    def is_read(self, side: int) -> bool:
        """Whether a protocol reads what an end says, or would, had it said anything since both changed to it."""
        return self.flows[side].reading is not None or (self.tunnel and not self.tries[side])

    def is_whole(self, side: int) -> bool | None:
        """Whether the last message of an end was whole when its stream ended; None: nothing tells."""
        flow, message = self.flows[side], self.open[side]
        if flow.lost or not self.is_read(side) or not flow.reach:
            return None
        if message is not None and message.end == UNTIL_CLOSE:
            return None
        if message is not None and not message.came and message is self.memo.get("unwanted"):
            return None
        if message is not None or flow.remaining:
            return False
        unfinished = getattr(self.protocol, "unfinished", None)
        if unfinished and unfinished(self, side):
            return False
        if flow.buffer:
            return None  # too little to tell what begins there
        return None if getattr(self.protocol, "OPAQUE", False) else True
