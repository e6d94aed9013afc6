"""capture-loss: the capture missed packets that the network delivered."""

from __future__ import annotations

from typing import Any

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

CODE, GROUP, RANK, SEVERITY = "capture-loss", "Only in also", 120, "fine"

PAGE = Page(
    title="the capture missed packets",
    what="Bytes were acknowledged that the capture does not hold: the capturing machine dropped packets, or they took another way. They are no loss of the network.",
    recognised="An acknowledgment of bytes that were never seen, or of bytes beyond a hole that was never filled.",
    sees="Nothing. What hangs on the missing packets is less certain here.",
    do='Capture with a larger buffer (tcpdump -B), a snap length, or a filter; see "packets dropped by kernel".',
    near_misses="retransmissions: the network lost the packet, and it came again.",
    references=(),
)


def when(facts: Any, client: Any, server: Any) -> Any:
    """Acknowledged, never seen."""
    return facts.missed > 0


certain = likely = when


def explain(case: Case) -> Explanation:
    """What the packets show."""
    return Explanation(
        title="the capture missed packets",
        sees="",
        why="Bytes were acknowledged that are not in the capture: it missed packets that had arrived.",
        sure="acknowledgments cover them.",
        evidence=packet_numbers(case.first_packet(), case.last_packet()),
    )
