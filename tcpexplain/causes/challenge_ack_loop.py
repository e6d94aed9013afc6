"""challenge-ack-loop: RSTs or SYNs answered by challenge ACKs, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "challenge-ack-loop", "Only in also", 50, "fine"

PAGE = Page(
    title="RST and challenge ACK, again and again",
    what="The two ends do not agree about the state of the connection: one sends RSTs whose sequence number is not exactly the expected one, the other answers each with a challenge ACK (RFC 5961), and the first answers that with RST again. It happens with TCP stacks that take the sequence number of their RST from the wrong field.",
    recognised="Three or more RSTs without effect, each answered by a pure ACK.",
    sees="The connection stays open at the end that challenges; the other end has dropped it.",
    do="Fix or update the TCP stack whose RSTs do not carry the number that the challenge ACK asks for.",
    near_misses="ghost-rst: one or two. rst-storm: the RSTs answer data and are not challenged.",
    references=("RFC 5961 sections 3.2, 5",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Three challenges."""
    return facts.challenges >= 3


certain = likely = when


def explain(case: Case) -> Explanation:
    """What the packets show."""
    return Explanation(
        title="RST and challenge ACK, again and again",
        sees="",
        why=lambda: f"{case.facts.challenges} RSTs were answered by a challenge ACK each.",
        sure="the pairs in the capture.",
        evidence=packet_numbers(*(row.packet for row in case.resets[:6])),
    )
