"""The facts of a connection: its segments one by one, then what its endpoints and its RSTs say of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import inlined
from tcpexplain.machine.endpoint import OPENER
from tcpexplain.machine.facts import (
    CONNECTION_REFUSED,
    FIRST_RETRY,
    HANDSHAKE,
    INCOMPLETE,
    MIDSTREAM,
    SIMULTANEOUS,
    UNANSWERED,
)
from tcpexplain.machine.facts_coalesced import note_stretch
from tcpexplain.machine.facts_segment import note, note_predicted
from tcpexplain.machine.resets import FOREIGN
from tcpexplain.machine.transitions import State
from tcpexplain.vantage.gaps import PATIENCE
from tcpexplain.vantage.hidden import (
    HIDDEN_CLIENT,
    HIDDEN_END,
    HIDDEN_OPTIONS,
    HIDDEN_PACKETS,
    HIDDEN_PLAIN,
    HIDDEN_SERVER,
    HIDDEN_START,
    RESETS_ONLY,
)
from tcpexplain.wire.segment import ACK, MARK_BREAK, MARK_PREDICTED, STRETCH
from tcpexplain.wire.seqnum import offset

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.coalesced import CoalescedEnd, Stretch
    from tcpexplain.machine.endpoint import Endpoint
    from tcpexplain.machine.facts import EndFacts, Facts
    from tcpexplain.machine.step import Book, ResetRow
    from tcpexplain.wire.segment import Segment

_CLOSED = int(State.CLOSED)


def open_facts(facts: Facts, ends: Array[Endpoint], first: Segment, low_port: int, high_port: int) -> None:
    """Which end is the client, and when it began; ``facts`` are all 0 before."""
    choose_client(facts, ends, first, low_port, high_port)
    facts.start = first.time
    facts.closed_first = facts.reset_by = -1


@inlined
def collect(
    facts: Facts,
    tells: Array[EndFacts],
    pool: Array[Segment],
    stretches: Array[Stretch],
    sides: Array[CoalescedEnd],
    order: Array[int],
    n: int,
) -> None:
    """Note the next ``n`` segments in ``facts``, and in ``tells[0]``, ``tells[1]`` for the lower and the higher end of the key."""
    start, low, high = facts.start - 1, tells[0], tells[1]
    before = facts.start + facts.duration
    facts.packets += n
    broken = 0
    for i in range(n):
        segment = pool[order[i]]
        time = segment.time
        before = time if broken else before
        broken = segment.mark & MARK_BREAK
        if segment.mark & MARK_PREDICTED and not (low.has_hole or high.has_hole):
            note_predicted(facts, tells, segment, time - before, time - start)
        elif segment.icmp == STRETCH:
            note_stretch(facts, tells, stretches[segment.seq], sides, 2 * segment.seq)
            time = stretches[segment.seq].time
        else:
            note(facts, tells, segment, time - before, time - start)
        before = time
    facts.duration = before - facts.start


@inlined
def close_facts(
    facts: Facts, tells: Array[EndFacts], ends: Array[Endpoint], book: Book, first_reset: int, capture_end: int
) -> None:
    """What holds after the last segment; ``book.resets[first_reset:]`` are the connection's RSTs. Sides are 0 for the client then, 1 for the server."""
    facts.left = capture_end - facts.start - facts.duration
    if not facts.quiet:
        facts.quiet_packet = facts.quiet_by = facts.quiet_time = 0
    for side in range(2):
        conclude_end(tells[side], ends[side], ends[1 - side], facts.start)
        conclude_window(tells[side], facts.duration + 1)
    conclude_resets(facts, tells, book, first_reset, facts.start)
    conclude_opening(facts, tells, ends)


def choose_client(facts: Facts, ends: Array[Endpoint], first: Segment, low_port: int, high_port: int) -> None:
    """The opener; where the opening was missed the end with the higher port, or of equal ports the first to speak."""
    facts.sure_client = 1
    low, high = ends[0], ends[1]
    if low.role == OPENER and high.role == OPENER:
        facts.client = first.sender
    elif low.role == OPENER or high.role == OPENER:
        facts.client = 0 if low.role == OPENER else 1
    else:
        facts.sure_client, facts.midstream = 0, 1
        facts.client = first.sender if low_port == high_port else 0 if low_port > high_port else 1


def conclude_end(me: EndFacts, end: Endpoint, peer: Endpoint, start: int) -> None:
    """What the endpoint's control block knows at the end."""
    me.state, me.eof, me.flags = end.state, end.eof, end.flags
    me.eof_time = end.eof_time - start + 1 if end.eof_time else 0
    me.error_time = end.error_time - start + 1 if end.error_time else 0
    me.eof_packet, me.error_packet = end.eof_packet, end.error_packet
    me.segments, me.inferred, me.unheard = end.segments - end.inferred, end.inferred, end.unheard
    me.unproved = end.unproved if peer.segments > peer.inferred else 0
    me.retransmitted, me.repeats, me.probes, me.ttl = end.retransmitted, end.repeats, end.probes, end.ttl
    me.repeats_since = end.repeats_since - start + 1 if end.repeats else 0
    me.timed_out = (
        1
        if end.error
        and end.repeats
        and end.state == _CLOSED
        and not end.rst_sent
        and end.connected
        and not peer.rst_sent
        else 0
    )
    if end.has_iss and end.has_sent:
        begin = end.iss + end.syn_sent
        me.sent = max(offset(end.snd_nxt, begin) - end.fin_sent, 0)
        acked = offset(end.snd_acked, begin) - end.fin_acked if end.has_acked else 0
        me.acknowledged = min(max(acked, 0), me.sent)
        me.unacknowledged = me.sent - me.acknowledged
        if peer.segments == peer.inferred and end.repeats == 0:
            # Where acknowledgments are not captured, only bytes that are sent again are known to lack one.
            me.unacknowledged = 0
    if me.late_packet and peer.flags & ACK and not end.rst_sent and offset(peer.acked, end.snd_nxt - end.fin_sent) >= 0:
        me.late_acked = 1


def conclude_window(me: EndFacts, now: int) -> None:
    """A window that is still closed at the end."""
    if me.zero_since:
        me.zero_longest = max(me.zero_longest, now - me.zero_since)


def conclude_resets(facts: Facts, tells: Array[EndFacts], book: Book, first_reset: int, start: int) -> None:
    """Count the RSTs and choose the one that counts: the first that ended an end, else the first that an end sent."""
    chosen = -1
    for i in range(first_reset, book.used[1]):
        entry = book.resets[i]
        facts.resets += 1
        facts.foreign += 1 if entry.reason == FOREIGN else 0
        facts.ghosts += 1 if entry.accepted == 0 else 0
        if entry.reason != FOREIGN:
            tells[entry.by].resets += 1
        if entry.accepted == 1:
            tells[1 - entry.by].was_reset = 1
            facts.foreign_ends |= (1 << (1 - entry.by ^ facts.client)) if entry.reason == FOREIGN else 0
            note_assassination(facts, tells[entry.by], tells[1 - entry.by], entry, entry.time - start + 1)
        if chosen < 0 or (entry.accepted == 1 and book.resets[chosen].accepted != 1):
            chosen = i
    if chosen >= 0:
        choose_reset(facts, tells, book.resets[chosen], start)


def note_assassination(facts: Facts, by: EndFacts, hit: EndFacts, entry: ResetRow, now: int) -> None:
    """A RST that reached an end in TIME-WAIT (RFC 1337)."""
    waiting = hit.fin_time and by.fin_time and hit.fin_acked and by.fin_acked and hit.fin_time <= by.fin_time
    if waiting and hit.fin_acked <= now and by.fin_acked <= now:
        facts.assassinated = entry.packet


def choose_reset(facts: Facts, tells: Array[EndFacts], entry: ResetRow, start: int) -> None:
    """Write down the RST that counts, and what its sender had to read."""
    me = tells[entry.by]
    facts.reset_by, facts.reset_packet, facts.reset_time = entry.by ^ facts.client, entry.packet, entry.time - start + 1
    facts.reset_shape, facts.reset_reason, facts.reset_other = entry.shape, entry.reason, entry.other
    facts.reset_habit = entry.habit
    facts.reset_accepted, facts.reset_origin = entry.accepted, entry.origin
    facts.reset_answers, facts.reset_odd_ttl = entry.answers, entry.odd_ttl
    facts.reset_alive, facts.reset_pending = entry.alive, me.pending
    facts.reset_pending_age = facts.reset_time - me.arrived_time if me.arrived_time else 0
    facts.reset_tail = facts.reset_time - me.last_data if me.last_data else 0


def conclude_opening(facts: Facts, tells: Array[EndFacts], ends: Array[Endpoint]) -> None:
    """How it began, who closed first, what the capture lacks."""
    client, server = tells[facts.client], tells[1 - facts.client]
    opener, listener = ends[facts.client], ends[1 - facts.client]
    if facts.midstream:
        facts.opening = MIDSTREAM
    elif opener.connected and listener.role == OPENER:
        facts.opening = SIMULTANEOUS
    elif opener.connected:
        facts.opening = HANDSHAKE if listener.connected else INCOMPLETE
    elif server.resets and not facts.syn_acks:
        facts.opening = CONNECTION_REFUSED
    elif server.segments == 0:
        facts.opening = UNANSWERED
    else:
        facts.opening = INCOMPLETE
    alone = server.inferred or client.data or facts.midstream
    facts.one_way = 0
    if client.segments + server.segments and (client.segments == 0 or (server.segments == 0 and alone)):
        facts.one_way = 1
    facts.hidden |= hidden(facts, client, server, opener, listener)
    if (
        client.inferred + server.inferred > client.unproved + server.unproved
        and not facts.one_way
        and not facts.midstream
        and not facts.hidden & HIDDEN_PLAIN
    ):
        facts.missed = 1
    if facts.request_packet and client.sent:
        facts.request_acked = (
            1 if client.unacknowledged == 0 else 2 if client.unacknowledged < facts.request_bytes else 0
        )
    facts.closed_first = first_to_close(facts, client, server)
    facts.syn_due = 500_000_000 + facts.syn_gap * 13 // 5 if facts.syn_gap else FIRST_RETRY


def hidden(facts: Facts, client: EndFacts, server: EndFacts, opener: Endpoint, listener: Endpoint) -> int:
    """What the capture does not show of the connection (``facts.HIDDEN_*``)."""
    found = 0
    if facts.one_way:
        found |= HIDDEN_CLIENT if client.segments == 0 else HIDDEN_SERVER
    elif not facts.hidden & HIDDEN_PLAIN and (
        client.inferred + server.inferred > client.unproved + server.unproved or facts.missed
    ):
        found |= HIDDEN_PACKETS
    if client.segments + server.segments == facts.resets and not facts.icmp and facts.resets:
        found |= RESETS_ONLY
    if opener.cut or listener.cut:
        found |= HIDDEN_OPTIONS
    if facts.replaced or (
        not facts.resets and (forgotten(facts, client, opener, server) or forgotten(facts, server, listener, client))
    ):
        found |= HIDDEN_END
    return found | HIDDEN_START if facts.midstream else found


def forgotten(facts: Facts, me: EndFacts, end: Endpoint, peer: EndFacts) -> bool:
    """Whether what an end sent last is neither acknowledged nor sent again, in a time in which any sender would have.

    The gaps between copies double: the last copy left within two of the last gap, the next is due after two more.
    """
    open_end = me.unacknowledged > 0 or (me.fin_packet and not me.fin_acked)
    last = max(me.last_data, me.fin_time)
    waited = facts.duration + facts.left + 1 - last
    return bool(
        open_end
        and peer.segments
        and not me.repeats
        and not peer.zero_since
        and waited >= max(PATIENCE, 5 * end.repeat_gap)
    )


def first_to_close(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Whose own FIN or RST left first: 0 client, 1 server, -1 nobody; a forged RST does not count."""
    best, who = 0, -1
    for side in range(2):
        end = client if side == 0 else server
        moment = end.fin_time
        if end.resets and facts.reset_by == side and facts.reset_reason != FOREIGN:
            moment = facts.reset_time if not moment else min(moment, facts.reset_time)
        if moment and (who < 0 or moment < best):
            best, who = moment, side
    return who
