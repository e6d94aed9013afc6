"""tls-or-protocol-mismatch: the two ends do not speak the same protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "tls-or-protocol-mismatch", "Only in also", 150, "fine"

PAGE = Page(
    title="the ends do not speak the same protocol",
    what="One end began with TLS and the other answered in the clear, or answered a clear request with a TLS alert: a wrong port, a missing or superfluous TLS setting.",
    recognised="The client's first bytes are a TLS handshake record and the server's are not TLS; or the server's first bytes are a TLS alert to a client that does not speak TLS.",
    sees='An error of the TLS library ("wrong version number", "packet length too long", "http request"), or a 400 from a server that noticed.',
    do="Check scheme and port on both sides; a health check that speaks HTTP to a TLS port looks the same.",
    near_misses="A protocol that starts in the clear and changes to TLS later (STARTTLS).",
    references=("RFC 8446 section 5.1",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """TLS on one side only."""
    return ((client.tls == 1) & (server.tls == 3)) | ((client.tls == 3) & (server.tls == 2))


certain = likely = when


def explain(case: Case) -> Explanation:
    """What the packets show."""
    return Explanation(
        title="the ends do not speak the same protocol",
        sees="",
        why=lambda: (
            "The client began with a TLS handshake and the server answered in the clear."
            if case.client.tls == 1
            else "The client spoke in the clear and the server answered with a TLS alert."
        ),
        sure="the first bytes of both ends.",
        evidence=packet_numbers(case.client.first_data_packet, case.server.first_data_packet),
    )
