"""``%load_ext tcpexplain``: ``%tcpexplain FILE [options]``, and ``%%tcpexplain_live`` over a cell whose sockets it watches."""

from __future__ import annotations

import shlex
import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from tcpexplain.errors import TcpexplainError
from tcpexplain.model.capture import Capture, changed
from tcpexplain.model.selection import has_stream

if TYPE_CHECKING:
    from tcpexplain.cli.options import Options
    from tcpexplain.model.connection import Connection

NARROWING = {
    "captures",
    "read",
    "count",
    "stream",
    "why",
    "client",
    "server",
    "port",
    "since",
    "until",
    "os",
    "client_os",
    "server_os",
    "reader",
    "numeric",
    "events",
    "messages",
    "points",
    "identify",
}
"""Options that choose what is shown; with any other the command line's own report is printed."""
SHOWN = 4
"""Connections of a cell that are shown in full."""


def load_ipython_extension(shell: Any) -> None:
    """Add both magics to an IPython shell."""
    shell.register_magic_function(tcpexplain, "line", "tcpexplain")
    shell.register_magic_function(live_magic(shell), "cell", "tcpexplain_live")
    shell.register_magic_function(log_magic(shell), "cell", "tcpexplain_log")


def tcpexplain(line: str) -> Capture | Connection | None:
    """%tcpexplain FILE [options]: the options of the command line.

    The value is the Capture, or with --stream (or if there is only one) the Connection; None where the options ask for
    something else than reading (--explain, --json, -o ...), which is then printed or written.
    """
    from tcpexplain.cli.command import run

    arguments = shlex.split(line)
    options = parsed(arguments)
    if options is None or not reads_only(options):
        run(arguments)
        return None
    try:
        return read_options(options)
    except TcpexplainError as error:
        complain(error)
        return None


def parsed(arguments: list[str]) -> Options | None:
    """The options; None for what the command line has to answer (--help, mistakes)."""
    import click

    from tcpexplain.cli.arguments import command
    from tcpexplain.cli.options import Options

    try:
        with command.make_context("%tcpexplain", list(arguments)) as context:
            return Options(**context.params)
    except (click.ClickException, click.exceptions.Exit):
        return None


def reads_only(options: Options) -> bool:
    """Whether the options do no more than choose what to read and show."""
    given = {one.name for one in fields(options) if getattr(options, one.name) not in (None, False, (), "auto")}
    return given <= NARROWING | {"theme"} and bool(options.captures or options.read)


def read_options(options: Options) -> Capture | Connection:
    """Read, and narrow."""
    from tcpexplain.cli.dispatch import check, read, sources

    check(options)
    capture = read(options, sources(options))
    if options.stream is not None:
        return capture.stream(has_stream(capture, options.stream))
    return capture[-1] if len(capture) == 1 else capture


def live_magic(shell: Any) -> Any:
    """The cell magic of one shell."""

    def tcpexplain_live(line: str, cell: str) -> None:
        """%%tcpexplain_live [interface] [filter]: run the cell, and explain the connections it opened.

        The interface is ``lo`` unless named, the filter is libpcap's. Connections that were open before (Jupyter's own)
        are left out. The Capture is kept as ``cap``.
        """
        from tcpexplain.live.sniff import Sniffer

        interface, _, expression = line.strip().partition(" ")
        try:
            with Sniffer(interface or "lo", filter=expression.strip() or "tcp") as sniffed:
                shell.run_cell(cell)
            capture = opened(sniffed.capture)
        except TcpexplainError as error:
            complain(error)
            return
        shell.user_ns["cap"] = capture
        show(capture)

    return tcpexplain_live


def log_magic(shell: Any) -> Any:
    """The cell magic of one shell."""

    def tcpexplain_log(line: str, cell: str) -> None:
        """%%tcpexplain_log FILE [options]: the cell is a log; find the connection of each of its error lines in FILE.

        Without FILE, in ``cap``, the Capture of a cell before. What was found is kept as ``matches``.
        """
        try:
            matches = asked(shell, line).match(cell)
        except TcpexplainError as error:
            complain(error)
            return
        shell.user_ns["matches"] = matches
        from IPython.display import display

        display(matches)

    return tcpexplain_log


def asked(shell: Any, line: str) -> Capture:
    """The capture that a magic's line names, else the one of a cell before; TE040 if there is none."""
    if line.strip():
        return captured(line)
    known = shell.user_ns.get("cap")
    if isinstance(known, Capture):
        return known
    raise TcpexplainError("which capture?", code="TE040", help="%%tcpexplain_log capture.pcap   or read one as  cap")


def captured(line: str) -> Capture:
    """The capture that a magic's line names."""
    from tcpexplain.cli.dispatch import check, read, sources

    options = parsed(shlex.split(line))
    if options is None:
        raise TcpexplainError(f"these are no options: {line}", code="TE040", help="tcpexplain --help")
    check(options)
    return read(options, sources(options))


def opened(capture: Capture) -> Capture:
    """The connections whose beginning was seen."""
    seen = [connection for connection in capture if connection.opening != "midstream"]
    if not seen:
        raise TcpexplainError(
            "the cell opened no TCP connection that could be seen",
            code="TE004",
            note=f"{len(capture):,} others went on meanwhile",
            help="name the interface:  %%tcpexplain_live any",
        )
    packets = sum(connection.packets for connection in seen)
    return changed(capture, seen, packets=packets, segments=packets, skipped={})


def show(capture: Capture) -> None:
    """The summary if there are several, then each of them."""
    from IPython.display import display

    if len(capture) > 1:
        display(capture)
    for connection in capture.worst(SHOWN):
        display(connection)


def complain(error: TcpexplainError) -> None:
    """An error as the command line prints it: a traceback would tell nothing."""
    from tcpexplain.terminal.problems import show_error

    show_error(error, sys.stderr, "never")
