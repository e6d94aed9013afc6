"""What a cause is made of: its manual page, the connection as it sees it, and what it says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from tcpexplain.evidence.words import result, seconds
from tcpexplain.model.said import SILENT, Said
from tcpexplain.tuples import NamedTuple
from tcpexplain.units import address
from tcpexplain.values import frozen
from tcpexplain.wire.segment import RST, icmp_sender

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts
    from tcpexplain.machine.step import ResetRow
    from tcpexplain.model.calls import Next
    from tcpexplain.model.points import United
    from tcpexplain.wire.segment import Segment

GROUPS = ("Interference", "Opening", "Dying", "Closing badly", "Not captured", "Fine", "Cannot be told", "Only in also")
"""Groups of causes in their order of precedence."""
SIDES: tuple[Literal["client", "server"], Literal["client", "server"]] = ("client", "server")


@frozen
class Page:
    """The manual page of a cause, shown by ``--explain`` and in the docs. Plain text; blank lines separate paragraphs."""

    title: str
    what: str
    recognised: str
    sees: str
    do: str
    near_misses: str
    references: tuple[str, ...] = ()


class Explanation(NamedTuple):
    """What a cause says of one connection (see ``model.connection.Finding`` for the fields).

    Packets, also those cited in texts as "packet" and a number, are meant by their identity (``wire.segment.FILE_SHIFT``): number
    and file take its place later. Tables of many connections have no column for the sentences, which are only made when they are asked for.
    """

    title: str
    sees: str
    why: Sentences
    sure: Sentences
    evidence: tuple[int, ...]
    lost: Sentences = ""
    do: Sentences = ""
    alternatives: tuple[str, ...] = ()


Sentences: TypeAlias = str | Callable[[], str]
"""Text, or what makes it."""


def spoken(sentences: Sentences) -> str:
    """The text."""
    return sentences if isinstance(sentences, str) else sentences()


class Cause(Protocol):
    """A module of ``causes/``. The conditions take ``(facts, client, server)``: one connection's, or columns of many.

    They use ``&``, ``|``, comparisons and arithmetic only (no ``and``, ``or``, ``not``), so that both work.
    Types are those of one connection; columns of many have the same fields, each an array, and give an array.
    """

    CODE: str
    GROUP: str
    RANK: int
    """Precedence within the group."""
    SEVERITY: Literal["failed", "suspicious", "fine"]
    PAGE: Page
    BLIND: int
    """What must be in the capture for the cause to be seen at all (``vantage.hidden.HIDDEN_*``): if some of it is not, it does not
    hold. Only where there is something."""
    DOUBT: int
    """What must be in the capture for the cause to be certain; all of it by default."""
    ASIDE: bool
    """Whether it is told beside any cause, as it says what kind of capture this is; False by default."""

    def when(self, facts: Facts, client: EndFacts, server: EndFacts) -> int:
        """Whether it holds."""

    def certain(self, facts: Facts, client: EndFacts, server: EndFacts) -> int:
        """Whether the wire proves it."""

    def likely(self, facts: Facts, client: EndFacts, server: EndFacts) -> int:
        """Whether it is likely at least; else it is possible."""

    def explain(self, case: Case) -> Explanation:
        """What to say; called only where it holds."""


@frozen
class Case:
    """One connection as a cause sees it. Sides are 0 for the client, 1 for the server."""

    facts: Facts
    client: EndFacts
    server: EndFacts
    next: tuple[Next, Next]
    """What the calls of each end return after the last event."""
    resets: tuple[ResetRow, ...]
    """Rows of ``machine.step.ResetRow``."""
    segments: tuple[Segment, ...]
    """The connection's segments as far as they are kept (``wire.segment.Segment``)."""
    files: tuple[str, ...] = ()
    """What the captures are called in short, by their index; none where there is only one."""
    hosts: tuple[str, str] = ("", "")
    """The addresses of both ends."""
    said: Said = SILENT
    """What the connection's messages say."""
    united: United | None = None
    """What is known because it was seen at several points of capture."""

    def end(self, side: int) -> EndFacts:
        """The facts of one end."""
        return self.server if side else self.client

    def name(self, side: int) -> str:
        """The client or the server, with its article."""
        return f"the {SIDES[side]}"

    def sees(self, side: int, *calls: str) -> str:
        """What the named calls of one end return next, for the system chosen: ``client read → ECONNRESET``."""
        told = [
            f"{call} → {result(getattr(self.next[side], call))}" for call in calls if getattr(self.next[side], call)
        ]
        return f"{SIDES[side]} {', '.join(told)}" if told else ""

    def segment(self, packet: int) -> Segment | None:
        """One segment by its packet; None where the segments of a long capture are not kept."""
        return next((item for item in self.segments if item.packet == packet), None)

    def icmp_from(self, item: Segment | None) -> str:
        """Whose address an ICMP error came from: " from 10.0.0.254"; empty if that is not kept."""
        host = self.icmp_host(item)
        return f" from {host}" if host else ""

    def icmp_role(self, item: Segment | None) -> str:
        """What is at that address: " 10.0.0.254 is neither end: a router or a firewall."; empty if that is not kept."""
        host = self.icmp_host(item)
        if not host:
            return ""
        if host not in self.hosts:
            return f" {host} is neither end: it is a router or a firewall."
        return f" {host} is {self.name(self.hosts.index(host))}'s own address."

    def icmp_host(self, item: Segment | None) -> str:
        """The address that an ICMP error came from; empty if that is not kept."""
        words = icmp_sender(item) if item and self.hosts[0] else (0, 0)
        return address(6 if ":" in self.hosts[0] else 4, *words) if any(words) else ""

    def moment(self, item: Segment | None) -> str:
        """When a segment came: " at 0.103 s"; empty if it is not kept."""
        return f" at {seconds(item.time - self.facts.start + 1)}" if item else ""

    def reasons(self) -> list[Segment]:
        """The RSTs that give their reason."""
        return [item for item in self.segments if item.flags & RST and item.lead]

    def first_packet(self) -> int:
        """The connection's first packet, 0 if it is not kept."""
        return int(self.segments[0].packet) if self.segments else 0

    def last_packet(self) -> int:
        """The connection's last packet."""
        return int(self.segments[-1].packet) if self.segments else 0
