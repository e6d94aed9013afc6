"""Captures in, a Capture out: the stages one after the other."""

from __future__ import annotations

import os as _os
from collections import Counter
from functools import partial
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, cast

from tcpexplain import neighbours
from tcpexplain.assemble import Ended, connection, endpoints
from tcpexplain.capture import Capture, Connection
from tcpexplain.connection import Desk, Row, finished, link_free, link_table, release, slots_of, take, unfinished
from tcpexplain.errors import CaptureError
from tcpexplain.folders import spread
from tcpexplain.gear import Gear
from tcpexplain.lazily import Explained
from tcpexplain.memory import Arrays, Plain, Switching, objects
from tcpexplain.quantity import counted
from tcpexplain.readers import CaptureFile, open_capture
from tcpexplain.results import ArrayResults, PlainResults
from tcpexplain.sockets import profile
from tcpexplain.verdicts import Verdicts, listed
from tcpexplain.wire.frames import Warning  # noqa: A004 (the word users see)
from tcpexplain.wire.headers import SKIP_REASONS
from tcpexplain.wire.segment import KEY_FIELDS, Key, Segment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tcpexplain.wire.frames import Frames

Path = str | _os.PathLike[str]

ROWS = 64
"""Connections that there is room for at first."""
UNREADABLE = {"TE002", "TE005", "TE007", "TE013", "TE014", "TE015", "TE021"}
"""Errors that leave out one file of several; any other (not there, a filter that does not parse) ends all."""
CUT = "headers cut by the snap length"
BUDGET = 1 << 18
"""Segments that are kept of connections that have closed; more only of those that are open."""
QUIET = tuple(seconds * 1_000_000_000 for seconds in (60, 15, 4, 1))
"""Nanoseconds without a packet after which a connection that has closed is let go, when there is no more room: what comes
later is counted. Captures within the budget let nothing go."""


class Analysis:
    """Segments in, connections out: what a file, a pipe and the live interface have in common.

    Parameters
    ----------
    os
        The system whose calls are predicted.
    events
        Whether connections have their events.
    every
        Whether all of them will be asked for: what that takes is kept, however large the capture. Of a small one all is kept anyway.
    chosen
        Flags by stream number: the segments of no other connection are kept. All of them if it is empty.
    memory
        Where to work; objects in lists if it is None.
    """

    def __init__(
        self,
        *,
        os: str = "linux",
        events: bool = True,
        every: bool = False,
        chosen: Sequence[int] = (),
        memory: Plain | Arrays | None = None,
    ) -> None:
        self.profile = profile(os)
        self.events = events
        self.every = every
        self.memory: Any = cast("Any", memory or Plain())
        self.chosen = self.memory.column(list(chosen))
        self.results: Any = (
            ArrayResults(self.memory, events=every and events)
            if self.memory.compiled
            else PlainResults(self.memory, events=events)
        )
        self.again: Any = None
        self.samples: dict[int, Ended] = {}
        """By cause (its place in ``causes.ranked()``), the first connection that was let go."""
        self.packets = self.start = self.end = 0
        self.pool = self.memory.records(Segment, 0)
        self.rows = self.memory.records(Row, 0)
        self.keys = self.memory.records(Key, 1)
        self.desks = self.memory.records(Desk, 1)
        self.desks[0].free = -1
        self.table = self.memory.integers(1, -1)
        self.counts = self.memory.integers(len(SKIP_REASONS))

    @property
    def desk(self) -> Any:
        """Counters."""
        return self.desks[0]

    @property
    def segments(self) -> int:
        """TCP segments, and ICMP errors about one."""
        return int(self.desk.segments)

    @property
    def streams(self) -> int:
        """Connections so far."""
        return int(self.desk.rows)

    @property
    def skipped(self) -> Counter[str]:
        """Packets that are neither, by what they are instead."""
        return Counter({reason: int(count) for reason, count in zip(SKIP_REASONS, self.counts, strict=True) if count})

    def feed(self, frames: Frames, file: int = 0) -> None:
        """Take a batch of frames."""
        count, at = frames.count, 0
        if not count:
            return
        first, last = self.memory.extent(frames.time, count)
        self.start, self.end = min(self.start or first, first), max(self.end, last)
        self.packets += count
        while True:
            at = self.memory.hot(take)(
                frames.buffer, frames.start, frames.captured, frames.wire, frames.time, frames.link, frames.packet, at, count,
                file, self.keys, self.pool, self.rows, self.table, self.desks, self.counts, self.chosen,
            )  # fmt: skip
            if at >= count:
                return
            self.make_room(count - at)

    def make_room(self, frames: int) -> None:
        """Free slots of connections that have ended, or add some; likewise rows."""
        hot, desk = self.memory.hot, self.desk
        if desk.rows >= len(self.rows):
            self.rows = self.memory.grown(self.rows, Row, max(2 * len(self.rows), ROWS))
            self.table = self.memory.integers(1 << (2 * len(self.rows) - 1).bit_length(), -1)
            desk.mask = len(self.table) - 1
            hot(link_table)(self.rows, self.table, self.desks)
        if desk.free < 0 and (len(self.pool) < BUDGET or self.let_go() < len(self.pool) // 4):
            size = len(self.pool)
            self.pool = self.memory.grown(self.pool, Segment, size + max(min(frames, BUDGET), size))
            hot(link_free)(self.pool, size, self.desks)

    def let_go(self) -> int:
        """Conclude connections that have closed, those quiet for longest first; the number of slots that this frees."""
        due, freed = self.memory.integers(self.streams), 0
        for quiet in QUIET:
            count = self.memory.hot(finished)(self.rows, self.desks, self.end - quiet, due)
            kept = self.memory.total(self.rows, due, count, "kept")
            if count:
                self.results.conclude(due, count, self.rows, self.pool, self.end)
                self.results.keep_telling(due, count, self.rows, self.pool)
                if not self.every:
                    self.sample(due, count)
                self.memory.hot(release)(due, count, self.rows, self.pool, self.desks)
            freed += kept
            if freed >= len(self.pool) // 4:
                break
        return freed

    def finish(self) -> None:
        """Conclude the connections that are left; their segments stay."""
        due = self.memory.integers(self.streams)
        count = self.memory.hot(unfinished)(self.rows, self.desks, due)
        self.results.conclude(due, count, self.rows, self.pool, self.end)
        if self.every and self.memory.compiled:
            self.results.keep_telling(due, count, self.rows, self.pool)
        self.results.outlast(self.end)
        neighbours.note(self.rows, self.results.facts, self.results.clients, self.results.servers, self.streams)

    def sample(self, due: Any, count: int) -> None:
        """Keep the first connection of each cause among those that are let go, for reports that show one of each."""
        streams = [int(stream) for stream in due[:count]]
        columns = (self.results.facts, self.results.clients, self.results.servers)
        verdicts = Verdicts(
            *(
                [column[stream] for stream in streams] if isinstance(column, list) else column[streams]
                for column in columns
            )
        )
        first: dict[int, int] = {}
        for stream, main in zip(streams, listed(verdicts.main), strict=True):
            first[main] = min(stream, first.get(main, stream))
        for main, stream in first.items():
            if main not in self.samples or stream < self.samples[main].stream:
                self.samples[main] = self.ended(stream)

    def key(self, stream: int) -> tuple[int, ...]:
        """The 4-tuple of a connection (``wire.segment.KEY_FIELDS``)."""
        return tuple(self.memory.values(self.rows, stream)[: len(KEY_FIELDS)])

    def segments_of(self, stream: int) -> list[Any]:
        """The segments of a connection, as far as they are kept."""
        if self.memory.compiled:
            due, order = self.memory.column([stream]), self.memory.integers(int(self.rows["kept"][stream]))
            self.memory.hot(slots_of)(due, self.rows, self.pool, order)
            return objects(self.pool[order], Segment)
        found, slot = [], self.rows[stream].first
        while slot >= 0:
            found.append(self.pool[slot])
            slot = self.pool[slot].next
        return found

    def ended(self, stream: int, *, packets: bool = True) -> Ended:
        """One connection that has been concluded, with what is left of its packets, or only those its causes speak of, and steps."""
        if not packets and self.memory.compiled:
            return self.told(stream, self.results.telling_of(stream), self.results, self.results.of(stream))
        for sample in self.samples.values():
            if sample.stream == stream:
                sample.adopt(*self.results.of(stream))
                return sample
        found, segments = self.results.of(stream), self.segments_of(stream)
        if not segments:
            return self.told(stream, self.results.telling_of(stream), self.results, found)
        if self.events and not self.results.events:
            return self.told(stream, segments, self.once(stream), found)
        return self.told(stream, segments, self.results, found)

    def told(self, stream: int, segments: list[Any], results: Any, found: tuple[Any, Any, Any]) -> Ended:
        """What ``results`` hold of a connection."""
        facts, client, server = found
        ends = (client, server) if facts.client == 0 else (server, client)
        return Ended(
            self.key(stream),
            stream,
            segments,
            facts,
            ends,
            [ends[0].iss, ends[1].iss],
            results.steps_of(stream),
            results.resets_of(stream),
        )

    def once(self, stream: int) -> Any:
        """Steps and all of one connection."""
        if self.again is None or self.again.memory is not self.memory:
            self.again = (
                ArrayResults(self.memory, events=True)
                if self.memory.compiled
                else PlainResults(self.memory, events=True)
            )
        results = self.again
        results.forget()
        results.conclude(self.memory.column([stream]), 1, self.rows, self.pool, self.end)
        return results

    def has_all(self, stream: int) -> bool:
        """Whether the packets of a connection are still in memory."""
        first = self.rows["first"][stream] if self.memory.compiled else self.rows[stream].first
        return int(first) >= 0 or any(sample.stream == stream for sample in self.samples.values())

    def conclude(self, stream: int) -> Connection:
        """Explain one connection as it is now; later packets may change the story."""
        results = self.once(stream)
        return connection(
            self.told(stream, self.segments_of(stream), results, results.of(stream)), self.profile, events=self.events
        )

    def move_to(self, memory: Arrays) -> None:
        """Go on in arrays."""
        if self.memory.compiled:
            return
        self.results = self.results.taken(memory, events=self.every and self.events)
        self.pool, self.rows = memory.taken(self.pool, Segment), memory.taken(self.rows, Row)
        self.keys, self.desks = memory.taken(self.keys, Key), memory.taken(self.desks, Desk)
        self.table, self.counts, self.chosen = (
            memory.column(self.table),
            memory.column(self.counts),
            memory.column(list(self.chosen)),
        )
        self.memory = memory


def read(
    paths: Path | Sequence[Path | CaptureFile],
    *,
    reader: str | None = None,
    os: str = "linux",
    filter: str | None = None,
    events: bool = True,
    client: str | None = None,
    server: str | None = None,
    port: int | None = None,
    since: int | None = None,
    until: int | None = None,
    count: int | None = None,
    every: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Capture:
    """Read and explain captures.

    Parameters
    ----------
    paths
        One or several files of any format that a reader knows, directories of such files, ``-`` for standard input, or captures
        already opened. What cannot be read of several is left out, with a warning.
    reader
        Use this reader whatever the first bytes say (``"tshark"``).
    os
        The system whose calls are predicted.
    filter
        A BPF expression; packets keep their numbers.
    events
        Whether connections have their events.
    client, server, port
        Keep only connections with this client or server address, or this port at either end.
    since, until
        Keep only connections alive in this span, ns since 1970.
    count
        Stop after so many packets.
    every
        All connections will be asked for: keep what that takes, however large the capture. Without it, those of a large
        capture are found by reading it again.
    progress
        Called after every batch with the packets and the bytes of files read so far.

    Raises
    ------
    CaptureError
        What cannot be read: TE001 to TE012.
    """
    asked = [paths] if isinstance(paths, str | _os.PathLike) else list(paths)
    given, warnings = spread(asked)
    analysis = Analysis(os=os, events=events, every=every)
    captures, refused = feed_all(given, analysis, reader, filter, count, progress)
    warnings += [warning for capture in captures for warning in capture.warnings]
    warnings += [Warning(error.code, error.message, error.note, error.help) for error in refused]
    if not analysis.streams:
        raise no_tcp(named(given), analysis, filter, warnings)
    analysis.finish()
    again = (
        None
        if any(isinstance(one, CaptureFile) or one == "-" for one in given)
        else partial(read_again, given, reader, filter, count, os)
    )
    return Capture(
        Explained(analysis, fitting(analysis, client, server, port, since, until), again),
        files=named(given),
        given=named(asked),
        format=next(capture.format for capture in captures if capture.format),
        link_types=tuple(link.name for capture in captures for link in capture.link_types),
        os=os,
        packets=analysis.packets,
        segments=analysis.segments,
        skipped=dict(analysis.skipped),
        warnings=tuple(warnings),
        start=analysis.start,
        duration=(analysis.end - analysis.start) / 1e9,
    )


def read_again(
    paths: Sequence[Path | CaptureFile],
    reader: str | None,
    filter: str | None,
    count: int | None,
    os: str,
    chosen: list[int],
) -> Analysis:
    """Read captures once more for the packets of some connections."""
    analysis = Analysis(os=os, chosen=chosen)
    feed_all(paths, analysis, reader, filter, count)
    analysis.finish()
    return analysis


def feed_all(
    given: Sequence[Path | CaptureFile],
    analysis: Analysis,
    reader: str | None,
    filter: str | None,
    count: int | None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[CaptureFile], list[CaptureError]]:
    """Feed captures to an analysis; those that were opened, and why others of several could not be read."""
    columns, before = Switching(), 0
    gear = Gear(analysis, columns, total_size(given))
    captures: list[CaptureFile] = []
    refused: list[CaptureError] = []
    for number, one in enumerate(given):
        try:
            capture = one if isinstance(one, CaptureFile) else open_capture(one, reader, columns, filter=filter)
            captures.append(capture)
            for frames in capture:
                frames.count = min(frames.count, count - analysis.packets) if count else frames.count
                analysis.feed(frames, number)
                gear.shift(before + capture.position)
                if progress:
                    progress(analysis.packets, before + capture.position)
                if count and analysis.packets >= count:
                    return captures, refused
        except CaptureError as error:
            if len(given) == 1 or error.code not in UNREADABLE:
                raise
            refused.append(error)
        else:
            before += capture.position
    return captures, refused


def named(given: Sequence[Path | CaptureFile]) -> tuple[str, ...]:
    """How messages call captures."""
    return tuple(one.name if isinstance(one, CaptureFile) else _os.fspath(one) for one in given)


def total_size(paths: Sequence[Path | CaptureFile]) -> int:
    """Bytes of all files, 0 if that is not known."""
    try:
        return sum(0 if isinstance(path, CaptureFile) else FilePath(path).stat().st_size for path in paths)
    except OSError:
        return 0


def fitting(
    analysis: Analysis, client: str | None, server: str | None, port: int | None, since: int | None, until: int | None
) -> Sequence[int]:
    """The stream numbers of the connections that fit; they stay what they are."""
    if all(one is None for one in (client, server, port, since, until)):
        return range(analysis.streams)
    return [stream for stream in range(analysis.streams) if fits(analysis, stream, client, server, port, since, until)]


def fits(
    analysis: Analysis,
    stream: int,
    client: str | None,
    server: str | None,
    port: int | None,
    since: int | None,
    until: int | None,
) -> bool:
    """Whether a connection is one of those asked for."""
    facts, key = analysis.results.of(stream)[0], analysis.key(stream)
    if port is not None and port not in key[5:7]:
        return False
    if (since is not None and facts.start + facts.duration < since) or (until is not None and facts.start > until):
        return False
    if client is None and server is None:
        return True
    ends = endpoints(key)
    first, second = ends if facts.client == 0 else ends[::-1]
    return client in (None, first.address) and server in (None, second.address)


def no_tcp(names: Sequence[str], analysis: Analysis, filter: str | None, warnings: Sequence[Warning]) -> CaptureError:
    """TE004: what was there instead."""
    skipped, packets = analysis.skipped.most_common(), analysis.packets
    message, note, help_ = (
        f"no TCP packet in {', '.join(names)}",
        "there are no packets at all",
        "was the filter right?  tcpdump -i any -w out.pcap tcp",
    )
    if packets:
        note = f"{counted(packets, 'packet')}: {', '.join(f'{count:,} {reason}' for reason, count in skipped)}"
    elif filter:
        message, note, help_ = f"no packet in {', '.join(names)} passes the filter", f"it says: {filter}", ""
    if skipped and skipped[0][0] == CUT:
        help_ = "capture more of each packet:  tcpdump -i any -s 128 -w out.pcap tcp"
    said = [f"{warning.message}: {warning.note}" for warning in warnings if warning.code in UNREADABLE | {"TE003"}]
    return CaptureError(message, code="TE004", note="\n".join([note, *said]), help=help_)
