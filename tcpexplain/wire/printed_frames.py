"""Printed packets as frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire import linktype
from tcpexplain.wire.frames import CAPACITY, gather
from tcpexplain.wire.printed_numbers import settled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.wire.frames import Columns, Frames, Provenance
    from tcpexplain.wire.printed import Printed


def batches(packets: list[Printed], form: str, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Frames of printed packets, in their order; those without a time stand a millisecond apart."""
    about.format = form
    about.link_types.append(linktype.find(RAW))
    complete = settled(packets)
    rows = [(place * 1_000_000 if one.time is None else one.time, *one.packet()) for place, one in enumerate(complete)]
    for first in range(0, len(rows), CAPACITY):
        yield gather(rows[first : first + CAPACITY], linktype.find(RAW).kind, about, columns)


RAW = 101
"""LINKTYPE_RAW: packets that begin with their IP header."""
