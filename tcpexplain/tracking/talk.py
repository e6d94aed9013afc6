"""Which connections need their messages read: not those whose messages, as far as they were looked at, are all whole. Hot.

``wire.lead`` says of every segment what it begins with. Here the messages of an end are counted, one behind the other; an end
of which not everything can be told like this is to be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import inlined
from tcpexplain.wire.lead import FATAL_ALERT, IS_ANSWER, IS_LONG, IS_TLS, NOTHING, READ_ANSWER
from tcpexplain.wire.segment import RST, SYN
from tcpexplain.wire.seqnum import offset

if TYPE_CHECKING:
    from tcpexplain.tracking.entry import Entry
    from tcpexplain.wire.segment import Segment

SILENT, FOREIGN, COUNTED, RECORDS, LONG_RECORD, TO_READ = range(6)
"""What an end's messages look like: there were none; it speaks no known protocol; HTTP messages that were counted; TLS records; such
ones, the last of which is too long for a close_notify; something that has to be read."""


LOOKED, OPENED = 16, 1 << 8
"""Segments of an end that are looked at for a beginning, copies included; while there was none, ``due`` counts them, and this
bit of it says that the end's SYN was seen."""


@inlined
def hear(row: Entry, segment: Segment) -> None:
    """A segment with payload, or a SYN: where its end's latest message ends, and whether that is still known."""
    if (segment.length or segment.flags & SYN) and not segment.flags & RST and not segment.icmp:
        if segment.sender:
            if row.talk1 != TO_READ and (row.talk1 != FOREIGN or row.due1 & OPENED - 1 < LOOKED):
                row.talk1, row.due1 = heard(row.talk1, row.due1, segment)
        elif row.talk0 != TO_READ and (row.talk0 != FOREIGN or row.due0 & OPENED - 1 < LOOKED):
            row.talk0, row.due0 = heard(row.talk0, row.due0, segment)


def heard(talk: int, due: int, segment: Segment) -> tuple[int, int]:
    """What an end's messages look like with this segment, and where the latest ends."""
    lead = segment.mss
    if segment.flags & SYN:
        return TO_READ if segment.length else talk, OPENED if talk == SILENT else due
    if lead == FATAL_ALERT:
        return TO_READ, due
    if talk == SILENT:
        if lead <= 0:
            return (TO_READ if lead else FOREIGN), due + 1
        return kind(lead), (segment.seq + (lead >> 2)) & 0xFFFFFFFF
    if talk == FOREIGN:
        return (TO_READ if begins(lead, due) else FOREIGN), due + 1
    if talk != COUNTED:
        if lead > 0 and lead & IS_TLS and offset(segment.seq + (lead >> 2), due) > 0:
            return kind(lead), (segment.seq + (lead >> 2)) & 0xFFFFFFFF
        return talk, due
    if not offset(segment.seq, due) and lead > 0 and not lead & IS_TLS:
        return COUNTED, (segment.seq + (lead >> 2)) & 0xFFFFFFFF
    if offset(segment.seq + segment.length, due) > 0:
        return TO_READ, due
    return COUNTED, due


def begins(lead: int, due: int) -> bool:
    """Whether a segment begins a conversation behind bytes of no protocol that is known; an answer does not, where these were the first."""
    answer = lead == READ_ANSWER or (lead > 0 and lead & (IS_TLS | IS_ANSWER) == IS_ANSWER)
    return lead != NOTHING and not (answer and due & OPENED)


def kind(lead: int) -> int:
    """What an end's messages look like by the latest of them."""
    if not lead & IS_TLS:
        return COUNTED
    return LONG_RECORD if lead & IS_LONG else RECORDS
