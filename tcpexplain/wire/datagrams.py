"""The IP packets of which fragments have come: which are complete, and which never will be.

Bounded in all that a sender may choose: fragments of a packet, packets, bytes, and how long the first to come waits for the
last. Fragments that overlap make the whole packet void (RFC 5722, for IPv4 too: RFC 1858 says why); the same fragment again is a copy.
"""

from __future__ import annotations

from bisect import bisect, insort
from dataclasses import field
from typing import TYPE_CHECKING

from tcpexplain.values import changing
from tcpexplain.wire.fragments import joined

if TYPE_CHECKING:
    from tcpexplain.wire.fragments import Fragment

OPEN, COMPLETE, VOID, LEFT, COPY = range(5)
"""What a packet is, LEFT: its first fragment was shown without the rest; and of a fragment, that it had come before."""
MOST_PACKETS = 4096
"""That are remembered at once."""
MOST_BYTES = 1 << 24
"""Of all that are remembered."""
WAIT, APART = 1_000_000_000, 4096
"""Nanoseconds, and frames, between the first fragment to come and the last one: fragments leave their sender back to back."""


@changing
class Datagram:
    """One packet of which a fragment has come."""

    time: int
    """When the first of them came, in nanoseconds since 1970, and as which frame of the capture."""
    frame: int
    state: int = OPEN
    pieces: dict[int, Fragment] = field(default_factory=dict)
    """By their offsets, which ``offsets`` holds sorted: 8,192 at most, as all but the last have at least 8 bytes of the 65,535."""
    offsets: list[int] = field(default_factory=list)
    size: int = -1
    """Bytes of payload, once the last fragment has come."""
    received: int = 0
    kept: int = 0
    """Bytes of payload that are kept."""

    @property
    def has_first(self) -> bool:
        """Whether the fragment with the headers has come."""
        return 0 in self.pieces

    def is_over(self, time: int, frame: int) -> bool:
        """Whether what comes now comes too late for it."""
        return abs(time - self.time) > WAIT or frame - self.frame > APART

    def has(self, piece: Fragment) -> bool:
        """Whether the same fragment has come before, whatever the hops between have made of its header."""
        same = self.pieces.get(piece.offset)
        return same is not None and same[2:] == piece[2:]

    def add(self, piece: Fragment) -> int:
        """Take one more fragment; what the packet is now, or COPY."""
        if self.state != VOID and self.has(piece):
            return COPY
        if self.state == OPEN:
            if self._contradicts(piece):
                self.state = VOID
            self.pieces[piece.offset] = piece
            insort(self.offsets, piece.offset)
            self.received += piece.size
            self.kept += len(piece.data)
            if not piece.more:
                self.size = piece.end
            if self.state == OPEN and self.received == self.size:
                self.state = COMPLETE
        return self.state

    def _contradicts(self, piece: Fragment) -> bool:
        """Whether a fragment overlaps another, or goes beyond the last one."""
        place = bisect(self.offsets, piece.offset)
        before = self.pieces[self.offsets[place - 1]].end if place else 0
        after = self.offsets[place] if place < len(self.offsets) else None
        if before > piece.offset or (after is not None and (after < piece.end or not piece.more)):
            return True
        return self.size >= 0 and piece.end > self.size

    def packet(self) -> tuple[bytes, int]:
        """The complete packet as far as it was captured without a gap, and its length on the wire."""
        data, at = bytearray(), 0
        while at == len(data) and at < self.size:
            data += self.pieces[at].data
            at = self.pieces[at].end
        head = self.pieces[0].head
        return joined(head, self.size, bytes(data)), len(head) + self.size


class Datagrams:
    """All packets of which fragments have come, within bounds."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Datagram] = {}
        self._kept = 0

    def take(self, piece: Fragment, tunnel: int, time: int, frame: int) -> tuple[Datagram, int]:
        """Put a fragment to its packet: the packet, and what it is now, or that the fragment is a COPY."""
        whose = (tunnel, *piece.whose)
        found = self._known.get(whose)
        # A packet that is complete has but copies; what is none of them has the same number by chance.
        if found is None or found.is_over(time, frame) or (found.state == COMPLETE and not found.has(piece)):
            found = self._begin(whose, time, frame)
        before = found.kept
        state = found.add(piece)
        self._kept += found.kept - before
        return found, state

    def _begin(self, whose: tuple[object, ...], time: int, frame: int) -> Datagram:
        """A new packet; the oldest ones are forgotten where there are too many."""
        self._forget(whose)
        while self._known and (len(self._known) >= MOST_PACKETS or self._kept > MOST_BYTES):
            self._forget(next(iter(self._known)))
        found = self._known[whose] = Datagram(time, frame)
        return found

    def _forget(self, whose: tuple[object, ...]) -> None:
        """Remember a packet no longer."""
        if found := self._known.pop(whose, None):
            self._kept -= found.kept
