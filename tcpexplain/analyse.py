"""Captures in, a Capture out: the stages one after the other."""

from __future__ import annotations

import os as _os
from collections import Counter
from typing import TYPE_CHECKING

from tcpexplain.assemble import Ended, connection
from tcpexplain.capture import Capture, Connection
from tcpexplain.connection import Connections
from tcpexplain.errors import CaptureError
from tcpexplain.machine.endpoint import Endpoint
from tcpexplain.machine.facts import EndFacts, Facts, collect
from tcpexplain.machine.run import run
from tcpexplain.machine.step import Book, ResetRow, Rows, StepRow
from tcpexplain.machine.timers import finish
from tcpexplain.readers import CaptureFile, open_capture
from tcpexplain.sockets import profile
from tcpexplain.wire.headers import ICMP_ERROR, SEGMENT, SKIP_REASONS, decode
from tcpexplain.wire.segment import Key, Segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tcpexplain.connection import Connection as Incoming
    from tcpexplain.wire.frames import Frames, Warning

Path = str | _os.PathLike[str]


class Analysis:
    """Segments in, connections out: what a file, a pipe and the live interface have in common."""

    def __init__(self, *, os: str = "linux", events: bool = True) -> None:
        self.profile = profile(os)
        self.events = events
        self.connections = Connections()
        self.packets = self.segments = 0
        self.skipped: Counter[str] = Counter()
        self.start = self.end = 0

    def feed(self, frames: Frames, file: int = 0) -> None:
        """Take a batch of frames."""
        key = Key()
        buffer, starts, captureds, wires, times, packets = frames.buffer, frames.start, frames.captured, frames.wire, frames.time, frames.packet
        for i in range(frames.count):
            segment = Segment()
            found = decode(buffer, starts[i], captureds[i], wires[i], frames.link[i], segment, key)
            segment.time, segment.packet, segment.file = times[i], packets[i], file
            self.start = self.start or times[i]
            self.end = max(self.end, times[i])
            if found == SEGMENT or found == ICMP_ERROR:  # noqa: PLR1714 (a tuple is slower)
                self.segments += 1
                self.connections.add(key, segment)
            else:
                self.skipped[SKIP_REASONS[found]] += 1
        self.packets += frames.count

    def conclude(self, incoming: Incoming) -> Connection:
        """Run one connection through the machine."""
        return connection(self.settle(incoming), self.profile, events=self.events)

    def settle(self, incoming: Incoming) -> Ended:
        """Steps, resets and facts of one connection."""
        segments = incoming.segments
        for segment in segments:
            segment.mark &= 7
        n = len(segments)
        ends, facts, tells = [Endpoint(), Endpoint()], Facts(), [EndFacts(), EndFacts()]
        book = Book(Rows(StepRow), Rows(ResetRow), [0, 0])
        order = range(n)
        run(0, ends, 0, segments, order, n, [0] * n, [0] * n, [0, 0], book)
        finish(0, ends, 0, segments[-1], self.end, book)
        collect(facts, tells, ends, 0, segments, order, n, book, 0, incoming.key[5], incoming.key[6], self.end)
        return Ended(
            incoming.key, incoming.stream, segments, facts, tells, [ends[0].iss, ends[1].iss], book.steps[: book.used[0]], book.resets[: book.used[1]]
        )


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
    connections = [analysis.conclude(one) for one in analysis.connections.all]
    if not connections:
        raise no_tcp(names, analysis)
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

