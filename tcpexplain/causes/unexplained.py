"""unexplained: an end met an error, or bytes were lost, and no known cause accounts for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.questions import unheard
from tcpexplain.evidence.words import packet_numbers, seconds

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "unexplained", "Cannot be told", 10, "suspicious"
LAST_RESORT = True

PAGE = Page(
    title="something went wrong, and the capture does not show why",
    what="A RST ended the connection for an end, or a kernel gave up on bytes that nobody acknowledged, and none of the known causes fits what was captured.",
    recognised="A RST that was accepted, a timeout, or a SYN-ACK repeated three times in vain, and no other cause holds.",
    sees="What the ladder shows at the end that was reset, or timed out.",
    do="Capture at both ends at once, from before the connection opens: tcpdump -i any -s 128 -w FILE.pcap tcp port PORT",
    near_misses="benign-reset: an end had closed before the RST. undecided: nothing shows that anything went wrong.",
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Somebody was reset, or has given up."""
    silent = unheard(facts, server)
    reset = (client.was_reset > 0) | (server.was_reset > 0)
    return (
        reset
        | silent
        | (client.timed_out > 0)
        | (server.timed_out > 0)
        | ((facts.resets > 0) & (facts.reset_accepted == -1))
    )


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Never."""
    return facts.packets < 0


likely = certain


def explain(case: Case) -> Explanation:
    """What happened, without a reason."""
    facts = case.facts
    if facts.resets:
        by, other = facts.reset_by, 1 - facts.reset_by
        return Explanation(
            title=f"a RST in the {SIDES[by]}'s name ended the connection; the capture does not show why",
            sees=case.sees(other, "read"),
            why=lambda: (
                f"The RST in packet {facts.reset_packet} at {seconds(facts.reset_time)} ended the connection for the {SIDES[other]}. What was captured before it fits none of the known causes."
            ),
            do=PAGE.do,
            sure="only that the RST came.",
            evidence=packet_numbers(facts.reset_packet),
            alternatives=("linger-zero-abort", "injected-rst", "half-open-peer"),
        )
    if unheard(facts, case.server):
        return Explanation(
            title="the server's SYN-ACK was never answered",
            sees="server accept → blocks",
            why=lambda: (
                f"The server answered the SYN and repeated its SYN-ACK {case.server.repeats} times; nothing came back from the client, neither an ACK nor a RST."
            ),
            do="Capture at the client: if the SYN-ACK does not arrive there, the path back to it is broken; if the client never sent the SYN, its address is forged (a SYN flood: nstat -az TcpExtTCPReqQFullDoCookies).",
            sure="the SYN-ACKs, and that nothing answers them. Packets here do not show who sent the SYN.",
            evidence=packet_numbers(case.first_packet(), case.last_packet()),
            alternatives=("peer-vanished", "port-scan"),
        )
    side = 0 if case.client.timed_out else 1
    return Explanation(
        title=f"the {SIDES[side]} stopped retrying; the capture does not show why",
        sees=case.sees(side, "read"),
        why=lambda: f"The {SIDES[side]} repeated its last segment several times and had no answer.",
        do=PAGE.do,
        sure="only that nothing more was acknowledged.",
        evidence=packet_numbers(case.last_packet()),
        alternatives=("peer-vanished",),
    )
