"""Arguments in, one report out, exit status; the only place that prints errors."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from tcpexplain.errors import TcpexplainError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tcpexplain.capture import Capture
    from tcpexplain.terminal.paper import Color

EPILOG = """\b
tcpexplain capture.pcap                      why its connections closed
tcpexplain capture.pcap --stream 12          one connection, packet by packet
tcpexplain -r capture.pcap port 443          only what a BPF filter lets through
sudo tcpdump -i any -U -w - tcp | tcpexplain -
tcpexplain --explain EPIPE

Exit status: 0 analysed; 1 --fail-on found something; 2 usage or unreadable
input; 3 no permission, interface or tshark."""

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""


@dataclass(frozen=True, slots=True)
class Options:
    """The command line, parsed."""

    captures: tuple[str, ...]
    read: str | None
    interface: str | None
    count: int | None
    interfaces: bool
    save: str | None
    numeric: bool
    stream: int | None
    why: str | None
    client: str | None
    server: str | None
    port: int | None
    since: str | None
    until: str | None
    as_json: bool
    events: bool
    outputs: tuple[str, ...]
    draw: str | None
    theme: str
    explain: str | None
    os: str
    reader: str | None
    fail_on: str | None
    compare: bool
    color: Color
    jobs: int | None


def option(*names: str, **settings: Any) -> Callable[[Any], Any]:
    """A click option."""
    return click.option(*names, **settings)


@click.command(
    name="tcpexplain",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOG,
)
@click.argument("captures", nargs=-1, metavar="[CAPTURE]... | [FILTER]")
@option("-r", "read", metavar="FILE", help="Read this capture; the words after it are a BPF filter, as in tcpdump.")
@option("-i", "interface", metavar="INTERFACE", help="Capture live; the words after it are a BPF filter.")
@option("-c", "count", type=click.IntRange(min=1), metavar="N", help="Stop after N packets.")
@option("-w", "save", metavar="FILE", help="With -i: save the packets that are explained.")
@option("-D", "interfaces", is_flag=True, help="List the interfaces that -i takes.")
@option("-n", "numeric", is_flag=True, help="Accepted: addresses and ports are always numbers.")
@option("--stream", type=click.IntRange(min=0), metavar="N", help="One connection, by Wireshark's tcp.stream number.")
@option("--why", metavar="CAUSE", help="Only connections that ended for this cause.")
@option("--client", metavar="ADDRESS", help="Only connections of this client.")
@option("--server", metavar="ADDRESS", help="Only connections to this server.")
@option("--port", type=click.IntRange(0, 65535), metavar="PORT", help="Only connections with this port at either end.")
@option("--since", metavar="TIME", help="Only connections alive at or after this time (2026-11-21T12:00:00, UTC).")
@option("--until", metavar="TIME", help="Only connections alive at or before this time.")
@option("--json", "as_json", is_flag=True, help="JSON Lines, schema tcpexplain/1.")
@option(
    "--no-events",
    "events",
    is_flag=True,
    default=True,
    flag_value=False,
    help="Leave the events of each connection out.",
)
@option(
    "-o",
    "outputs",
    multiple=True,
    metavar="FILE",
    help="Write a report; the suffix chooses the format (.html .md .svg .png .json .csv .parquet ...).",
)
@option("--draw", metavar="PICTURE", help="Which picture -o draws: diagram (default), ladder, bytes, groups.")
@option("--theme", type=click.Choice(["light", "dark", "transparent"]), default="light", help="Colours of pictures.")
@option("--explain", metavar="WHAT", help="Explain EPIPE, ECONNRESET, EOF, a cause, an error code, causes; offline.")
@option("--os", default="linux", metavar="SYSTEM", help="The system whose calls are predicted (default: linux).")
@option("--reader", metavar="READER", help="Read with this reader (tshark) whatever the file's first bytes say.")
@option(
    "--fail-on",
    metavar="CAUSE,...",
    help="Exit with 1 if a connection has one of these causes, or failed, or suspicious.",
)
@option("--compare", is_flag=True, help="Compare two captures, before and after.")
@option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colours of the report; NO_COLOR is honoured.",
)
@option("--jobs", type=click.IntRange(min=1), metavar="N", help="Worker processes for several captures.")
@click.version_option(package_name="tcpexplain", message="%(prog)s %(version)s")
def command(**arguments: Any) -> int:
    """Explain why TCP connections closed, and what each application saw, from packet captures.

    CAPTURE is a pcap or pcapng file (also .gz, .zst, .xz), a directory of them, a .ladder script, or - for standard input.
    """
    return dispatch(Options(**arguments))


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the exit status. Nothing that can go wrong ends in a traceback."""
    try:
        with command.make_context("tcpexplain", list(arguments)) as context:
            status = command.invoke(context)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except click.exceptions.Exit as done:
        return done.exit_code
    except BrokenPipeError:
        # The reader of our output has seen enough; Python would complain again when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except TcpexplainError as error:
        return fail(error, arguments)
    except click.ClickException as error:
        return fail(usage(error), arguments)
    except Exception as error:
        if os.environ.get("TCPEXPLAIN_TRACEBACK"):
            raise
        return fail(unexpected(error), arguments)
    return int(status or 0)


def fail(error: TcpexplainError, arguments: Sequence[str]) -> int:
    """Print an error after whatever was written so far; its exit status."""
    from tcpexplain.terminal.problems import show_error

    sys.stdout.flush()
    words = list(arguments)
    color = words[words.index("--color") + 1] if "--color" in words[:-1] else "auto"
    show_error(error, sys.stderr, cast("Color", color if color in ("always", "never") else "auto"))
    return error.exit_status


def usage(error: click.ClickException) -> TcpexplainError:
    """Click's errors in our words."""
    near = getattr(error, "possibilities", None)
    message = error.format_message().rstrip(".")
    if isinstance(error, click.exceptions.NoSuchOption):
        message = f"there is no option {error.option_name}"
    return TcpexplainError(
        message[:1].lower() + message[1:],
        code="TE040",
        help=f"did you mean {near[0]}?" if near else "tcpexplain --help",
    )


def unexpected(error: Exception) -> TcpexplainError:
    """A fault of ours, said as one error."""
    where = error.__traceback__
    while where and where.tb_next:
        where = where.tb_next
    place = f" in {Path(where.tb_frame.f_code.co_filename).name}, line {where.tb_lineno}" if where else ""
    return TcpexplainError(
        "this is a fault in tcpexplain, not in the capture",
        code="TE099",
        note=f"{type(error).__name__}{place}: {error}"[:300],
        help="please report it, with what this prints:\nTCPEXPLAIN_TRACEBACK=1 "
        + " ".join(["tcpexplain", *sys.argv[1:]]),
        exit_status=2,
    )


def dispatch(options: Options) -> int:
    """Do the one thing that was asked for."""
    if options.explain is not None:
        from tcpexplain.explain import write_page

        write_page(options.explain, options.color, as_json=options.as_json)
        return 0
    if options.interfaces:
        return list_interfaces()
    check(options)
    if options.interface is not None:
        from tcpexplain.watching import watch_interface

        return watch_interface(options)
    if sources(options) == ["-"] and not options.outputs and not options.compare:
        from tcpexplain.watching import watch_stdin

        return watch_stdin(options)
    return explain_files(options)


def check(options: Options) -> None:
    """Refuse what contradicts itself, before anything is read."""
    if options.read and options.interface:
        raise bad_usage("-r and -i exclude each other")
    if not sources(options) and options.interface is None:
        raise bad_usage("which capture?", "tcpexplain capture.pcap   or   tcpexplain --help")
    if options.save and options.interface is None:
        raise bad_usage("-w saves a live capture; it needs -i", "tcpexplain -i any -w out.pcap")
    if options.draw and not options.outputs:
        raise bad_usage(
            "--draw needs a file to draw into",
            f"tcpexplain {' '.join(sources(options))} --draw {options.draw} -o {options.draw}.svg",
        )
    if options.compare and len(sources(options)) != 2:
        raise bad_usage("--compare takes two captures, before and after", "tcpexplain before.pcap after.pcap --compare")
    from tcpexplain.members import names
    from tcpexplain.narrowing import known

    for name in [options.why, *(options.fail_on or "").split(",")]:
        if name:
            known(name.strip())
    if options.os not in (systems := [name for name in names("tcpexplain.sockets") if name != "posix"]):
        raise bad_usage(f"the calls of {options.os} are not known here", f"--os {' | '.join(systems)}")
    if options.reader and options.reader not in names("tcpexplain.readers"):
        raise bad_usage(f"there is no reader {options.reader}", f"--reader {' | '.join(names('tcpexplain.readers'))}")
    check_outputs(options)


def check_outputs(options: Options) -> None:
    """Formats are chosen, and refused, before an hour of reading."""
    for name in options.outputs:
        from tcpexplain.reports import report_for

        report_for(name, options.draw or "diagram")


def bad_usage(message: str, hint: str = "tcpexplain --help") -> TcpexplainError:
    """TE040."""
    return TcpexplainError(message, code="TE040", help=hint)


def sources(options: Options) -> list[str]:
    """The captures to read."""
    return [options.read] if options.read else [] if options.interface else list(options.captures)


def bpf(options: Options) -> str | None:
    """The words after -r or -i."""
    return " ".join(options.captures) or None if options.read or options.interface else None


def read(options: Options, paths: list[str]) -> Capture:
    """Analyse files, narrowed as the options say."""
    from tcpexplain import read as analyse
    from tcpexplain.moments import moment
    from tcpexplain.narrowing import only_why

    wanted = {
        "reader": options.reader,
        "filter": bpf(options),
        "client": options.client,
        "server": options.server,
        "port": options.port,
        "since": moment(options.since),
        "until": moment(options.until),
    }
    events = options.events or not options.as_json
    capture = analyse(
        paths, os=options.os, events=events, **{name: value for name, value in wanted.items() if value is not None}
    )
    return only_why(capture, options.why) if options.why else capture


def explain_files(options: Options) -> int:
    """Read, report, warn."""
    from tcpexplain.terminal.problems import show_warnings

    if options.compare:
        return compare(options)
    capture = read(options, sources(options))
    report(options, capture)
    sys.stdout.flush()
    show_warnings(capture.warnings, sys.stderr, options.color)
    return verdict(options, capture)


def report(options: Options, capture: Capture) -> None:
    """Write to the files of -o, else to standard output."""
    from tcpexplain.narrowing import has_stream

    stream = None if options.stream is None else has_stream(capture, options.stream)
    for name in options.outputs:
        from tcpexplain.reports import report_for

        write_file(report_for(name, options.draw or "diagram"), capture, name, options, stream)
    if options.as_json:
        from tcpexplain.reports import json

        json.write(capture, None, stream=stream, events=options.events)
    elif not options.outputs:
        from tcpexplain.reports import text

        text.write(capture, None, stream=stream, color=options.color)


def write_file(member: Any, capture: Capture, name: str, options: Options, stream: int | None) -> None:
    """One file; TE032 if it cannot be written."""
    extra = {"events": False} if not options.events and member.__name__.endswith(".json") else {}
    try:
        member.write(capture, Path(name), stream=stream, draw=options.draw or "diagram", theme=options.theme, **extra)
    except OSError as error:
        raise TcpexplainError(
            f"cannot write {name}", code="TE032", note=(error.strerror or str(error)).lower()
        ) from None


def verdict(options: Options, capture: Capture) -> int:
    """1 if ``--fail-on`` found what it looks for."""
    wanted = {name.strip() for name in (options.fail_on or "").split(",") if name.strip()}
    if "suspicious" in wanted:
        wanted.add("failed")
    return int(any(wanted & {c.cause, c.severity, *c.finding.also} for c in capture)) if wanted else 0


def compare(options: Options) -> int:
    """Two captures, side by side by cause; ``--fail-on`` looks at the second."""
    from tcpexplain.terminal.compare import write_comparison
    from tcpexplain.terminal.paper import paper_for

    before, after = (read(options, [name]) for name in sources(options))
    paper = paper_for(sys.stdout)
    write_comparison(paper, before, after)
    paper.print(sys.stdout, options.color)
    return verdict(options, after)


def list_interfaces() -> int:
    """-D: one interface a line, numbered as tcpdump does."""
    from tcpexplain.readers.live import interfaces

    for number, name in enumerate(interfaces(), 1):
        print(f"{number}.{name}")
    return 0
