"""Packets that a reader has one by one, made batches of."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from tcpexplain.tuples import NamedTuple
from tcpexplain.wire import linktype
from tcpexplain.wire.changes import Change, Kept, batch_of
from tcpexplain.wire.frames import CAPACITY
from tcpexplain.wire.link import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tcpexplain.wire.frames import Columns, Frames, Provenance


class FilePacket(NamedTuple):
    """One packet as a file holds it."""

    time: int
    """Nanoseconds since 1970."""
    data: bytes
    wire: int
    """Bytes it had on the wire."""
    link: linktype.LinkType


def in_batches(packets: Iterable[FilePacket], about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Batches of the packets, in the order of the file; their link types are noted.

    Raises
    ------
    CaptureError
        TE005 if no packet is of a link type that is known here.
    """
    known, last = iter(packets), None
    while some := list(islice(known, CAPACITY)):
        for link in dict.fromkeys(one.link for one in some):
            if link not in about.link_types:
                about.link_types.append(link)
        rows = [
            Kept(one.time, number, Change(one.data, one.wire, one.link.kind))
            for number, one in enumerate(some, about.packets + 1)
        ]
        about.packets += len(rows)
        frames = batch_of(rows, columns)
        times = [row.time for row in rows]
        before = [times[0] if last is None else last, *times]
        if steps := sum(now < then for then, now in zip(before, times, strict=False)):
            about.stepped_back(steps, frames, before[0])
        last = times[-1]
        yield frames
    if about.link_types and all(link.family == UNKNOWN for link in about.link_types):
        raise linktype.unknown(about.link_types[0], about.name)
