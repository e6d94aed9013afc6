"""What an end says in turns where its protocol is unknown: how long each is, and whether it is text that ends with a line. Hot.

A turn is what an end says until the other one speaks. ``analysis.shapes`` compares the connections of one server by them. Nothing of
the payload is kept but these bits and lengths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.seqnum import offset
from tcpexplain.wire.shape import BEGINS_TEXT, ENDS_CUT, ENDS_LINE

if TYPE_CHECKING:
    from tcpexplain.tracking.entry import Entry
    from tcpexplain.wire.segment import Segment

SPEAKS, TEXT, LINE, VEILED = 1, 2, 4, 8
"""Bits of ``Entry.turns0``: the latest turn is this end's; it began with text; what it said last ends a line; the snap length cut that end."""
NO_LINES, SIZES, HEADS = 16, 32, 64
"""Others: one of its turns that have ended was no text, or did not end with a line; they differ in length; their first segments do."""
ENDED, MOST = 128, 128 * 254
"""One turn that has ended, in the bits above; those beyond are not counted."""


def take_turns(row: Entry, segment: Segment) -> None:
    """A segment with payload of an end whose protocol is unknown; copies of earlier ones say nothing."""
    if segment.sender:
        if not row.turns1 or offset(segment.seq + segment.length, row.reach1) > 0:
            row.turns0, row.size0 = ended(row.turns0, row.size0, row.turn0, row.reach0)
            row.turns1, row.turn1, row.head1 = goes_on(row.turns1, row.turn1, row.head1, row.reach1, segment)
            row.reach1 = (segment.seq + segment.length) & 0xFFFFFFFF
    elif not row.turns0 or offset(segment.seq + segment.length, row.reach0) > 0:
        row.turns1, row.size1 = ended(row.turns1, row.size1, row.turn1, row.reach1)
        row.turns0, row.turn0, row.head0 = goes_on(row.turns0, row.turn0, row.head0, row.reach0, segment)
        row.reach0 = (segment.seq + segment.length) & 0xFFFFFFFF


def ended(turns: int, size: int, turn: int, reach: int) -> tuple[int, int]:
    """The turn of an end is over, if it had one, because the other speaks: its bits, and how long that turn was."""
    if not turns & SPEAKS:
        return turns, size
    length = offset(reach, turn)
    if turns & (TEXT | LINE) != TEXT | LINE:
        turns |= NO_LINES
    if turns >= ENDED and length != size:
        turns |= SIZES
    if turns < MOST:
        turns += ENDED
    return turns & ~SPEAKS, length


def goes_on(turns: int, turn: int, head: int, reach: int, segment: Segment) -> tuple[int, int, int]:
    """An end speaks: its bits, where its turn began, and how long the first segment of that was."""
    begins = not turns & SPEAKS
    if begins:
        if turns >= ENDED and head != segment.length:
            turns |= HEADS
        turn, head = (reach if turns else segment.seq), segment.length
        turns = turns & ~TEXT | SPEAKS | (TEXT if segment.options & BEGINS_TEXT else 0)
    turns &= ~(LINE | VEILED)
    if segment.options & ENDS_LINE:
        turns |= LINE
    elif segment.options & ENDS_CUT:
        turns |= VEILED
    return turns, turn, head
