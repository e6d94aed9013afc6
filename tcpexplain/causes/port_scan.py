"""port-scan: a SYN scan's probe, or one of many ports tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers
from tcpexplain.machine.facts import CONNECTION_REFUSED, SCAN, UNANSWERED
from tcpexplain.vantage.hidden import HIDDEN, HIDDEN_DROPS

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "port-scan", "Opening", 90, "fine"
DOUBT = HIDDEN | HIDDEN_DROPS

PAGE = Page(
    title="a port scan's probe",
    what="Somebody tried which ports are open: by SYNs whose SYN-ACK is answered with RST (half-open scan), or by connecting to many ports of one host.",
    recognised="SYN, SYN-ACK, RST by the client without completing the handshake; or ten or more ports of one server tried by one client without a byte.",
    sees="The application sees nothing of a half-open probe.",
    do="Nothing, if you know who scans.",
    near_misses="health-check: one port, a whole handshake. port-closed: a client that wanted this port.",
    references=("RFC 9293 section 3.10.7.3",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A handshake broken off by RST, or one of many ports."""
    half = (
        (facts.syn_acks > 0)
        & (facts.established == 0)
        & (facts.resets > 0)
        & (facts.reset_by == 0)
        & (client.data == 0)
        & (server.data == 0)
    )
    refused = (facts.opening == CONNECTION_REFUSED) | ((facts.opening == UNANSWERED) & (facts.icmp == 0))
    return half | ((facts.ports_tried >= SCAN) & refused)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Many ports."""
    return when(facts, client, server) & (facts.ports_tried >= SCAN)


likely = when


def explain(case: Case) -> Explanation:
    """What was answered."""
    facts = case.facts
    answer = "open: SYN-ACK" if facts.syn_acks else "closed: RST" if facts.reset_by == 1 else "filtered: no answer"
    many = (
        f" This client tried {facts.ports_tried} ports of this server without sending data."
        if facts.ports_tried >= SCAN
        else ""
    )
    return Explanation(
        title=f"a scan's probe; the port is {answer.split(':', maxsplit=1)[0]}",
        sees="",
        why=lambda: f"A SYN and nothing more; the port is {answer}.{many}",
        sure=lambda: (
            "many ports of one server."
            if many
            else "a kernel whose connect() was interrupted would close in the same way."
        ),
        evidence=packet_numbers(case.first_packet(), facts.reset_packet or case.last_packet()),
    )
