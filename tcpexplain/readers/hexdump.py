"""Hex dumps of packets: text2pcap's form, Wireshark's "copy as hex dump", ``tshark -x``; a line before a dump may hold its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from tcpexplain.readers.tshark_list import time_in
from tcpexplain.wire.hexdump import Dump
from tcpexplain.wire.ip_header import from_ip_on, length_of
from tcpexplain.wire.pasted import decoded, lines
from tcpexplain.wire.printed import Printed
from tcpexplain.wire.printed_frames import batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.wire.frames import Columns, Frames, Provenance

SIGNATURES: tuple[bytes, ...] = ()
LAST = True
"""Other texts have dumps in them."""


def knows(text: str) -> bool:
    """Whether this is the beginning of hex dumps that hold IP packets."""
    return any(one.raw for one in parsed(lines(text)))


def read(source: BinaryIO, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read dumps."""
    yield from batches(parsed(lines(decoded(source.read()))), "hexdump", about, columns)


def parsed(rows: list[str]) -> list[Printed]:
    """A packet for each dump."""
    packets: list[Printed] = []
    dump = Dump()
    said: int | None = None
    for row in rows:
        if dump.begins(row) and dump.data:
            packets.append(_packet(bytes(dump.data), said))
            dump.clear()
            said = None
        if not dump.take(row) and row.strip():
            if dump.data:
                packets.append(_packet(bytes(dump.data), said))
                dump.clear()
            said = time_in(row)
    if dump.data:
        packets.append(_packet(bytes(dump.data), said))
    return packets


def _packet(data: bytes, time: int | None) -> Printed:
    """One packet of its bytes."""
    found = from_ip_on(data)
    return Printed(time=time, raw=found, wire=length_of(found) if found else len(data))
