"""Run a parsed command line: read, select, report or compare; the exit status is returned."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tcpexplain.errors import CaptureError, TcpexplainError
from tcpexplain.files import replaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.cli.options import Options
    from tcpexplain.model.capture import Capture
    from tcpexplain.pseudonyms.names import Pseudonyms
    from tcpexplain.readers import CaptureFile
    from tcpexplain.terminal.progress import Progress


def dispatch(options: Options) -> int:
    """Do the one thing that was asked for; with --anonymize, errors have other names too."""
    names = pseudonyms(options)
    try:
        return done(options, names)
    except TcpexplainError as error:
        if names is None:
            raise
        for path in (*sources(options), *options.logs):
            names.file(path)
        raise names.error(error) from None


def pseudonyms(options: Options) -> Pseudonyms | None:
    """What stands for names, if anything shall; TE051 if the key is none."""
    if not options.anonymize and options.anonymize_key is None:
        return None
    from tcpexplain.pseudonyms.names import Pseudonyms, read_key

    return Pseudonyms(None if options.anonymize_key is None else read_key(options.anonymize_key))


def done(options: Options, names: Pseudonyms | None) -> int:
    """Do it; ``names`` stand for those in the capture."""
    if options.explain is not None:
        from tcpexplain.cli.explain import write_page

        write_page(options.explain, options.color, as_json=options.as_json)
        return 0
    if options.interfaces:
        from tcpexplain.cli.interfaces import list_interfaces

        return list_interfaces()
    check(options)
    if options.interface is not None:
        from tcpexplain.cli.live_interface import watch_interface

        return watch_interface(options, names)
    if options.demo and (options.captures or options.read):
        raise bad_usage("--demo brings its own capture", "tcpexplain --demo")
    if sources(options) == ["-"]:
        return explain_stdin(options, names)
    return explain_files(options, sources(options), names)


def explain_stdin(options: Options, names: Pseudonyms | None = None) -> int:
    """Lines while a capture flows in; a report if it is a finished one, or if a file is to be written."""
    if sys.stdin.isatty():
        raise bad_usage("standard input is a terminal, not a capture", "sudo tcpdump -i any -U -w - tcp | tcpexplain -")
    from tcpexplain.cli.live_stdin import watch_stdin

    if options.outputs or options.compare:
        return explain_files(options, ["-"], names)
    seen = watch_stdin(options, names)
    return seen if isinstance(seen, int) else explain_files(options, [seen], names)


def check(options: Options) -> None:
    """Refuse what contradicts itself, before anything is read."""
    check_sources(options)
    from tcpexplain.cli.choice import alarms, asked

    asked(options)
    alarms(options)
    check_logs(options)
    check_systems(options)
    if options.reader:
        from tcpexplain.readers import for_files

        if options.reader not in for_files():
            raise bad_usage(f"there is no reader {options.reader}", f"--reader {' | '.join(for_files())}")
    if (options.anonymize or options.anonymize_key) and (options.save or options.decode or options.decode_as):
        raise bad_usage(
            "--anonymize changes no packets that -w saves, and --decode tells what they carry",
            "tcpexplain -i any -w out.pcap   then   tcpexplain out.pcap --anonymize -o anonymized.pcapng",
        )
    check_outputs(options)


def check_sources(options: Options) -> None:
    """Captures, or an interface with what only it has, or two to compare."""
    if options.read and options.interface:
        raise bad_usage("-r and -i exclude each other")
    if not sources(options) and options.interface is None:
        raise bad_usage("which capture?", "tcpexplain capture.pcap   or   tcpexplain --demo   or   tcpexplain --help")
    if options.save and options.interface is None:
        raise bad_usage("-w saves a live capture; it needs -i", "tcpexplain -i any -w out.pcap")
    if options.kernel and options.interface is None:
        raise bad_usage(
            "--kernel watches this machine while it captures; it needs -i", "sudo tcpexplain -i lo --kernel"
        )
    if options.draw and not options.outputs:
        raise bad_usage(
            "--draw needs a file to draw into",
            f"tcpexplain {' '.join(sources(options))} --draw {options.draw} -o {options.draw}.svg",
        )
    if options.compare and len(sources(options)) != 2:
        raise bad_usage("--compare takes two captures, before and after", "tcpexplain before.pcap after.pcap --compare")


def check_logs(options: Options) -> None:
    """Logs are looked at beside a capture that has ended; the words of what writes them are known."""
    from tcpexplain.registry import names

    if options.runtime and options.runtime not in names("tcpexplain.runtimes"):
        raise bad_usage(
            f"the words of {options.runtime} are not known here",
            f"--runtime {' | '.join(names('tcpexplain.runtimes'))}",
        )
    if options.logs and options.interface is not None:
        raise bad_usage(
            "--log looks into captures that have ended",
            "tcpexplain -i any -w out.pcap   then   tcpexplain out.pcap --log LINE",
        )
    if "-" in options.logs and "-" in sources(options):
        raise bad_usage("standard input cannot be both the capture and the log")


def check_systems(options: Options) -> None:
    """The systems whose calls are predicted are known."""
    from tcpexplain import sockets

    known = ["auto", *sockets.names()]
    for flag, name in (("--os", options.os), ("--client-os", options.client_os), ("--server-os", options.server_os)):
        if name is not None and name not in known:
            raise bad_usage(f"the calls of {name} are not known here", f"{flag} {' | '.join(known)}")


def check_outputs(options: Options) -> None:
    """Formats are chosen, and refused, before an hour of reading."""
    for name in options.outputs:
        from tcpexplain.reports import report_for

        report_for(name, options.draw or "diagram")
        if any(is_same(name, source) for source in sources(options)):
            raise bad_usage(f"{name} is the capture itself", "choose another name after -o")
    if options.evidence and not any(name.lower().endswith(".pcapng") for name in options.outputs):
        raise bad_usage(
            "--evidence chooses the packets of a .pcapng", "tcpexplain x.pcap --evidence -o evidence.pcapng"
        )


def is_same(name: str, other: str) -> bool:
    """Whether two names are of one file, which is there."""
    from pathlib import Path

    return Path(name).exists() and Path(other).exists() and Path(name).samefile(other)


def bad_usage(message: str, hint: str = "tcpexplain --help") -> TcpexplainError:
    """TE040."""
    return TcpexplainError(message, code="TE040", help=hint)


def sources(options: Options) -> list[str]:
    """The captures to read."""
    if options.demo:
        return ["--demo"]
    return [options.read] if options.read else [] if options.interface else list(options.captures)


def bpf(options: Options) -> str | None:
    """The words after -r or -i."""
    return " ".join(options.captures) or None if options.read or options.interface else None


def read(options: Options, paths: Sequence[str | CaptureFile]) -> Capture:
    """Analyse files, narrowed as the options say."""
    from tcpexplain.cli.choice import chosen

    if options.points and len(options.points) != len(paths):
        from click import UsageError

        raise UsageError(f"--points has {len(options.points)} names for {len(paths)} captures")
    shown = progress(paths)
    try:
        capture = analyse(options, paths, shown)
    finally:
        if shown:
            shown.done()
    return chosen(capture, options)


def analyse(options: Options, paths: Sequence[str | CaptureFile], shown: Progress | None) -> Capture:
    """What the files hold, or the capture of --demo."""
    from tcpexplain.reading.read import read as explain

    if not options.demo:
        return explain(paths, identify=options.identify, points=options.points, progress=shown, **how_to_read(options))
    from tcpexplain.reading.demo import demo

    return demo(progress=shown, **how_to_read(options))


def how_to_read(options: Options) -> dict[str, Any]:
    """What ``reading.read`` and the demo are asked for; what was not said has their defaults."""
    from tcpexplain.reports import wants_every

    unless_none = {
        "reader": options.reader,
        "filter": bpf(options),
        "count": options.count,
        "cluster": options.cluster,
        "folder": next((name for name in options.outputs if name.endswith("/")), None) if options.cluster else None,
    }
    return {
        "os": options.os,
        "client_os": options.client_os,
        "server_os": options.server_os,
        "events": options.events or not options.as_json,
        "messages": options.messages,
        "every": options.as_json or any(wants_every(name, options.draw or "diagram") for name in options.outputs),
        "jobs": options.jobs,
        **{name: value for name, value in unless_none.items() if value is not None},
    }


def progress(paths: Sequence[str | CaptureFile]) -> Progress | None:
    """A line on stderr, where there is a terminal."""
    if not sys.stderr.isatty():
        return None
    from pathlib import Path

    from tcpexplain.terminal.progress import Progress

    given = [Path(path) for path in paths if isinstance(path, str)]
    files = [file for path in given for file in (path.rglob("*") if path.is_dir() else [path])]
    return Progress(sys.stderr, sum(file.stat().st_size for file in files if file.is_file()))


def explain_files(options: Options, paths: Sequence[str | CaptureFile], names: Pseudonyms | None = None) -> int:
    """Read, report, warn."""
    from tcpexplain.cli.choice import strictly, verdict

    if options.compare:
        return compare(options, names)
    try:
        capture = read(options, paths)
    except CaptureError as error:
        from tcpexplain.cli.misread import perhaps_filter

        raise perhaps_filter(error, options) from None
    status = verdict(options, capture) if options.fail_on else 0
    capture = prepared(options, capture, names)
    if status:
        from tcpexplain.cli.annotations import annotate

        annotate(options, capture)
    try:
        report(options, capture)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who asked for a verdict gets it, though the reader of the report has left.
        if not status:
            raise
        from tcpexplain.cli.failing import discard_output

        discard_output()
    if capture.warnings:
        from tcpexplain.terminal.problems import show_warnings

        show_warnings(capture.warnings, sys.stderr, options.color)
    strictly(options, capture)
    return status


def prepared(options: Options, capture: Capture, names: Pseudonyms | None) -> Capture:
    """What is to be reported: with the lines of logs, and what tshark decodes; under other names, if there are any."""
    from tcpexplain.model.selection import has_stream

    stream = None if options.stream is None else has_stream(capture, options.stream)
    capture.runtime = options.runtime or ""
    if options.logs:
        capture.match(*options.logs)
    if options.decode or options.decode_as:
        from tcpexplain.diagnosis.application import decode

        chosen = capture.worst(20) if stream is None else [capture.stream(stream)]
        decode(capture, chosen, dict(options.decode_as))
    return capture if names is None else renamed(capture, names)


def renamed(capture: Capture, names: Pseudonyms) -> Capture:
    """A capture under other names."""
    from tcpexplain.pseudonyms.capture import anonymize

    return anonymize(capture, names)


def report(options: Options, capture: Capture) -> None:
    """Write to the files of -o, else to standard output."""
    stream = options.stream
    for name in options.outputs:
        from tcpexplain.reports import report_for

        write_file(report_for(name, options.draw or "diagram"), capture, name, options, stream)
    if options.as_json:
        from tcpexplain.reports import json

        json.write(capture, None, stream=stream, events=options.events)
    elif not options.outputs:
        from tcpexplain.cli.choice import zone_of
        from tcpexplain.reports import text
        from tcpexplain.terminal.times import Times

        times = Times(options.time or "relative", zone_of(options))
        text.write(capture, None, stream=stream, color=options.color, times=times)


def write_file(member: Any, capture: Capture, name: str, options: Options, stream: int | None) -> None:
    """One file; TE032 if it cannot be written."""
    kind = member.__name__.rpartition(".")[2]
    extra = {"events": False} if not options.events and kind == "json" else {}
    if kind == "pcapng":
        extra = {"evidence": options.evidence}
    from pathlib import Path

    try:
        with replaced(Path(name)) as path:
            member.write(capture, path, stream=stream, draw=options.draw or "diagram", theme=options.theme, **extra)
    except OSError as error:
        raise TcpexplainError(
            f"cannot write {name}", code="TE032", note=(error.strerror or str(error)).lower()
        ) from None
    if sys.stderr.isatty():
        from tcpexplain.cli.asides import say

        say(f"wrote {name}", options.color)


def compare(options: Options, names: Pseudonyms | None = None) -> int:
    """Two captures, side by side by cause; ``--fail-on`` looks at the second."""
    from tcpexplain.cli.choice import verdict
    from tcpexplain.terminal.compare import write_comparison
    from tcpexplain.terminal.paper import paper_for

    before, after = (read(options, [name]) for name in sources(options))
    paper = paper_for(sys.stdout)
    write_comparison(paper, *((before, after) if names is None else (renamed(before, names), renamed(after, names))))
    paper.print(sys.stdout, options.color)
    return verdict(options, after)
