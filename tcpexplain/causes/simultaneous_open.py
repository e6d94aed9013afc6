"""simultaneous-open: both ends sent SYN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers
from tcpexplain.machine.facts import SIMULTANEOUS

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "simultaneous-open", "Only in also", 20, "fine"

PAGE = Page(
    title="both ends opened at once",
    what="Both ends called connect() towards each other, and their SYNs crossed. The result is one connection; no socket listened.",
    recognised="SYNs in both directions, each answered by SYN-ACK, none of them to a listener.",
    sees="connect() returns 0 at both ends.",
    do="Nothing, if it is meant (NAT hole punching, BGP).",
    near_misses="An ordinary handshake: the second SYN carries ACK.",
    references=("RFC 9293 section 3.5 figure 7",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Both sent SYN first."""
    return facts.opening == SIMULTANEOUS


certain = likely = when


def explain(case: Case) -> Explanation:
    """What the packets show."""
    return Explanation(
        title="both ends opened at once",
        sees="",
        why="Both ends sent SYN before either had seen the other's.",
        sure="neither first SYN acknowledges anything.",
        evidence=packet_numbers(*(item.packet for item in case.segments[:2])),
    )
