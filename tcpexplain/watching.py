"""Connections explained while they happen: a line for each that ends, a corrected one where that was too early.

A reader thread feeds the analysis; the main thread looks every tenth of a second at what has come to an end. A connection
counts as ended after a RST, or a FIN of each end, once it has been quiet for a moment.
"""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from tcpexplain.connection import FIN_HIGH, FIN_LOW, RESET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tcpexplain.analyse import Analysis
    from tcpexplain.capture import Connection
    from tcpexplain.options import Options
    from tcpexplain.readers import CaptureFile
    from tcpexplain.terminal.paper import Color

LOOK = 0.1
"""Seconds between two looks."""
QUIET = 0.25
"""Seconds without a packet after which a connection that closed is explained: its last ACK comes within an RTT."""
LEAK = 30.0
"""Seconds after which an end that does not answer a FIN is reported."""
FORGET = 120.0
"""Seconds after which nobody looks at a closed connection any more."""
WAIT = 0.5
"""Seconds in which the first packet of a finished capture follows its header."""
JOIN = 0.5
"""Seconds given to the reader to put things away."""
NOW = 60.0
"""Seconds: a capture that begins this close to now is taken for one that flows."""


@dataclass(slots=True)
class Watched:
    """One connection that has not been forgotten."""

    stream: int
    seen: int = 0
    changed: float = 0.0
    first_fin: float = 0.0
    ended: bool = False
    """Whether it is over as far as one can see."""
    told_at: int = -1
    told: str = ""
    leak_told: bool = False

    def look(self, row: Any, now: float) -> None:
        """Take note of what came since; ``row``: its ``connection.Row``."""
        if row.packets == self.seen:
            return
        if row.known & (FIN_LOW | FIN_HIGH):
            self.first_fin = self.first_fin or now
        self.ended = bool(row.known & RESET or (row.known & FIN_LOW and row.known & FIN_HIGH))
        self.seen, self.changed = int(row.packets), now

    def due(self, now: float) -> bool:
        """Whether there is something new to tell."""
        if self.ended:
            return self.told_at != self.seen and now - self.changed >= QUIET
        return bool(self.first_fin) and not self.leak_told and now - self.first_fin >= LEAK


class Watch:
    """What has been told of which connection.

    Parameters
    ----------
    analysis
        Where frames go.
    tell
        Called with a connection that ended, and whether this corrects what was told before.
    clock
        Seconds, for tests.
    """

    def __init__(
        self, analysis: Analysis, tell: Callable[[Connection, bool], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.analysis = analysis
        self.tell = tell
        self.clock = clock
        self.open: dict[int, Watched] = {}
        self.known = 0
        self.causes: Counter[str] = Counter()
        self.severities: Counter[str] = Counter()

    def look(self) -> None:
        """Tell whatever ended since the last look."""
        now = self.clock()
        for stream in range(self.known, self.analysis.streams):
            self.open[stream] = Watched(stream)
        self.known = self.analysis.streams
        for watched in list(self.open.values()):
            watched.look(self.analysis.rows[watched.stream], now)
            if watched.due(now):
                self._tell(watched)
            elif watched.ended and now - watched.changed > FORGET:
                del self.open[watched.stream]

    def finish(self, *, everything: bool = False) -> None:
        """Tell what ended and was not told yet; with ``everything`` also what is still open."""
        self.look()
        for watched in self.open.values():
            if (watched.ended and watched.told_at != watched.seen) or (everything and not watched.told):
                self._tell(watched)

    def _tell(self, watched: Watched) -> None:
        """Explain one connection, unless its story is the one already told."""
        connection = self.analysis.conclude(watched.stream)
        watched.told_at = watched.seen
        watched.leak_told = True
        if connection.cause == watched.told:
            return
        if watched.told:
            self.causes[watched.told] -= 1
        self.causes[connection.cause] += 1
        self.severities[connection.severity] += 1
        self.tell(connection, bool(watched.told))
        watched.told = connection.cause


class Feeder(threading.Thread):
    """Reads frames into the analysis until they end, ``count`` packets have come, or it is told to stop."""

    def __init__(
        self, frames: Iterable[Any], analysis: Analysis, lock: threading.Lock, count: int | None = None
    ) -> None:
        super().__init__(daemon=True)
        self.frames = frames
        self.analysis = analysis
        self.lock = lock
        self.count = count
        self.ended = threading.Event()
        self.error: Exception | None = None

    def run(self) -> None:
        """Read; an error is kept for the main thread."""
        try:
            for batch in self.frames:
                if self.ended.is_set():
                    return
                left = None if self.count is None else self.count - self.analysis.packets
                if left is not None:
                    batch.count = min(batch.count, left)
                with self.lock:
                    self.analysis.feed(batch)
                if left is not None and left <= batch.count:
                    return
        except Exception as error:  # noqa: BLE001 (raised again by the main thread)
            self.error = error
        finally:
            self.ended.set()


def watch(watch_: Watch, feeder: Feeder, *, everything: bool = False) -> None:
    """Look until the frames end or Ctrl-C; then tell the rest."""
    feeder.start()
    try:
        while not feeder.ended.wait(LOOK):
            with feeder.lock:
                # Silence is known by the clock, not by the next packet.
                watch_.analysis.end = max(watch_.analysis.end, time.time_ns())
                watch_.look()
    except KeyboardInterrupt:
        feeder.ended.set()
    # A live capture counts its losses and closes its file; a pipe may block for ever.
    feeder.join(JOIN)
    with feeder.lock:
        watch_.finish(everything=everything)
    if feeder.error:
        raise feeder.error


def begins_now(first: bytes, now: float) -> bool:
    """Whether a pcap whose first 32 bytes are these was begun within a minute of ``now`` (seconds since 1970).

    Other formats are not looked into: they are read to their end.
    """
    orders = {
        b"\xd4\xc3\xb2\xa1": "little",
        b"\x4d\x3c\xb2\xa1": "little",
        b"\xa1\xb2\xc3\xd4": "big",
        b"\xa1\xb2\x3c\x4d": "big",
    }
    order = orders.get(first[:4])
    if order is None or len(first) < 28:
        return False
    seconds = int.from_bytes(first[24:28], "little" if order == "little" else "big")
    return abs(seconds - now) < NOW


def watch_lines(source: Any, options: Options, *, note: str = "") -> int:
    """Watch ``source`` and write lines, or JSON Lines, to standard output; the exit status."""
    from tcpexplain.analyse import Analysis
    from tcpexplain.terminal.live import LiveLines

    analysis = Analysis(os=options.os, events=options.as_json and options.events)
    lines = LiveLines(sys.stdout, options.color)
    writer = JsonLines(sys.stdout, options, source, analysis)
    shown = (
        writer.connection if options.as_json else lambda connection, again: lines.connection(connection, again=again)
    )

    def tell(connection: Connection, again: bool) -> None:
        if wanted(connection, options):
            shown(connection, again)

    watched = Watch(analysis, tell)
    if note:
        say(note, options.color)
    watch(watched, Feeder(source, analysis, threading.Lock(), options.count), everything=options.as_json)
    if options.as_json:
        writer.summary(watched)
    else:
        lines.last(source.about.missed if source.format == "live" else None)
    return failing(watched, options)


class JsonLines:
    """The same as JSON Lines; a connection is written once."""

    def __init__(self, file: IO[str], options: Options, source: Any, analysis: Analysis) -> None:
        self.file, self.options, self.source, self.analysis = file, options, source, analysis
        self.begun = False

    def head(self) -> None:
        """The capture's line, before the first connection's."""
        from tcpexplain.capture import Capture
        from tcpexplain.reports import json

        if not self.begun:
            links = tuple(link.name for link in self.source.link_types)
            json.write_live(
                self.file,
                json.head(
                    Capture(
                        [], files=(self.source.name,), format=self.source.format, link_types=links, os=self.options.os
                    )
                ),
            )
        self.begun = True

    def connection(self, connection: Connection, again: bool) -> None:
        """One connection."""
        from tcpexplain.reports import json

        self.head()
        if not again:
            json.write_live(self.file, json.connection_record(connection, events=self.options.events))

    def summary(self, watched: Watch) -> None:
        """The last line."""
        from tcpexplain.capture import Capture
        from tcpexplain.reports import json

        self.head()
        a = self.analysis
        record = json.summary(
            Capture(
                [],
                packets=a.packets,
                segments=a.segments,
                skipped=dict(a.skipped),
                warnings=tuple(self.source.warnings),
            )
        )
        causes = {code: count for code, count in watched.causes.most_common() if count}
        json.write_live(self.file, {**record, "connections": sum(causes.values()), "causes": causes})


def wanted(connection: Connection, options: Options) -> bool:
    """Whether the options let this connection through."""
    if options.why and options.why not in (connection.cause, connection.severity, *connection.finding.also):
        return False
    if options.client not in (None, connection.client.address) or options.server not in (
        None,
        connection.server.address,
    ):
        return False
    return options.port is None or options.port in (connection.client.port, connection.server.port)


def failing(watched: Watch, options: Options) -> int:
    """1 if ``--fail-on`` found what it looks for."""
    names = {name.strip() for name in (options.fail_on or "").split(",") if name.strip()}
    names |= {"failed"} if "suspicious" in names else set()
    found = {code for counts in (watched.causes, watched.severities) for code, count in counts.items() if count}
    return int(bool(names & found))


def say(text: str, color: Color) -> None:
    """A line on stderr, if somebody is there to read it."""
    if sys.stderr.isatty():
        from tcpexplain.terminal.paper import paper_for

        paper = paper_for(sys.stderr)
        paper.flow([(text, "dim")])
        paper.print(sys.stderr, color)


def watch_interface(options: Options) -> int:
    """Capture live until Ctrl-C or ``-c`` packets; the exit status.

    Raises
    ------
    TcpexplainError
        TE010 without the right to capture, TE011 if there is no such interface, TE012 if the filter does not parse.
    """
    from tcpexplain.readers import CaptureFile
    from tcpexplain.wire.stream import Source

    wanted: dict[str, Any] = {
        "interface": options.interface,
        "expression": " ".join(options.captures),
        "save": options.save,
    }
    if options.count:
        wanted["count"] = options.count
    opened = CaptureFile(Source(BytesIO()), str(options.interface), "live", **wanted)
    return watch_lines(opened, options, note=f"listening on {options.interface}, Ctrl-C for the summary")


def watch_stdin(options: Options) -> CaptureFile | int:
    """Watch standard input if a capture flows there; if it holds a finished one, hand it back opened, to be read to its end.

    The file is one of our own without a buffer: a buffered one would hold its lock while the process ends.
    """
    from tcpexplain.readers import CaptureFile
    from tcpexplain.wire.stream import Source

    file = os.fdopen(os.dup(0), "rb", buffering=0)
    source = Source(file)
    first = source.peek(24)
    # Nobody writes a finished capture so slowly that its first packet comes later than its header.
    waiting = len(first) == 24 and not select.select([file], [], [], WAIT)[0]
    flows = waiting or begins_now(source.peek(28), time.time())
    filtered: dict[str, Any] = {"filter": " ".join(options.captures)} if options.read and options.captures else {}
    opened = CaptureFile(source, "standard input", options.reader, **filtered)
    return watch_lines(opened, options, note="reading from stdin, Ctrl-C for the summary") if flows else opened
