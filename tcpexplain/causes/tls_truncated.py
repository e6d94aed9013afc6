"""tls-truncated: a TLS end closed without close_notify."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "tls-truncated", "Only in also", 155, "fine"

PAGE = Page(
    title="a TLS end closed without saying so in TLS",
    what="TLS has its own word for the end, close_notify, so that an attacker who sends a FIN cannot cut a message without being noticed. Many programs leave it out; where the message inside says its own length, that does no harm.",
    recognised="A FIN of an end that had sent application data, whose last record is neither an alert nor short enough to be an encrypted one.",
    sees='OpenSSL 3: "unexpected eof while reading" (SSL_R_UNEXPECTED_EOF_WHILE_READING), Go "unexpected EOF", Python SSLEOFError, Java "closing inbound before receiving peer\'s close_notify".',
    do="Send close_notify before closing (SSL_shutdown). A reader may take the end without it for an end if the message inside was whole.",
    near_misses="In TLS 1.3 a close_notify looks like any record of 19 bytes (11 with a short seal); then nothing is said.",
    references=("RFC 8446 section 6.1", "RFC 9112 section 9.8"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """One end, or both."""
    return (client.owes_farewell == 2) | (server.owes_farewell == 2)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Never: what a record holds is not known."""
    return facts.packets < 0


likely = when


def explain(case: Case) -> Explanation:
    """Who."""
    ends = [SIDES[side] for side in (0, 1) if case.end(side).owes_farewell == 2]
    return Explanation(
        title=f"the {ends[0]} closed without close_notify",
        sees="",
        why=lambda: (
            f"The last TLS record of the {' and of the '.join(ends)} before its FIN has not the length of a close_notify."
        ),
        sure="the length of the record.",
        evidence=packet_numbers(*(case.end(0 if side == SIDES[0] else 1).fin_packet for side in ends)),
    )
