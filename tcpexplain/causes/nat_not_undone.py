"""nat-not-undone: the SYN-ACK came from another address than the client had called, and the client's kernel refused it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers
from tcpexplain.units import counted
from tcpexplain.vantage.hidden import HIDDEN, HIDDEN_DROPS

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "nat-not-undone", "Opening", 5, "failed"
DOUBT = HIDDEN | HIDDEN_DROPS

PAGE = Page(
    title="the SYN-ACK came back without its address translated",
    what=(
        "A NAT gave the client's SYN the address of a server (DNAT, a Kubernetes service, a load balancer), and the server answered the client directly, past the NAT. "
        "The SYN-ACK bears the server's own address; the client called another one, so its kernel has no socket for it and answers with RST. The SYN is sent again until the client stops."
    ),
    recognised="A SYN to one address, and a SYN-ACK from another that acknowledges its number and echoes its timestamp, answered by the client's RST. At the server alone: SYN-ACKs answered by RST, and the same SYN again.",
    sees="connect() blocks, then fails with ETIMEDOUT when the kernel's last retry has failed.",
    do="Send the way back through the NAT: masquerade (SNAT) what it forwards, or let the server route to the client through it. In one subnet, client and server reach each other without it: that is hairpin NAT, and needs SNAT.",
    near_misses="syn-unanswered: nothing came back at all. port-scan: the RST ends it, and no SYN follows. reset-during-handshake: the client's RST ends the very connection that it had opened.",
    references=("RFC 9293 section 3.5.1", "RFC 4787 section 6"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A SYN-ACK came from elsewhere, and no other ever came; or the client refuses what answers the SYN that it repeats."""
    return ((facts.untranslated > 0) & (facts.syn_acks == 0)) | unknown_to_client(facts, client, server)


def unknown_to_client(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The client's SYN goes on, with one number, though each SYN-ACK is answered by RST: its host has no socket for that SYN-ACK."""
    silent = (facts.established == 0) & (client.data + server.data == 0) & (facts.icmp == 0)
    return silent & (facts.syns >= 2) & (facts.syn_acks >= 2) & (client.resets >= 2) & (facts.made_between == 0)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Both addresses were seen."""
    return when(facts, client, server) & (facts.untranslated > 0)


likely = when


def explain(case: Case) -> Explanation:
    """Which address was called, and which one answered."""
    united = case.united
    if not case.facts.untranslated or not united:
        return seen_at_the_server(case)
    called, answered = united.points[0].server[0], united.points[-1].server[0]
    reset = (
        f" The client's kernel, which has no socket for {answered}, answered it with the RST in packet {united.refused[0]}."
        if united.refused
        else ""
    )
    return Explanation(
        title=f"the client called {called}, and the SYN-ACK came from {answered}",
        sees="client connect → blocks, then ETIMEDOUT",
        why=lambda: (
            f"The SYN-ACK in packet {case.facts.untranslated} acknowledges the number of the client's SYN to {called}, and bears the address {answered}: "
            f"nothing translated it back.{reset}"
        ),
        do=PAGE.do,
        sure="the SYN-ACK answers the number of that very SYN, and the client refused it.",
        evidence=packet_numbers(case.first_packet(), *united.untranslated[:1], *united.refused[:1]),
    )


def seen_at_the_server(case: Case) -> Explanation:
    """The server's side alone: what the client called is not in the capture."""
    facts = case.facts
    return Explanation(
        title="the client's host refuses each SYN-ACK, and its SYN goes on",
        sees="client connect → blocks, then ETIMEDOUT",
        why=lambda: (
            f"The client's host answered {counted(facts.syn_acks, 'SYN-ACK')} with RST, and yet its SYN came {counted(facts.syns, 'time')} with one number: "
            "the socket that sends the SYN still waits, so its host takes the SYN-ACK for another's. That is so where the client called another address, and the way back does not translate this one."
        ),
        do=PAGE.do,
        sure="a kernel whose connect() had ended would not repeat the SYN. A firewall that answers the SYN-ACK in the client's name looks the same from here: capture at the client.",
        evidence=packet_numbers(case.first_packet(), facts.reset_packet),
        alternatives=("firewall-reset",),
    )
