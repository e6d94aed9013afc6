"""A capture as users hold it: its connections, their groups, those that are half closed."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from tcpexplain.model.connection import Connection
from tcpexplain.model.connections import Connections, Given
from tcpexplain.model.shown import view
from tcpexplain.model.wanted import SEVERITIES, wanted
from tcpexplain.moments import aware, zone
from tcpexplain.units import NANOSECOND, counted
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from datetime import datetime
    from typing import TypedDict, Unpack

    import pandas as pd
    import polars as pl
    from matplotlib.figure import Figure

    from tcpexplain.errors import Warning as CaptureWarning
    from tcpexplain.model.connection import Table
    from tcpexplain.model.group import Group, HalfClosed
    from tcpexplain.model.log import Matches
    from tcpexplain.model.shown import Report
    from tcpexplain.model.wanted import Moment, Selection

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


@frozen
class Origin:
    """Where the packets of a capture are, and how they were read, so that they can be read again."""

    paths: tuple[str, ...]
    reader: str | None = None
    filter: str | None = None
    count: int | None = None
    """Packets after which reading stopped."""
    connections: int = 0
    """How many there were in all: a capture that has fewer is a part."""


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

    @known_groups.setter
    def known_groups(self, groups: tuple[Group, ...]) -> None:
        """Others, as verdicts have changed; if there are none, they are made anew when they are asked for."""
        self._groups = groups

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
