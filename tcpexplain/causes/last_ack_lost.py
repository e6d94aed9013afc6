"""last-ack-lost: the last ACK was lost and the FIN came again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "last-ack-lost", "Only in also", 80, "fine"

PAGE = Page(
    title="the last ACK was lost",
    what="The ACK of the second FIN did not arrive, so the FIN was sent again; TIME-WAIT exists to answer it.",
    recognised="A copy of a FIN after the other end had already acknowledged it.",
    sees="Nothing; the socket in LAST-ACK lives a little longer.",
    do="Nothing.",
    near_misses="retransmissions: the FIN itself was lost.",
    references=("RFC 9293 section 3.6.1",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A FIN again although its ACK was seen."""
    return (client.fin_again > 0) | (server.fin_again > 0)


certain = likely = when


def explain(case: Case) -> Explanation:
    """What the packets show."""
    return Explanation(
        title="the last ACK was lost",
        sees="",
        why="A FIN came again although its acknowledgment had been sent: that was lost.",
        sure="the copy follows the acknowledgment.",
        evidence=packet_numbers(case.client.fin_again, case.server.fin_again),
    )
