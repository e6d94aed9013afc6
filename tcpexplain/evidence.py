"""What a cause is made of: its manual page, the connection as it sees it, and what it says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from tcpexplain.machine.resets import ACTIVE, FOREIGN, NO_SUCH_CONNECTION, OTHER_SHAPE, REPLY, SEGMENT_AFTER_CLOSE
from tcpexplain.quantity import NANOSECOND, duration
from tcpexplain.wire.segment import RST

if TYPE_CHECKING:
    from tcpexplain.capture import Call, Next, Possible

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


class Explanation(NamedTuple):
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

    They use ``&``, ``|``, comparisons and arithmetic only (no ``and``, ``or``, ``not``), so that both work.
    """

    CODE: str
    GROUP: str
    RANK: int
    """Precedence within the group."""
    SEVERITY: Literal["failed", "suspicious", "fine"]
    PAGE: Page
    BLIND: int
    """What must be in the capture for the cause to be seen at all (``machine.facts.HIDDEN_*``): if some of it is not, it does not
    hold. Only where there is something."""
    DOUBT: int
    """What must be in the capture for the cause to be certain; all of it by default."""

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
        """The client or the server, with its article."""
        return f"the {SIDES[side]}"

    def sees(self, side: int, *calls: str) -> str:
        """What the named calls of one end return next, for the system chosen: ``client read → ECONNRESET``."""
        told = [
            f"{call} → {result(getattr(self.next[side], call))}" for call in calls if getattr(self.next[side], call)
        ]
        return f"{SIDES[side]} {', '.join(told)}" if told else ""

    def segment(self, packet: int) -> Any:
        """One segment by its packet; None where the segments of a long capture are not kept."""
        return next((item for item in self.segments if item.packet == packet), None)

    def moment(self, item: Any) -> str:
        """When a segment came: " at 0.103 s"; empty if it is not kept."""
        return f" at {seconds(item.time - self.facts.start + 1)}" if item else ""

    def reasons(self) -> list[Any]:
        """The RSTs that give their reason."""
        return [item for item in self.segments if item.flags & RST and item.mss]

    def first_packet(self) -> int:
        """The connection's first packet, 0 if it is not kept."""
        return int(self.segments[0].packet) if self.segments else 0

    def last_packet(self) -> int:
        """The connection's last packet."""
        return int(self.segments[-1].packet) if self.segments else 0


def result(call: Call) -> str:
    """The outcome of a call in short: "0", "EPIPE + SIGPIPE", "data, then ECONNRESET"."""
    said = first(call.now)
    if said == "data" and call.then and (later := first(call.then)) != "blocks":
        return f"data, then {'0' if later == 'eof' else later}"
    return f"{said} + {call.signal}" if said == "EPIPE" and call.signal else "0" if said == "eof" else said


def first(possible: Possible) -> str:
    """The most likely of the possible outcomes."""
    return possible if isinstance(possible, str) else possible[0]


# ---- questions that several causes ask; elementwise, like a cause's own conditions ----


def of(side: Any, client: Any, server: Any) -> Any:
    """``client`` where ``side`` is 0, ``server`` where it is 1, 0 where it is neither."""
    return client * (side == 0) + server * (side == 1)


def closes_first(me: Any, peer: Any) -> Any:
    """Its FIN left before the peer's, or the peer sent none; packets of the same microsecond in their order."""
    sooner = (me.fin_time < peer.fin_time) | ((me.fin_time == peer.fin_time) & (me.fin_packet < peer.fin_packet))
    return (me.fin_packet > 0) & ((peer.fin_packet == 0) | sooner)


def by_stranger(facts: Any) -> Any:
    """The RST that counts came from no stack of the two ends: its pretended sender lives on, or shape and TTL are another's."""
    return (
        (facts.reset_reason == FOREIGN) & (facts.resets > 0) & ((facts.reset_alive == 1) | (facts.reset_odd_ttl == 1))
    )


def rejected(facts: Any) -> Any:
    """The RST has the shape of a kernel's answer, and comes from another distance than the end in whose name it is: a router rejects."""
    return by_stranger(facts) & (facts.reset_shape == REPLY) & (facts.reset_alive == 0)


def aborted(facts: Any) -> Any:
    """A live socket was ended by RST. Some systems leave its window 0; that alone accuses nobody."""
    unusual = (facts.reset_shape == OTHER_SHAPE) & (facts.reset_alive == 0) & (facts.reset_odd_ttl == 0)
    live = (facts.reset_shape == ACTIVE) | unusual
    return (facts.resets > 0) & live & (by_stranger(facts) == 0) & (facts.reset_accepted != 0)


def answered_by_nobody(facts: Any) -> Any:
    """The RST that counts is a kernel's answer to a segment for which it has no socket."""
    known = (facts.reset_reason == SEGMENT_AFTER_CLOSE) | (facts.reset_reason == NO_SUCH_CONNECTION)
    return (facts.resets > 0) & (facts.reset_shape == REPLY) & known


def dead(me: Any) -> Any:
    """What this end sent was repeated and never acknowledged again."""
    return (me.repeats >= 3) & ((me.unacknowledged > 0) | ((me.fin_packet > 0) & (me.fin_acked == 0))) | (
        me.timed_out > 0
    )


def swallowed(me: Any) -> Any:
    """Only its large segments vanish: no segment as large as the lost ones ever arrived, smaller ones did."""
    return (
        (me.retransmitted >= 2)
        & (me.unacknowledged > 0)
        & (me.largest_lost >= LARGE)
        & (me.largest_arrived < me.largest_lost)
    )


def farewell(me: Any) -> Any:
    """All that a TLS end wrote after the peer's FIN is a close_notify: 24 to 57 bytes."""
    return (me.tls == 1) & (me.late_packet > 0) & (me.late_bytes <= 64)


LARGE = 1000
"""Bytes: below this, no link's MTU is at fault (RFC 8200 section 5 asks for 1280, IPv4 in IPv4 leaves more than 1000)."""
LONG = 15 * NANOSECOND
"""Silences that a NAT, a firewall or a load balancer may take for the end."""


# ---- words ----


def seconds(time: int) -> str:
    """A time of the facts (ns since the first packet, plus 1) as "0.103 s"."""
    return f"{max(time - 1, 0) / NANOSECOND:.3f} s"


def span(nanoseconds: int) -> str:
    """A length of time as "19.9 s"."""
    return duration(max(nanoseconds, 0) / NANOSECOND)


def rounded(nanoseconds: int) -> str:
    """A length of time, and that it is a round one, as an application's deadline is: "30.0 s (a round number)"."""
    return span(nanoseconds) + (" (a round number)" if is_round(nanoseconds) else "")


def is_round(nanoseconds: int) -> bool:
    """Whether a span is what somebody would configure: whole seconds (half ones below 5 s), and at most 2 % or 50 ms more."""
    value = nanoseconds / NANOSECOND
    for step in (60, 30, 10, 5, 1, 0.5):
        if value >= 2 * step or step == 0.5:
            nearest = round(value / step) * step
            if nearest and -0.002 * nearest <= value - nearest <= min(0.05, 0.02 * nearest):
                return step >= 1 or nearest < 5
    return False


def sentence(*parts: str) -> str:
    """The parts that are not empty, joined by spaces."""
    return " ".join(part for part in parts if part)


def numbers(*packets: int) -> tuple[int, ...]:
    """The packet numbers that are there, in order, each once."""
    return tuple(sorted({int(packet) for packet in packets if packet}))
