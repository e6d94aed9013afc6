"""Ladders in the notation of RFC 9293: the segments of a ``.ladder`` file, as if they had been captured."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from tcpexplain.errors import CaptureError
from tcpexplain.wire import linktype
from tcpexplain.wire.frames import CAPACITY, Columns, Frames, Provenance, gather

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.wire.notation import LadderLine, LadderNotation, LadderSegment

SIGNATURES: tuple[bytes, ...] = ()
"""None: a ladder is text, known by its file's name."""

SUFFIXES = (".ladder",)

LEFT, RIGHT = "192.0.2.1:40000", "192.0.2.2:80"
"""Addresses of ends that name none (documentation addresses, RFC 5737)."""

SPACING = 1_000_000
"""Nanoseconds from one segment to the next that says no time."""


def read(source: BinaryIO, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read a ladder; a segment is captured when it is sent.

    Raises
    ------
    CaptureError
        TE015 with the line that cannot be read.
    """
    from tcpexplain.wire.notation_read import parse

    data = source.read()
    try:
        ladder = parse(data.decode(), about.name)
    except UnicodeDecodeError as error:
        raise CaptureError(
            f"{about.name} is no ladder", file=about.name, offset=error.start, code="TE015", note="it is not UTF-8 text"
        ) from None
    yield from frames(ladder, about, columns)


def frames(ladder: LadderNotation, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """The segments of a ladder as raw IP frames, one each, without payload bytes.

    Raises
    ------
    CaptureError
        TE015 for an address or an option that is none.
    """
    about.format = "ladder"
    about.link_types.append(linktype.find(101))
    made = _packets(ladder, about.name)
    for first in range(0, len(made), CAPACITY):
        yield gather(made[first : first + CAPACITY], linktype.find(101).kind, about, columns)


def _packets(ladder: LadderNotation, name: str) -> list[tuple[int, bytes, int]]:
    """Time, packet and length on the wire of every segment, in the order of their sending."""
    from tcpexplain.wire.packets import SocketAddress, packet

    made = []
    try:
        ends = SocketAddress.parse(ladder.left[1] or LEFT), SocketAddress.parse(ladder.right[1] or RIGHT)
        for ip_id, (time, segment) in enumerate(sent(ladder), 1):
            sender, receiver = ends if segment.from_left else ends[::-1]
            data, wire = packet(sender, receiver, segment, ip_id)
            made.append((time, data, wire))
    except ValueError as error:
        raise CaptureError(f"{name} is no ladder", file=name, code="TE015", note=str(error)) from None
    return made


def sent(ladder: LadderNotation) -> list[tuple[int, LadderSegment]]:
    """The segments with the times of their sending; the line of a late arrival adds none, unless its sending was not drawn."""
    found: list[tuple[int, LadderSegment]] = []
    under_way: list[tuple[bool, int, int]] = []
    clock = -SPACING
    for line in ladder.lines:
        if line.segment is None or _arrived(line, under_way):
            continue
        clock = clock + SPACING if line.time is None else line.time
        found.append((clock, line.segment))
    return found


def _arrived(line: LadderLine, under_way: list[tuple[bool, int, int]]) -> bool:
    """Whether the line only shows the arrival of a segment under way."""
    segment = line.segment
    if segment is None:
        return False
    known = segment.from_left, segment.seq, segment.flags
    if segment.arrival == "under way":
        under_way.append(known)
    if segment.arrival != "late" or known not in under_way:
        return False
    under_way.remove(known)
    return True
