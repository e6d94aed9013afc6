"""What a cause is made of: its manual page, the connection as it sees it, and what it says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tcpexplain.quantity import NANOSECOND, duration

if TYPE_CHECKING:
    from tcpexplain.capture import Next

GROUPS = ("Interference", "Opening", "Dying", "Closing badly", "Fine", "Only in also")
"""Groups of causes in their order of precedence."""

SIDES: tuple[Literal["client", "server"], Literal["client", "server"]] = ("client", "server")


@dataclass(frozen=True, slots=True)
class Page:
    """The manual page of a cause, shown by ``--explain`` and in the docs. Plain text; blank lines separate paragraphs."""

    title: str
    what: str
    recognised: str
    sees: str
    do: str
    near_misses: str
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a cause says of one connection (see ``capture.Finding`` for the fields)."""

    title: str
    sees: str
    why: str
    sure: str
    evidence: tuple[int, ...]
    lost: str = ""
    do: str = ""
    alternatives: tuple[str, ...] = ()


class Cause(Protocol):
    """A module of ``causes/``. The conditions take ``(facts, client, server)``: one connection's, or columns of many.

    They use ``&``, ``|`` and comparisons only (no ``and``, ``or``, ``not``), so that both work.
    """

    CODE: str
    GROUP: str
    RANK: int
    """Precedence within the group."""
    SEVERITY: Literal["failed", "suspicious", "fine"]
    PAGE: Page

    def when(self, facts: Any, client: Any, server: Any) -> Any:
        """Whether it holds."""

    def certain(self, facts: Any, client: Any, server: Any) -> Any:
        """Whether the wire proves it."""

    def likely(self, facts: Any, client: Any, server: Any) -> Any:
        """Whether it is likely at least; else it is possible."""

    def explain(self, case: Case) -> Explanation:
        """What to say; called only where it holds."""


@dataclass(frozen=True, slots=True)
class Case:
    """One connection as a cause sees it. Sides are 0 for the client, 1 for the server."""

    facts: Any
    client: Any
    server: Any
    next: tuple[Next, Next]
    """What the calls of each end return after the last event."""
    resets: tuple[Any, ...]
    """Rows of ``machine.step.RESET_FIELDS``."""
    segments: tuple[Any, ...]
    """The connection's segments as far as they are kept (``wire.segment.FIELDS``)."""

    def end(self, side: int) -> Any:
        """The facts of one end."""
        return self.server if side else self.client

    def name(self, side: int) -> str:
        """"the client"."""
        return f"the {SIDES[side]}"


def seconds(time: int) -> str:
    """A time of the facts (ns since the first packet, plus 1) as "0.103 s"."""
    return f"{max(time - 1, 0) / NANOSECOND:.3f} s"


def span(nanoseconds: int) -> str:
    """A length of time as "19.9 s"."""
    return duration(max(nanoseconds, 0) / NANOSECOND)


def sentence(*parts: str) -> str:
    """The parts that are not empty, joined by spaces."""
    return " ".join(part for part in parts if part)
