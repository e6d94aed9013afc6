"""Captures in, a Capture out."""

from __future__ import annotations

import os as _os
from functools import partial
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from tcpexplain.analyse import Analysis
from tcpexplain.assemble import endpoints
from tcpexplain.capture import Capture
from tcpexplain.errors import CaptureError
from tcpexplain.folders import spread
from tcpexplain.gear import Gear
from tcpexplain.lazily import Explained
from tcpexplain.memory import Switching
from tcpexplain.quantity import counted
from tcpexplain.readers import CaptureFile, open_capture
from tcpexplain.wire.frames import Warning  # noqa: A004 (the word users see)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Path = str | _os.PathLike[str]

UNREADABLE = {"TE002", "TE005", "TE007", "TE013", "TE014", "TE015", "TE021"}
"""Errors that leave out one file of several; any other (not there, a filter that does not parse) ends all."""
CUT = "headers cut by the snap length"


def read(
    paths: Path | Sequence[Path | CaptureFile],
    *,
    reader: str | None = None,
    os: str = "linux",
    filter: str | None = None,
    events: bool = True,
    client: str | None = None,
    server: str | None = None,
    port: int | None = None,
    since: int | None = None,
    until: int | None = None,
    count: int | None = None,
    every: bool = False,
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
        The system whose calls are predicted.
    filter
        A BPF expression; packets keep their numbers.
    events
        Whether connections have their events.
    client, server, port
        Keep only connections with this client or server address, or this port at either end.
    since, until
        Keep only connections alive in this span, ns since 1970.
    count
        Stop after so many packets.
    every
        All connections will be asked for: keep what that takes, however large the capture. Without it, those of a large
        capture are found by reading it again.
    progress
        Called after every batch with the packets and the bytes of files read so far.

    Raises
    ------
    CaptureError
        What cannot be read: TE001 to TE012.
    """
    asked = [paths] if isinstance(paths, str | _os.PathLike) else list(paths)
    given, warnings = spread(asked)
    twice = not any(isinstance(one, CaptureFile) or one == "-" for one in given)
    analysis = Analysis(os=os, events=events, every=every, tell=not twice)
    captures, refused = feed_all(given, analysis, reader, filter, count, progress)
    warnings += [warning for capture in captures for warning in capture.warnings]
    warnings += [Warning(error.code, error.message, error.note, error.help) for error in refused]
    if not analysis.streams:
        raise no_tcp(named(given), analysis, filter, warnings)
    analysis.finish()
    again = partial(read_again, given, reader, filter, count, os) if twice else None
    return Capture(
        Explained(analysis, fitting(analysis, client, server, port, since, until), again),
        files=named(given),
        given=named(asked),
        format=next(capture.format for capture in captures if capture.format),
        link_types=tuple(link.name for capture in captures for link in capture.link_types),
        os=os,
        packets=analysis.packets,
        segments=analysis.segments,
        skipped=dict(analysis.skipped),
        warnings=tuple(warnings),
        start=analysis.start,
        duration=(analysis.end - analysis.start) / 1e9,
    )


def read_again(
    paths: Sequence[Path | CaptureFile],
    reader: str | None,
    filter: str | None,
    count: int | None,
    os: str,
    chosen: list[int],
) -> Analysis:
    """Read captures once more for the packets of some connections."""
    analysis = Analysis(os=os, chosen=chosen)
    feed_all(paths, analysis, reader, filter, count)
    analysis.finish()
    return analysis


def feed_all(
    given: Sequence[Path | CaptureFile],
    analysis: Analysis,
    reader: str | None,
    filter: str | None,
    count: int | None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[CaptureFile], list[CaptureError]]:
    """Feed captures to an analysis; those that were opened, and why others of several could not be read."""
    columns, before = Switching(), 0
    gear = Gear(analysis, columns, total_size(given))
    captures: list[CaptureFile] = []
    refused: list[CaptureError] = []
    for number, one in enumerate(given):
        try:
            capture = one if isinstance(one, CaptureFile) else open_capture(one, reader, columns, filter=filter)
            captures.append(capture)
            for frames in capture:
                frames.count = min(frames.count, count - analysis.packets) if count else frames.count
                analysis.feed(frames, number)
                gear.shift(before + capture.position)
                if progress:
                    progress(analysis.packets, before + capture.position)
                if count and analysis.packets >= count:
                    return captures, refused
        except CaptureError as error:
            if len(given) == 1 or error.code not in UNREADABLE:
                raise
            refused.append(error)
        else:
            before += capture.position
    return captures, refused


def named(given: Sequence[Path | CaptureFile]) -> tuple[str, ...]:
    """How messages call captures."""
    return tuple(one.name if isinstance(one, CaptureFile) else _os.fspath(one) for one in given)


def total_size(paths: Sequence[Path | CaptureFile]) -> int:
    """Bytes of all files, 0 if that is not known."""
    try:
        return sum(0 if isinstance(path, CaptureFile) else FilePath(path).stat().st_size for path in paths)
    except OSError:
        return 0


def fitting(
    analysis: Analysis, client: str | None, server: str | None, port: int | None, since: int | None, until: int | None
) -> Sequence[int]:
    """The stream numbers of the connections that fit; they stay what they are."""
    if all(one is None for one in (client, server, port, since, until)):
        return range(analysis.streams)
    return [stream for stream in range(analysis.streams) if fits(analysis, stream, client, server, port, since, until)]


def fits(
    analysis: Analysis,
    stream: int,
    client: str | None,
    server: str | None,
    port: int | None,
    since: int | None,
    until: int | None,
) -> bool:
    """Whether a connection is one of those asked for."""
    facts, key = analysis.results.of(stream)[0], analysis.key(stream)
    if port is not None and port not in key[5:7]:
        return False
    if (since is not None and facts.start + facts.duration < since) or (until is not None and facts.start > until):
        return False
    if client is None and server is None:
        return True
    ends = endpoints(key)
    first, second = ends if facts.client == 0 else ends[::-1]
    return client in (None, first.address) and server in (None, second.address)


def no_tcp(names: Sequence[str], analysis: Analysis, filter: str | None, warnings: Sequence[Warning]) -> CaptureError:
    """TE004: what was there instead."""
    skipped, packets = analysis.skipped.most_common(), analysis.packets
    message, note, help_ = (
        f"no TCP packet in {', '.join(names)}",
        "there are no packets at all",
        "was the filter right?  tcpdump -i any -w out.pcap tcp",
    )
    if packets:
        note = f"{counted(packets, 'packet')}: {', '.join(f'{count:,} {reason}' for reason, count in skipped)}"
    elif filter:
        message, note, help_ = f"no packet in {', '.join(names)} passes the filter", f"it says: {filter}", ""
    if skipped and skipped[0][0] == CUT:
        help_ = "capture more of each packet:  tcpdump -i any -s 128 -w out.pcap tcp"
    said = [f"{warning.message}: {warning.note}" for warning in warnings if warning.code in UNREADABLE | {"TE003"}]
    return CaptureError(message, code="TE004", note="\n".join([note, *said]), help=help_)
