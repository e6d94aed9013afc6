"""The options of the command line, as click reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tcpexplain.cli.completion import SHELLS, completions
from tcpexplain.cli.failing import fail, near_option
from tcpexplain.cli.options import Options
from tcpexplain.errors import TcpexplainError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EXAMPLES = """tcpexplain capture.pcap                  why its connections closed
tcpexplain capture.pcap --stream 12      one connection, packet by packet
tcpexplain capture.pcap --errno EPIPE    whose application saw EPIPE
tcpexplain -r capture.pcap port 443      only what a BPF filter lets through
sudo tcpdump -i any -U -w - tcp | tcpexplain -
tcpexplain capture.pcap --log 'LINE'     the connection of a line of a log
tcpexplain --explain EPIPE               what an errno or a cause means
tcpexplain --demo                        a capture that comes with tcpexplain"""

STATUSES = {
    0: "analysed",
    1: "--fail-on found something",
    2: "usage, unreadable input, no connection fits, or --strict and a warning",
    3: "a permission, an interface or a program is missing",
    130: "interrupted by Ctrl-C",
    141: "the reader of a pipe left before the end of the output",
}
"""What the exit status says."""

EPILOG = f"\b\n{EXAMPLES}\n\nExit status: {'; '.join(f'{status} {meaning}' for status, meaning in STATUSES.items())}."


SECTIONS = {
    "Where packets come from": (
        "read",
        "interface",
        "count",
        "save",
        "snap_length",
        "kernel",
        "interfaces",
        "numeric",
        "reader",
        "points",
        "identify",
    ),
    "Which connections": ("logs", "stream", "why", "errno", "client", "server", "port", "since", "until", "tz"),
    "What comes out": (
        "as_json",
        "events",
        "outputs",
        "evidence",
        "draw",
        "theme",
        "time",
        "local",
        "compare",
        "fail_on",
        "messages",
        "strict",
        "decode",
        "decode_as",
        "runtime",
        "os",
        "client_os",
        "server_os",
        "anonymize",
        "anonymize_key",
        "color",
    ),
    "Who does the work": ("jobs", "cluster"),
    "Help": ("explain", "demo", "version", "help", "install_completion", "install_wireshark", "debug"),
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


def address(_: click.Context, __: click.Parameter, said: str | None) -> str | None:
    """An end as it was typed, if it is one."""
    if said is not None:
        from tcpexplain.model.wanted import end_of

        end_of(said)
    return said


def say_versions(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    """--version."""
    if wanted:
        from tcpexplain.cli.versions import versions

        print("\n".join(versions()))
        context.exit()


def install_completion(context: click.Context, _: click.Parameter, shell: str | None) -> None:
    """--install-completion."""
    if shell:
        from tcpexplain.cli.completion import install

        print("\n".join(install(context.command, shell)))
        context.exit()


def install_wireshark(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    """--install-wireshark."""
    if wanted:
        from tcpexplain.cli.plugin import install

        print("\n".join(install()))
        context.exit()


def listed_names(_: click.Context, __: click.Parameter, said: str) -> tuple[str, ...]:
    """Names with commas between them."""
    return tuple(name.strip() for name in said.split(",") if name.strip())


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
@option(
    "--kernel",
    is_flag=True,
    help="With -i, as root on Linux: beside each prediction what this kernel did, and whose sockets they are.",
)
@option(
    "-s",
    "snap_length",
    type=click.IntRange(min=54, max=262144),
    metavar="BYTES",
    help="With -i: capture so much of each packet; 512, or with -w all of it.",
)
@option("-D", "interfaces", is_flag=True, help="List the interfaces that -i takes.")
@option(
    "-n", "numeric", is_flag=True, help="Accepted for tcpdump's sake: addresses and ports are always shown as numbers."
)
@option(
    "--log",
    "logs",
    multiple=True,
    metavar="LINE|FILE|-",
    help="Find the connection that a line of a program's log is about; or of all lines of a log.",
)
@option("--stream", type=click.IntRange(min=0), metavar="N", help="One connection, by Wireshark's tcp.stream number.")
@option(
    "--why",
    multiple=True,
    shell_complete=completions,
    metavar="CAUSE,...",
    help="Only connections that ended for one of these causes, or failed, suspicious, fine.",
)
@option(
    "--errno",
    multiple=True,
    shell_complete=completions,
    metavar="ERRNO,...",
    help="Only connections whose application sees EPIPE, 'broken pipe', EOF ...",
)
@option(
    "--client", callback=address, metavar="ADDRESS", help="Only connections of this client: 10.0.0.1 or 10.0.0.1:4711."
)
@option(
    "--server",
    callback=address,
    metavar="ADDRESS",
    help="Only connections to this server: 10.0.0.2, 10.0.0.2:443 or :443.",
)
@option("--port", type=click.IntRange(0, 65535), metavar="PORT", help="Only connections with this port at either end.")
@option(
    "--since",
    metavar="TIME",
    help="Only connections alive at or after this time: as logs write it, '2026/11/20 21:10:20', 21:10:20.",
)
@option("--until", metavar="TIME", help="Only connections alive at or before this time.")
@option(
    "--tz",
    metavar="ZONE",
    help="Zone of times without one, and of the clock: Europe/Berlin, +08:00, local (default: UTC).",
)
@option("--json", "as_json", is_flag=True, help="JSON Lines, schema tcpexplain/1.")
@option(
    "--no-events",
    "events",
    is_flag=True,
    default=True,
    flag_value=False,
    help="Leave out the events of each connection in JSON.",
)
@option(
    "-o",
    "outputs",
    multiple=True,
    metavar="FILE",
    help="Write a report; the suffix chooses the format (.html .md .svg .png .json .csv .parquet .pcapng ...).",
)
@option(
    "--evidence",
    is_flag=True,
    help="With -o x.pcapng: only the packets that verdicts rest on, with their neighbours.",
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
    help="Times in the ladder: since the first packet (default), of day, or since the row above.",
)
@option(
    "--local/--utc",
    "local",
    default=None,
    help="Times by this machine's clock (default: live), or in UTC (default: of files).",
)
@option(
    "--explain",
    shell_complete=completions,
    metavar="WHAT",
    help="Explain an errno (EPIPE), EOF, a state, a cause, an error code, a line of a log; or list causes, topics.",
)
@option(
    "--os",
    default="auto",
    metavar="SYSTEM",
    help="The operating system of both ends, whose calls are predicted (auto: as their SYNs show, else linux).",
)
@option("--client-os", metavar="SYSTEM", help="The operating system of the client.")
@option("--server-os", metavar="SYSTEM", help="The operating system of the server.")
@option("--runtime", metavar="PRODUCT", help="Say how this program's log will word each failure: go, nginx, java ...")
@option("--reader", metavar="READER", help="Read the file with this reader (tshark), whatever its format.")
@option(
    "--fail-on",
    shell_complete=completions,
    metavar="WHAT,...",
    help="Exit with 1 if a connection has one of these causes or errnos, or failed, suspicious, undecided.",
)
@option(
    "--strict",
    is_flag=True,
    help="Exit with 2 if there is a warning: a capture cut short, damaged, or with dropped packets.",
)
@option(
    "--jobs",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Processes that read several captures (default: 0, as many as cores if these are large), or threads for one large capture (default: one).",
)
@option(
    "--cluster",
    metavar="ADDRESS",
    help="Proportion them among the workers of a dask cluster: tcp://scheduler:8786, or local.",
)
@option(
    "--decode",
    is_flag=True,
    help="Name the last request, alert or command of failed connections, as tshark decodes it.",
)
@option(
    "--messages",
    type=click.Choice(["verdict", "full", "none"]),
    default="verdict",
    help="What is read of payload: as much as verdicts need, every message, nothing.",
)
@option(
    "--no-identify",
    "identify",
    is_flag=True,
    default=True,
    flag_value=False,
    help="Leave connections apart that are one under several addresses, or in several captures.",
)
@option(
    "--points",
    default="",
    callback=listed_names,
    metavar="NAME,...",
    help="What the captures are called where it is told which saw a segment: client,server (default: their names).",
)
@option(
    "--decode-as",
    "decode_as",
    multiple=True,
    callback=layers,
    metavar="PORT,PROTOCOL",
    help="As --decode, with tshark's -d: which port has which protocol, as in tcp.port==8443,tls",
)
@option(
    "--anonymize",
    is_flag=True,
    help="Other addresses, paths and names in all that is written, packets too; verdicts, ports and times stay.",
)
@option(
    "--anonymize-key",
    metavar="FILE",
    help="As --anonymize, by the key in this file: the same names in every run (default: a new key each time).",
)
@option("--compare", is_flag=True, help="Compare two captures by cause: before and after a change.")
@option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colours of the report; NO_COLOR is honoured.",
)
@option("--demo", is_flag=True, help="Explain a capture that comes with tcpexplain.")
@option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=say_versions,
    help="Print the versions of tcpexplain, Python, libpcap and tshark, and exit.",
)
@option(
    "--install-completion",
    type=click.Choice(["auto", *SHELLS]),
    is_flag=False,
    flag_value="auto",
    is_eager=True,
    expose_value=False,
    callback=install_completion,
    help="Let the shell complete options and their values (default: the shell in use), and exit.",
)
@option(
    "--install-wireshark",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=install_wireshark,
    help="Let Wireshark explain the connection of a packet by a menu, and exit.",
)
@option("--debug", is_flag=True, help="Show a Python traceback with an error.")
def command(**arguments: Any) -> int:
    """Explain why TCP connections closed, and what each application saw, from packet captures.

    CAPTURE is a pcap or pcapng file (also .gz, .zst, .xz), a directory of them, a quoted pattern, a .ladder script, or - for standard input.
    """
    from tcpexplain.cli.dispatch import dispatch

    return dispatch(Options(**arguments))


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments ask for; the exit status. What is wrong with an argument is printed."""
    try:
        with command.make_context("tcpexplain", list(arguments)) as context:
            return int(command.invoke(context) or 0)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        return fail(usage(error), arguments)


def usage(error: click.ClickException) -> TcpexplainError:
    """Click's errors in our words."""
    message = error.format_message().rstrip(".")
    help_ = "tcpexplain --help"
    if isinstance(error, click.exceptions.NoSuchOption):
        message = f"there is no option {error.option_name}"
        help_ = near_option(error.option_name, error.possibilities or ())
    return TcpexplainError(message[:1].lower() + message[1:], code="TE040", help=help_)
