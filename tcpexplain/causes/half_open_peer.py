"""half-open-peer: the peer answers with RST though neither end had closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.questions import LONG, answered_by_nobody, of
from tcpexplain.evidence.words import packet_numbers, seconds, span
from tcpexplain.machine.resets import ACTIVE, NO_SUCH_CONNECTION, SEGMENT_AFTER_CLOSE
from tcpexplain.units import size

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "half-open-peer", "Dying", 30, "failed"

PAGE = Page(
    title="the peer no longer knows the connection",
    what="The peer's host rebooted, its process's sockets were dropped without a packet, or a load balancer sent the segment to another machine: its kernel has no such connection and answers with RST.",
    recognised="A RST without ACK, window and options, its sequence number the acknowledgment number it answers, from an end that had sent neither FIN nor RST.",
    sees="The write that met it succeeded; then read says ECONNRESET once, or the next write does. A FIN can meet it as well.",
    do="Treat the connection as gone and reconnect. If it comes after silences, see idle-nat-timeout; if after deploys, let servers close their connections before they go.",
    near_misses="write-after-close: the peer's FIN was there. firewall-reset: the RST's TTL is another machine's. If the peer's own RST was lost or not captured, its answer to later data looks like this.",
    references=("RFC 9293 section 3.5.1 (half-open connections)",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Nobody knows the connection at an end that has not closed."""
    closed = of(facts.reset_by, client.fin_packet, server.fin_packet)
    unheard = (facts.reset_reason == SEGMENT_AFTER_CLOSE) & (of(facts.reset_by, client.resets, server.resets) > 1)
    known = (facts.established > 0) | (facts.midstream > 0)
    return (
        answered_by_nobody(facts)
        & ((facts.reset_reason == NO_SUCH_CONNECTION) | unheard)
        & (closed == 0)
        & known
        & (facts.reset_accepted != 0)
    )


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Never: a device at the same distance could have answered."""
    return facts.packets < 0


def likely(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Unless the opening is missing: then so may the FIN be."""
    return when(facts, client, server) & (facts.midstream == 0) & (facts.missed == 0)


def explain(case: Case) -> Explanation:
    """What was answered, after how long."""
    facts = case.facts
    gone, hit = facts.reset_by, 1 - facts.reset_by
    other = case.end(hit)
    aborted = next((row.packet for row in case.resets if row.shape == ACTIVE and row.by ^ facts.client == gone), 0)
    before = (
        f": the {SIDES[gone]} had ended its socket by the RST in packet {aborted}, which never reached the {SIDES[hit]}"
        if aborted
        else f", though the {SIDES[gone]} had sent neither FIN nor RST: its kernel has no such connection"
    )
    quiet = f" The connection had been silent for {span(facts.quiet)} before." if facts.quiet else ""
    return Explanation(
        title=f"the {SIDES[gone]}'s host no longer knows the connection",
        sees=case.sees(hit, "read"),
        why=lambda: (
            f"The {SIDES[hit]}'s packet {facts.reset_answers} was answered by RST at {seconds(facts.reset_time)}{before}.{quiet}"
        ),
        lost=lambda: f"{size(other.unacknowledged)} that write() had accepted." if other.unacknowledged else "",
        do=PAGE.do,
        sure=lambda: (
            f"packet {facts.reset_packet} is a kernel's answer to packet {facts.reset_answers}. A reboot, an address that moved to another host, and a device in between at the same distance look the same."
        ),
        evidence=packet_numbers(facts.quiet_packet if facts.quiet else 0, facts.reset_answers, facts.reset_packet),
        alternatives=("idle-nat-timeout", "firewall-reset") if facts.quiet >= LONG else ("firewall-reset",),
    )
