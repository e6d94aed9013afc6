"""Captures in, a Capture out."""

from __future__ import annotations

import os as _os
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from tcpexplain.analysis import losses, shapes
from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.systems import systems
from tcpexplain.diagnosis.explained import Explained
from tcpexplain.errors import UNREADABLE, CaptureError
from tcpexplain.evidence.places import short_names
from tcpexplain.hot.columns import as_array, column, of_each, true_places, worth_arrays
from tcpexplain.model.capture import Capture, Origin
from tcpexplain.native.library import usable
from tcpexplain.native.library import wanted as machine_code
from tcpexplain.parallel.wanted import Wanted
from tcpexplain.readers import STDIN, CaptureFile
from tcpexplain.reading.listening import EVERY, HELD_BACK, note_unread
from tcpexplain.reading.paths import spread
from tcpexplain.reading.single import Found, Path, in_turn, total_size
from tcpexplain.reading.workplace import FRAME, LARGE
from tcpexplain.units import NANOSECOND, counted
from tcpexplain.wire import skipped
from tcpexplain.wire.skipped import SKIP_REASONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tcpexplain.errors import Warning  # noqa: A004 (the word users see)
    from tcpexplain.hot.array import Records
    from tcpexplain.kernel.account import Account
    from tcpexplain.machine.facts import Facts
    from tcpexplain.model.wanted import Moment

CUT = SKIP_REASONS[skipped.CUT]
ENCRYPTED = tuple(SKIP_REASONS[code] for code in (skipped.ESP, skipped.WIREGUARD, skipped.ENCRYPTED))
HELD = 1_500_000
"""Packets up to which connections are compared: they are held in memory for that."""
AT_ONCE = 20_000
"""Packets of a capture all of whose messages are read at once."""
HEARD = 2_000
"""Answers that are read because something failed upstream of them."""
TOGETHER = NANOSECOND // 4
"""ns between the first packets of two connections that are one behind NAT. Of 250,000 random numbers some are the same by chance."""
UNWRAPPED = tuple(SKIP_REASONS[code] for code in (skipped.IP_OTHER, skipped.NOT_IP, skipped.TOO_DEEP))


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
    taken_for = systems(os, client_os, server_os)
    twice = all(is_file(one) for one in given)
    if not events and twice:
        # What the kernel did is compared with events.
        events = kept_account(given) is not None
    wanted = Wanted(
        taken_for,
        events,
        every,
        identify=identify,
        points=named_points(asked, given, points),
        messages=told_of_each(messages) if every else -1,
    )
    if (len(given) > 1 or cluster) and twice and not count:
        found = several(given, reader, filter, wanted, progress, jobs, cluster, folder)
    else:
        hold = HELD_BACK if twice and messages != "none" else 0
        settings: dict[str, Any] = {
            "systems": taken_for, "events": events, "every": every, "tell": not twice, "hold": hold,
        }  # fmt: skip
        analysis = analysis_of(in_parts(given, jobs, count) if twice else 1, settings)
        if not twice and messages != "none":
            from tcpexplain.reading.tap import MessageTap

            analysis.tap = MessageTap(every=told_of_each(messages))
        found = in_turn(given, analysis, reader, filter, count, progress, twice=twice)
        if identify and twice and not count and may_be_several(analysis):
            found = once_more(found, given, reader, filter, wanted)
    analysis, warnings = found.analysis, [*warnings, *found.warnings]
    analysis.files = short_names(named(given))
    if not analysis.streams:
        raise no_tcp(named(given), analysis, filter, warnings)
    hear = None
    if twice and not analysis.heard:
        hear = listen(analysis, given, reader, filter, found.again, messages, every=every)
    if messages != "none":
        shapes.note(analysis)
    note_unread(analysis, asked=messages != "none")
    if identify:
        note_links(analysis, hear)
    losses.note(analysis, warnings)
    account = kept_account(given) if twice and found.format == "pcapng" else None
    capture = Capture(
        Explained(analysis, range(analysis.streams), found.again, hear=hear, beside=account.of if account else None),
        files=named(given),
        given=named(asked),
        format=found.format,
        link_types=found.link_types,
        interfaces=found.interfaces,
        os=os,
        packets=analysis.packets,
        segments=analysis.segments,
        skipped=found.skipped,
        warnings=tuple(warnings),
        start=analysis.start,
        duration=(analysis.end - analysis.start) / 1e9,
        origin=Origin(named(given), reader, filter, count, analysis.streams) if twice else None,
    )
    chosen = capture.where(client=client, server=server, port=port, since=since, until=until)
    return chosen.anonymize(anonymize if isinstance(anonymize, bytes) else None) if anonymize else chosen


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


def listen(
    analysis: Analysis,
    given: Sequence[Path | CaptureFile],
    reader: str | None,
    filter: str | None,
    again: Callable[[list[int]], Any] | None,
    messages: str,
    *,
    every: bool,
) -> Callable[[Sequence[int]], None] | None:
    """Read the messages of connections, and add what they say to their facts; those of the others, what is returned reads.

    Where all messages of a large capture are asked for, those of connections that need none for their verdicts are read when somebody shows them.
    """
    if messages == "none":
        return None
    from tcpexplain.analysis.heard import note, worth_hearing
    from tcpexplain.reading.listening import Listener, hear_more

    files = [_os.fspath(cast("Path", one)) for one in given]
    listener = Listener(analysis, files, reader, filter, again, every=told_of_each(messages))
    everything = every or (messages == "full" and analysis.packets <= AT_ONCE)
    analysis.words = dict(note(analysis, listener.outcomes(worth_hearing(analysis, everything=everything))))
    return None if everything else partial(hear_more, listener)


def told_of_each(messages: str) -> int:
    """How many messages of a connection are told one by one; -1: none is read."""
    return {"none": -1, "verdict": 0, "full": EVERY}[messages]


def note_links(analysis: Analysis, hear: Callable[[Sequence[int]], None] | None) -> None:
    """Link the connections on the two sides of proxies; the answers that clients got for a failure upstream are read for that."""
    if analysis.streams < 2:
        return
    from tcpexplain.identity.linked import links_of, pairs_of

    pairs = pairs_of(analysis)
    failed = [pair.front.stream for pair in pairs if pair.back.bad]
    if hear and failed:
        hear(failed[:HEARD])
    analysis.linked = links_of(analysis, pairs)


def several(
    given: Sequence[Path | CaptureFile],
    reader: str | None,
    filter: str | None,
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
        CaptureToDecode(number, name, _os.stat(name).st_size if _os.path.exists(name) else 0, reader, filter)
        for number, name in enumerate(named(given))
    ]
    crew = None
    if cluster:
        from tcpexplain.parallel.dask import workers

        crew = workers(cluster, jobs)
    return together(files, wanted, jobs, progress, crew, folder)


def may_be_several(analysis: Analysis) -> bool:
    """Whether two connections that began at the same time have the client's initial sequence number in common: they may be one."""
    if not analysis.streams > 1 or analysis.packets > HELD:
        return False
    facts, clients = analysis.results.facts[: analysis.streams], analysis.results.clients[: analysis.streams]
    if worth_arrays(facts):
        return are_several(as_array(facts), as_array(clients))
    begun = true_places(of_each(has_begun, facts))
    opened = pairwise(sorted(zip(column(clients, "iss", begun), column(facts, "start", begun), strict=True)))
    return any(one == other and time - before <= TOGETHER for (one, before), (other, time) in opened)


def are_several(facts: Records, clients: Records) -> bool:
    """The same of arrays, by sorting."""
    import numpy as np

    begun = of_each(has_begun, facts)
    numbers, starts = clients["iss"][begun], facts["start"][begun]
    order = np.lexsort((starts, numbers))
    return bool(((np.diff(numbers[order]) == 0) & (np.diff(starts[order]) <= TOGETHER)).any())


def has_begun(facts: Facts) -> int:
    """Whether a connection's initial sequence numbers were seen; elementwise."""
    return (facts.syns > 0) | (facts.syn_acks > 0)


def once_more(
    found: Found, given: Sequence[Path | CaptureFile], reader: str | None, filter: str | None, wanted: Wanted
) -> Found:
    """The same with each connection once, if some are there under several names."""
    again = several(given, reader, filter, wanted, None, 1, None, None)
    return again if again.analysis.united else found


def named_points(
    asked: Sequence[Path | CaptureFile], given: Sequence[Path | CaptureFile], points: Sequence[str]
) -> tuple[str, ...]:
    """The names of captures in the order in which they are read; empty where there is none."""
    names = dict(zip(named(asked), points, strict=False))
    return tuple(names.get(name, "") for name in named(given)) if names else ()


def is_file(one: Path | CaptureFile) -> bool:
    """Whether it can be read more than once, and by another process: no pipe, and not open already. One that is not there counts."""
    if isinstance(one, CaptureFile) or one == "-":
        return False
    return not _os.path.exists(one) or _os.path.isfile(one)


def named(given: Sequence[Path | CaptureFile]) -> tuple[str, ...]:
    """How messages call captures."""
    return tuple(
        one.name if isinstance(one, CaptureFile) else STDIN if one == "-" else _os.fspath(one) for one in given
    )


def no_tcp(names: Sequence[str], analysis: Analysis, filter: str | None, warnings: Sequence[Warning]) -> CaptureError:
    """TE004: what was there instead."""
    found, packets = analysis.skipped.most_common(), analysis.packets
    message, note, help_ = (
        f"no TCP packet in {', '.join(names)}",
        "there are no packets at all",
        "was the filter right?  tcpdump -i any -w out.pcap tcp",
    )
    if packets:
        note = f"{counted(packets, 'packet')}: {', '.join(f'{count:,} {reason}' for reason, count in found)}"
    elif filter:
        message, note, help_ = f"no packet in {', '.join(names)} passes the filter", f"it says: {filter}", ""
    if found and found[0][0] in ENCRYPTED:
        help_ = "capture where it is not encrypted: on the tunnel's own interface (wg0, ipsec0), or inside the host it ends at"
    elif found and found[0][0] in UNWRAPPED:
        help_ = f"if TCP is inside, name what wraps it:  tcpexplain --reader tshark {names[0]}"
    if found and found[0][0] == CUT:
        help_ = "capture more of each packet:  tcpdump -i any -s 128 -w out.pcap tcp"
    said = [
        f"{warning.message}: {warning.note}" for warning in warnings if warning.code in UNREADABLE | {"TE001", "TE003"}
    ]
    return CaptureError(message, code="TE004", note="\n".join([note, *said]), help=help_)
