"""Which packets are written: all, those of some connections, or those that verdicts cite with their neighbours."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from tcpexplain.story.files import evidence_of
from tcpexplain.story.teller import segments_of
from tcpexplain.wire.headers import decode
from tcpexplain.wire.segment import Key, Segment
from tcpexplain.wire.skipped import ICMP_ERROR, SEGMENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tcpexplain.model.connection import Address, Connection
    from tcpexplain.wireshark.again import Captured
    from tcpexplain.wireshark.comments import Place

NEIGHBOURS = 2
"""Packets of the connection before and after one that is cited."""
WORD = (1 << 64) - 1
EndOfKey = tuple[int, int, int]
"""An address as two unsigned words, and a port."""


def cited(connections: Iterable[Connection]) -> set[Place]:
    """The packets that verdicts rest on, each with its neighbours in the connection."""
    return {place for connection in connections for place in cited_of(connection)}


def cited_of(connection: Connection) -> Iterator[Place]:
    """The same of one connection; of a verdict that cites nothing, its last packets."""
    order = [(segment.file, segment.packet) for segment in segments_of(connection)]
    wanted = set(evidence_of(connection.finding)) or set(order[-1:])
    yield from wanted
    for at, place in enumerate(order):
        if place in wanted:
            yield from order[max(at - NEIGHBOURS, 0) : at + NEIGHBOURS + 1]


def with_trouble(connections: Sequence[Connection]) -> Sequence[Connection]:
    """Those that are not fine; all, if all are."""
    return [connection for connection in connections if connection.severity != "fine"] or connections


class Membership:
    """Tells the packets of some connections: by their ends, and by when the connection was."""

    def __init__(self, connections: Iterable[Connection]) -> None:
        self._segment, self._key = Segment(), Key()
        self._spans: dict[frozenset[EndOfKey], list[tuple[int, int]]] = {}
        for one in connections:
            ends = frozenset((end_of(one.client), end_of(one.server)))
            self._spans.setdefault(ends, []).append((one.start, one.last_seen))

    def has(self, packet: Captured) -> bool:
        """Whether a packet is of one of them, or an ICMP error about one."""
        size = len(packet.data)
        found = decode(packet.data, 0, size, packet.wire, packet.kind, self._segment, self._key)
        if found not in (SEGMENT, ICMP_ERROR):
            return False
        key = self._key
        low = (key.low_hi & WORD, key.low_lo & WORD, key.low_port)
        high = (key.high_hi & WORD, key.high_lo & WORD, key.high_port)
        # last_seen is made of seconds in floating point: a microsecond is more than it can be wrong.
        spans = self._spans.get(frozenset((low, high)), ())
        return any(start <= packet.time <= end + 1000 for start, end in spans)


def end_of(address: Address) -> EndOfKey:
    """One end as a key has it."""
    number = int(ip_address(address.address))
    return number >> 64, number & WORD, address.port
