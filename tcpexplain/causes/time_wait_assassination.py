"""time-wait-assassination: a RST ended a TIME-WAIT early."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "time-wait-assassination", "Only in also", 70, "fine"

PAGE = Page(
    title="a RST ended TIME-WAIT early",
    what="An end in TIME-WAIT received an old segment and answered it with an ACK; the other end no longer had the connection and answered that ACK with RST. So TIME-WAIT ended early (RFC 1337). Late segments of the old connection may then meet a new one on the same ports.",
    recognised="Both FINs acknowledged, then an acceptable RST to the end that closed first.",
    sees="Nothing.",
    do="Nothing in most cases. net.ipv4.tcp_rfc1337=1 makes Linux ignore such RSTs.",
    near_misses="benign-reset: the RST meets an end that is closed already.",
    references=("RFC 1337",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A RST after both FINs were acknowledged, towards the one who waits."""
    return facts.assassinated > 0


certain = likely = when


def explain(case: Case) -> Explanation:
    """What the packets show."""
    return Explanation(
        title="a RST ended TIME-WAIT early",
        sees="",
        why=lambda: (
            f"Both FINs had been acknowledged when packet {case.facts.assassinated} reset the end in TIME-WAIT."
        ),
        sure="the order of the packets.",
        evidence=packet_numbers(case.facts.assassinated),
    )
