"""mid-stream: the capture began in the middle of the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "mid-stream", "Cannot be told", 30, "fine"
ASIDE = True
BLIND = DOUBT = 0

PAGE = Page(
    title="the capture began in the middle",
    what="The handshake is not in the capture: window scaling, the initial sequence numbers, and which end opened the connection are not certain.",
    recognised="No SYN before the first segment.",
    sees="What the calls return is known only from the first segments on.",
    do="Start the capture before the connection if the opening matters.",
    near_misses="one-direction-only: one end is missing, not the beginning.",
    references=(),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """No opening."""
    return (facts.midstream > 0) & (client.segments + server.segments > 0)


certain = likely = when


def explain(case: Case) -> Explanation:
    """What the packets show."""
    return Explanation(
        title="the capture began in the middle of the connection",
        sees="",
        do=PAGE.do,
        why="The handshake is not in the capture. Which end is the client is taken from the port numbers.",
        sure="the first packet is no SYN.",
        evidence=packet_numbers(case.first_packet()),
    )
