"""Arguments in, one report out, exit status; the only place that prints errors."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from tcpexplain.cli.options import Options
from tcpexplain.errors import TcpexplainError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tcpexplain.terminal.paper import Color

EPILOG = """\b
tcpexplain capture.pcap                  why its connections closed
tcpexplain capture.pcap --stream 12      one connection, packet by packet
tcpexplain -r capture.pcap port 443      only what a BPF filter lets through
sudo tcpdump -i any -U -w - tcp | tcpexplain -
tcpexplain --explain EPIPE

Exit status: 0 analysed; 1 --fail-on found something; 2 usage or unreadable
input; 3 no permission, interface or tshark."""

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""


SECTIONS = {
    "Where packets come from": ("read", "interface", "count", "save", "interfaces", "numeric", "reader"),
    "Which connections": ("stream", "why", "client", "server", "port", "since", "until"),
    "What comes out": (
        "as_json",
        "events",
        "outputs",
        "draw",
        "theme",
        "time",
        "local",
        "compare",
        "fail_on",
        "messages",
        "decode",
        "decode_as",
        "os",
        "client_os",
        "server_os",
        "color",
    ),
    "Who does the work": ("jobs", "cluster"),
    "Help": ("explain", "version", "help"),
}
"""The options in the order of --help."""


class Command(click.Command):
    """A command whose help has sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each section's options."""
        records = {parameter.name: parameter.get_help_record(ctx) for parameter in self.get_params(ctx)}
        for title, names in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([record for name in names if (record := records.get(name))])


def option(*names: str, **settings: Any) -> Callable[[Any], Any]:
    """A click option."""
    return click.option(*names, **settings)


def completions(_: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """What a shell may complete an option's value to."""
    from tcpexplain.model.capture import SEVERITIES
    from tcpexplain.model.selection import causes

    words: tuple[str, ...] = (*causes(), *SEVERITIES)
    if parameter.name == "explain":
        from tcpexplain.cli.explain import LISTS, topics

        words = (*(topic.name for topic in topics()), *causes(), *LISTS)
    elif parameter.name == "draw":
        from tcpexplain.reports import draws

        words = draws()
    return [word for word in words if word.lower().startswith(begun.lower())]


def address(_: click.Context, __: click.Parameter, said: str | None) -> str | None:
    """An address as reports write it; names are not resolved."""
    if said is None:
        return None
    from ipaddress import ip_address

    try:
        return str(ip_address(said.strip("[]")))
    except ValueError:
        raise click.BadParameter(f"{said} is no IP address") from None


def layers(_: click.Context, __: click.Parameter, said: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """What tshark is to read as what: the part before the last comma, and the protocol after it."""
    pairs = tuple((ports.strip(), protocol.strip()) for ports, _, protocol in (one.rpartition(",") for one in said))
    for one, (ports, protocol) in zip(said, pairs, strict=True):
        if "==" not in ports or not protocol.replace("_", "").replace("-", "").replace(".", "").isalnum():
            raise click.BadParameter(f"{one} is not of the form tcp.port==8443,tls")
    return pairs


@click.command(
    cls=Command,
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
@option("--why", shell_complete=completions, metavar="CAUSE", help="Only connections that ended for this cause.")
@option("--client", callback=address, metavar="ADDRESS", help="Only connections of this client.")
@option("--server", callback=address, metavar="ADDRESS", help="Only connections to this server.")
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
@option(
    "--draw",
    shell_complete=completions,
    metavar="PICTURE",
    help="Which picture -o draws: diagram (default), ladder, bytes, groups.",
)
@option("--theme", type=click.Choice(["light", "dark", "transparent"]), default="light", help="Colours of pictures.")
@option(
    "--time",
    type=click.Choice(["relative", "clock", "delta"]),
    help="Times of a ladder: since the first packet (default), by the clock, since the row above.",
)
@option("--local/--utc", "local", default=False, help="The clock is this machine's, or UTC (default).")
@option(
    "--explain",
    shell_complete=completions,
    metavar="WHAT",
    help="Explain EPIPE, ECONNRESET, EOF, a cause, an error code, causes; offline.",
)
@option(
    "--os",
    default="auto",
    metavar="SYSTEM",
    help="The system of both ends (auto: as their SYNs show, else linux): whose calls are predicted.",
)
@option("--client-os", metavar="SYSTEM", help="The same for the client alone.")
@option("--server-os", metavar="SYSTEM", help="The same for the server alone.")
@option("--reader", metavar="READER", help="Read with this reader (tshark) whatever the file's first bytes say.")
@option(
    "--fail-on",
    shell_complete=completions,
    metavar="CAUSE,...",
    help="Exit with 1 if a connection has one of these causes, or failed, or suspicious.",
)
@option(
    "--jobs",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Processes that share several captures (default: 0, all cores if there is enough to do).",
)
@option(
    "--cluster",
    metavar="ADDRESS",
    help="Share them among the workers of a dask cluster: tcp://scheduler:8786, or local.",
)
@option(
    "--messages",
    type=click.Choice(["verdict", "full", "none"]),
    default="verdict",
    help="What is read of payload: as much as verdicts need, every message, nothing.",
)
@option("--decode", is_flag=True, help="Name the request, alert or command that died, by tshark.")
@option(
    "--decode-as",
    "decode_as",
    multiple=True,
    callback=layers,
    metavar="PORT,PROTOCOL",
    help="As --decode, and read a port as tshark's -d does: tcp.port==8443,tls",
)
@option("--compare", is_flag=True, help="Compare two captures, before and after.")
@option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colours of the report; NO_COLOR is honoured.",
)
@click.version_option(package_name="tcpexplain", message="%(prog)s %(version)s")
def command(**arguments: Any) -> int:
    """Explain why TCP connections closed, and what each application saw, from packet captures.

    CAPTURE is a pcap or pcapng file (also .gz, .zst, .xz), a directory of them, a quoted pattern, a .ladder script, or - for standard input.
    """
    from tcpexplain.cli.dispatch import dispatch

    return dispatch(Options(**arguments))


def main() -> None:
    """Run the command line and exit; a shell that asks for completions gets them."""
    # Large arrays are written to here and there: to clear a huge page for each of those places takes longer than small ones do.
    os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")
    # Nothing here multiplies matrices: numpy's threads for that take time to start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if os.environ.get("_TCPEXPLAIN_COMPLETE"):
        command.main(prog_name="tcpexplain")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the exit status. Nothing that can go wrong ends in a traceback."""
    mend_streams()
    try:
        with command.make_context("tcpexplain", list(arguments)) as context:
            status = command.invoke(context)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except click.exceptions.Exit as done:
        return done.exit_code
    except BrokenPipeError:
        # The reader of our output has seen enough.
        discard_output()
        return 0
    except TcpexplainError as error:
        return fail(error, arguments)
    except click.ClickException as error:
        return fail(usage(error), arguments)
    except OSError as error:
        discard_output()
        return fail(unusable(error), arguments)
    except Exception as error:
        if os.environ.get("TCPEXPLAIN_TRACEBACK"):
            raise
        return fail(unexpected(error), arguments)
    return int(status or 0)


def mend_streams() -> None:
    """Open the null device where a standard stream is closed, before a capture gets its number."""
    for number, (name, mode) in enumerate({"stdin": "r", "stdout": "w", "stderr": "w"}.items()):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, os.fdopen(number, mode))


def discard_output() -> None:
    """Send to the null device what is still to be written; Python would complain again when it closes stdout."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(error: TcpexplainError, arguments: Sequence[str]) -> int:
    """Print an error after whatever was written so far; its exit status, also where nobody reads it."""
    from tcpexplain.terminal.problems import show_error

    words = list(arguments)
    color = words[words.index("--color") + 1] if "--color" in words[:-1] else "auto"
    with suppress(OSError):
        sys.stdout.flush()
        show_error(error, sys.stderr, cast("Color", color if color in ("always", "never") else "auto"))
    return error.exit_status


def unusable(error: OSError) -> TcpexplainError:
    """What the operating system refused; without a name it was the output."""
    why = error.strerror or str(error)
    if error.filename is None:
        return TcpexplainError("cannot write to standard output", code="TE032", note=why[:1].lower() + why[1:])
    return TcpexplainError(f"cannot use {os.fsdecode(error.filename)}", code="TE001", note=why[:1].lower() + why[1:])


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
