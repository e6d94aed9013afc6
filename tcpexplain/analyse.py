"""Captures in, a Capture out: the stages one after the other."""

from __future__ import annotations

import os as _os
from collections import Counter
from typing import TYPE_CHECKING

from tcpexplain.assemble import Ended, connection
from tcpexplain.capture import Capture, Connection
from tcpexplain.connection import CONCLUDED, Desk, Row, finished, link_free, link_table, release, take
from tcpexplain.errors import CaptureError
from tcpexplain.memory import Arrays, Plain, objects
from tcpexplain.readers import CaptureFile, open_capture
from tcpexplain.results import ArrayResults, PlainResults
from tcpexplain.sockets import profile
from tcpexplain.wire.headers import SKIP_REASONS
from tcpexplain.wire.segment import KEY_FIELDS, Key, Segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tcpexplain.wire.frames import Frames, Warning

Path = str | _os.PathLike[str]

ROWS = 64
"""Connections that there is room for at first."""
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
        Whether the steps of all connections are kept.
    chosen
        Flags by stream number: the segments of no other connection are kept. All of them if it is empty.
    memory
        Where to work; objects in lists if it is None.
    """

    def __init__(self, *, os: str = "linux", events: bool = True, chosen: Sequence[int] = (), memory: Plain | Arrays | None = None) -> None:
        self.profile = profile(os)
        self.events = events
        self.memory: Any = memory or Plain()
        self.chosen = self.memory.column(list(chosen))
        self.results: Any = ArrayResults(self.memory, events=events) if self.memory.compiled else PlainResults(events=events)
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
                self.memory.hot(release)(due, count, self.rows, self.pool, self.desks)
            freed += kept
            if freed >= len(self.pool) // 4:
                break
        return freed

    def finish(self) -> None:
        """Conclude the connections that are left; their segments stay."""
        left = [index for index in range(int(self.desk.oldest), self.streams) if not self.rows[index]["known"] & CONCLUDED] if self.memory.compiled else [
            index for index in range(self.desk.oldest, self.streams) if not self.rows[index].known & CONCLUDED
        ]
        self.results.conclude(self.memory.column(left), len(left), self.rows, self.pool, self.end)

    def key(self, stream: int) -> tuple[int, ...]:
        """The 4-tuple of a connection (``wire.segment.KEY_FIELDS``)."""
        row = self.rows[stream]
        return tuple(int(getattr(row, name)) for name, _ in KEY_FIELDS)

    def segments_of(self, stream: int) -> list[Any]:
        """The segments of a connection, as far as they are kept."""
        found, slot = [], int(self.rows[stream].first)
        if self.memory.compiled:
            slots = []
            while slot >= 0:
                slots.append(slot)
                slot = int(self.pool["next"][slot])
            return objects(self.pool[slots], Segment)
        while slot >= 0:
            found.append(self.pool[slot])
            slot = self.pool[slot].next
        return found

    def ended(self, stream: int) -> Ended:
        """One connection that has been concluded."""
        facts, client, server = self.results.of(stream)
        ends = (client, server) if facts.client == 0 else (server, client)
        return Ended(
            self.key(stream), stream, self.segments_of(stream), facts, ends, [ends[0].iss, ends[1].iss],
            self.results.steps_of(stream), self.results.resets_of(stream),
        )  # fmt: skip

    def conclude(self, stream: int) -> Connection:
        """Explain one connection as it is now; later packets may change the story."""
        now = PlainResults(events=True) if not self.memory.compiled else ArrayResults(self.memory, events=True)
        now.conclude(self.memory.column([stream]), 1, self.rows, self.pool, self.end)
        kept, self.results = self.results, now
        try:
            return connection(self.ended(stream), self.profile, events=self.events)
        finally:
            self.results = kept


def read(
    paths: Path | Sequence[Path | CaptureFile],
    *,
    reader: str | None = None,
    os: str = "linux",
    filter: str | None = None,  # noqa: A002 (the name libpcap and tcpdump use)
    events: bool = True,
    client: str | None = None,
    server: str | None = None,
    port: int | None = None,
    since: int | None = None,
    until: int | None = None,
    count: int | None = None,
) -> Capture:
    """Read and explain captures.

    Parameters
    ----------
    paths
        One or several files of any format that a reader knows, ``-`` for standard input, or captures already opened.
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

    Raises
    ------
    CaptureError
        What cannot be read: TE001 to TE012.
    """
    given = [paths] if isinstance(paths, str | _os.PathLike) else list(paths)
    names = [one.name if isinstance(one, CaptureFile) else _os.fspath(one) for one in given]
    analysis = Analysis(os=os, events=events)
    warnings: list[Warning] = []
    formats, links = [], []
    for number, name in enumerate(given):
        capture = name if isinstance(name, CaptureFile) else open_capture(name, reader, **({"filter": filter} if filter else {}))
        for frames in capture:
            frames.count = min(frames.count, count - analysis.packets) if count else frames.count
            analysis.feed(frames, number)
            if count and analysis.packets >= count:
                break
        warnings += capture.warnings
        formats.append(capture.format)
        links += [link.name for link in capture.link_types]
    if not analysis.streams:
        raise no_tcp(names, analysis)
    analysis.finish()
    connections = [connection(analysis.ended(stream), analysis.profile, events=events) for stream in range(analysis.streams)]
    return Capture(
        list(keep(connections, client, server, port, since, until)),
        files=tuple(names),
        format=formats[0],
        link_types=tuple(links),
        os=os,
        packets=analysis.packets,
        segments=analysis.segments,
        skipped=dict(analysis.skipped),
        warnings=tuple(warnings),
        start=analysis.start,
        duration=(analysis.end - analysis.start) / 1e9,
    )


def keep(
    connections: Iterable[Connection], client: str | None, server: str | None, port: int | None, since: int | None, until: int | None
) -> Iterable[Connection]:
    """The connections that fit; numbers stay what they are."""
    for one in connections:
        ended = one.start + int(one.duration * 1e9)
        if client not in (None, one.client.address) or server not in (None, one.server.address):
            continue
        if port is not None and port not in (one.client.port, one.server.port):
            continue
        if (since is None or ended >= since) and (until is None or one.start <= until):
            yield one


def no_tcp(names: list[str], analysis: Analysis) -> CaptureError:
    """TE004: what was there instead."""
    what = ", ".join(f"{count:,} {reason}" for reason, count in analysis.skipped.most_common())
    return CaptureError(
        f"no TCP packet in {', '.join(names)}",
        code="TE004",
        note=f"{analysis.packets:,} packets: {what}" if analysis.packets else "it holds no packets at all",
        help="was the filter right?  tcpdump -i any -w out.pcap tcp",
    )

