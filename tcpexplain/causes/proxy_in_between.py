"""proxy-in-between: the handshake was answered from elsewhere than the data, or the connection appears twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "proxy-in-between", "Only in also", 140, "fine"

PAGE = Page(
    title="a proxy or SYN proxy in between",
    what="Something answered the SYN in the server's name (a SYN proxy, a load balancer, a transparent proxy), or the capture shows both halves of a proxied connection under the same addresses, with different sequence numbers.",
    recognised="The server's SYN-ACK came with another TTL than all that follows it; or a second connection of the same addresses and ports opens within the second.",
    sees="An end sees what the proxy did, not what the other end did: if the server behind the proxy refuses, the client sees a RST or EOF after a successful connect().",
    do="Look at both connections separately; the one to the real server shows the reason.",
    near_misses="A route that changes in mid-connection changes the TTL later, not between SYN-ACK and data.",
    references=("RFC 4987 section 3.6",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """One TTL for the SYN-ACK, another for the rest; or a twin."""
    return (facts.twin > 0) | (
        (facts.syn_acks > 0) & (server.ttl_changes >= 2) & (server.ttl_changes >= server.segments - server.resets - 1)
    )


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Never: TTLs can be rewritten."""
    return facts.packets < 0


likely = when


def explain(case: Case) -> Explanation:
    """What the packets show."""
    return Explanation(
        title="a proxy in between",
        sees="",
        why=lambda: (
            "The same four addresses and ports open two connections within a second: the two sides of a proxy."
            if case.facts.twin
            else "The server's SYN-ACK came from another distance (TTL) than everything after it."
        ),
        sure="A TTL is no proof; a capture on the other side would show the other connection.",
        evidence=packet_numbers(case.first_packet(), case.server.ttl_packet),
    )
