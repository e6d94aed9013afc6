"""port-closed: a SYN answered by RST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers, span
from tcpexplain.machine.facts import CONNECTION_REFUSED, SCAN

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "port-closed", "Opening", 10, "failed"

PAGE = Page(
    title="SYN answered by RST: nobody listens there",
    what="No socket listens on this address and port, so the kernel answers the SYN with RST: the service is down, restarting, or bound to another address.",
    recognised="RST with ACK in answer to the SYN: sequence number 0 and window 0 from a kernel, others from some firewalls and load balancers.",
    sees="connect() fails at once with ECONNREFUSED. On Windows after two more SYNs, a second or two later.",
    do="Check that the service runs and listens on this address (ss -ltn), not only on 127.0.0.1 or only on IPv6. While it restarts, retry with a growing delay.",
    near_misses=(
        "refused-by-icmp: the refusal is an ICMP error. syn-unanswered: nothing comes back. port-scan: one of many ports that a scanner tried. "
        "firewall-reset: a firewall that rejects the SYN with tcp reset in the host's name looks the same on the wire; only its rules, or a capture behind it, tell."
    ),
    references=("RFC 9293 section 3.10.7.1",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The SYN, and nothing else, was answered by RST."""
    return (facts.opening == CONNECTION_REFUSED) & (facts.reset_by == 1) & (facts.syns > 0) & (facts.ports_tried < SCAN)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Never: a firewall may have answered."""
    return facts.packets < 0


likely = when


def explain(case: Case) -> Explanation:
    """How fast the refusal came."""
    facts = case.facts
    lives = " The same port answered others in this capture: it was closed only for a time." if facts.port_lives else ""
    return Explanation(
        title="SYN answered by RST: nobody listens there",
        sees=case.sees(0, "connect"),
        why=lambda: f"The SYN was answered by RST after {span(facts.reset_time - facts.syn_last)}.{lives}",
        do=PAGE.do,
        sure=lambda: (
            f"packet {facts.reset_packet} refuses the SYN. Whether the host's kernel or a firewall with reject-with-tcp-reset sent it, the packets do not show."
        ),
        evidence=packet_numbers(case.first_packet(), facts.reset_packet),
        alternatives=("firewall-reset",),
    )
