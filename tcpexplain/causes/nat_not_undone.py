"""nat-not-undone: the SYN-ACK came from another address than the client had called, and the client's kernel refused it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "nat-not-undone", "Opening", 5, "failed"

PAGE = Page(
    title="the SYN-ACK came back without its address translated",
    what=(
        "A NAT gave the client's SYN the address of a server (DNAT, a Kubernetes service, a load balancer), and the server answered the client directly, past the NAT. "
        "The SYN-ACK bears the server's own address; the client called another one, so its kernel has no socket for it and answers with RST. The SYN is sent again until the client stops."
    ),
    recognised="One SYN (the client's initial sequence number and timestamp) under two destination addresses, SYN-ACKs only from the second, each answered by the client's RST.",
    sees="connect() blocks, then fails with ETIMEDOUT when the kernel's last retry has failed.",
    do="Send the way back through the NAT: masquerade (SNAT) what it forwards, or let the server route to the client through it. In one subnet, client and server reach each other without it: that is hairpin NAT, and needs SNAT.",
    near_misses="syn-unanswered: nothing came back at all. reset-during-handshake: the client's RST ends the very connection that it had opened.",
    references=("RFC 9293 section 3.5.1", "RFC 4787 section 6"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A SYN-ACK came from elsewhere, and no other ever came."""
    return (facts.untranslated > 0) & (facts.syn_acks == 0)


certain = when
likely = when


def explain(case: Case) -> Explanation:
    """Which address was called, and which one answered."""
    united = case.united
    called, answered = (
        (united.points[0].server[0], united.points[-1].server[0]) if united else ("one address", "another")
    )
    foreign = united.untranslated if united else ()
    refused = united.refused if united else ()
    reset = (
        f" The client's kernel, which has no socket for {answered}, answered it with the RST in packet {refused[0]}."
        if refused
        else ""
    )
    return Explanation(
        title=f"the client called {called}, and the SYN-ACK came from {answered}",
        sees="client connect → blocks, then ETIMEDOUT",
        why=lambda: (
            f"The client's SYN to {called} went on to {answered} with the same sequence number. The SYN-ACK in packet {case.facts.untranslated} bears the address {answered}: "
            f"nothing translated it back.{reset}"
        ),
        do=PAGE.do,
        sure="one SYN was seen under both addresses, and the client refused what came from the second.",
        evidence=packet_numbers(case.first_packet(), *foreign[:1], *refused[:1]),
    )
