"""linger-zero-abort: a live socket aborts that had nothing left to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.habits import way
from tcpexplain.evidence.messages import answer_words
from tcpexplain.evidence.questions import (
    aborted,
    all_answered,
    left_after_close,
    left_notified,
    of,
    parted,
    settled,
    without_farewell,
)
from tcpexplain.evidence.words import packet_numbers, seconds, span
from tcpexplain.machine.resets import KEEPALIVE_TIMEOUT
from tcpexplain.payload.talk import CLOSE
from tcpexplain.units import NANOSECOND

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "linger-zero-abort", "Closing badly", 50, "suspicious"

PAGE = Page(
    title="closed by RST on purpose",
    what=(
        "A process ended its connection with SO_LINGER 0 (or disconnected it), or a listener closed with connections that nobody had accepted. The kernel sends RST at once and throws away what was still to be sent. "
        "Databases end idle sessions in this way, pools remove connections, and load balancers avoid TIME-WAIT."
    ),
    recognised="A RST with ACK and an open window from an open socket that had received nothing, or had long had time to read it.",
    sees="The peer's next read says ECONNRESET once, then EOF; a write first: ECONNRESET, then EPIPE with SIGPIPE.",
    do="If your program does this: close in the ordinary way (FIN), unless there is a reason not to. If the peer does it: look for its idle timeout or its restart, and treat ECONNRESET on an idle connection like EOF.",
    near_misses="Where a client has the habit to reset after whole answers (proxies that avoid TIME-WAIT), or both knew that the answer was the last, nothing is missing: fine, not suspicious. close-with-unread-data: data had just arrived. keepalive-timeout: unanswered probes before. health-check: at once after the handshake, by the client.",
    references=("RFC 9293 section 3.9.1 (abort)", "socket(7) SO_LINGER"),
)

HABIT = 10
"""Connections that a client ends in the same way from which on it is its habit: HTTP health checks that close by RST, proxies that avoid TIME-WAIT."""
LAST, FRAMES = 2, 64
"""Of ``hollow``, and bytes: an empty frame of HTTP/2 that ends a stream, or a PING, may have been unread, and nothing depends on it."""
SEVERAL = 3
"""Connections that it ends by RST after an answer, where the messages prove that the answer was whole."""
TICKETS = 1200
"""Bytes of TLS session tickets and close_notify: a client that leaves them is close-with-unread-data without loss."""


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A live socket's RST that no keepalive timer sent; not a client's own, after its FIN or out of TLS."""
    own_fin = of(facts.reset_by, client.fin_packet, server.fin_packet) > 0
    tickets = (
        (facts.reset_by == 0)
        & (client.tls == 1)
        & (server.tls == 1)
        & (facts.reset_pending <= TICKETS)
        & (facts.reset_pending > 0)
    )
    both = (client.fin_packet > 0) & (server.fin_packet > 0)
    return (
        aborted(facts)
        & (facts.reset_reason != KEEPALIVE_TIMEOUT)
        & (own_fin == 0)
        & (tickets == 0)
        & (both == 0)
        & ((parted(client, server) | left_notified(facts, client, server)) == 0)
        & (without_farewell(facts, client, server) == 0)
        & (left_after_close(facts, client, server) == 0)
    )


def milder(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A client's RST after a whole answer, if that was the last in any case, or this is how it ends connections: nothing is missing."""
    last = (client.goodbye == CLOSE) | (server.goodbye == CLOSE) | (facts.aborts >= SEVERAL)
    frame = (server.hollow == LAST) & (server.unacknowledged <= FRAMES) & (client.unacknowledged == 0)
    done = (settled(facts, client, server) & last) | (all_answered(facts, client, server) & frame)
    return (facts.reset_by == 0) & (done | (facts.alike >= HABIT))


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Never: that a live socket was aborted is certain, that SO_LINGER 0 did it is one possibility of several."""
    return facts.packets < 0


likely = when


def explain(case: Case) -> Explanation:
    """Who, and why nothing was unread."""
    facts = case.facts
    closer, other = facts.reset_by, 1 - facts.reset_by
    peer = case.end(other)
    never = not peer.data
    idle = facts.idle_before_reset
    after = f" after {span(idle)} without data" if idle >= NANOSECOND and not never else ""
    read = (
        "It had received nothing that it could have left unread"
        if never
        else f"What it had received was {span(facts.reset_pending_age)} old, time enough to read it"
    )
    done = closer == 0 and settled(facts, case.client, case.server)
    whole = f" {answer_words(case)} was whole before it, and acknowledged." if done else ""
    accepted = closer == 1 and never and not case.server.data
    plain = f"{read}: SO_LINGER 0{', or a listener that closed before it accepted' if accepted else ''}"
    return Explanation(
        title=f"the {SIDES[closer]} closed by RST, without FIN",
        sees=case.sees(other, "read"),
        why=lambda: (
            f"The {SIDES[closer]} ended its open socket by RST at {seconds(facts.reset_time)}{after}. {way(facts, plain)}.{whole}"
        ),
        lost=lambda: (
            f"{case.end(closer).unacknowledged:,} bytes of its own that were not acknowledged yet."
            if case.end(closer).unacknowledged
            else ""
        ),
        do=PAGE.do,
        sure=lambda: (
            f"packet {facts.reset_packet} comes from an open socket."
            + ("" if never else " That everything had been read is inferred from the time that had passed.")
        ),
        evidence=packet_numbers(peer.last_data_packet, facts.reset_packet),
        alternatives=() if never else ("close-with-unread-data",),
    )
