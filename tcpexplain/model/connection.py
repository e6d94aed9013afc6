"""One connection as users hold it: Address, Connection, Finding, Ledger, Retry."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

from tcpexplain.model.said import SILENT, Said
from tcpexplain.model.shown import view
from tcpexplain.moments import aware
from tcpexplain.units import NANOSECOND
from tcpexplain.values import changing, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import pandas as pd
    import polars as pl
    from matplotlib.figure import Figure

    from tcpexplain.model.calls import Event, Packet, Reset, Seen, Side
    from tcpexplain.model.kernel import KernelSaw
    from tcpexplain.model.links import Link
    from tcpexplain.model.points import United
    from tcpexplain.model.shown import Ladder, Report

ERRNO = r"\b(?:WSA)?E[A-Z]{3,}\b|SIGPIPE|read → 0"
"""What a sentence about calls names of errors."""

Table = Literal["connections", "events", "segments", "messages"]
"""What a data frame has rows of."""


@frozen
class Address:
    """One end's address (IPv4 or IPv6 text) and port."""

    address: str
    port: int

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@frozen
class System:
    """The system of one end: ``os`` is the one whose calls are predicted, ``fingerprint`` the one its SYN shows, if one."""

    os: str = "linux"
    fingerprint: str | None = None
    basis: Literal["fingerprint", "forced", "default"] = "default"


@frozen
class Tunnel:
    """What the packets were wrapped in: ``vxlan``, ``gre`` ...; ``id`` is its network's (VNI, key, VSID, session), None if it has none."""

    type: str
    id: int | None = None

    def __str__(self) -> str:
        return f"{self.type} {self.id}" if self.id is not None else self.type


@frozen
class Ledger:
    """What became of the bytes one end sent."""

    sent: int
    acknowledged: int
    perhaps_unread: int
    lost: int


@frozen
class Retry:
    """Whether the last request may be sent again."""

    verdict: Literal["safe", "unsafe", "ambiguous", "not-applicable"]
    because: str


@frozen
class Finding:
    """The verdict on one connection, in words (plain text, no markup, no trailing newline)."""

    code: str
    severity: Literal["failed", "suspicious", "fine"]
    certainty: Literal["certain", "likely", "possible"]
    title: str
    """"the server wrote to a client that was gone": completes the code, no full stop."""
    sees: str
    """"server write -> EPIPE + SIGPIPE": what the application sees, short."""
    why: str
    lost: str
    """Empty when nothing was lost."""
    do: str
    """Empty when there is nothing to do."""
    sure: str
    alternatives: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    evidence: tuple[int, ...] = ()
    """The packets it rests on, by their numbers."""
    evidence_files: tuple[int, ...] = ()
    """The files these are in, by index; none where there is only one file."""
    file_names: tuple[str, ...] = ()
    """What the files are called in short; none where there is only one."""
    vantage: str = ""
    """What the capture cannot show of the connection, in sentences; empty if it shows all."""
    undecided: bool = False
    """Whether it counts as fine only because nothing shows that it is not."""

    def __repr__(self) -> str:
        return f"<Finding {self.code} ({self.severity}, {self.certainty}): {self.title}>"

    def _repr_html_(self) -> str:
        return str(view("finding.html", self))


@changing
class Connection:
    """One TCP connection: its two ends, what happened, and why it ended."""

    stream: int
    community_id: str
    client: Address
    server: Address
    start: int
    """Nanoseconds since 1970-01-01 UTC."""
    duration: float
    packets: int
    opening: str
    finding: Finding
    closed_first: Side | None
    final: dict[Side, str]
    segments: dict[Side, int]
    flags: dict[Side, str]
    bytes: dict[Side, Ledger]
    retry: Retry
    events: Sequence[Event]
    resets: tuple[Reset, ...]
    segments_seen: tuple[Packet, ...]
    """The packets as far as they are kept; ``omitted`` plain ones (data and ACKs in order) after ``segments_seen[omitted_after]`` are not."""
    omitted: int = 0
    omitted_after: int = -1
    omitted_bytes: int = 0
    events_omitted: int = 0
    files: tuple[int, ...] = (0,)
    systems: dict[Side, System] = field(default_factory=lambda: {"client": System(), "server": System()})
    missing: tuple[str, ...] = ()
    """What the capture cannot show: ``server-direction``, ``start``, ``packets`` ... (docs/reference/json.md)."""
    messages_unread: str | None = None
    """Why its messages could not be followed to the end (``model.unread.UNREAD``): ``snap-length``, ``encrypted`` ...; None: they were, or nothing was said."""
    inferred: dict[Side, int] = field(default_factory=lambda: {"client": 0, "server": 0})
    """Segments of each end that were not captured, and are proved to have passed."""
    seen: dict[Side, Seen | None] = field(default_factory=lambda: {"client": None, "server": None})
    """The first error, or unexpected end, that the application at each end met; None where it met none."""
    ended: int | None = None
    """When the later end was closed, or in TIME-WAIT: nanoseconds since 1970-01-01 UTC; None if one was still open."""
    tunnel: tuple[Tunnel, ...] = ()
    """What its packets were wrapped in, the innermost; empty: in nothing, or now bare and now wrapped."""
    united: United | None = field(default=None, repr=False)
    """The points at which it was seen, if they are several, and the way of each segment from one to the other."""
    linked: tuple[Link, ...] = ()
    """The other connections of its last exchange, on the other side of a proxy that ends connections; never certain."""
    said: Said = field(default=SILENT, repr=False)
    """What its messages say: protocol, last request and answer, goodbyes; nothing of their contents."""
    kernel: KernelSaw | None = field(default=None, repr=False, compare=False)
    """What the kernel of this machine did with it, and where that is not what was predicted; None where nobody asked (``--kernel``)."""
    facts: Any = field(default=None, repr=False, compare=False)

    @property
    def cause(self) -> str:
        """The code of the verdict (design: the most specific cause that holds)."""
        return self.finding.code

    @property
    def severity(self) -> str:
        """failed, suspicious or fine."""
        return self.finding.severity

    @property
    def certainty(self) -> str:
        """certain, likely or possible."""
        return self.finding.certainty

    @property
    def file_names(self) -> tuple[str, ...]:
        """What the files of the capture are called in short, by index; none where there is only one."""
        return self.finding.file_names

    @property
    def failed_at(self) -> int | None:
        """When the first call failed, at either end (nanoseconds since 1970-01-01 UTC); None where none did, or nothing shows when."""
        return min((one.at for one in self.seen.values() if one and one.at is not None), default=None)

    @property
    def last_seen(self) -> int:
        """When its last packet came (nanoseconds since 1970-01-01 UTC)."""
        return self.start + round(self.duration * 1e9)

    @property
    def undecided(self) -> bool:
        """Whether it counts as fine only because nothing shows that it is not."""
        return self.finding.undecided

    @property
    def started(self) -> datetime:
        """The time of the first packet, an aware datetime in UTC (to the microsecond; ``start`` has the nanoseconds)."""
        return aware(self.start)

    def at(self, seconds: float) -> datetime:
        """The aware datetime of a time of this connection, such as an event's: seconds since the first packet."""
        return aware(self.start + round(seconds * NANOSECOND))

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What the applications see that is no success: errno names, ``SIGPIPE``, and ``EOF`` for read returning 0.

        As the verdict has it (``finding.sees``), and the first of either end (``seen``).
        """
        return outcomes(self.finding.sees, self.seen.values())

    def address(self, side: Side) -> Address:
        """The address of one side."""
        return self.client if side == "client" else self.server

    def plot(self, draw: Literal["diagram", "bytes"] = "diagram", *, theme: str = "light") -> Figure:
        """Draw the ways of both ends through RFC 9293's state diagram, or their bytes over time.

        ``theme`` is light, dark or transparent. Raises `TcpexplainError` (TE030) for a picture that there is not.
        """
        figure: Figure = view("connection.plot", self, draw, theme=theme)
        return figure

    def ladder(self, *, theme: str = "auto") -> Ladder:
        """Draw the segments between both ends, their states and calls, as SVG; ``auto`` follows the reader's system."""
        ladder: Ladder = view("connection.ladder", self, theme=theme)
        return ladder

    def report(self) -> Report:
        """Write the postmortem of this connection: Markdown where it is shown, saved in any format."""
        report: Report = view("connection.report", self)
        return report

    def to_pandas(self, what: Table = "events") -> pd.DataFrame:
        """See `Capture.to_pandas`: the rows of this connection."""
        frame: pd.DataFrame = view("pandas", (self,), what)
        return frame

    def to_polars(self, what: Table = "events") -> pl.DataFrame:
        """See `Capture.to_polars`: the rows of this connection."""
        frame: pl.DataFrame = view("polars", (self,), what)
        return frame

    def __str__(self) -> str:
        return str(view("connection.text", self))

    def __repr__(self) -> str:
        return f"<Connection {self.stream}: {self.client} → {self.server}, {self.cause} ({self.severity})>"

    def _repr_html_(self) -> str:
        return str(view("connection.html", self))


def outcomes(sees: str, seen: Iterable[Seen | None]) -> tuple[str, ...]:
    """`Connection.outcomes` of a verdict's words and what both ends saw first."""
    found = [*re.findall(ERRNO, sees), *(one.outcome for one in seen if one and one.outcome != "timer")]
    return tuple(dict.fromkeys("EOF" if word in ("read → 0", "eof") else word for word in found))
