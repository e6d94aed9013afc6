"""rst-storm: many RSTs on one connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "rst-storm", "Only in also", 60, "fine"

PAGE = Page(
    title="many RSTs on one connection",
    what="One end had gone while many segments of the other were still on their way; its kernel answered each with its own RST. Only the first one mattered.",
    recognised="Five or more RSTs.",
    sees="No more than after one RST.",
    do="Nothing by itself; see the cause for the first one.",
    near_misses="challenge-ack-loop: each RST is answered.",
    references=("RFC 9293 section 3.10.7.1",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Five RSTs."""
    return facts.resets >= 5


certain = likely = when


def explain(case: Case) -> Explanation:
    """What the packets show."""
    return Explanation(
        title="many RSTs on one connection",
        sees="",
        why=lambda: (
            f"{case.facts.resets} RSTs on one connection; the one that counts is packet {case.facts.reset_packet}."
        ),
        sure="counted.",
        evidence=packet_numbers(*(row.packet for row in case.resets[:5])),
    )
