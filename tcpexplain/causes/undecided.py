"""undecided: what was captured does not show how the connection went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "undecided", "Cannot be told", 90, "fine"
LAST_RESORT = True
BLIND = 0

PAGE = Page(
    title="this capture does not show how the connection went",
    what="What was captured of the connection proves neither that it went well nor that it failed.",
    recognised="No other cause holds.",
    sees="Unknown.",
    do="Capture both directions from before the connection opens until after it has ended: tcpdump -i any -s 128 -w FILE.pcap tcp port PORT",
    near_misses="still-open: both ends were seen, and nothing is outstanding. unexplained: an end met an error.",
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Always: it is what remains."""
    return facts.packets > 0


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Never."""
    return facts.packets < 0


likely = certain


def explain(case: Case) -> Explanation:
    """What there is."""
    return Explanation(
        title="what was captured does not show how it went",
        sees="",
        why=lambda: (
            f"{case.facts.packets} packet{'s' if case.facts.packets > 1 else ''} of this connection were captured, and they prove neither a failure nor an orderly end."
        ),
        do=PAGE.do,
        sure="nothing that was captured contradicts the alternatives.",
        evidence=packet_numbers(case.first_packet(), case.last_packet()),
        alternatives=("refused-by-icmp", "still-open") if case.facts.icmp else ("still-open", "clean"),
    )
