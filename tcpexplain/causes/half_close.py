"""half-close: one end sent FIN and went on receiving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers, seconds

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "half-close", "Only in also", 10, "fine"

PAGE = Page(
    title="one end was done sending and went on receiving",
    what="One end shut down its sending direction (shutdown(SHUT_WR)) and kept reading: its FIN says that its request is complete, not that it has gone.",
    recognised="Data of the other end after the FIN, acknowledged by the end that sent the FIN.",
    sees="The end that reads 0 may go on writing; its writes succeed and arrive.",
    do="Nothing. A server that takes EOF for a client that has gone drops such answers.",
    near_misses="write-after-close: the data is answered by RST. client-gave-up: no data came after the FIN.",
    references=("RFC 9293 section 3.6", "shutdown(2)"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Data taken after an own FIN."""
    return (client.late_acked == 1) | (server.late_acked == 1)


certain = likely = when


def explain(case: Case) -> Explanation:
    """What the packets show."""
    closer = 1 if case.client.late_acked else 0
    return Explanation(
        title=f"the {SIDES[closer]} had only shut down its sending direction",
        sees="",
        why=lambda: (
            f"The {SIDES[closer]} sent FIN at {seconds(case.end(closer).fin_time)} and acknowledged data after it: shutdown(SHUT_WR), not close()."
        ),
        sure="a closed end answers data with RST; this one acknowledged it.",
        evidence=packet_numbers(case.end(closer).fin_packet, case.end(1 - closer).late_packet),
    )
