"""What a RST looks like, and why it was sent (measured on Linux 6.18; the anatomy of RSTs stands in docs/accuracy.md).

Two families. An endpoint that ends its own socket sends RST+ACK from the socket: window above zero, the timestamps option
if negotiated. A kernel that answers a segment without a socket sends no options, window 0, and either RST with the
sequence number the segment acknowledged, or (the segment had no ACK) RST+ACK with sequence number 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.machine.arrival import LOOKAHEAD, SLACK
from tcpexplain.machine.endpoint import LISTENER
from tcpexplain.machine.transitions import State
from tcpexplain.vantage.stacks import MACOS, UNKNOWN, WINDOWS, answers_nothing, closes_as_windows
from tcpexplain.wire.segment import ACK, HAS_FAST_CLOSE, HAS_TIMESTAMP, RST, SYN, consumed
from tcpexplain.wire.seqnum import offset, same

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.endpoint import Endpoint
    from tcpexplain.wire.segment import Segment

ACTIVE, REPLY, OTHER_SHAPE = range(3)
SHAPES = ("active", "reply", "other")

(
    CLOSED_PORT,
    NO_SUCH_CONNECTION,
    SEGMENT_AFTER_CLOSE,
    CLOSE_WITH_UNREAD_DATA,
    ABORT_CLOSE,
    KEEPALIVE_TIMEOUT,
    BAD_ACKNOWLEDGMENT,
    FOREIGN,
    OTHER,
) = range(9)
REASONS = (
    "closed-port",
    "no-such-connection",
    "segment-after-close",
    "close-with-unread-data",
    "abort-close",
    "keepalive-timeout",
    "bad-acknowledgment",
    "foreign",
    "other",
)

PLAIN, WINDOWS_HABIT, DARWIN_HABIT, FAST_CLOSE_HABIT = range(4)
"""Why a RST counts as a live socket's though it does not look like Linux's: see ``habit``."""

ENDPOINT, MIDDLEBOX, UNKNOWN_ORIGIN = range(3)
ORIGINS = ("endpoint", "middlebox", "unknown")

SEARCHES = 32
"""RSTs of an end after which the whole rest of its connection is looked through."""

OVERTAKEN = 16
"""Packets that one packet may overtake on the way."""

_SYN_SENT, _SYN_RECEIVED, _LISTEN = int(State.SYN_SENT), int(State.SYN_RECEIVED), int(State.LISTEN)


def shape(segment: Segment, answered: Segment, has_answered: bool, matches: bool, timestamps: int) -> int:
    """The family of a RST.

    ``answered`` is the peer's last segment before it, ``matches`` whether the RST's sequence number is one the peer has
    acknowledged, as in an answer it must be; ``timestamps`` whether they were negotiated.
    """
    bare = segment.options & 63 == 0 and segment.window == 0
    if segment.flags & ACK:
        if bare and has_answered and not answered.flags & ACK and segment.seq == 0:
            return REPLY if same(int(segment.ack), int(answered.seq) + consumed(answered)) else OTHER_SHAPE
        if segment.window > 0 and (not timestamps or segment.options & HAS_TIMESTAMP):
            return ACTIVE
        return OTHER_SHAPE
    if bare and segment.ack == 0 and (matches or not has_answered):
        return REPLY
    return OTHER_SHAPE


def habit(
    segment: Segment,
    kind: int,
    me: Endpoint,
    answered: Segment,
    has_answered: bool,
    last: Segment,
    has_last: bool,
    round_trip: int,
) -> int:
    """What shows that an end itself sent a RST of a form that Linux's do not have; PLAIN if nothing does, or nothing need.

    MPTCP's fast close says so itself (RFC 8684 section 3.5). Windows ends a socket by RST and ACK with window 0, in its own
    series of IP identifications. Darwin sends no ACK: what tells such a RST from an answer is that there is nothing it
    could answer, at once as kernels do.
    """
    if segment.options & HAS_FAST_CLOSE:
        return FAST_CLOSE_HABIT
    exact = me.has_sent and same(int(segment.seq), me.snd_nxt)
    if (
        kind == OTHER_SHAPE
        and exact
        and has_last
        and me.system in (UNKNOWN, WINDOWS)
        and closes_as_windows(segment, last)
    ):
        return WINDOWS_HABIT
    bare = kind == REPLY and exact and not segment.flags & ACK
    if bare and me.system == MACOS and has_answered and answers_nothing(segment, answered, round_trip):
        return DARWIN_HABIT
    return PLAIN


def matches_acknowledgment(pool: Array[Segment], order: Array[int], position: int, segment: Segment) -> bool:
    """Whether one of the last segments of the RST's receiver acknowledges just up to the RST's sequence number."""
    for i in range(position - 1, max(position - LOOKAHEAD, 0) - 1, -1):
        other = pool[order[i]]
        if (
            other.sender != segment.sender
            and not other.icmp
            and other.flags & ACK
            and same(int(other.ack), int(segment.seq))
        ):
            return True
    return False


def lives_after(me: Endpoint, pool: Array[Segment], order: Array[int], n: int, i: int, rtt: Array[int]) -> bool:
    """Whether ``me``, the pretended sender of RST ``i``, goes on talking, which a stack that has sent a RST does not.

    A packet that the RST has overtaken does not count: one that is older by its timestamp, or whose new bytes (from ``snd_nxt`` on, as far
    as the end had been seen to send) lie before the RST's sequence number. Of a storm of RSTs, those after the first ``SEARCHES`` that find
    nothing look no further than ``LOOKAHEAD``: else twice the storm would take four times the time.
    """
    reset, sent = pool[order[i]], me.snd_nxt
    for j in range(i + 1, n if me.looked_at <= SEARCHES * n else min(n, i + LOOKAHEAD)):
        other = pool[order[j]]
        me.looked_at += 1
        if other.sender != reset.sender or other.icmp or other.flags & (RST | SYN):
            continue
        overtaken = offset(int(other.seq), sent) >= 0 and offset(int(other.seq) + consumed(other), int(reset.seq)) <= 0
        if left_before(other, reset) or (consumed(other) and overtaken):
            continue
        if other.time - reset.time > max(rtt[0], rtt[1]) + SLACK:
            return True
    return False


def left_before(other: Segment, reset: Segment) -> bool:
    """Whether ``other``, captured after the RST of its sender, was sent before it.

    Its timestamp is older (RFC 7323 section 4.1: it only grows), or the same tick has an earlier IP identification, which a
    socket counts up.
    """
    if not reset.options & other.options & HAS_TIMESTAMP:
        return False
    age = offset(int(other.ts_val), int(reset.ts_val))
    counted = reset.ip_id > 0 and other.ip_id > 0 and 0 < (reset.ip_id - other.ip_id) & 0xFFFF <= OVERTAKEN
    return bool(age < 0 or (age == 0 and counted))


def reason(
    segment: Segment,
    kind: int,
    alive: bool,
    odd_ttl: int,
    me: Endpoint,
    peer: Endpoint,
    answered: Segment,
    has_answered: bool,
) -> int:
    """Why the RST was sent: the most likely code; ``me`` is its pretended sender as it was before it.

    ``odd_ttl``: it does not carry the TTL of that end's packets, so a router rejected in its name; an end that has closed is
    believed nevertheless, as some systems answer without a socket under another TTL. Probes of a closed window are no keepalive.
    """
    if me.state == _SYN_SENT and kind == REPLY and not segment.flags & ACK:
        # A socket that had sent the SYN would take a SYN-ACK of the right number: a SYN that was not captured came from none.
        unseen = has_answered and me.inferred and same(int(answered.ack), me.snd_nxt)
        return NO_SUCH_CONNECTION if unseen else BAD_ACKNOWLEDGMENT
    if kind == REPLY and me.rst_sent:
        return SEGMENT_AFTER_CLOSE
    if not me.segments and refuses(segment, answered, has_answered):
        return CLOSED_PORT
    if alive or kind == OTHER_SHAPE:
        return FOREIGN
    if kind == ACTIVE:
        if me.probes > 0 and (peer.window > 0 or not peer.segments):
            return KEEPALIVE_TIMEOUT
        return CLOSE_WITH_UNREAD_DATA if me.received > 0 else ABORT_CLOSE
    if segment.flags & ACK:
        return CLOSED_PORT
    if me.fin_sent or me.rst_sent:
        return SEGMENT_AFTER_CLOSE
    completing = has_answered and not answered.length and same(int(answered.ack), me.snd_nxt)
    if me.state == _SYN_RECEIVED and me.role == LISTENER and completing:
        return OTHER
    return FOREIGN if odd_ttl else NO_SUCH_CONNECTION


def refuses(segment: Segment, answered: Segment, has_answered: bool) -> bool:
    """Whether a RST acknowledges just the SYN of an end that nobody has answered, whatever number it carries itself.

    RFC 9293 section 3.10.7.1 says 0; some firewalls and load balancers choose another one, and a window.
    """
    if not has_answered or not segment.flags & ACK or segment.options & HAS_TIMESTAMP:
        return False
    opens = answered.flags & (SYN | ACK) == SYN
    return bool(opens and same(int(segment.ack), int(answered.seq) + consumed(answered)))


def alternative(first: int, kind: int, seen: int) -> int:
    """The reason that the wire cannot tell from ``first``, or -1 (close-with-unread-data and linger 0 look alike, and so on)."""
    if first == CLOSE_WITH_UNREAD_DATA:
        return ABORT_CLOSE
    if first == ABORT_CLOSE and not seen:
        return CLOSE_WITH_UNREAD_DATA
    if first == KEEPALIVE_TIMEOUT:
        return ABORT_CLOSE
    if first in (CLOSED_PORT, NO_SUCH_CONNECTION):
        return FOREIGN
    if first == OTHER:
        return NO_SUCH_CONNECTION
    if first == FOREIGN and kind == REPLY:
        return NO_SUCH_CONNECTION
    return -1
