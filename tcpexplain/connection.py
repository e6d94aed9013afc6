"""Segments -> connections: the 4-tuple, who opened, reuse of a port pair, Wireshark's stream number."""

from __future__ import annotations

from typing import Any

from tcpexplain.wire.segment import ACK, SYN
from tcpexplain.wire.seqnum import same


class Connection:
    """One connection while its segments come in."""

    __slots__ = ("base", "ends", "first_time", "has_base", "key", "last_time", "segments", "stream", "syn_only")

    def __init__(self, key: tuple[int, ...], stream: int) -> None:
        self.key = key
        self.stream = stream
        self.segments: list[Any] = []
        self.has_base = [False, False]
        self.base = [0, 0]
        self.syn_only = True
        self.first_time = self.last_time = 0


class Connections:
    """All connections of a capture in the order of their first packets."""

    def __init__(self) -> None:
        self.latest: dict[tuple[int, ...], Connection] = {}
        self.all: list[Connection] = []

    def add(self, key: Any, segment: Any) -> Connection:
        """Put a segment where it belongs.

        A SYN whose sequence number is not the one its end began with opens a new connection on the same 4-tuple; a
        retransmitted SYN does not (as Wireshark numbers streams).
        """
        name = (key.version, key.low_hi, key.low_lo, key.high_hi, key.high_lo, key.low_port, key.high_port)
        connection = self.latest.get(name)
        if connection is None or (not segment.icmp and segment.flags & (SYN | ACK) == SYN and self.is_new(connection, segment)):
            connection = self.latest[name] = Connection(name, len(self.all))
            connection.first_time = segment.time
            self.all.append(connection)
        sender = segment.sender
        if not segment.icmp and not connection.has_base[sender]:
            connection.has_base[sender] = True
            connection.base[sender] = segment.seq
        connection.last_time = segment.time
        connection.segments.append(segment)
        return connection

    def is_new(self, connection: Connection, segment: Any) -> bool:
        """Whether this SYN is not a copy of the one its end sent before."""
        return connection.has_base[segment.sender] and not same(connection.base[segment.sender], segment.seq)


def community_id(version: int, low: bytes, high: bytes, low_port: int, high_port: int) -> str:
    """Community ID version 1 with seed 0 of a TCP connection; addresses as bytes in network order, the lower endpoint first."""
    from base64 import b64encode
    from hashlib import sha1

    del version
    data = b"\0\0" + low + high + b"\x06\0" + low_port.to_bytes(2, "big") + high_port.to_bytes(2, "big")
    return "1:" + b64encode(sha1(data, usedforsecurity=False).digest()).decode()
