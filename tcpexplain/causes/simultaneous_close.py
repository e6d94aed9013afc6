"""simultaneous-close: both ends sent FIN before either had seen the other's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "simultaneous-close", "Only in also", 30, "fine"

PAGE = Page(
    title="both ends closed at once",
    what="Both ends closed while the other's FIN was on its way: both go through CLOSING to TIME-WAIT, neither through CLOSE-WAIT.",
    recognised="Two FINs, the second of which does not acknowledge the first.",
    sees="Both read 0 after the last byte; both hold a TIME-WAIT.",
    do="Nothing.",
    near_misses="clean: the second FIN acknowledges the first, or a pure ACK before it does.",
    references=("RFC 9293 section 3.6 figure 13",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The FINs do not know each other."""
    return facts.fins_crossed == 1


certain = likely = when


def explain(case: Case) -> Explanation:
    """What the packets show."""
    return Explanation(
        title="both ends closed at once",
        sees="",
        why="The FINs crossed: neither acknowledges the other.",
        sure="the acknowledgment numbers of both FINs.",
        evidence=packet_numbers(case.client.fin_packet, case.server.fin_packet),
    )
