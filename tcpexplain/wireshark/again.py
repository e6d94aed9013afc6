"""The packets of captures once more, as they were captured, one at a time and in the order of time."""

from __future__ import annotations

from contextlib import closing
from heapq import heappop, heappush
from itertools import chain, islice
from typing import TYPE_CHECKING

from tcpexplain.errors import UNREADABLE, CaptureError
from tcpexplain.pseudonyms.capture import HiddenOrigin
from tcpexplain.pseudonyms.packets import RAW, RAW_NUMBER, nameless
from tcpexplain.readers import open_capture
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.linktype import LINKTYPES

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from tcpexplain.model.capture import Origin
    from tcpexplain.pseudonyms.names import Pseudonyms
    from tcpexplain.wire.linktype import LinkType


class Captured(NamedTuple):
    """A packet as it was captured; sorted by time, file and number."""

    time: int
    """Nanoseconds since 1970-01-01 UTC."""
    file: int
    packet: int
    data: bytes
    wire: int
    kind: int
    """``LinkType.kind`` of its link type."""
    link: int
    """The number of its link type."""


def packets(origin: Origin) -> Iterator[Captured]:
    """All packets of captures that can be read again; those of several files in one order, that of their times.

    Of files that follow each other one is open at a time. Raises what the first reading would have raised.
    """
    files = range(len(origin.paths))
    if len(files) == 1 or origin.count:
        found: Iterator[Captured] = islice(chain.from_iterable(of_file(origin, file) for file in files), origin.count)
    else:
        found = merged(origin)
    return hidden(found, origin.names) if isinstance(origin, HiddenOrigin) else found


def hidden(found: Iterable[Captured], names: Pseudonyms) -> Iterator[Captured]:
    """Those of TCP connections as raw IP under other names, without payload."""
    for packet in found:
        other = nameless(packet.data, packet.wire, packet.kind, names.addresses)
        if other is not None:
            yield packet._replace(data=other.data, wire=other.size, kind=RAW, link=RAW_NUMBER)


def of_file(origin: Origin, file: int) -> Generator[Captured, None, None]:
    """The packets of one file; what could not be read of several was left out before, and said."""
    try:
        capture = open_capture(origin.paths[file], origin.reader, filter=origin.filter)
        for frames in capture.as_captured():
            buffer = memoryview(frames.buffer)
            for row in range(frames.count):
                start, kind = int(frames.start[row]), int(frames.link[row])
                yield Captured(
                    int(frames.time[row]), file, int(frames.packet[row]),
                    bytes(buffer[start : start + int(frames.captured[row])]), int(frames.wire[row]),
                    kind, number_of(kind, capture.link_types),
                )  # fmt: skip
    except CaptureError as error:
        if len(origin.paths) == 1 or error.code not in UNREADABLE:
            raise


def number_of(kind: int, known: Iterable[LinkType]) -> int:
    """The number of a link type with this layout: the capture's own, else the registry's first."""
    return next(link.number for link in chain(known, LINKTYPES) if link.kind == kind)


def merged(origin: Origin) -> Iterator[Captured]:
    """The packets of several files; a file is opened when its first packet is due."""
    begins = sorted((time, file) for file in range(len(origin.paths)) if (time := first_time(origin, file)) is not None)
    waiting: list[tuple[Captured, Generator[Captured, None, None]]] = []
    while begins or waiting:
        while begins and (not waiting or begins[0][0] <= waiting[0][0].time):
            push(waiting, of_file(origin, begins.pop(0)[1]))
        if waiting:
            packet, others = heappop(waiting)
            yield packet
            push(waiting, others)


def push(
    waiting: list[tuple[Captured, Generator[Captured, None, None]]], others: Generator[Captured, None, None]
) -> None:
    """Have a file wait with its next packet, if it has one."""
    packet = next(others, None)
    if packet is not None:
        heappush(waiting, (packet, others))


def first_time(origin: Origin, file: int) -> int | None:
    """When a file begins; None if nothing can be read of it."""
    with closing(of_file(origin, file)) as found:
        first = next(found, None)
    return None if first is None else first.time
