"""capture-loss: the capture missed packets that the network delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers
from tcpexplain.vantage.hidden import HIDDEN_END

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "capture-loss", "Cannot be told", 20, "fine"
ASIDE = True
BLIND = DOUBT = 0

PAGE = Page(
    title="the capture missed packets",
    what="Bytes were acknowledged that the capture does not hold: the capturing machine dropped packets, or they took another way. The network did not lose them.",
    recognised="An acknowledgment of bytes that were never seen, or of bytes beyond a hole that was never filled.",
    sees="Nothing. What depends on the missing packets is less certain.",
    do='Capture with a larger buffer (tcpdump -B), a snap length, or a filter; see "packets dropped by kernel".',
    near_misses="retransmissions: the network lost the packet, and it came again.",
    references=(),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Acknowledged and never seen; or the end of it was not seen, though the capture went on."""
    return (facts.missed > 0) | ((facts.hidden & HIDDEN_END) > 0)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Acknowledgments prove it; the rest is what follows from rules."""
    return facts.missed > 0


likely = when


def what(case: Case) -> str:
    """How it shows that packets are missing."""
    if case.facts.missed:
        return "Bytes were acknowledged that are not in the capture: it missed packets that had arrived."
    if case.facts.replaced:
        return "The same ports were opened anew later and the server answered, so this connection had ended before: its end is not in the capture."
    return "What was sent last was neither acknowledged nor sent again, though the capture went on and any sender would have repeated it: the capture missed the rest."


def explain(case: Case) -> Explanation:
    """What the packets show."""
    return Explanation(
        title="the capture missed packets",
        sees="",
        do=PAGE.do,
        why=lambda: what(case),
        sure=lambda: (
            "acknowledgments cover them." if case.facts.missed else "what came after the last packet shows it."
        ),
        evidence=packet_numbers(case.first_packet(), case.last_packet()),
    )
