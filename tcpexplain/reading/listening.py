"""The messages of connections: their payload is brought back from the captures, read, and let go; what follows becomes facts."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from tcpexplain.analysis.conversation import read_conversation
from tcpexplain.analysis.heard import ends_of, note
from tcpexplain.analysis.sequenced import LENGTH, PACKET, occupies_sequence_space, sequenced
from tcpexplain.errors import CaptureError
from tcpexplain.hot.columns import column, of_each, put_column
from tcpexplain.model.said import SILENT
from tcpexplain.model.unread import ENCRYPTED, NOT_ASKED, SNAP_LENGTH, START, UNKNOWN_PROTOCOL
from tcpexplain.native.library import usable
from tcpexplain.readers import CaptureFile, open_capture
from tcpexplain.tracking.talk import COUNTED, CUT, FOREIGN, LONG_RECORD, RECORDS
from tcpexplain.wire.headers import transport
from tcpexplain.wire.segment import FILE_SHIFT, Key, Segment, file_of, number_of
from tcpexplain.wire.skipped import SEGMENT

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.analysis.recalled import Recalled
    from tcpexplain.hot.array import Bytes
    from tcpexplain.machine.facts import EndFacts, Facts
    from tcpexplain.payload.outcome import Outcome
    from tcpexplain.reading.excerpt import Excerpt
    from tcpexplain.tracking.entry import Entry
    from tcpexplain.wire.frames import Columns, Frames

    Source: TypeAlias = Analysis | Recalled

AT_ONCE = 200_000
"""Segments whose payload is looked for in one pass."""
HELD_BACK = 1 << 17
"""Segments of connections to be read that stay in memory until then; those of others are read again."""
ETHERNET, IPV4, PLAIN = 14, b"\x08\0\x45", 54
"""How ``wire.linktype`` writes Ethernet, its type and IPv4's version, and the bytes of headers of frames that nearly all captures are made of."""


class Listener:
    """Finds what the messages of connections say.

    Parameters
    ----------
    analysis
        The connections.
    given
        The captures, which can be read again.
    again
        Brings back segments that are not in memory.
    every
        How many messages of a connection to tell one by one.
    """

    def __init__(
        self,
        analysis: Analysis,
        given: Sequence[str | os.PathLike[str]],
        reader: str | None,
        filter: str | None,
        again: Callable[[list[int]], Any] | None,
        *,
        every: int = 0,
    ) -> None:
        self.analysis, self.given, self.reader, self.filter, self.again = analysis, given, reader, filter, again
        self.every = every
        self.excerpt: Excerpt | None = None
        """The frames of all connections that are to be read now, if these have been taken out of the captures."""

    def outcomes(self, streams: Iterable[int]) -> Iterator[tuple[int, Outcome]]:
        """Of connections of whose messages something is known."""
        left = list(streams)
        packets_of = column(self.analysis.rows, "packets", left)
        source_of = self.sources(left, at_once=sum(packets_of) <= AT_ONCE)
        part: list[int] = []
        count = 0
        for stream, packets in zip(left, packets_of, strict=True):
            if packets > AT_ONCE:
                yield from self.read_alone(stream, source_of(stream))
                continue
            part.append(stream)
            count += packets
            if count >= AT_ONCE:
                yield from self.read(part, source_of)
                part, count = [], 0
        yield from self.read(part, source_of)
        self.excerpt = None

    def sources(self, streams: list[int], *, at_once: bool) -> Callable[[int], Source]:
        """Where the segments of connections are found; ``at_once``: together with what they carry, if captures are to be read for them."""
        analysis = self.analysis
        aside: Any = analysis.aside or ()
        gone = {stream for stream in streams if stream not in aside and not analysis.has_all(stream)}
        if not gone or self.again is None:
            return lambda stream: aside if stream in aside else analysis
        wanted = streams if at_once else gone
        flags = [0] * (max(wanted) + 1)
        for stream in wanted:
            flags[stream] = 1
        # What lies in blocks (``parallel.recall``) has no frames.
        again = getattr(self.again, "with_frames", self.again)(flags) if at_once else self.again(flags)
        self.excerpt, again.excerpt = again.excerpt, None
        return lambda stream: aside if stream in aside else again if stream in gone else analysis

    def read(self, part: list[int], source_of: Callable[[int], Source]) -> Iterator[tuple[int, Outcome]]:
        """Read the payload of some connections."""
        items: dict[int, list[tuple[int, ...]]] = {}
        for source, some in groupby(sorted(part, key=lambda one: id(source_of(one))), source_of):
            items.update(source.sequenced_of(list(some)))
        found = dict(self.payloads({item[PACKET] for some in items.values() for item in some if item[LENGTH]}))
        for stream in part:
            yield from self.heard(stream, ((item, found.pop(item[PACKET], b"")) for item in items[stream]))

    def read_alone(self, stream: int, source: Source) -> Iterator[tuple[int, Outcome]]:
        """The same of a very long one, of which little is in memory at a time: payload comes about as its segments do."""
        coming = self.payloads(
            array("q", (one.packet for one in source.each_segment_of(stream) if one.length and not one.icmp))
        )
        early: dict[int, bytes] = {}

        def payload_for(item: Segment) -> bytes:
            while item.length and item.packet not in early and (arrived := next(coming, None)):
                early[arrived[0]] = arrived[1]
            return early.pop(item.packet, b"")

        yield from self.heard(
            stream,
            (
                (sequenced(item), payload_for(item))
                for item in source.each_segment_of(stream)
                if occupies_sequence_space(item)
            ),
        )

    def heard(self, stream: int, said: Iterable[tuple[tuple[int, ...], bytes]]) -> Iterator[tuple[int, Outcome]]:
        """What a connection's segments with their payload say, if anything is known of it."""
        told = read_conversation(said, *ends_of(self.analysis, stream), every=self.every)
        self.analysis.rest()
        if told is not None:
            yield stream, told

    def payloads(self, wanted: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """The captured payload of packets."""
        numbers: dict[int, set[int]] = defaultdict(set)
        for packet in wanted:
            numbers[file_of(packet)].add(number_of(packet))
        for file, some in sorted(numbers.items()):
            try:
                for number, data in self.payloads_in(file, some):
                    yield file << FILE_SHIFT | number, data
            except CaptureError:
                continue  # what the first reading has said of it is said

    def payloads_in(self, file: int, wanted: Collection[int]) -> Iterator[tuple[int, bytes]]:
        """The captured payload of packets of a capture, by their numbers in it."""
        if self.excerpt:
            return payloads_among(self.excerpt.of_file(file), wanted)
        # What was found of several captures lies in arrays even where no machine code can read into such.
        columns = self.analysis.memory if self.analysis.memory.compiled and usable() else None
        return payloads_of(self.given[file], self.reader, self.filter, wanted, columns)


def payloads_of(
    path: str | os.PathLike[str],
    reader: str | None,
    filter: str | None,
    wanted: Collection[int],
    columns: Columns | None,
) -> Iterator[tuple[int, bytes]]:
    """The payload of some packets of a capture, by their numbers; ``columns``: where to read it."""
    capture: CaptureFile = open_capture(path, reader, columns, filter=filter)
    return payloads_among(capture, wanted)


def payloads_among(batches: Iterable[Frames], wanted: Collection[int]) -> Iterator[tuple[int, bytes]]:
    """The same, found in batches of a capture."""
    left = len(wanted)
    sought, segment, key = Sought(wanted), Segment(), Key()
    for frames in batches:
        buffer, rows = memoryview(frames.buffer), sought.rows(frames)
        of = (frames.packet, frames.start, frames.captured, frames.wire, frames.link)
        for packet, start, captured, wire, link in zip(*(picked(one, rows) for one in of), strict=True):
            yield packet, payload(buffer, start, captured, wire, link, segment, key)
        left -= len(rows)
        if left <= 0:
            return


class Sought:
    """Packets that are looked for in batches of frames, which may stand in the order of their times rather than of their numbers."""

    def __init__(self, numbers: Collection[int]) -> None:
        self.numbers = sorted(numbers)
        self.flags: Any = None

    def rows(self, frames: Frames) -> list[int]:
        """In which rows of a batch some of them are."""
        packets, count = frames.packet, frames.count
        if isinstance(packets, range):
            first, end = packets[0] if count else 0, packets[0] + count if count else 0
            some = self.numbers[bisect_left(self.numbers, first) : bisect_left(self.numbers, end)]
            return [number - first for number in some]
        if isinstance(packets, list):
            known = frozenset(self.numbers)
            return [row for row in range(count) if packets[row] in known]
        if self.flags is None:
            import numpy as np

            self.flags = np.zeros(max(self.numbers, default=0) + 2, np.bool_)
            self.flags[self.numbers] = True
        # A number behind the last that is wanted counts as one that is not.
        found: list[int] = self.flags[packets[:count].clip(max=len(self.flags) - 1)].nonzero()[0].tolist()
        return found


def picked(column: Any, rows: list[int]) -> list[int]:
    """Some rows of a column, as Python's integers."""
    some = column[rows].tolist() if hasattr(column, "tolist") else [int(column[row]) for row in rows]
    return cast("list[int]", some)


def payload(buffer: Bytes, start: int, captured: int, wire: int, link: int, segment: Segment, key: Key) -> bytes:
    """What was captured of a frame's TCP payload."""
    end = start + captured
    if (
        link == ETHERNET
        and captured >= PLAIN
        and buffer[start + 12 : start + 15] == IPV4
        and is_whole(buffer, start + 14)
    ):
        at, length = start + 34, ((buffer[start + 16] << 8) | buffer[start + 17]) - 20
        return bytes(buffer[at + (buffer[at + 12] >> 4 << 2) : min(end, at + length)])
    found, at, length = transport(buffer, start, end, start + wire, link, False, segment, key)
    if found != SEGMENT or end - at < 20:
        return b""
    return bytes(buffer[at + (buffer[at + 12] >> 4 << 2) : min(end, at + length)])


def is_whole(buffer: Bytes, at: int) -> bool:
    """Whether an IPv4 header of 20 bytes stands before a TCP header, and is of no fragment."""
    return (
        buffer[at + 9] == 6
        and not (buffer[at + 6] & 0x3F or buffer[at + 7])
        and (buffer[at + 2] > 0 or buffer[at + 3] >= 40)
    )


def payload_of(buffer: Bytes, start: int, captured: int, wire: int, link: int) -> bytes:
    """The same of one frame."""
    return payload(buffer, start, captured, wire, link, Segment(), Key())


def note_unread(analysis: Analysis, *, asked: bool) -> None:
    """Why the messages of connections are not known of which none were read."""
    results, count, rows = analysis.results, analysis.streams, analysis.rows
    tables = [table[:count] for table in (rows, results.facts, results.clients, results.servers)]
    put_column(tables[1], "unread", of_each(why_unread if asked else not_asked, *tables))


def not_asked(row: Entry, facts: Facts, client: EndFacts, server: EndFacts) -> int:  # noqa: ARG001 (both take what describes a connection)
    """Messages were not to be read; elementwise."""
    return unless_read(facts, ((client.sent > 0) | (server.sent > 0)) * NOT_ASKED)


def unless_read(facts: Facts, why: int) -> int:
    """Why messages were not read, of a connection whose protocol is not known; elementwise."""
    return why * (facts.protocol == 0) + facts.unread * (facts.protocol > 0)


def why_unread(row: Entry, facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """By what the beginnings of segments show; elementwise."""
    spoke = (client.sent > 0) | (server.sent > 0)
    talks, dues = turned(facts, row.talk0, row.talk1), turned(facts, row.due0, row.due1)
    sealed = [(talk == RECORDS) | (talk == LONG_RECORD) for talk in talks]
    counted = [(end.sent == 0) | (talk == COUNTED) for end, talk in zip((client, server), talks, strict=True)]
    short = [(talk == FOREIGN) & ((due & CUT) > 0) for talk, due in zip(talks, dues, strict=True)]
    opaque, cut = sealed[0] | sealed[1], short[0] | short[1]
    open_ = (opaque == 0) & ((counted[0] & counted[1]) == 0)
    begun = (cut == 0) & (facts.midstream == 1)
    foreign = (cut == 0) & (facts.midstream == 0)
    reason = opaque * ENCRYPTED + open_ * (cut * SNAP_LENGTH + begun * START + foreign * UNKNOWN_PROTOCOL)
    return unless_read(facts, spoke * reason)


def turned(facts: Facts, low: int, high: int) -> tuple[int, int]:
    """What is known of the lower and the higher end of the key, the client's first; elementwise."""
    first = facts.client == 0
    return low * first + high * (first == 0), high * first + low * (first == 0)


def hear_more(listener: Listener, streams: Sequence[int]) -> None:
    """Read what connections say that nobody had to read for their verdicts."""
    analysis = listener.analysis
    left = [stream for stream in streams if stream not in analysis.words]
    if left:
        analysis.words = {
            **dict.fromkeys(left, SILENT),
            **analysis.words,
            **dict(note(analysis, listener.outcomes(left))),
        }
