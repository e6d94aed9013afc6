"""firewall-reset: both ends were reset, or the RST came from something in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.questions import LONG, of, rejected, unasked
from tcpexplain.evidence.words import packet_numbers, seconds
from tcpexplain.machine.resets import FOREIGN

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "firewall-reset", "Interference", 20, "failed"

PAGE = Page(
    title="reset by a device between the ends",
    what=(
        "A firewall, NAT or load balancer no longer let the connection pass, and reset it with RST: to both ends, so that each blames the other, "
        "or in answer to the next segment (nftables and iptables: reject with tcp reset)."
    ),
    recognised=(
        "Foreign RSTs ended both ends; or a RST without window and options answers a segment though the end it names had not closed, and its TTL "
        "is not that end's. A TTL alone is no proof, as a changed route looks the same: without the first proof the verdict is likely at most."
    ),
    sees="ECONNRESET at the end whose segment was answered, or at both. The first write after the change still succeeds.",
    do=(
        "Ask for the device's log at the time of the RST: rule changes, expired state, intrusion prevention. Connections set up before a rule "
        "change are usually only kept if established state is accepted first."
    ),
    near_misses="half-open-peer: the same answer from the peer's own host (same TTL). idle-nat-timeout: it came after a long silence. injected-rst: only one end was reset, and the end named as sender goes on sending.",
    references=("RFC 3360", "RFC 9293 section 3.10.7.1"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Strangers reset both, or a router answers in the name of an end that has not closed."""
    open_before = of(facts.reset_by, client.fin_packet, server.fin_packet) == 0
    answer = rejected(facts) & open_before & (facts.reset_accepted == 1)
    return ((facts.foreign_ends == 3) | answer) & (facts.quiet < LONG) & (unasked(facts, client, server) == 0)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Both ends were reset by RSTs that neither sent."""
    return (facts.foreign_ends == 3) & ((facts.reset_alive == 1) | (facts.made_between > 0))


likely = when


def explain(case: Case) -> Explanation:
    """Which RSTs, and what speaks for another hand."""
    facts = case.facts
    sender, hit = facts.reset_by, 1 - facts.reset_by
    both = facts.foreign_ends == 3
    strangers = [row.packet for row in case.resets if row.reason == FOREIGN]
    return Explanation(
        title="both ends were reset by a device between them"
        if both
        else f"a device between the ends answered the {SIDES[hit]} in the {SIDES[sender]}'s name",
        sees="; ".join((case.sees(0, "read"), case.sees(1, "read"))) if both else case.sees(hit, "read"),
        why=lambda: (
            f"The RSTs in {' and '.join(f'packet {one}' for one in strangers)} reset both ends, and neither end sent them: each will blame the other."
            if both
            else f"The RST in packet {facts.reset_packet} at {seconds(facts.reset_time)} answers packet {facts.reset_answers} though the {SIDES[sender]} had "
            f"neither closed nor reset. It came with TTL {facts.abort_ttl}, the {SIDES[sender]}'s other segments with {case.end(sender).ttl}."
        ),
        lost=lambda: (
            f"what the {SIDES[hit]} had sent and the other end had not acknowledged."
            if case.end(hit).unacknowledged
            else ""
        ),
        do=PAGE.do,
        sure=lambda: (
            "RSTs in both directions that neither end's stack sent."
            if both
            else "the TTL is no proof; a capture at the other end would show whether the segment arrived there."
        ),
        evidence=packet_numbers(*(strangers if both else (facts.reset_answers, facts.reset_packet))),
        alternatives=("injected-rst",) if both else ("half-open-peer", "injected-rst"),
    )
