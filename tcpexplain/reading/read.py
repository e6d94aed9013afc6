"""Captures in, a Capture out."""

from __future__ import annotations

import os as _os
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.systems import systems
from tcpexplain.diagnosis.explained import Explained
from tcpexplain.evidence.places import short_names
from tcpexplain.model.capture import Capture, Origin
from tcpexplain.native.library import usable
from tcpexplain.native.library import wanted as machine_code
from tcpexplain.parallel.wanted import Wanted
from tcpexplain.reading.across import look_across
from tcpexplain.reading.listening import HELD_BACK
from tcpexplain.reading.paths import spread
from tcpexplain.reading.request import Request, is_file, named, named_points
from tcpexplain.reading.single import Found, Path, in_turn, total_size
from tcpexplain.reading.workplace import FRAME, LARGE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tcpexplain.errors import Warning  # noqa: A004 (the word users see)
    from tcpexplain.kernel.account import Account
    from tcpexplain.model.wanted import Moment
    from tcpexplain.readers import CaptureFile


def read(
    paths: Path | Sequence[Path | CaptureFile],
    *,
    reader: str | None = None,
    os: str = "auto",
    client_os: str | None = None,
    server_os: str | None = None,
    filter: str | None = None,
    events: bool = True,
    client: str | None = None,
    server: str | None = None,
    port: int | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    count: int | None = None,
    every: bool = False,
    messages: str = "verdict",
    jobs: int = 1,
    cluster: str | None = None,
    folder: Path | None = None,
    identify: bool = True,
    points: Sequence[str] = (),
    anonymize: bool | bytes = False,
    progress: Callable[[int, int], None] | None = None,
) -> Capture:
    """Read and explain captures.

    Parameters
    ----------
    paths
        One or several files of any format that a reader knows, directories of such files, ``-`` for standard input, or captures
        already opened. What cannot be read of several is left out, with a warning.
    reader
        Use this reader whatever the first bytes say (``"tshark"``).
    os
        The system whose calls are predicted: ``auto`` takes each end for what its SYN shows, and for Linux if that is not known.
    client_os, server_os
        The same for one end only.
    filter
        A BPF expression; packets keep their numbers.
    events
        Whether connections have their events.
    client, server, port
        Keep only connections with this client or server (``10.0.0.1``, ``10.0.0.1:4711``), or this port at either end.
    since, until
        Keep only connections alive in this time: ns since 1970, a datetime, or text as logs write it; see `Capture.where`.
    count
        Stop after so many packets.
    every
        All connections will be asked for: keep what that takes, however large the capture. Without it, those of a large
        capture are found by reading it again.
    messages
        What is read of payload: ``verdict``, as much as verdicts need; ``full``, every message, for ladders and tables; ``none``.
    jobs
        Processes that share several large captures; 0: as many as there are cores. A program that asks for more than one
        must be importable: its own work stands below ``if __name__ == "__main__":``. Threads, four at most, where it is one large
        capture, which machine code reads; 0: one.
    cluster
        Share several captures among the workers of this dask scheduler (``"tcp://host:8786"``), or of one that is started here
        (``"local"``); they see the captures under the same names.
    folder
        Where workers of a cluster leave what others need; all of them write there. Where temporary files go if None.
    identify
        Find connections that have several 4-tuples, or are in several captures whose clocks may differ, and tell each once.
    points
        What the captures are called where it is told which saw a segment, in their order; their file names if empty.
    anonymize
        Give addresses, paths and names other ones (`Capture.anonymize`): True with a key that nobody knows, or bytes as the key.
    progress
        Called after every batch with the packets and the bytes of files read so far.

    Raises
    ------
    CaptureError
        What cannot be read: TE001 to TE012.
    TcpexplainError
        TE046 if processes die again and again, TE047 if there is no such cluster, TE051 if the key is too short.
    """
    asked = [paths] if isinstance(paths, str | _os.PathLike) else list(paths)
    given, warnings = spread(asked)
    request = Request(given, all(is_file(one) for one in given), reader, filter, count, messages, every)
    if not events and request.twice:
        # What the kernel did is compared with events.
        events = kept_account(given) is not None
    wanted = Wanted(
        systems(os, client_os, server_os),
        events,
        every,
        identify=identify,
        points=named_points(asked, given, points),
        messages=request.told_of_each if every else -1,
    )
    if (len(given) > 1 or cluster) and request.twice and not count:
        found = several(request, wanted, progress, jobs, cluster, folder)
    else:
        found = one_by_one(request, wanted, progress, jobs)
    warnings += found.warnings
    found.analysis.files = short_names(named(given))
    if not found.analysis.streams:
        from tcpexplain.reading.no_tcp import no_tcp

        raise no_tcp(named(given), found.analysis, filter, warnings)
    hear = look_across(request, found, warnings, identify=identify)
    capture = capture_of(request, found, tuple(warnings), hear, os=os, given=named(asked))
    chosen = capture.where(client=client, server=server, port=port, since=since, until=until)
    return chosen.anonymize(anonymize if isinstance(anonymize, bytes) else None) if anonymize else chosen


def one_by_one(request: Request, wanted: Wanted, progress: Callable[[int, int], None] | None, jobs: int) -> Found:
    """Captures in their order, in this process; once more if connections of one have several 4-tuples."""
    settings: dict[str, Any] = {
        "systems": wanted.systems, "events": wanted.events, "every": request.every, "tell": not request.twice,
        "hold": HELD_BACK if request.twice and request.messages != "none" else 0,
    }  # fmt: skip
    analysis = analysis_of(in_parts(request.given, jobs, request.packets) if request.twice else 1, settings)
    if not request.twice and request.messages != "none":
        from tcpexplain.reading.tap import MessageTap

        analysis.tap = MessageTap(every=request.told_of_each)
    found = in_turn(
        request.given, analysis, request.reader, request.filter, request.packets, progress, twice=request.twice
    )
    return once_more(found, request, wanted) if wanted.identify and request.twice and not request.packets else found


def capture_of(
    request: Request,
    found: Found,
    warnings: tuple[Warning, ...],
    hear: Callable[[Sequence[int]], None] | None,
    *,
    os: str,
    given: tuple[str, ...],
) -> Capture:
    """What was found, for users; ``given``: what they asked for, directories among it."""
    analysis, files = found.analysis, named(request.given)
    account = kept_account(request.given) if request.twice and found.format == "pcapng" else None
    return Capture(
        Explained(analysis, range(analysis.streams), found.again, hear=hear, beside=account.of if account else None),
        files=files,
        given=given,
        format=found.format,
        link_types=found.link_types,
        interfaces=found.interfaces,
        os=os,
        packets=analysis.packets,
        segments=analysis.segments,
        skipped=found.skipped,
        warnings=warnings,
        start=analysis.start,
        duration=(analysis.end - analysis.start) / 1e9,
        origin=Origin(files, request.reader, request.filter, request.packets, analysis.streams)
        if request.twice
        else None,
    )


def kept_account(given: Sequence[Path | CaptureFile]) -> Account | None:
    """What the kernel did, where the files have it beside their packets."""
    from tcpexplain.kernel.kept import account_of

    return account_of(named(given))


def in_parts(given: Sequence[Path | CaptureFile], jobs: int, count: int | None) -> int:
    """Among how many threads the connections of a capture are divided: one, unless it is large, and more are asked for."""
    size = total_size(given)
    if jobs < 2 or count or len(given) != 1 or not usable() or not (machine_code() or size > LARGE * FRAME):
        return 1
    from tcpexplain.analysis.in_parts import MOST

    return min(jobs, MOST)


def analysis_of(parts: int, settings: dict[str, Any]) -> Analysis:
    """An analysis, divided among so many threads."""
    if parts == 1:
        return Analysis(**settings)
    from tcpexplain.analysis.in_parts import AnalysisInParts

    return AnalysisInParts(parts, **settings)


def several(
    request: Request,
    wanted: Wanted,
    progress: Callable[[int, int], None] | None,
    jobs: int,
    cluster: str | None,
    folder: Path | None,
) -> Found:
    """Have several captures read; what that takes is only imported here."""
    from tcpexplain.parallel.divide import CaptureToDecode
    from tcpexplain.reading.several import together

    files = [
        CaptureToDecode(
            number, name, _os.stat(name).st_size if _os.path.exists(name) else 0, request.reader, request.filter
        )
        for number, name in enumerate(named(request.given))
    ]
    crew = None
    if cluster:
        from tcpexplain.parallel.dask import workers

        crew = workers(cluster, jobs)
    return together(files, wanted, jobs, progress, crew, folder)


def once_more(found: Found, request: Request, wanted: Wanted) -> Found:
    """The same with each connection once, if some are there under several names."""
    if found.analysis.streams < 2:
        return found
    from tcpexplain.reading.begun_twice import may_be_several

    if not may_be_several(found.analysis):
        return found
    again = several(request, wanted, None, 1, None, None)
    return again if again.analysis.united else found
