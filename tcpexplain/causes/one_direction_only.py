"""one-direction-only: only one direction was captured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "one-direction-only", "Not captured", 20, "fine"
ASIDE = True
BLIND = DOUBT = 0

PAGE = Page(
    title="only one direction was captured",
    what="All packets are from one end: the other direction takes another route, or a filter, a mirror port of a switch or a queue of the network card leaves it out.",
    recognised="No segment from the other end although this one acknowledges its data or sends its own.",
    sees="What the end that was not captured did is inferred from the other end's acknowledgments.",
    do="Capture at an end, or both directions of the mirror port; on multi-queue cards all queues.",
    near_misses="syn-unanswered: SYNs only, and no answer although both directions are captured.",
    references=(),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """One end is silent in the capture, not on the wire."""
    return facts.one_way > 0


certain = likely = when


def explain(case: Case) -> Explanation:
    """What the packets show."""
    return Explanation(
        title="only one direction was captured",
        sees="",
        do=PAGE.do,
        why="Only one end's packets are in the capture; the other end's are inferred from its peer's acknowledgments.",
        sure="acknowledgments move without anything to acknowledge.",
        evidence=packet_numbers(case.first_packet(), case.last_packet()),
    )
