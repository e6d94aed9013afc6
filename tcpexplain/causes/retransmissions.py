"""retransmissions: segments were sent more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "retransmissions", "Only in also", 90, "fine"

PAGE = Page(
    title="segments were sent more than once",
    what="The network lost or delayed segments, or their acknowledgments, and they were sent again.",
    recognised="Sequence numbers that were sent before.",
    sees="Calls take longer, nothing else.",
    do="Nothing for a few. Many: look at the path.",
    near_misses="duplicated-frames: the capture shows one packet twice. Keepalive probes repeat one old byte and are not counted.",
    references=("RFC 6298",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Anything sent again."""
    return (client.retransmitted > 0) | (server.retransmitted > 0)


certain = likely = when


def explain(case: Case) -> Explanation:
    """What the packets show."""
    return Explanation(
        title="segments were sent more than once",
        sees="",
        why=lambda: (
            f"The client sent {case.client.retransmitted:,} segments again, the server {case.server.retransmitted:,}."
        ),
        sure="the same sequence numbers again.",
        evidence=packet_numbers(*(item.packet for item in case.segments if item.mark & 32)),
    )
