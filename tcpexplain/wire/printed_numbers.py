"""Sequence numbers of printed packets: relative ones made absolute, those left out found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.packets import SocketAddress
from tcpexplain.wire.printed import Printed, pair
from tcpexplain.wire.segment import ACK, FIN, RST, SYN

if TYPE_CHECKING:
    from collections.abc import Callable


class Numbers:
    """Sequence numbers as tcpdump prints them, made absolute again.

    It subtracts, from the second segment with ACK of a conversation on, what the first one had: its own number, and the
    acknowledged one less 1. ``-S`` subtracts nothing, which shows where a conversation goes on.
    """

    def __init__(self) -> None:
        self.base: dict[tuple[SocketAddress, SocketAddress], tuple[SocketAddress, int, int]] = {}
        self.begun: dict[tuple[SocketAddress, SocketAddress], int] = {}
        self.absolute = False

    def settle(self, one: Printed, *, has_seq: bool) -> None:
        """Make the numbers of a packet absolute; ``has_seq``: whether its own was printed."""
        between = pair(one)
        if between is None or one.sender is None or one.receiver is None:
            return
        way = (one.sender, one.receiver)
        if not one.flags & ACK:
            if one.flags & SYN:
                self.base.pop(between, None)
                self.begun[way] = one.seq
            return
        base = self.base.get(between)
        if base is None or one.flags & SYN:
            self._first(one, between, way, has_seq=has_seq)
            return
        mine, theirs = (base[1], base[2]) if base[0] == one.sender else (base[2], base[1])
        if not self.absolute and _near(one.ack, theirs) and not _near(one.ack, 0):
            self.absolute = True
        if self.absolute:
            one.seq = one.seq if has_seq else -1
            return
        one.seq = (one.seq + mine) & 0xFFFFFFFF if has_seq else -1
        one.ack = (one.ack + theirs) & 0xFFFFFFFF

    def _first(
        self,
        one: Printed,
        between: tuple[SocketAddress, SocketAddress],
        way: tuple[SocketAddress, SocketAddress],
        *,
        has_seq: bool,
    ) -> None:
        """The first segment with ACK: printed as it was, unless the text begins in the middle of what tcpdump printed."""
        if not one.flags & SYN and one.ack < SMALL and (not has_seq or one.seq < SMALL):
            mine, theirs = self.begun.get(way, 0), self.begun.get(way[::-1], 0)
            self.base[between] = (way[0], mine, theirs)
            one.seq = (one.seq + mine) & 0xFFFFFFFF if has_seq else -1
            one.ack = (one.ack + theirs) & 0xFFFFFFFF
            return
        self.base[between] = (way[0], one.seq, (one.ack - 1) & 0xFFFFFFFF)
        if not has_seq:
            one.seq = -1


SMALL = 1 << 20
"""Numbers below are counted from a conversation's beginning: one initial number in 4,096 is as small."""


def _near(number: int, other: int) -> bool:
    """Whether a number lies a little above another."""
    return (number - other) & 0xFFFFFFFF < SMALL


PROBED = 500_000_000
"""Nanoseconds of silence after which an ACK that says nothing new is a probe: nothing else makes an end speak."""
APART = 1 << 28
"""How far apart the numbers of two connections of one port pair are put, where text counts both from 0."""
Way = tuple[SocketAddress, SocketAddress]


class Flow:
    """What each end has sent up to now, for segments whose own number is not printed, and for connections that count from the same number."""

    def __init__(self) -> None:
        self.next: dict[Way, int] = {}
        self.acked: dict[Way, int] = {}
        self.begun: dict[Way, int] = {}
        """The number of each end's last SYN."""
        self.ended: set[Way] = set()
        """Conversations that a RST or both FINs have ended."""
        self.finished: set[Way] = set()
        """Ends that have sent FIN."""
        self.shift: dict[Way, int] = {}
        self.last: dict[Way, int] = {}
        """The time of each conversation's last packet."""

    def complete(self, one: Printed) -> None:
        """Give a segment without a number the next one, and remember."""
        between = pair(one)
        if between is None or one.sender is None or one.receiver is None or one.icmp is not None:
            return
        way = (one.sender, one.receiver)
        self._set_apart(one, between, way)
        if one.flags & RST and one.flags & ACK and one.seq == 1 and way not in self.next:
            # An answer to a SYN has the number 0, which tshark's relative ones count from 1.
            one.seq = 0
        if one.seq < 0:
            # tcpdump leaves out the number of segments without data: it is the next one, or what the other end has acknowledged.
            one.seq = self.next.get(way, self.acked.get(way[::-1], 0)) - self._probes(one, between, way)
        elif not (one.flags & RST and not one.flags & ACK):
            one.seq = (one.seq + self.shift.get(between, 0)) & 0xFFFFFFFF
        self._remember(one, between, way)

    def _set_apart(self, one: Printed, between: Way, way: Way) -> None:
        """A new connection of the same ports, with the same first number as the one before: its numbers are put elsewhere."""
        if one.flags & SYN and not one.flags & ACK:
            if between in self.ended and self.begun.get(way) == one.seq:
                self.shift[between] = self.shift.get(between, 0) + APART
                self.next.pop(way, None)
                self.next.pop(way[::-1], None)
            self.begun[way] = one.seq
            self.ended.discard(between)
            self.finished -= {way, way[::-1]}
        elif one.flags & FIN:
            self.finished.add(way)
        if one.flags & RST or {way, way[::-1]} <= self.finished:
            self.ended.add(between)
        if one.flags & ACK and between in self.shift:
            one.ack = (one.ack + self.shift[between]) & 0xFFFFFFFF

    def _probes(self, one: Printed, between: Way, way: Way) -> int:
        """1 if a segment is a keepalive or window probe, whose number is one less: a bare ACK after a silence, of what had been acknowledged."""
        silence = (one.time or 0) - self.last.get(between, one.time or 0)
        bare = one.flags == ACK and not one.length
        return int(bare and silence >= PROBED and self.acked.get(way) == one.ack and way in self.next)

    def _remember(self, one: Printed, between: Way, way: Way) -> None:
        """Where the ends are now. A RST may be forged: where its sender stands, its other segments tell."""
        self.last[between] = one.time or 0
        if one.flags & RST:
            return
        taken = one.length + bool(one.flags & SYN) + bool(one.flags & FIN)
        after = (one.seq + taken) & 0xFFFFFFFF
        if way not in self.next or one.flags & SYN or (after - self.next[way]) & 0xFFFFFFFF < 1 << 31:
            self.next[way] = after
        if one.flags & ACK:
            self.acked[way] = one.ack


def settled(packets: list[Printed], number: Callable[[Printed], None] | None = None) -> list[Printed]:
    """Packets with all numbers."""
    flow = Flow()
    for one in packets:
        if one.raw:
            continue
        if number:
            number(one)
        flow.complete(one)
    return packets
