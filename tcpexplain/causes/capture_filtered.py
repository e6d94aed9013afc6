"""capture-filtered: only control segments were captured, or only RSTs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers
from tcpexplain.vantage.hidden import HIDDEN_PLAIN, RESETS_ONLY

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "capture-filtered", "Not captured", 10, "fine"
ASIDE = True
BLIND = DOUBT = 0

PAGE = Page(
    title="a filter left most of the connection out",
    what=(
        "The capture holds only segments with SYN, FIN or RST, or only RSTs: it was made with a filter such as tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0. "
        "Data, acknowledgments and, with RSTs alone, both beginning and end of the connection are missing, so most causes cannot be told from it."
    ),
    recognised="No segment without SYN, FIN and RST in a connection whose sequence numbers show that data passed, or whose FINs nobody acknowledges; or nothing but RSTs.",
    sees="What the sequence numbers of the captured segments prove is said; the rest is unknown.",
    do="Capture all packets of the connection, as much of each as the headers need: tcpdump -i any -s 128 -w FILE.pcap tcp port PORT",
    near_misses="port-closed, port-scan: few packets, but all there were. one-direction-only: all packets of one end are missing.",
    references=("pcap-filter(7)",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Only control segments were captured."""
    return (facts.hidden & (HIDDEN_PLAIN | RESETS_ONLY)) > 0


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Numbers that jump prove it; RSTs alone may be all that reached the capture."""
    return (facts.hidden & HIDDEN_PLAIN) > 0


def likely(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The same."""
    return (facts.hidden & HIDDEN_PLAIN) > 0


def explain(case: Case) -> Explanation:
    """What there is, and what that leaves open."""
    facts = case.facts
    if facts.hidden & HIDDEN_PLAIN:
        return Explanation(
            title="only SYN, FIN and RST were captured",
            sees="",
            why="No segment without SYN, FIN or RST is in the capture, and sequence numbers show that others passed: a filter left them out.",
            do=PAGE.do,
            sure="the sequence numbers of the segments that are there.",
            evidence=packet_numbers(case.first_packet(), case.last_packet()),
        )
    return Explanation(
        title="nothing but RSTs was captured: no cause can be told",
        sees="",
        why=lambda: (
            f"{facts.resets} RST{'s are' if facts.resets > 1 else ' is'} all that the capture holds of this connection. What was sent before, and who had closed, it does not show."
        ),
        do=PAGE.do,
        sure="a RST alone does not say why it was sent.",
        evidence=packet_numbers(case.first_packet(), case.last_packet()),
        alternatives=("close-with-unread-data", "linger-zero-abort", "write-after-close", "half-open-peer"),
    )
