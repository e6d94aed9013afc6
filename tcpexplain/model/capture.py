"""A capture as users hold it: its connections, their groups, those that are half closed."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack, overload

from tcpexplain.model.connection import Connection
from tcpexplain.model.shown import view
from tcpexplain.model.wanted import SEVERITIES, wanted
from tcpexplain.moments import aware, zone
from tcpexplain.units import NANOSECOND, counted

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd
    import polars as pl
    from matplotlib.figure import Figure

    from tcpexplain.errors import Warning as CaptureWarning
    from tcpexplain.model.calls import Side
    from tcpexplain.model.connection import Address, Table
    from tcpexplain.model.kernel import KernelSaw
    from tcpexplain.model.log import Matches
    from tcpexplain.model.shown import Report
    from tcpexplain.model.wanted import Moment, Selection


@dataclass(frozen=True, slots=True)
class Proportion:
    """How many connections of one server, client or minute are in a group, and how many of its siblings.

    The siblings of a server are the other servers on its port; those of a client and of a minute are the other clients and
    minutes of the connections to the group's servers. A connection belongs to the minute in which it ended.
    """

    by: Literal["server", "client", "minute"]
    value: str
    """``10.3.0.12:9000``, ``10.0.0.7``, or the start of the minute in ns since 1970."""
    count: int
    of: int
    """All its connections."""
    others: int
    others_of: int


@dataclass(frozen=True, slots=True)
class Group:
    """The connections of one cause; ``in_common`` is a sentence or two of what they share, empty if nothing."""

    code: str
    severity: str
    count: int
    worst: int
    """Stream number of the one to look at first."""
    sees: str
    title: str
    in_common: str = ""
    do: str = ""
    first: int = 0
    """Nanoseconds since 1970: start of the first connection of the group."""
    last: int = 0
    undecided: int = 0
    """How many of them count as fine only because nothing shows that they are not."""
    first_failure: int = 0
    """Nanoseconds since 1970: the first `Connection.failed_at`; 0 where there is none, or it takes too long to find."""
    of: int = 0
    """All connections of the capture to the servers of this group; 0 where they were not counted."""
    everywhere: int = 0
    """All connections of the capture; 0 where they were not counted."""
    differs: tuple[Proportion, ...] = ()
    """The server, the client and the minute that have far more of the group than their siblings, if there are such."""

    @property
    def all_undecided(self) -> bool:
        """Whether all of them do."""
        return self.undecided == self.count

    @property
    def rate(self) -> float:
        """Connections a minute, from the first to the last; 0 for a single one."""
        return 60e9 * (self.count - 1) / (self.last - self.first) if self.last > self.first else 0.0


@dataclass(frozen=True, slots=True)
class Stay:
    """How long connections were in one state: how many, since when (ns since 1970), and seconds."""

    count: int
    since: int = 0
    shortest: float = 0.0
    median: float = 0.0
    longest: float = 0.0


@dataclass(frozen=True, slots=True)
class HalfClosed:
    """The connections of one server of which one end had closed and the other not when the capture ended."""

    server: Address
    waiting: Side
    """The end that had not closed: it is in CLOSE-WAIT, the other one in FIN-WAIT-2."""
    close_wait: Stay
    fin_wait_2: Stay
    closed: Stay
    """How long that end was in CLOSE-WAIT on connections that it did close."""
    leaking: int
    """Those in CLOSE-WAIT for too long: 10 s, silent, and twice as long as the slowest that was closed; the others were merely open."""
    longest: int
    """Stream number of the one that waited longest."""


class Connections(Sequence[Connection]):
    """Connections that are made when they are asked for; ``streams``: their numbers, in order."""

    streams: Sequence[int]
    beside: Callable[[Connection], KernelSaw | None] | None = None
    """Tells what the kernel did with a connection, where its account was kept."""

    def many(self, streams: Sequence[int]) -> Iterator[Connection]:
        """Connections by their stream numbers."""
        raise NotImplementedError

    def records(self) -> Iterator[Connection]:
        """All connections, with no more of their packets than is in memory."""
        raise NotImplementedError

    def systems(self) -> Counter[tuple[str, str]]:
        """How many have their calls predicted as on which systems, the client's and the server's."""
        return Counter((one.systems["client"].os, one.systems["server"].os) for one in self.records())

    def ends(self) -> Iterator[tuple[Address, Address]]:
        """The client and the server of each."""
        return ((one.client, one.server) for one in self.records())

    def codes(self) -> Counter[str]:
        """How many have each cause."""
        raise NotImplementedError

    def first_of_each(self) -> dict[str, Connection]:
        """The first connection of each cause."""
        raise NotImplementedError

    def where(self, wanted: Selection) -> Connections:
        """Those that are asked for."""
        return self.only([one.stream for one in self.records() if wanted.matches(one)])

    def only(self, streams: Sequence[int]) -> Connections:
        """Some of them."""
        return Given(list(self.many(streams)))

    def some_of_each(self, count: int) -> dict[str, tuple[Connection, ...]]:
        """The first ``count`` connections of each cause."""
        raise NotImplementedError

    def streams_of_each(self, count: int) -> dict[str, list[int]]:
        """Their stream numbers."""
        return {code: [one.stream for one in some] for code, some in self.some_of_each(count).items()}

    def worst(self, count: int) -> tuple[Connection, ...]:
        """Failed before suspicious before fine, then in order."""
        raise NotImplementedError

    def groups(self) -> tuple[Group, ...]:
        """One a cause, with what its connections have in common; none if that is not known."""
        return ()

    def undecided(self) -> Counter[str]:
        """By cause, how many count as fine only because nothing shows that they are not."""
        return Counter(one.cause for one in self.records() if one.undecided)

    def lost(self) -> Counter[str]:
        """By cause, how many bytes were never acknowledged though the connection ended."""
        found: Counter[str] = Counter()
        for one in self.records():
            found[one.cause] += sum(ledger.lost for ledger in one.bytes.values())
        return found

    def missing(self) -> Counter[str]:
        """Of how many connections the capture lacks what."""
        return Counter(word for one in self.records() for word in one.missing)

    def unread(self) -> Counter[str]:
        """Of how many connections the messages could not be followed, by why."""
        return Counter(one.messages_unread for one in self.records() if one.messages_unread)

    def half_closed(self) -> tuple[HalfClosed, ...]:
        """By server: what one end had closed and the other not; none if that is not known."""
        return ()


class Given(Connections):
    """Connections that are there already."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._by_stream = {connection.stream: connection for connection in connections}
        self.streams = list(self._by_stream)

    def __len__(self) -> int:
        return len(self.streams)

    @overload
    def __getitem__(self, index: int) -> Connection: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Connection, ...]: ...
    def __getitem__(self, index: int | slice) -> Connection | tuple[Connection, ...]:
        return tuple(self._by_stream.values())[index]

    def many(self, streams: Sequence[int]) -> Iterator[Connection]:
        """Connections by their stream numbers."""
        return (self._by_stream[stream] for stream in streams)

    def records(self) -> Iterator[Connection]:
        """All connections."""
        return iter(self._by_stream.values())

    def codes(self) -> Counter[str]:
        """How many have each cause."""
        return Counter(connection.cause for connection in self.records())

    def first_of_each(self) -> dict[str, Connection]:
        """The first connection of each cause."""
        first: dict[str, Connection] = {}
        for connection in self.records():
            first.setdefault(connection.cause, connection)
        return first

    def some_of_each(self, count: int) -> dict[str, tuple[Connection, ...]]:
        """The first ``count`` connections of each cause."""
        some: dict[str, tuple[Connection, ...]] = {}
        for connection in self.records():
            taken = some.get(connection.cause, ())
            if len(taken) < count:
                some[connection.cause] = (*taken, connection)
        return some

    def worst(self, count: int) -> tuple[Connection, ...]:
        """Failed before suspicious before fine, then in order."""
        return tuple(sorted(self.records(), key=lambda c: (SEVERITIES.index(c.severity), c.stream))[:count])


class Unpacked(Given):
    """Connections that were pickled, with what was known of all of them."""

    def __init__(
        self, connections: Sequence[Connection], groups: tuple[Group, ...], half_closed: tuple[HalfClosed, ...]
    ) -> None:
        super().__init__(connections)
        self._groups, self._half_closed = groups, half_closed

    def groups(self) -> tuple[Group, ...]:
        """As they were."""
        return self._groups

    def half_closed(self) -> tuple[HalfClosed, ...]:
        """As they were."""
        return self._half_closed


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the packets of a capture are, and how they were read, so that they can be read again."""

    paths: tuple[str, ...]
    reader: str | None = None
    filter: str | None = None
    count: int | None = None
    """Packets after which reading stopped."""
    connections: int = 0
    """How many there were in all: a capture that has fewer is a part."""


class AboutCapture(TypedDict, total=False):
    """What is known of a capture besides its connections."""

    files: tuple[str, ...]
    given: tuple[str, ...]
    """The files and directories that were asked for, if these are others."""
    format: str
    """The reader that read it: pcap, pcapng, ladder, tshark or live."""
    link_types: tuple[str, ...]
    interfaces: tuple[str, ...]
    os: str
    """The system that calls are predicted for, as it was asked for."""
    packets: int
    segments: int
    skipped: dict[str, int]
    """Packets that are no segments, by what they are."""
    warnings: tuple[CaptureWarning, ...]
    groups: tuple[Group, ...]
    """Found when they are asked for, if they are not given."""
    start: int
    """ns since 1970 UTC of the first packet."""
    duration: float
    """Seconds from the first packet to the last."""
    origin: Origin | None


class Capture(Sequence[Connection]):
    """The connections of one or several files (of a directory, the captures in it).

    A sequence: ``cap[71]`` is the connection with Wireshark's stream number 71, as these count from 0; ``cap[:10]`` are the first ten,
    as a capture of their own. Of a part (``cap.failed``, ``cap.where(...)``), ``[0]`` is its first; ``stream(71)`` goes by the number.
    """

    files: tuple[str, ...] = ()
    format: str = "pcap"
    link_types: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    os: str = "auto"
    packets: int = 0
    segments: int = 0
    warnings: tuple[CaptureWarning, ...] = ()
    start: int = 0
    duration: float = 0.0
    origin: Origin | None = None
    """How its packets can be read again; None if they came through a pipe or from an interface."""

    def __init__(self, connections: Sequence[Connection], **about: Unpack[AboutCapture]) -> None:
        self._connections = connections if isinstance(connections, Connections) else Given(connections)
        self._groups = about.pop("groups", ())
        self._half_closed: tuple[HalfClosed, ...] | None = None
        self.skipped = about.pop("skipped", {})
        self._given = about.pop("given", ())
        vars(self).update(about)
        self.runtime: str = ""
        """The product whose words reports use for what calls return (``tcpexplain.runtimes``); empty: as lines or ports tell."""
        self.matches: Matches | None = None
        """The lines of a log beside it, once `match` has been asked."""

    @property
    def given(self) -> tuple[str, ...]:
        """The files and directories that were asked for."""
        return self._given or self.files

    @property
    def connections(self) -> tuple[Connection, ...]:
        """All connections in the order of their stream numbers."""
        return tuple(self._connections)

    @property
    def groups(self) -> tuple[Group, ...]:
        """One a cause, with what its connections have in common; worst first."""
        if not self._groups:
            self._groups = self._connections.groups()
        return self._groups

    @property
    def known_groups(self) -> tuple[Group, ...]:
        """The groups, if they were asked for before or given."""
        return self._groups

    def forget_groups(self) -> None:
        """Verdicts have changed: the groups are made anew when they are asked for."""
        self._groups = ()

    @property
    def half_closed(self) -> tuple[HalfClosed, ...]:
        """By server: the connections in CLOSE-WAIT and FIN-WAIT-2 when the capture ended; the 50 servers with most of them, most first."""
        if self._half_closed is None:
            self._half_closed = self._connections.half_closed()
        return self._half_closed

    @property
    def causes(self) -> dict[str, int]:
        """How many connections have each cause."""
        return dict(self._connections.codes())

    def stream(self, number: int) -> Connection:
        """The connection with Wireshark's stream number; KeyError if there is none."""
        place = bisect_left(self._connections.streams, number)
        if place == len(self) or self._connections.streams[place] != number:
            raise KeyError(number)
        return self._connections[place]

    @property
    def held(self) -> Connections:
        """The connections as they are kept: objects, or what makes them when they are asked for."""
        return self._connections

    @property
    def streams(self) -> Sequence[int]:
        """The stream numbers of the connections, in order."""
        return self._connections.streams

    def records(self) -> Iterator[Connection]:
        """All connections for a table: of a large capture with their events as far as these were asked for, without their packets."""
        return self._connections.records()

    def only(self, streams: Sequence[int]) -> Sequence[Connection]:
        """Some connections, made when they are asked for."""
        return self._connections.only(streams)

    @property
    def undecided(self) -> int:
        """Connections that count as fine only because nothing shows that they are not."""
        return sum(self._connections.undecided().values())

    @property
    def undecided_by_cause(self) -> Counter[str]:
        """The same by cause."""
        return self._connections.undecided()

    @property
    def lost_by_cause(self) -> Counter[str]:
        """Bytes that were never acknowledged though the connection ended, by its cause."""
        return self._connections.lost()

    @property
    def missing(self) -> Counter[str]:
        """What the capture cannot show, and of how many connections (docs/reference/json.md names the words)."""
        return self._connections.missing()

    @property
    def messages_unread(self) -> Counter[str]:
        """Of how many connections the messages could not be followed to the end, by why (``model.unread.UNREAD``)."""
        return self._connections.unread()

    def first_of_each(self) -> dict[str, Connection]:
        """The first connection of each cause."""
        return self._connections.first_of_each()

    def some_of_each(self, count: int) -> dict[str, tuple[Connection, ...]]:
        """The first ``count`` connections of each cause."""
        return self._connections.some_of_each(count)

    def worst(self, count: int = 1) -> tuple[Connection, ...]:
        """The ``count`` worst connections: failed before suspicious before fine, then in order."""
        return self._connections.worst(count)

    def where(
        self,
        *,
        why: str | Iterable[str] = (),
        errno: str | int | Iterable[str | int] = (),
        client: str | None = None,
        server: str | None = None,
        port: int | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        tz: str | None = None,
    ) -> Capture:
        """Choose connections: those that fit all of this, as a capture of their own, which may be empty.

        ``cap.where(errno="EPIPE", server="10.0.0.2:5000")``. The stream numbers stay what they are.

        Parameters
        ----------
        why
            The codes of causes (also what holds besides), or failed, suspicious, fine; one of them.
        errno
            What the application sees: errno names (``EPIPE``, ``"broken pipe"``), ``EOF``, ``SIGPIPE``; one of them.
        client, server
            An address, ``address:port``, or ``:port``.
        port
            A port of either end.
        since, until
            Alive in this time: ns since 1970, an aware datetime, or text as logs write it (``2026/11/20 21:10:20``, ``21:10:20``).
        tz
            The zone of times that name none: ``Europe/Berlin``, ``+08:00``, ``local``; UTC if None.

        Raises
        ------
        TcpexplainError
            TE040 for what is no address, TE042 if there is no such cause or errno, TE044 for what is no time or zone.
        """
        asked = wanted(
            why=why, errno=errno, client=client, server=server, port=port, since=since, until=until,
            zone=zone(tz), start=self.start, end=self.end,
        )  # fmt: skip
        return self.choose(asked)

    def choose(self, asked: Selection) -> Capture:
        """The connections that are asked for, as a capture of their own; itself if nothing is."""
        return part(self, self._connections.where(asked)) if asked else self

    @property
    def failed(self) -> Capture:
        """The connections that failed, as a capture of their own."""
        return self.where(why="failed")

    @property
    def suspicious(self) -> Capture:
        """Those that are suspicious."""
        return self.where(why="suspicious")

    @property
    def fine(self) -> Capture:
        """Those that went well, as far as the capture shows."""
        return self.where(why="fine")

    @property
    def end(self) -> int:
        """The time of the last packet, nanoseconds since 1970."""
        return self.start + round(self.duration * NANOSECOND)

    @property
    def started(self) -> datetime:
        """The time of the first packet, an aware datetime in UTC (to the microsecond; ``start`` has the nanoseconds)."""
        return aware(self.start)

    @overload
    def __getitem__(self, index: int) -> Connection: ...
    @overload
    def __getitem__(self, index: slice) -> Capture: ...
    def __getitem__(self, index: int | slice) -> Connection | Capture:
        if isinstance(index, slice):
            return part(self, self._connections.only(self.streams[index]))
        return self._connections[index]

    def __len__(self) -> int:
        return len(self._connections)

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._connections)

    def plot(self, *, theme: str = "light") -> Figure:
        """Draw the state diagram of each cause's connections, lines as wide as they are many.

        ``theme`` is light, dark or transparent.
        """
        figure: Figure = view("capture.plot", self, theme=theme)
        return figure

    def match(self, *logs: str) -> Matches:
        """Find the connection and the instant of each line of logs: lines, names of files (also .gz), ``-`` for standard input.

        The reports of this capture have the lines from then on. Raises `TcpexplainError` (TE049) if there is no such log.
        """
        found: Matches = view("capture.match", self, list(logs))
        self.matches = found
        return found

    def anonymize(self, key: bytes | None = None) -> Capture:
        """Give every address, path and name another one, in all that can be asked of what is returned; verdicts stay what they are.

        Addresses that share leading bits share as many afterwards, ports and times stay. Choose connections and `match` logs
        before: what is returned knows only the other names.

        Parameters
        ----------
        key
            16 bytes or more, which give the same names every time; None for names that nobody can undo.

        Raises
        ------
        TcpexplainError
            TE051 if the key is too short, or the capture was unpickled: what its sentences were made of is gone then.
        """
        found: Capture = view("capture.anonymize", self, key)
        return found

    def report(self) -> Report:
        """Write the postmortem: Markdown where it is shown, saved in any format that ``-o`` knows."""
        report: Report = view("capture.report", self)
        return report

    def to_pandas(self, what: Table = "connections") -> pd.DataFrame:
        """One row a connection, event or segment.

        Words are categories, instants ``datetime64[ns, UTC]``, other times seconds, sizes bytes; several values in a
        cell are separated by blanks. Raises `TcpexplainError` (TE031) if pandas is not installed.
        """
        frame: pd.DataFrame = view("pandas", self, what)
        return frame

    def to_polars(self, what: Table = "connections") -> pl.DataFrame:
        """One row a connection, event or segment.

        Words are categories, instants ``Datetime("ns", "UTC")``, other times seconds, sizes bytes; several values in a
        cell are lists. Raises `TcpexplainError` (TE031) if polars is not installed.
        """
        frame: pl.DataFrame = view("polars", self, what)
        return frame

    def __str__(self) -> str:
        return str(view("capture.text", self))

    def __repr__(self) -> str:
        severities = {code: connection.severity for code, connection in self.first_of_each().items()}
        counts = Counter[str]()
        for code, count in self.causes.items():
            counts[severities[code]] += count
        told = "".join(f", {counts[severity]:,} {severity}" for severity in SEVERITIES if counts[severity])
        name = "".join(character if character.isprintable() else "?" for character in ", ".join(self.files))
        return f"<Capture{name and ' '}{name}: {counted(len(self), 'connection')}{told}>"

    def _repr_html_(self) -> str:
        return str(view("capture.html", self))


def changed(capture: Capture, connections: Sequence[Connection], **changes: Any) -> Capture:
    """A capture of other connections, which is what ``capture`` is but for ``changes``."""
    names = (
        "files",
        "given",
        "format",
        "link_types",
        "interfaces",
        "os",
        "packets",
        "segments",
        "skipped",
        "warnings",
        "start",
        "duration",
        "origin",
    )
    return Capture(connections, **{name: getattr(capture, name) for name in names} | changes)


def part(capture: Capture, chosen: Connections) -> Capture:
    """A capture of fewer connections; packet counts stay those of the whole."""
    fewer = Capture(chosen)
    whole, kept = capture.causes, fewer.causes
    groups = tuple(group for group in capture.known_groups if group.code in kept)
    if any(kept[code] != whole[code] for code in kept):
        groups = ()
    return changed(capture, chosen, groups=groups)
