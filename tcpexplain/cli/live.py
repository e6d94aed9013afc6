"""A capture that flows in, told in lines or JSON Lines: standard input, or a live interface."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from tcpexplain.cli.choice import alarms, asked, told, zone_of
from tcpexplain.cli.failing import discard_output
from tcpexplain.cli.kernel import beside, counts_of, keep, packets_beside, say_lost
from tcpexplain.cli.privileges import give_up, invoker
from tcpexplain.live.feeder import Feeder
from tcpexplain.live.watch import Watch, watch
from tcpexplain.units import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.cli.options import Options
    from tcpexplain.kernel.watching import KernelWatch
    from tcpexplain.model.connection import Connection
    from tcpexplain.pseudonyms.names import Pseudonyms
    from tcpexplain.readers import CaptureFile
    from tcpexplain.terminal.live import LiveLines
    from tcpexplain.terminal.paper import Color

WAIT = 0.5
"""Seconds in which the first packet of a finished capture follows its header."""
NOW = 60.0
"""Seconds: a capture that begins this close to now is taken for one that flows."""


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


def watch_lines(
    source: Any,
    options: Options,
    *,
    note: str = "",
    stop: threading.Event | None = None,
    kernel: KernelWatch | None = None,
    names: Pseudonyms | None = None,
) -> int:
    """Watch ``source`` and write lines, or JSON Lines, to standard output; the exit status.

    ``stop`` ends a source that can end by itself; ``kernel``: what it is compared with; ``names`` stand for those in the packets.
    """
    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.analysis.systems import systems
    from tcpexplain.terminal.live import LiveLines

    analysis = Analysis(
        systems=systems(options.os, options.client_os, options.server_os),
        events=(options.as_json and options.events) or kernel is not None,
    )
    if options.messages != "none":
        from tcpexplain.reading.tap import MessageTap

        analysis.tap = MessageTap()
    lines = LiveLines(sys.stdout, options.color, zone_of(options, live=True))
    writer = JsonLines(sys.stdout, options, source, analysis, names)
    renamed = renamer(analysis, names)
    shown = (
        writer.connection if options.as_json else lambda connection, again: lines.connection(connection, again=again)
    )

    now = time.time_ns()
    wish, looked_for = asked(options, now, now), alarms(options)
    alarmed: set[int] = set()

    def tell(connection: Connection, again: bool) -> None:
        if kernel:
            kernel.add_to(connection)
        if wish.matches(connection):
            (alarmed.add if looked_for & told(connection) else alarmed.discard)(connection.stream)
            shown(renamed(connection), again)

    watched = Watch(analysis, tell, ask=kernel.ask if kernel else None)
    if stop:
        # What a live capture has not looked at yet is no silence: its clock is that of the packets.
        watched.clock = lambda: analysis.end / 1e9
    watched.lost = lambda: int(source.about.missed)
    watched.tell_lost = lambda count: drops(lines, count, as_json=options.as_json)
    if note:
        say(note, options.color)
    try:
        told_to_its_end(watched, Feeder(source, analysis, threading.Lock(), options.count, stop), lines, writer, kernel)
    except BrokenPipeError:
        # Who asked for a verdict gets it, though the reader of the lines has left.
        if not alarmed:
            raise
        discard_output()
    if kernel and kernel.account.lost:
        say_lost(kernel)
    if kernel and kernel.journal and options.save:
        keep(kernel, analysis, options.save)
    return int(bool(alarmed))


def told_to_its_end(
    watched: Watch, feeder: Feeder, lines: LiveLines, writer: JsonLines, kernel: KernelWatch | None
) -> None:
    """Watch, and write the last line whatever ended it."""
    options, source = writer.options, writer.source
    try:
        watch(watched, feeder, everything=options.as_json)
    finally:
        if (unread := source.about.captured - feeder.analysis.packets) > 0 and not options.count:
            behind(lines, unread, as_json=options.as_json)
        if options.as_json:
            writer.summary(watched, counts_of(kernel))
        else:
            lines.last(source.about.missed if source.format == "live" else None, kernel=counts_of(kernel))


def renamer(analysis: Analysis, names: Pseudonyms | None) -> Callable[[Connection], Connection]:
    """What gives a connection other names, if there are any."""
    if names is None:
        return lambda connection: connection
    from tcpexplain.pseudonyms.capture import live

    return live(analysis, names)


def drops(lines: LiveLines, count: int, *, as_json: bool) -> None:
    """Say at once that the kernel has dropped packets."""
    said = (
        f"the kernel has dropped {counted(count, 'packet')} so far: what seems missing may only not have been captured"
    )
    aside(lines, said, as_json=as_json)


def behind(lines: LiveLines, count: int, *, as_json: bool) -> None:
    """Say that it ended before all that was captured had been looked at."""
    aside(lines, f"{counted(count, 'captured packet')} could not be looked at before the end", as_json=as_json)


def aside(lines: LiveLines, said: str, *, as_json: bool) -> None:
    """A line that is about no connection; among lines of JSON it is on standard error."""
    if as_json:
        print(said, file=sys.stderr, flush=True)
    else:
        lines.note(said)


class JsonLines:
    """The same as JSON Lines; a connection is written once."""

    def __init__(
        self, file: IO[str], options: Options, source: Any, analysis: Analysis, names: Pseudonyms | None = None
    ) -> None:
        self.file, self.options, self.source, self.analysis, self.names = file, options, source, analysis, names
        self.begun = False

    def head(self) -> None:
        """The capture's line, before the first connection's."""
        from tcpexplain.model.capture import Capture
        from tcpexplain.reports import json

        if not self.begun:
            links = tuple(link.name for link in self.source.link_types)
            name = self.source.name
            if self.names and self.source.format == "live":
                name = self.names.interface(name)
            json.write_live(
                self.file,
                json.head(Capture([], files=(name,), format=self.source.format, link_types=links, os=self.options.os)),
            )
        self.begun = True

    def connection(self, connection: Connection, again: bool) -> None:
        """One connection."""
        from tcpexplain.reports import json

        self.head()
        if not again:
            json.write_live(self.file, json.connection_record(connection, events=self.options.events))

    def summary(self, watched: Watch, kernel: tuple[int, int] | None = None) -> None:
        """The last line; ``kernel``: connections compared with it, and as predicted."""
        from tcpexplain.model.capture import Capture
        from tcpexplain.reports import json

        self.head()
        a = self.analysis
        record = json.summary(
            Capture(
                [],
                packets=a.packets,
                segments=a.segments,
                skipped=dict(a.skipped),
                warnings=tuple(map(self.names.warning, self.source.warnings) if self.names else self.source.warnings),
            )
        )
        # What they have in common is known of captures that have ended.
        del record["groups"], record["half_closed"]
        causes = {code: count for code, count in watched.causes.most_common() if count}
        if kernel is not None:
            record["kernel"] = {"compared": kernel[0], "as_predicted": kernel[1]}
        json.write_live(self.file, {**record, "connections": sum(causes.values()), "causes": causes})


def say(text: str, color: Color) -> None:
    """A line on stderr, if somebody is there to read it."""
    if sys.stderr.isatty():
        from tcpexplain.terminal.paper import paper_for

        paper = paper_for(sys.stderr)
        paper.flow([(text, "dim")])
        paper.print(sys.stderr, color)


def watch_interface(options: Options, names: Pseudonyms | None = None) -> int:
    """Capture live until Ctrl-C or ``-c`` packets; the exit status.

    Raises
    ------
    TcpexplainError
        TE010 without the right to capture, TE011 if there is no such interface, TE012 if the filter does not parse.
    """
    from tcpexplain.readers import open_live
    from tcpexplain.wire.capture_thread import Limits

    stop = threading.Event()
    save = options.save
    with rotating(options.save) as rotate, beside(options) as kernel:
        if kernel and kernel.journal and options.save:
            save = packets_beside(options.save)
        limits = Limits(options.count or 0, None, stop.is_set, rotate)
        opened = open_live(
            str(options.interface), expression=" ".join(options.captures), limits=limits, save=save,
            snap_length=options.snap_length or 0, owner=invoker(),
        )  # fmt: skip
        opened.begin()
        if kernel is None:
            # Whoever watches the kernel reads what belongs to root until the end.
            give_up()
        note = f"listening on {options.interface}, Ctrl-C for the summary"
        return watch_lines(opened, options, note=note, stop=stop, kernel=kernel, names=names)


@contextmanager
def rotating(save: str | None) -> Iterator[Callable[[], bool] | None]:
    """Whether SIGHUP has come since it was asked last, as logrotate sends it: then ``save`` is begun anew. Without -w, or on Windows, None."""
    if not save or not hasattr(signal, "SIGHUP"):
        yield None
        return
    come = threading.Event()

    def asked_to() -> bool:
        wanted = come.is_set()
        come.clear()
        return wanted

    before = signal.signal(signal.SIGHUP, lambda *_: come.set())
    try:
        yield asked_to
    finally:
        signal.signal(signal.SIGHUP, before)


def watch_stdin(options: Options, names: Pseudonyms | None = None) -> CaptureFile | int:
    """Watch standard input if a capture flows there; if it holds a finished one, hand it back opened, to be read to its end.

    The file is one of our own without a buffer: a buffered one would hold its lock while the process ends.
    """
    from tcpexplain.readers import STDIN, CaptureFile
    from tcpexplain.wire.stream import Source

    file = os.fdopen(os.dup(0), "rb", buffering=0)
    source = Source(file)
    first = source.peek(24)
    # Nobody writes a finished capture so slowly that its first packet comes later than its header.
    waiting = len(first) == 24 and not select.select([file], [], [], WAIT)[0]
    flows = waiting or begins_now(source.peek(28), time.time())
    filtered: dict[str, Any] = {"filter": " ".join(options.captures)} if options.read and options.captures else {}
    opened = CaptureFile(source, STDIN, options.reader, **filtered)
    note = "reading from stdin, Ctrl-C for the summary"
    return watch_lines(opened, options, note=note, names=names) if flows else opened
