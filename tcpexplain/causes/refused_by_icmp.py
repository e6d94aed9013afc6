"""refused-by-icmp: a SYN answered by an ICMP error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers
from tcpexplain.machine.facts import FRAGMENTATION_NEEDED
from tcpexplain.wire.icmp import icmp_words

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "refused-by-icmp", "Opening", 20, "failed"

PAGE = Page(
    title="SYN answered by an ICMP error",
    what="A router, a firewall or the host itself answered the SYN with an ICMP error, which the client's kernel turns into an errno.",
    recognised="An ICMP destination unreachable, time exceeded or parameter problem that quotes the SYN; no SYN-ACK ever.",
    sees=(
        "connect() fails: host unreachable and the administrative prohibitions EHOSTUNREACH, network unreachable ENETUNREACH, port unreachable "
        "ECONNREFUSED, protocol unreachable ENOPROTOOPT (Linux). An error that comes within the SYN's own transmission takes effect at the next SYN."
    ),
    do="Look at the device that sent the ICMP error, which its source address names: a router without a route, a host that is down, or a firewall rule that rejects.",
    near_misses="port-closed: refused by RST. icmp-unreachable: the connection was established before. syn-unanswered: silence.",
    references=("RFC 1122 section 4.2.3.9", "RFC 1812 section 5.2.7", "Linux net/ipv4/icmp.c icmp_err_convert"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """ICMP errors for the SYN, and no segment of the other end."""
    return (
        (facts.icmp > 0)
        & (facts.icmp_last != FRAGMENTATION_NEEDED)
        & (facts.syns > 0)
        & (facts.syn_acks == 0)
        & (server.segments == 0)
    )


certain = likely = when


def explain(case: Case) -> Explanation:
    """Which error, when."""
    facts = case.facts
    first = next((item for item in case.segments if item.icmp), None)
    packet = first.packet if first else facts.icmp_packet
    return Explanation(
        title=f"SYN answered by ICMP {icmp_words(facts.icmp_last)}",
        sees=case.sees(0, "connect"),
        why=lambda: (
            f"The SYN was answered{case.moment(first)} by ICMP {icmp_words(first.icmp if first else facts.icmp_last)}{case.icmp_from(first)}"
            + (f", {facts.icmp} times." if facts.icmp > 1 else ".")
            + case.icmp_role(first)
        ),
        do=PAGE.do,
        sure=lambda: f"packet {packet} quotes the SYN.",
        evidence=packet_numbers(case.first_packet(), packet, facts.icmp_packet),
    )
