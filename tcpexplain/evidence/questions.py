"""Questions that several causes ask of the facts; elementwise, like a cause's own conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.order import before
from tcpexplain.evidence.timeouts import KNOWN
from tcpexplain.machine.resets import ACTIVE, FOREIGN, NO_SUCH_CONNECTION, OTHER_SHAPE, REPLY, SEGMENT_AFTER_CLOSE
from tcpexplain.model.unread import ENCRYPTED, GAP, SNAP_LENGTH
from tcpexplain.payload.talk import FATAL, QUIT
from tcpexplain.units import NANOSECOND

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts


def of(side: int, client: int, server: int) -> int:
    """``client`` where ``side`` is 0, ``server`` where it is 1, 0 where it is neither."""
    return client * (side == 0) + server * (side == 1)


def closes_first(me: EndFacts, peer: EndFacts) -> int:
    """Its FIN left before the peer's, or the peer sent none; packets of the same microsecond in their order."""
    sooner: int = before(me.fin_time, me.fin_packet, peer.fin_time, peer.fin_packet)
    return (me.fin_packet > 0) & ((peer.fin_packet == 0) | sooner)


def half_closed(client: EndFacts, server: EndFacts) -> int:
    """The client had only shut down its sending direction: it took what the server said after its FIN."""
    return (client.fin_packet > 0) & (server.late_packet > 0) & (server.late_acked == 1)


def ends_first(server: EndFacts, client: EndFacts) -> int:
    """The server closed, and the client, if its FIN came before, was still reading."""
    return closes_first(server, client) | ((server.fin_packet > 0) & half_closed(client, server))


def one_way_stream(client: EndFacts, server: EndFacts) -> int:
    """The client has written at different times and never had a word in return: its protocol wants none."""
    return (server.data == 0) & (client.data > 1) & (client.last_data - client.first_data >= NANOSECOND)


def unheard(facts: Facts, server: EndFacts) -> int:
    """The server's SYN-ACK was repeated and never answered: the client is gone, forged, or the way to it is broken."""
    return (facts.syn_acks > 0) & (facts.established == 0) & (server.repeats >= 3) & (facts.resets == 0)


def parting(facts: Facts, client: EndFacts) -> int:
    """The client closed by its own will right after its last, few bytes: a farewell (TLS close_notify, QUIT) that wants no answer."""
    return (client.fin_packet > 0) & (client.fin_moments <= NANOSECOND // 20) & (facts.request_bytes <= 64)


def in_use(client: EndFacts, server: EndFacts) -> int:
    """The client wrote on beyond the server's FIN without a pause: it was no idle connection.

    Neither a tenth of a second nor, where there is a rhythm, its own usual gap lies between its last data before the FIN and the
    first after it.
    """
    gap = server.fin_heard + client.late_data - server.fin_time
    brisk = (client.data >= RHYTHM) & (gap * client.data < server.fin_time - client.first_data)
    return (client.late_packet > 0) & (server.fin_heard > 0) & ((gap < NANOSECOND // 10) | brisk)


RHYTHM = 6
"""Segments with data from which on an end has usual gaps."""


def idle_default(idle: int) -> int:
    """Whether a silence is what a box, a load balancer or a server is known to wait by default: it fires late, never early."""
    found: int = idle < 0
    for known in DEFAULTS:
        found = found | ((idle >= known - NANOSECOND // 10) & (idle <= known + max(NANOSECOND, known // 200)))
    return found


DEFAULTS = tuple(
    sorted({int(one.seconds * NANOSECOND) for one in KNOWN if one.who == "box" or one.seconds in (60, 65, 600, 3600)})
)
"""ns: the idle timeouts of what stands between two ends."""


def by_stranger(facts: Facts) -> int:
    """The RST that counts came from no stack of the two ends: the end that it names goes on sending, its form and TTL are not that end's, or it never passed that end."""
    stranger = (facts.reset_reason == FOREIGN) & ((facts.reset_alive == 1) | (facts.reset_odd_ttl == 1))
    return (facts.resets > 0) & (stranger | (facts.made_between > 0))


def unasked(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A stranger's RST ends a connection that has been idle for just as long as boxes are known to wait, or as its siblings had been."""
    idle = facts.idle_before_reset
    limit = idle_default(idle) | (facts.idle_alike >= 2)
    return by_stranger(facts) & (client.fin_packet + server.fin_packet == 0) & (idle >= LONG) & limit


def rejected(facts: Facts) -> int:
    """The RST has the shape of a kernel's answer, and comes from another distance than the end in whose name it is: a router rejects."""
    return by_stranger(facts) & (facts.reset_shape == REPLY) & (facts.reset_alive == 0) & (facts.made_between == 0)


def aborted(facts: Facts) -> int:
    """A live socket was ended by RST. Some systems leave its window 0; that alone accuses nobody."""
    unusual = (facts.reset_shape == OTHER_SHAPE) & (facts.reset_alive == 0) & (facts.reset_odd_ttl == 0)
    live = (facts.reset_shape == ACTIVE) | unusual
    return (facts.resets > 0) & live & (by_stranger(facts) == 0) & (facts.reset_accepted != 0)


def answered_by_nobody(facts: Facts) -> int:
    """The RST that counts is a kernel's answer to a segment for which it has no socket."""
    known = (facts.reset_reason == SEGMENT_AFTER_CLOSE) | (facts.reset_reason == NO_SUCH_CONNECTION)
    return (facts.resets > 0) & (facts.reset_shape == REPLY) & known & (facts.made_between == 0)


def dead(me: EndFacts) -> int:
    """What this end sent was repeated and never acknowledged again."""
    return (me.repeats >= 3) & ((me.unacknowledged > 0) | ((me.fin_packet > 0) & (me.fin_acked == 0))) | (
        me.timed_out > 0
    )


def swallowed(me: EndFacts) -> int:
    """Only its large segments vanish: no segment as large as the lost ones ever arrived, smaller ones did."""
    return (
        (me.retransmitted >= 2)
        & (me.unacknowledged > 0)
        & (me.largest_lost >= LARGE)
        & (me.largest_arrived < me.largest_lost)
    )


def farewell(me: EndFacts) -> int:
    """All that an end wrote after the peer's FIN is TLS's close_notify, 24 to 57 bytes, or frames of HTTP/2 that carry nothing."""
    notify = ((me.tls == 1) | (me.sealed & 1 == 1)) & (me.late_bytes <= 64)
    return (me.late_packet > 0) & (notify | (me.hollow == 1))


def parted(client: EndFacts, server: EndFacts) -> int:
    """The client, or within TLS both ends, had said goodbye in their protocol's words: however the connection ends after that, nothing is missing."""
    notified = (client.sealed == NOTIFIED) & (server.sealed == NOTIFIED)
    return (client.goodbye == QUIT) | notified


def left_notified(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A client's RST after the server's close_notify, with everything acknowledged: it did not wait for a goodbye that it needs not."""
    whole = (server.sealed == NOTIFIED) & (server.unacknowledged == 0) & (client.unacknowledged == 0)
    return (facts.reset_by == 0) & whole & (client.sealed & 1 == 1) & (client.zero_longest <= NANOSECOND // 10)


NOTIFIED = 3
"""Of ``sealed``."""


def settled(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The messages prove that nothing was open, and all was acknowledged."""
    return all_answered(facts, client, server) & (client.unacknowledged == 0) & (server.unacknowledged == 0)


def all_answered(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """All of both ends is read and whole, and every request has its answer."""
    read = (facts.protocol > 0) & (facts.sound == 1) & (facts.missed == 0) & (facts.asker == 0) & (facts.waiting == 0)
    return read & (client.whole == 1) & (server.whole == 1)


def half_heard(facts: Facts) -> int:
    """Its protocol is known, but not all that was said, and no long silence speaks for it: the server may have been in the middle of an answer."""
    return (facts.protocol > 0) & (facts.sound == 0) & (facts.idle_before_fin < NANOSECOND)


def half_captured(facts: Facts) -> int:
    """The snap length took away what says whether its last messages were whole; or a gap did, of a protocol that is known."""
    sealed = (facts.unread == ENCRYPTED) & (facts.sound == 0) & (facts.midstream == 0)
    return (facts.unread == SNAP_LENGTH) | ((facts.protocol > 0) & ((facts.unread == GAP) | sealed))


def left_after_close(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The server had closed by FIN, everything of both was acknowledged, and then a RST without news: nothing was under way.

    A proxy that sends RST behind its FIN, to free its side; or a client that takes the server's close of an idle connection for the end.
    """
    whole = (client.unacknowledged == 0) & (server.unacknowledged == 0) & (facts.closed_first == 1)
    taken = (server.fin_packet > 0) & (server.fin_acked > 0) & (server.fin_acked <= facts.reset_time)
    proxy = (facts.reset_by == 1) & (facts.reset_pending == 0)
    idle = (facts.reset_by == 0) & (server.fin_heard >= NANOSECOND) & (facts.reset_pending <= SMALL)
    return whole & taken & (proxy | idle) & (client.alerts == 0)


def mid_answer(facts: Facts) -> int:
    """An answer had begun and was not whole: the connection was not idle."""
    return (facts.waiting > 0) & (facts.begun == 1)


def cut_midway(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The server closed first, in the middle of its message or of an answer."""
    cut = (server.whole == 2) | mid_answer(facts)
    return (facts.protocol > 0) & (facts.asker == 0) & cut & ends_first(server, client)


def midway(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """An end was in the middle of a message when the connection ended."""
    cut = (client.whole == 2) | (server.whole == 2) | mid_answer(facts)
    return (facts.protocol > 0) & (facts.asker == 0) & cut


def without_farewell(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The client closed first, and without the word that its protocol wants; some servers answer its FIN with RST."""
    ended = (facts.resets == 0) | ((facts.reset_by == 1) & (facts.reset_pending == 0) & (server.fin_packet == 0))
    return (facts.asker == 0) & (client.owes_farewell == 1) & closes_first(client, server) & ended


def answerless(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The server closed first, and a whole request that had reached it had no answer, as its protocol wants one; whatever else passed."""
    asked = (facts.owed > 0) & (facts.asker == 0) & (facts.sound == 1) & (client.crossed_packet == 0)
    silent = (client.goodbye == 0) & (server.goodbye != FATAL) & (facts.alert == 0)
    return asked & silent & closes_first(server, client)


def sealed_request(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Within TLS: the client had said more than an acknowledgment or a goodbye, and the server, silent since, closed; all that followed is a close_notify."""
    said = facts.request_bytes - client.late_bytes
    tls = (client.sealed & 1 == 1) & (server.sealed & 1 == 1)
    silent = (facts.request_packet > 0) & (facts.response_bytes == 0) & (facts.request_time < server.fin_time)
    late = (client.late_packet == 0) | farewell(client)
    asked = (said > WORDS) & ((said > PARTING) | (server.fin_time - facts.request_time > NANOSECOND))
    return tls & silent & late & asked & closes_first(server, client)


WORDS, PARTING = 44, 64
"""Bytes of TLS records that hold what wants no answer: HTTP/2's acknowledgments; a goodbye with its close_notify."""
SMALL = 16_384
"""Bytes: an answer in one piece, which a client that had a second has read."""
LARGE = 1000
"""Bytes: below this, no link's MTU is at fault (RFC 8200 section 5 asks for 1280, IPv4 in IPv4 leaves more than 1000)."""
LONG = 15 * NANOSECOND
"""Silences that a NAT, a firewall or a load balancer may take for the end."""
