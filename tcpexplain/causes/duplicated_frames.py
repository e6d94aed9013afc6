"""duplicated-frames: the capture holds the same packet twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "duplicated-frames", "Only in also", 130, "fine"

PAGE = Page(
    title="the same packets were captured twice",
    what="The capture was taken at a point that a packet passes twice: both sides of a bridge, the pseudo-device any, loopback on some systems. They are no retransmissions.",
    recognised="The same frame again within microseconds: the same IP ID, sequence numbers and length.",
    sees="Nothing.",
    do="Capture on one interface.",
    near_misses="retransmissions: the IP ID differs, and a retransmission timeout lies between.",
    references=(),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Frames twice."""
    return facts.duplicates > 0


certain = likely = when


def explain(case: Case) -> Explanation:
    """What the packets show."""
    return Explanation(
        title="the same packets were captured twice",
        sees="",
        why=lambda: f"{case.facts.duplicates} frames are copies of others; they are not counted as retransmissions.",
        sure="IP ID, numbers and length are the same.",
        evidence=packet_numbers(*(item.packet for item in case.segments if item.mark & 1)),
    )
