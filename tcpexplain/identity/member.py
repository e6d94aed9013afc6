"""A connection under one name: what one capture holds of it on one 4-tuple."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.segment import ACK, HAS_TIMESTAMP, RST, SYN, consumed
from tcpexplain.wire.seqnum import offset

if TYPE_CHECKING:
    from tcpexplain.wire.segment import Segment

ENDS = (slice(1, 3), slice(3, 5))
"""The words of the lower and the higher address in ``Name.key``."""
REPEATED = 1_000_000
"""Nanoseconds within which a host captures one packet on several of its interfaces."""
MASK = 0xFFFFFFFF


class Likeness(NamedTuple):
    """What NAT, and a box that keeps numbers, leave of a segment as it was; windows and options they may change."""

    side: int
    seq: int
    ack: int
    flags: int
    length: int
    ts_val: int
    ts_ecr: int
    icmp: int


class Name(NamedTuple):
    """A capture, a 4-tuple in it (the fields of ``wire.segment.Key``), and the client's initial sequence number."""

    file: int
    key: tuple[int, ...]
    isn: int


@dataclass(slots=True)
class Member:
    """The segments of one name. ``times`` are put right once the clocks are known; ``segments`` keep the capture's own."""

    name: Name
    client: int
    """Which end of the key is the client."""
    segments: list[Segment] = field(default_factory=list)
    images: list[Likeness] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    repeated: list[Segment] = field(default_factory=list)
    """Those that another interface of the same host had just shown."""
    place: float = 0.0
    """ns from the client, as far as that is known: smaller is nearer to it."""
    measured: bool = False
    """Whether both directions tell how far."""
    lossy: tuple[bool, bool] = (False, False)
    """Whether the capture lacks segments of the client, or the server, that their receiver acknowledged here."""

    def take(self, segment: Segment) -> None:
        """One more segment, in the order of the capture."""
        image = self.image(segment)
        for known, other in zip(self.images[-1:-9:-1], self.segments[-1:-9:-1], strict=True):
            if known == image and other.ip_id == segment.ip_id and abs(segment.time - other.time) <= REPEATED:
                self.repeated.append(segment)
                return
        self.segments.append(segment)
        self.images.append(image)
        self.times.append(int(segment.time))

    def image(self, segment: Segment) -> Likeness:
        """What two captures of one segment have in common."""
        stamped = segment.options & HAS_TIMESTAMP and not segment.icmp
        return Likeness(
            int(segment.sender) ^ self.client,
            int(segment.seq) & MASK,
            int(segment.ack) & MASK if segment.flags & ACK else 0,
            int(segment.flags) & ~0xC0,
            int(segment.length),
            int(segment.ts_val) & MASK if stamped else 0,
            int(segment.ts_ecr) & MASK if stamped else 0,
            int(segment.icmp),
        )

    @property
    def server_isn(self) -> int | None:
        """The server's initial sequence number; None if its SYN was not captured."""
        return next((one.seq for one in self.images if one.flags & SYN and one.side and not one.icmp), None)

    @property
    def stamps(self) -> set[int]:
        """The timestamps of the client's SYNs, also as a SYN-ACK echoes them."""
        return {one.ts_ecr if one.side else one.ts_val for one in self.images if one.flags & SYN} - {0}

    def endpoint(self, side: int) -> tuple[tuple[int, ...], int]:
        """Address words and port of the client (0) or the server (1)."""
        end, key = side ^ self.client, self.name.key
        return key[ENDS[end]], key[5 + end]

    def note_losses(self, *, deaf: bool) -> None:
        """Find which direction lacks bytes that the other end acknowledged here: absence proves nothing there."""
        self.lossy = (deaf or self.lacks(0), deaf or self.lacks(1))

    def lacks(self, side: int) -> bool:
        """Whether an acknowledgment runs ahead of all that was seen of one side without a gap."""
        reach: int | None = None
        waiting: list[tuple[int, int]] = []
        for segment, image in zip(self.segments, self.images, strict=True):
            if image.icmp:
                continue
            if image.side == side and not image.flags & RST:
                waiting.append((image.seq, image.seq + consumed(segment)))
                reach, waiting = advanced(image.seq if reach is None else reach, waiting)
            elif image.side != side and is_ahead(image, reach):
                return True
        return False


def advanced(reach: int, waiting: list[tuple[int, int]]) -> tuple[int, list[tuple[int, int]]]:
    """How far bytes reach without a gap, and the ranges beyond it."""
    moved = True
    while moved:
        ends = [end for begin, end in waiting if offset(begin, reach) <= 0 < offset(end, reach)]
        moved = bool(ends)
        reach = max(ends, key=lambda end: offset(end, reach)) if ends else reach
    return reach, [one for one in waiting if offset(one[0], reach) > 0]


def is_ahead(image: Likeness, reach: int | None) -> bool:
    """Whether a segment acknowledges more than was seen."""
    return reach is not None and image.flags & (ACK | RST) == ACK and offset(image.ack, reach) > 0
