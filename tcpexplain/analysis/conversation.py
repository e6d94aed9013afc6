"""One connection's talk, read as its segments come: sequence numbers become offsets, payload becomes messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.messages import languages, say
from tcpexplain.payload.outcome import Outcome, outcome
from tcpexplain.payload.talk import Talk
from tcpexplain.wire.segment import ACK, FIN, SYN

if TYPE_CHECKING:
    from collections.abc import Iterable

SPAN = 1 << 32


class Conversation:
    """One connection's talk as segments come in: sequence numbers become offsets."""

    __slots__ = ("base", "fin_times", "fins", "high", "opener", "talk")

    def __init__(self, *, every: int = 0) -> None:
        self.talk = Talk(every=every)
        self.base: list[int | None] = [None, None]
        self.high = [0, 0]
        self.fins, self.fin_times = [-1, -1], [0, 0]
        self.opener = -1
        """Whose SYN had no ACK; -1: none was seen."""

    def segment(
        self, side: int, seq: int, flags: int, length: int, packet: int, time: int, data: bytes, server: bool | None
    ) -> None:
        """A segment (``wire.segment``) with what was captured of its payload."""
        if not length and not flags & (SYN | FIN):
            return
        if flags & SYN:
            self.opener = self.opener if flags & ACK else side
            seq += 1
            if self.base[side] is None:
                self.base[side] = seq & (SPAN - 1)
        elif self.base[side] is None:
            self.base[side] = seq & (SPAN - 1)
            self.talk.flows[side].resumed = True
        at = self.offset(side, seq)
        if length and at + length > 0:
            cut = -at if at < 0 else 0
            server = side != self.opener if self.opener >= 0 else server
            say(self.talk, side, at + cut, data[cut:], length - cut, packet, time, server)
            self.high[side] = max(self.high[side], at + length)
        if flags & FIN and self.fins[side] < 0:
            self.fins[side], self.fin_times[side] = at + length, time
            self.talk.flows[side].fin = at + length

    def offset(self, side: int, seq: int) -> int:
        """Where a number is, counted from the direction's first byte; numbers begin anew after 4 GiB."""
        base, high = self.base[side] or 0, self.high[side]
        near = (seq - base - high + (SPAN >> 1)) % SPAN - (SPAN >> 1)
        return high + near

    def finish(self) -> None:
        """Read what waited; bytes before a FIN that are not in the capture have passed."""
        for side, flow in enumerate(self.talk.flows):
            flow.finish()
            if self.fins[side] > flow.reach:
                flow.pass_on(b"", self.fins[side] - flow.reach)
        self.talk.finish((self.fins[0], self.fins[1]))

    def close(self) -> None:
        """Nobody will ask for it."""
        for flow in self.talk.flows:
            flow.close()


def read_conversation(
    said: Iterable[tuple[tuple[int, ...], bytes]], client: int, start: int, *, every: int
) -> Outcome | None:
    """What a connection's segments say (``analysis.sequenced``), each with what was captured of its payload.

    Parameters
    ----------
    client
        Which end of the key is the client.
    start
        Ns since 1970 of its first packet.
    every
        How many messages to tell one by one.
    """
    talk = Conversation(every=every)
    for (side, seq, flags, length, packet, time), data in said:
        talk.segment(side, seq, flags, length, packet, time, data, side != client)
    talk.finish()
    return concluded(talk, client, start)


def concluded(conversation: Conversation, client: int, start: int) -> Outcome | None:
    """What follows from a conversation that has ended; ``client``: which end of the key is the client, ``start``: ns since 1970."""
    talk = conversation.talk
    if talk.protocol is None:
        return None
    times = conversation.fin_times
    return outcome(talk, client, languages().index(talk.protocol), start, (times[0], times[1]))
