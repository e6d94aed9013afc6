"""Messages read as the frames come: of pipes and live interfaces, which cannot be read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.analysis.conversation import Conversation, concluded
from tcpexplain.analysis.shapes_now import note_now
from tcpexplain.model.said import SILENT
from tcpexplain.reading.listening import payload_of
from tcpexplain.wire.headers import decode
from tcpexplain.wire.segment import ACK, FILE_SHIFT, SYN, Key, Segment
from tcpexplain.wire.skipped import SEGMENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.analysis.ended import Ended
    from tcpexplain.machine.facts import Facts
    from tcpexplain.model.said import Said
    from tcpexplain.payload.outcome import Outcome
    from tcpexplain.wire.frames import Frames

MOST = 20_000
"""Connections whose messages are known at the same time; of those that came before the last so many, nothing is."""


class MessageTap:
    """Reads the messages of all connections.

    Parameters
    ----------
    every
        How many messages of a connection to tell one by one.
    """

    def __init__(self, *, every: int = 0) -> None:
        self.every = every
        self.latest: dict[tuple[int, ...], Conversation] = {}
        self.all: dict[tuple[tuple[int, ...], int], Conversation] = {}
        """By 4-tuple and time of the first packet, oldest first."""
        self.begun: dict[tuple[int, ...], int] = {}
        """Time of the first packet of those in ``latest``."""
        self.one, self.key = Segment(), Key()

    def feed(self, frames: Frames, file: int = 0) -> None:
        """Read a batch."""
        buffer = memoryview(frames.buffer)
        for row in range(frames.count):
            start, captured, wire, link = (
                int(column[row]) for column in (frames.start, frames.captured, frames.wire, frames.link)
            )
            if decode(buffer, start, captured, wire, link, self.one, self.key) == SEGMENT:
                self.one.time, self.one.packet = int(frames.time[row]), file << FILE_SHIFT | int(frames.packet[row])
                one = self.one
                data = payload_of(buffer, start, captured, wire, link) if one.length else b""
                self.conversation().segment(
                    one.sender, one.seq, one.flags, one.length, one.packet, one.time, data, None
                )

    def conversation(self) -> Conversation:
        """That of the segment at hand, which it may begin: a SYN with another number does, as ``tracking.table.opens`` has it."""
        key, one = tuple(getattr(self.key, name) for name in NAMES), self.one
        found = self.latest.get(key)
        base = None if found is None else found.base[one.sender]
        anew = one.flags & (SYN | ACK) == SYN and base is not None and base != one.seq + 1 & 0xFFFFFFFF
        if found is None or anew:
            found = self.latest[key] = self.all[key, one.time] = Conversation(every=self.every)
            self.begun[key] = one.time
            if len(self.all) > MOST:
                self.let_go(next(iter(self.all)))
        return found

    def let_go(self, oldest: tuple[tuple[int, ...], int]) -> None:
        """Forget a conversation."""
        gone = self.all.pop(oldest)
        gone.close()
        if self.latest.get(oldest[0]) is gone:
            del self.latest[oldest[0]], self.begun[oldest[0]]

    def forget(self, key: tuple[int, ...]) -> None:
        """Forget the latest conversation of a 4-tuple, if it is known."""
        if key in self.latest:
            self.let_go((key, self.begun[key]))

    def of(self, key: tuple[int, ...], facts: Facts) -> Outcome | None:
        """What a connection's messages say so far."""
        found = self.all.get((key, int(facts.start)))
        if found is None:
            return None
        found.finish()
        return concluded(found, int(facts.client), int(facts.start))

    def outcomes(self, analysis: Analysis) -> Iterator[tuple[int, Outcome]]:
        """Of all connections of which something is known."""
        for stream in range(analysis.streams):
            told = self.of(analysis.key(stream), analysis.results.of(stream)[0])
            if told is not None:
                yield stream, told

    def tell(self, ended: Ended) -> Said:
        """Add what is known of a connection to its facts; the words."""
        told = self.of(ended.key, ended.facts)
        if told is None:
            return SILENT
        client, server = ended.tells[ended.facts.client], ended.tells[1 - ended.facts.client]
        for record, values in ((ended.facts, told.facts), (client, told.client), (server, told.server)):
            for name, value in values.items():
                setattr(record, name, value)
        return told.said

    def tell_beside_others(self, ended: Ended, analysis: Analysis) -> Said:
        """The same, and add what other connections of the analysis show of it."""
        words = self.tell(ended)
        note_now(analysis, ended)
        return words


NAMES = tuple(name for name, _ in Key.FIELDS)
