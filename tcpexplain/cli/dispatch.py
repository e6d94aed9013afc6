"""Run a parsed command line: read, select, report or compare; the exit status is returned."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tcpexplain.errors import CaptureError, TcpexplainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.cli.options import Options
    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection
    from tcpexplain.readers import CaptureFile
    from tcpexplain.terminal.progress import Progress


def dispatch(options: Options) -> int:
    """Do the one thing that was asked for."""
    if options.explain is not None:
        from tcpexplain.cli.explain import write_page

        write_page(options.explain, options.color, as_json=options.as_json)
        return 0
    if options.interfaces:
        return list_interfaces()
    check(options)
    if options.interface is not None:
        from tcpexplain.cli.live import watch_interface

        return watch_interface(options)
    if sources(options) == ["-"]:
        return explain_stdin(options)
    return explain_files(options, sources(options))


def explain_stdin(options: Options) -> int:
    """Lines while a capture flows in; a report if it is a finished one, or if a file is to be written."""
    if sys.stdin.isatty():
        raise bad_usage("standard input is a terminal, not a capture", "sudo tcpdump -i any -U -w - tcp | tcpexplain -")
    from tcpexplain.cli.live import watch_stdin

    if options.outputs or options.compare:
        return explain_files(options, ["-"])
    seen = watch_stdin(options)
    return seen if isinstance(seen, int) else explain_files(options, [seen])


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
    from tcpexplain.model.selection import known
    from tcpexplain.registry import names

    for name in [options.why, *(options.fail_on or "").split(",")]:
        if name:
            known(name.strip())
    known_systems = ["auto", *(name for name in names("tcpexplain.sockets") if name != "posix")]
    for flag, name in (("--os", options.os), ("--client-os", options.client_os), ("--server-os", options.server_os)):
        if name is not None and name not in known_systems:
            raise bad_usage(f"the calls of {name} are not known here", f"{flag} {' | '.join(known_systems)}")
    if options.reader:
        from tcpexplain.readers import for_files

        if options.reader not in for_files():
            raise bad_usage(f"there is no reader {options.reader}", f"--reader {' | '.join(for_files())}")
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


def read(options: Options, paths: Sequence[str | CaptureFile]) -> Capture:
    """Analyse files, narrowed as the options say."""
    from tcpexplain.model.selection import only_why
    from tcpexplain.reading.read import read as analyse
    from tcpexplain.units import moment

    wanted: dict[str, Any] = {
        "reader": options.reader,
        "filter": bpf(options),
        "client": options.client,
        "server": options.server,
        "port": options.port,
        "since": moment(options.since),
        "until": moment(options.until),
        "count": options.count,
        "cluster": options.cluster,
        "folder": next((name for name in options.outputs if name.endswith("/")), None) if options.cluster else None,
    }
    events = options.events or not options.as_json
    shown = progress(paths)
    try:
        capture = analyse(
            paths,
            os=options.os,
            client_os=options.client_os,
            server_os=options.server_os,
            events=events,
            messages=options.messages,
            every=options.as_json
            or any(
                name.lower().endswith((".json", ".jsonl", ".ndjson", ".csv", ".parquet", "/"))
                for name in options.outputs
            ),
            jobs=options.jobs,
            **{name: value for name, value in wanted.items() if value is not None},
            progress=shown,
        )
    finally:
        if shown:
            shown.done()
    return only_why(capture, options.why) if options.why else capture


def progress(paths: Sequence[str | CaptureFile]) -> Progress | None:
    """A line on stderr, where there is a terminal."""
    if not sys.stderr.isatty():
        return None
    from tcpexplain.terminal.progress import Progress

    given = [Path(path) for path in paths if isinstance(path, str)]
    files = [file for path in given for file in (path.rglob("*") if path.is_dir() else [path])]
    return Progress(sys.stderr, sum(file.stat().st_size for file in files if file.is_file()))


def explain_files(options: Options, paths: Sequence[str | CaptureFile]) -> int:
    """Read, report, warn."""
    from tcpexplain.terminal.problems import show_warnings

    if options.compare:
        return compare(options)
    try:
        capture = read(options, paths)
    except CaptureError as error:
        raise perhaps_filter(error, options) from None
    report(options, capture)
    sys.stdout.flush()
    show_warnings(capture.warnings, sys.stderr, options.color)
    return verdict(options, capture)


def perhaps_filter(error: CaptureError, options: Options) -> CaptureError:
    """The error, or the hint that words of a filter were taken for files."""
    first, *rest = options.captures or ("",)
    if error.code != "TE001" or options.read or not rest or not Path(first).exists() or error.file == first:
        return error
    return CaptureError(
        error.message,
        file=error.file,
        code="TE001",
        note=error.note,
        help=f"a filter goes with -r:  tcpexplain -r {first} {' '.join(rest)}",
    )


def report(options: Options, capture: Capture) -> None:
    """Write to the files of -o, else to standard output."""
    from tcpexplain.model.selection import has_stream

    stream = None if options.stream is None else has_stream(capture, options.stream)
    if options.decode or options.decode_as:
        from tcpexplain.diagnosis.application import decode

        chosen = capture.worst(20) if stream is None else [capture.stream(stream)]
        decode(capture, chosen, dict(options.decode_as))
    for name in options.outputs:
        from tcpexplain.reports import report_for

        write_file(report_for(name, options.draw or "diagram"), capture, name, options, stream)
    if options.as_json:
        from tcpexplain.reports import json

        json.write(capture, None, stream=stream, events=options.events)
    elif not options.outputs:
        from tcpexplain.reports import text
        from tcpexplain.terminal.times import Times

        times = Times(options.time or "relative", options.local)
        text.write(capture, None, stream=stream, color=options.color, times=times)


def write_file(member: Any, capture: Capture, name: str, options: Options, stream: int | None) -> None:
    """One file; TE032 if it cannot be written."""
    extra = {"events": False} if not options.events and member.__name__.endswith(".json") else {}
    try:
        member.write(capture, Path(name), stream=stream, draw=options.draw or "diagram", theme=options.theme, **extra)
    except OSError as error:
        raise TcpexplainError(
            f"cannot write {name}", code="TE032", note=(error.strerror or str(error)).lower()
        ) from None
    if sys.stderr.isatty():
        from tcpexplain.cli.live import say

        say(f"wrote {name}", options.color)


def verdict(options: Options, capture: Capture) -> int:
    """1 if ``--fail-on`` found what it looks for."""
    wanted = {name.strip() for name in (options.fail_on or "").split(",") if name.strip()}
    if "suspicious" in wanted:
        wanted.add("failed")
    return int(any(wanted & told(c) for c in capture)) if wanted else 0


def told(connection: Connection) -> set[str]:
    """All that ``--fail-on`` may name of a connection."""
    found = {connection.cause, connection.severity, *connection.finding.also}
    return found | {"undecided"} if connection.undecided else found


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
    import socket

    names = [name for _, name in socket.if_nameindex()] + (["any"] if sys.platform == "linux" else [])
    for number, name in enumerate(names, 1):
        print(f"{number}.{name}")
    return 0
