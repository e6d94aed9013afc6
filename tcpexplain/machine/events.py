"""Whether a segment is an event for an endpoint: the questions of RFC 9293 section 3.10.7, one function each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.machine.transitions import State
from tcpexplain.vantage.stacks import FREEBSD, MACOS
from tcpexplain.wire.segment import ACK
from tcpexplain.wire.seqnum import offset, same

if TYPE_CHECKING:
    from tcpexplain.machine.endpoint import Endpoint
    from tcpexplain.wire.segment import Segment

IGNORED, CHALLENGED, ACCEPTED = range(3)
"""What a RST does: nothing; draws a challenge ACK (RFC 5961 section 3.2); resets."""

_CLOSED, _LISTEN, _SYN_SENT = int(State.CLOSED), int(State.LISTEN), int(State.SYN_SENT)
_TIME_WAIT = int(State.TIME_WAIT)
_CLOSE_WAIT, _CLOSING, _LAST_ACK = int(State.CLOSE_WAIT), int(State.CLOSING), int(State.LAST_ACK)


def reset_effect(end: Endpoint, segment: Segment, sack_edge: int, has_sack_edge: int) -> int:
    """What the RST does to ``end`` (RFC 9293 section 3.10.7.3 second, 3.10.7.4 first and second; Linux tcp_reset_check).

    ``sack_edge``: the highest right edge among the SACK blocks this end has sent.
    """
    if end.state in (_CLOSED, _LISTEN):
        return IGNORED
    if end.state == _SYN_SENT:
        return ACCEPTED if segment.flags & ACK and same(int(segment.ack), end.snd_nxt) else IGNORED
    if not end.has_rcv:
        return ACCEPTED
    if end.state == _TIME_WAIT and (end.forced or end.system) == FREEBSD:
        return IGNORED  # tcp_twcheck(), FreeBSD 13
    distance = offset(int(segment.seq), end.rcv_nxt)
    if distance == 0:
        return ACCEPTED
    if distance == -1 and end.state in (_CLOSE_WAIT, _CLOSING, _LAST_ACK):
        return ACCEPTED
    if has_sack_edge and same(int(segment.seq), sack_edge):
        return ACCEPTED
    return CHALLENGED if 0 < distance < max(end.window, 1) else IGNORED


def is_bsd(end: Endpoint) -> bool:
    """Whether an end says ECONNREFUSED of a RST in SYN-RECEIVED (tcp_input(), FreeBSD 13 and XNU 11417): Linux says ECONNRESET."""
    return (end.forced or end.system) in (FREEBSD, MACOS)


def acknowledges_syn(end: Endpoint, segment: Segment) -> bool:
    """Whether the segment acknowledges the SYN ``end`` has sent, and nothing it has not sent."""
    return (
        bool(segment.flags & ACK)
        and offset(int(segment.ack), end.iss) > 0
        and offset(int(segment.ack), end.snd_nxt) <= 0
    )


def acknowledges_fin(end: Endpoint, segment: Segment) -> bool:
    """Whether the segment acknowledges the FIN ``end`` has sent."""
    return bool(end.fin_sent) and bool(segment.flags & ACK) and offset(int(segment.ack), end.fin_end) >= 0


def acknowledges_unsent(end: Endpoint, segment: Segment) -> bool:
    """Whether the segment acknowledges bytes ``end`` has never sent (RFC 9293 section 3.10.7.4 fifth)."""
    return bool(end.has_sent) and bool(segment.flags & ACK) and offset(int(segment.ack), end.snd_nxt) > 0
