"""A capture that flows in, told in lines or JSON Lines until it ends."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from tcpexplain.cli.asides import behind, drops, say
from tcpexplain.cli.choice import alarms, asked, told, zone_of
from tcpexplain.cli.failing import discard_output
from tcpexplain.cli.json_lines import JsonLines
from tcpexplain.cli.kernel import counts_of, keep, say_lost
from tcpexplain.live.feeder import Feeder
from tcpexplain.live.watch import Watch, watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.cli.options import Options
    from tcpexplain.kernel.watching import KernelWatch
    from tcpexplain.model.connection import Connection
    from tcpexplain.pseudonyms.names import Pseudonyms
    from tcpexplain.terminal.live import LiveLines


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
    from tcpexplain.terminal.live import LiveLines

    analysis = analysis_for(options, beside_kernel=kernel is not None)
    lines = LiveLines(sys.stdout, options.color, zone_of(options, live=True))
    writer = JsonLines(sys.stdout, options, source, analysis, names)
    shown = (
        writer.connection if options.as_json else lambda connection, again: lines.connection(connection, again=again)
    )
    chosen = ChosenConnections(options, kernel, renamer(analysis, names), shown)
    watched = Watch(analysis, chosen.tell, ask=kernel.ask if kernel else None)
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
        if not chosen.alarmed:
            raise
        discard_output()
    if kernel and kernel.account.lost:
        say_lost(kernel)
    if kernel and kernel.journal and options.save:
        keep(kernel, analysis, options.save)
    return int(bool(chosen.alarmed))


def analysis_for(options: Options, *, beside_kernel: bool) -> Analysis:
    """Where the packets go; what the kernel did is compared with events."""
    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.analysis.systems import systems

    analysis = Analysis(
        systems=systems(options.os, options.client_os, options.server_os),
        events=(options.as_json and options.events) or beside_kernel,
    )
    if options.messages != "none":
        from tcpexplain.reading.tap import MessageTap

        analysis.tap = MessageTap()
    return analysis


class ChosenConnections:
    """The connections that the options choose, each ``shown`` under its other name; those that --fail-on names are ``alarmed``."""

    def __init__(
        self,
        options: Options,
        kernel: KernelWatch | None,
        renamed: Callable[[Connection], Connection],
        shown: Callable[[Connection, bool], None],
    ) -> None:
        now = time.time_ns()
        self.wish, self.looked_for = asked(options, now, now), alarms(options)
        self.kernel, self.renamed, self.shown = kernel, renamed, shown
        self.alarmed: set[int] = set()
        """Stream numbers; a correction may take one away."""

    def tell(self, connection: Connection, again: bool) -> None:
        """Show a connection, if it is one of them; ``again``: it corrects what was told before."""
        if self.kernel:
            self.kernel.add_to(connection)
        if self.wish.matches(connection):
            (self.alarmed.add if self.looked_for & told(connection) else self.alarmed.discard)(connection.stream)
            self.shown(self.renamed(connection), again)


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
