"""Which connections need their messages read: not those whose messages, as far as they were looked at, are all whole. Hot.

``wire.lead`` says of every segment what it begins with. Here the messages of an end are counted, one behind the other; an end
of which not everything can be told like this is to be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import inlined
from tcpexplain.tracking.turns import take_turns
from tcpexplain.wire.lead import FATAL_ALERT, IS_ANSWER, IS_LONG, IS_TLS, NOTHING, READ_ANSWER, UNSEEN
from tcpexplain.wire.segment import ACK, RST, SYN
from tcpexplain.wire.seqnum import offset

if TYPE_CHECKING:
    from tcpexplain.tracking.entry import Entry
    from tcpexplain.wire.segment import Segment

SILENT, FOREIGN, COUNTED, RECORDS, LONG_RECORD, TO_READ = range(6)
"""What an end's messages look like: there were none; it speaks no known protocol; HTTP messages that were counted; TLS records; such
ones, the last of which is no close_notify; something that has to be read."""


LOOKED, OPENED, ASKS, CUT = 16, 1 << 8, 1 << 9, 1 << 10
"""Segments of an end that are looked at for a beginning, copies included; while there was none, ``due`` counts them. Three bits of
it say that the end's SYN was seen, that it was one without ACK, and that the snap length left too little of a segment."""


@inlined
def hear(row: Entry, segment: Segment) -> None:
    """A segment with payload, or a SYN: where its end's latest message ends, and whether that is still known."""
    if (segment.length or segment.flags & SYN) and not segment.flags & RST and not segment.icmp:
        if segment.sender:
            if row.talk1 != TO_READ and (row.talk1 != FOREIGN or row.due1 & OPENED - 1 < LOOKED):
                row.talk1, row.due1 = heard(row.talk1, row.due1, row.talk0, segment)
        elif row.talk0 != TO_READ and (row.talk0 != FOREIGN or row.due0 & OPENED - 1 < LOOKED):
            row.talk0, row.due0 = heard(row.talk0, row.due0, row.talk1, segment)
        if segment.length and is_open(row.talk0) and is_open(row.talk1):
            take_turns(row, segment)


def is_open(talk: int) -> bool:
    """Whether the protocol of an end that has said this is not known yet; elementwise."""
    return (talk <= FOREIGN) | (talk == TO_READ)


def is_to_be_read(row: Entry) -> bool:
    """Whether the messages of an end have to be read."""
    return row.talk0 == TO_READ or row.talk1 == TO_READ


def heard(talk: int, due: int, other: int, segment: Segment) -> tuple[int, int]:
    """What an end's messages look like with this segment, and where the latest ends; ``other``: what the other end's look like."""
    lead = segment.lead
    if segment.flags & SYN:
        opened = OPENED if segment.flags & ACK else OPENED | ASKS
        return TO_READ if segment.length else talk, opened if talk == SILENT else due
    if lead == FATAL_ALERT:
        return TO_READ, due
    if talk in (SILENT, FOREIGN):
        if lead == UNSEEN:
            return FOREIGN, due + 1 | CUT
        if lead == NOTHING or (
            is_answer(lead) and due & OPENED and (talk == FOREIGN or due & ASKS or other == FOREIGN)
        ):
            return FOREIGN, due + 1
        if lead < 0 or talk == FOREIGN:
            return TO_READ, due + 1
        return kind(lead), (segment.seq + (lead >> 2)) & 0xFFFFFFFF
    if talk != COUNTED:
        if lead > 0 and lead & IS_TLS and offset(segment.seq + (lead >> 2), due) > 0:
            return kind(lead), (segment.seq + (lead >> 2)) & 0xFFFFFFFF
        return talk, due
    if not offset(segment.seq, due) and lead > 0 and not lead & IS_TLS:
        return COUNTED, (segment.seq + (lead >> 2)) & 0xFFFFFFFF
    if offset(segment.seq + segment.length, due) > 0:
        return TO_READ, due
    return COUNTED, due


def is_answer(lead: int) -> bool:
    """Whether a segment begins with an answer of HTTP.

    Who opened the connection does not begin with one, and what nobody knows is not answered by one.
    """
    return lead == READ_ANSWER or (lead > 0 and lead & (IS_TLS | IS_ANSWER) == IS_ANSWER)


def kind(lead: int) -> int:
    """What an end's messages look like by the latest of them."""
    if not lead & IS_TLS:
        return COUNTED
    return LONG_RECORD if lead & IS_LONG else RECORDS
