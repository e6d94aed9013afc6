"""What passed between two ends while a scenario ran: packets, their departures and arrivals, and the calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from tcpexplain.values import frozen

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tcpexplain.lab.namespaces import Namespace
    from tcpexplain.lab.seen import Observed

SIDES = ("client", "server")


@dataclass(slots=True, eq=False)
class RecordedPacket:
    """One packet on the wire.

    ``frame`` as it was sent, ``captured`` as the capture saw it at ``time`` (nanoseconds since 1970), ``number``
    1-based in the capture, None where the capture did not see it. ``side`` sent it ("client", "server"; "" is a
    router). ``arrived`` once it has reached an end.
    """

    frame: bytes
    seen: Observed
    side: str
    captured: bytes = b""
    time: int = 0
    number: int | None = None
    arrived: bool = False
    forged: bool = False


@frozen
class Passage:
    """A packet leaves or reaches one end at ``time`` (nanoseconds; for arrivals, when its delivery began)."""

    time: int
    side: str
    packet: RecordedPacket
    arrival: bool


@frozen
class RecordedCall:
    """One system call and what it returned; times in nanoseconds, ``before`` and ``after`` count captured packets."""

    side: str
    call: str
    size: int | None
    time: int
    end: int
    before: int
    after: int
    returned: int
    errno: str | None = None
    signal: str | None = None
    revents: list[str] | None = None
    note: str = ""


@frozen
class Snapshot:
    """One row of the kernel's socket table; ``state`` CLOSED where there is none."""

    time: int
    before: int
    side: str
    state: str
    unread: int
    unsent: int


@dataclass(slots=True)
class Recording:
    """Packets in the order of the capture, and every departure and arrival in the order of time."""

    link_type: int
    vantage: str
    packets: list[RecordedPacket] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)

    def capture(self, packet: RecordedPacket, frame: bytes, time: int) -> None:
        """``frame``, which is ``packet`` where the capture is taken, passes at ``time``."""
        packet.captured, packet.time = frame, time
        packet.number = len(self.packets) + 1
        self.packets.append(packet)


class Wire(Protocol):
    """What carries the packets between the two ends: the loopback, or a path between two namespaces."""

    recording: Recording
    addresses: dict[str, str]

    def namespace(self, side: str) -> Namespace | None:
        """Where sockets of ``side`` live; None: where this process is."""

    def quiet(self) -> AbstractContextManager[None]:
        """Everything sent so far is captured; until the end of the block only the caller's call sends."""

    def close(self) -> None:
        """Take the wire down."""
