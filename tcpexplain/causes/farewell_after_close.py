"""farewell-after-close: last words in reaction to the peer's FIN, which the peer no longer wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.messages import may_hide
from tcpexplain.evidence.questions import midway, sealed_request
from tcpexplain.evidence.questions import parting as said_goodbye
from tcpexplain.evidence.words import packet_numbers, seconds, span
from tcpexplain.machine.resets import REPLY
from tcpexplain.units import NANOSECOND, size

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "farewell-after-close", "Closing badly", 4, "fine"

PAGE = Page(
    title="a farewell in reaction to the peer's close",
    what=(
        "The peer closed an idle connection. This end noticed the FIN at once and said goodbye in its protocol (an SSH disconnect, HTTP/2 GOAWAY, TLS close_notify, QUIT); "
        "the peer had closed both directions, so its kernel answered these bytes with RST. Nobody waits for them."
    ),
    recognised="After silence a FIN, or one right behind its end's own few last bytes; within 20 ms and two round trips of it a few bytes of the other end, and nothing more but its own FIN; a RST answers them.",
    sees="The write succeeds. If the application looks again, it sees EPIPE or ECONNRESET, which it can ignore.",
    do="Nothing. Do not count it as an error in logs: the connection was already being closed.",
    near_misses="peer-closed-idle-connection: the bytes come later than a reaction would, or are as many as a request has (over 128), because they are a new request. idle-close-race: this end had not received the FIN.",
    references=("RFC 9113 section 6.8", "RFC 8446 section 6.1", "RFC 4253 section 11.1"),
)

REACTION = NANOSECOND // 50
"""Beyond two round trips: what a program takes to wake up and say goodbye."""
WORDS = 128
"""Bytes: a farewell is short: a close_notify, GOAWAY behind it, SSH's disconnect, QUIT. A request with headers is longer."""


def parting(facts: Facts, me: EndFacts, peer: EndFacts) -> int:
    """Few bytes right after the peer's FIN was received, after a silence, and the last ones."""
    soon = me.late_data - peer.fin_time <= REACTION + 2 * facts.rtt
    few = (me.late_bytes > 0) & (me.late_bytes <= WORDS)
    return (me.late_packet > 0) & (me.late_known == 1) & soon & few & (me.late_taken == 0)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """An idle connection's FIN, a farewell, a RST that answers it."""
    answered = (facts.resets > 0) & (facts.reset_shape == REPLY)
    by_client = parting(facts, client, server) & (facts.reset_by == 1)
    by_server = parting(facts, server, client) & (facts.reset_by == 0)
    rested = facts.idle_before_fin >= NANOSECOND
    # A client that closes right behind its own few last bytes wants no answer to them.
    mutual = by_server & said_goodbye(facts, client) & (client.data > 0) & (server.data > 1)
    asked = (facts.waiting > 0) & (facts.asker == facts.reset_by ^ 1)
    asks = asked | sealed_request(facts, client, server) | midway(facts, client, server)
    return answered & (by_client | by_server) & (rested | mutual) & (asks == 0)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Never: what the bytes meant, only their protocol tells."""
    return facts.packets < 0


likely = when


def explain(case: Case) -> Explanation:
    """Who reacted how fast."""
    facts = case.facts
    closed = facts.reset_by
    closer, other = case.end(closed), case.end(1 - closed)
    rest = (
        f"{span(facts.idle_before_fin)} without data"
        if facts.idle_before_fin >= NANOSECOND
        else "a few last bytes of its own"
    )
    return Explanation(
        title=f"the {SIDES[1 - closed]} said goodbye to a {SIDES[closed]} that had closed",
        sees=case.sees(1 - closed, "write"),
        why=lambda: (
            f"The {SIDES[closed]} closed at {seconds(closer.fin_time)}, after {rest}. {span(other.late_data - closer.fin_time)} later the {SIDES[1 - closed]}, which had received the FIN, sent {size(other.late_bytes)}, and the {SIDES[closed]}'s kernel answered with RST: most likely a farewell in reaction to the FIN."
        ),
        lost=lambda: (
            f"{size(other.late_bytes)} (packet {other.late_packet}) that no program waits for, if they are a farewell."
        ),
        do=PAGE.do,
        sure="the time between the FIN and these bytes. Only their content shows what they are: a new request written at just this moment looks the same.",
        evidence=packet_numbers(closer.fin_packet, other.late_packet, facts.reset_packet),
        alternatives=(*(("peer-closed-idle-connection",) if closed == 1 else ("write-after-close",)), *may_hide(case)),
    )
