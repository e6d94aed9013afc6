"""ghost-rst: a RST that had no effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "ghost-rst", "Only in also", 40, "fine"

PAGE = Page(
    title="a RST that had no effect",
    what="A RST came whose sequence number was not the one expected: outside the window it is ignored; inside the window a challenge ACK answers it. The connection goes on. Attackers who do not see the traffic send such RSTs, and so do devices on the path that guess the number; TCP stacks send late ones after a connection is over.",
    recognised="A RST after which its receiver goes on, or which RFC 5961 makes it ignore.",
    sees="Nothing at all.",
    do="Nothing for the application. Several of them: find out who sends them.",
    near_misses="injected-rst: the forged RST was accepted. rst-storm: a RST answers every late segment.",
    references=("RFC 5961 section 3", "RFC 9293 section 3.10.7.4"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """RSTs, none of which ended anything."""
    return (facts.ghosts > 0) & (facts.reset_accepted != 1)


certain = likely = when


def explain(case: Case) -> Explanation:
    """What the packets show."""
    facts = case.facts
    return Explanation(
        title="a RST without effect",
        sees="",
        why=lambda: (
            f"{facts.ghosts} RST{'s' if facts.ghosts > 1 else ''} had no effect: the sequence number was not the one expected, and the connection lived on."
        ),
        sure="what came after it.",
        evidence=packet_numbers(*(row.packet for row in case.resets if row.accepted == 0)),
    )
