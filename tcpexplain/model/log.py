"""A program's log beside a capture, as users hold it: its error lines, and the connection and instant that each is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol, overload

from tcpexplain.model.shown import view
from tcpexplain.units import counted
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import polars as pl

    from tcpexplain.model.calls import Side
    from tcpexplain.model.connection import Connection


@frozen
class Candidate:
    """A connection that a line may be about, and how well it fits: ``score`` from 0 to 1."""

    stream: int
    packet: int | None
    score: float
    because: str
    file: int = 0


@frozen
class LogLine:
    """One line: what it says, and what was found; times are nanoseconds since 1970."""

    line: int
    """Its number in the log, from 1."""
    text: str
    product: str | None
    time: int | None
    """As written, taken for UTC where it names no zone; of a product that writes the beginning, the failure's."""
    side: Side | None
    """Which end of the connection wrote it."""
    call: str | None
    outcome: str | None
    """An errno, ``eof``, ``timer`` (the program's own), ``local`` (it closed by itself), ``alert`` or ``none``."""
    found: bool
    stream: int | None
    packet: int | None
    """The packet after which the call fails, or in which the program's reaction is seen."""
    certainty: Literal["certain", "likely", "possible"] | None
    because: str
    candidates: tuple[Candidate, ...] = ()
    """The runners-up, best first; ten at most."""
    clock_offset: float | None = None
    """Seconds to add to the log's times to have the capture's."""
    says: str = ""
    """What stands behind the words."""
    file: int = 0
    at: int | None = None
    """When it was by the capture's clock."""
    score: float = 0.0


@frozen
class CallBeside:
    """One call that strace recorded, beside the packets of its connection: ``at`` ns since 1970 by the capture's clock."""

    stream: int
    side: Side
    at: int
    text: str
    failed: bool


class Searched(Protocol):
    """What lines are looked for in: a Capture."""

    def stream(self, number: int) -> Connection:
        """A connection by its stream number."""

    @property
    def failed(self) -> Searched:
        """The connections that failed."""

    @property
    def streams(self) -> Sequence[int]:
        """The stream numbers of its connections, in order."""


class Matches(Sequence[LogLine]):
    """The error lines of a log, and what became of each; ``capture`` is what they were looked for in."""

    def __init__(
        self,
        capture: Searched,
        lines: Sequence[LogLine],
        *,
        ignored: int = 0,
        clocks: Sequence[str] = (),
        calls: Sequence[CallBeside] = (),
    ) -> None:
        self.capture = capture
        self.lines = tuple(lines)
        self.ignored = ignored
        """Lines that tell of no failure of a connection."""
        self.calls = tuple(calls)
        """What strace recorded, where the log is its output."""
        self.clocks = tuple(clocks)
        """What was found of the log's clock and zone, in sentences."""

    @property
    def found(self) -> tuple[LogLine, ...]:
        """The lines whose connection is in the capture."""
        return tuple(line for line in self.lines if line.found)

    @property
    def unexplained(self) -> tuple[LogLine, ...]:
        """The lines that no packet explains."""
        return tuple(line for line in self.lines if not line.found)

    @property
    def untold(self) -> tuple[int, ...]:
        """The streams that failed, and of which no line tells."""
        told = {line.stream for line in self.found}
        return tuple(stream for stream in self.capture.failed.streams if stream not in told)

    def connection(self, line: LogLine) -> Connection | None:
        """The connection of a line."""
        return None if line.stream is None else self.capture.stream(line.stream)

    @overload
    def __getitem__(self, index: int) -> LogLine: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[LogLine, ...]: ...
    def __getitem__(self, index: int | slice) -> LogLine | tuple[LogLine, ...]:
        return self.lines[index]

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[LogLine]:
        return iter(self.lines)

    def to_pandas(self) -> pd.DataFrame:
        """One row a line. Raises `TcpexplainError` (TE031) if pandas is not installed."""
        frame: pd.DataFrame = view("matches.pandas", self)
        return frame

    def to_polars(self) -> pl.DataFrame:
        """One row a line. Raises `TcpexplainError` (TE031) if polars is not installed."""
        frame: pl.DataFrame = view("matches.polars", self)
        return frame

    def __str__(self) -> str:
        return str(view("matches.text", self))

    def __repr__(self) -> str:
        return f"<Matches: {counted(len(self.lines), 'line')}, {len(self.found)} found, {len(self.unexplained)} not in this capture>"

    def _repr_html_(self) -> str:
        return str(view("matches.html", self))
