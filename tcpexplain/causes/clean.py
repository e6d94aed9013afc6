"""clean: FIN both ways, everything acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.messages import may_hide, wholeness
from tcpexplain.evidence.questions import half_captured
from tcpexplain.evidence.words import seconds, sentence

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "clean", "Fine", 20, "fine"

PAGE = Page(
    title="FIN both ways, everything acknowledged",
    what="Both ends closed their sending direction, each FIN was acknowledged, and no RST came. Every byte sent was acknowledged. That is certain, unless the capture lacks what a known protocol says of its last messages; whether they were whole is another question, which its protocol answers or nobody.",
    recognised="A FIN from each end, each acknowledged; no RST that had an effect; no bytes without acknowledgment.",
    sees="Both ends read 0 (EOF) after the last byte.",
    do="Nothing.",
    near_misses="answer-cut-short: a length says that more was to come. write-after-close: one end sent data after the other's FIN, and a RST answered it. close-wait-leak: the second FIN never came.",
    references=("RFC 9293 section 3.6",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Both FINs acknowledged, no effective RST."""
    closed = (client.fin_packet > 0) & (server.fin_packet > 0) & (client.fin_acked > 0) & (server.fin_acked > 0)
    return closed & (client.was_reset == 0) & (server.was_reset == 0)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Nothing of it is a guess; where the capture lacks what a known protocol says of its messages, one is left."""
    return (
        when(facts, client, server)
        & (facts.missed == 0)
        & (facts.one_way == 0)
        & (client.unacknowledged == 0)
        & (server.unacknowledged == 0)
        & (half_captured(facts) == 0)
    )


likely = when


def explain(case: Case) -> Explanation:
    """Who closed first."""
    first = max(case.facts.closed_first, 0)
    closer, other = case.end(first), case.end(1 - first)
    return Explanation(
        title=f"the {SIDES[first]} closed, then the {SIDES[1 - first]}",
        sees="both read → 0",
        why=lambda: (
            f"The {SIDES[first]} closed at {seconds(closer.fin_time)}, the {SIDES[1 - first]} at {seconds(other.fin_time)}; both FINs were acknowledged."
        ),
        sure=lambda: sentence("Packets show both FINs and their acknowledgments.", wholeness(case)),
        evidence=(closer.fin_packet, other.fin_packet),
        alternatives=may_hide(case),
    )
