"""syn-unanswered: SYNs repeated, never answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers, span
from tcpexplain.machine.facts import GIVEN_UP, SCAN, UNANSWERED
from tcpexplain.units import NANOSECOND
from tcpexplain.vantage.hidden import HIDDEN, HIDDEN_DROPS, HIDDEN_SERVER, RESETS_ONLY

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "syn-unanswered", "Opening", 30, "failed"
BLIND = HIDDEN_SERVER | RESETS_ONLY
DOUBT = HIDDEN | HIDDEN_DROPS

PAGE = Page(
    title="SYNs never answered",
    what=(
        "Nothing came back: a firewall that drops, a host that is down beyond the last router, a missing route back, or a full accept queue, "
        "which also drops SYNs without an answer. The kernel sent the SYN again until its last retry had failed, or until the capture ended."
    ),
    recognised="Only SYNs, in the kernel's rhythm (Linux since 6.5: 0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67 s; before: 0, 1, 3, 7, 15, 31, 63 s).",
    sees="connect() fails with ETIMEDOUT when the kernel's last retry has failed: on Linux after 127 to 134 s, on BSD and macOS after 75 s, on Windows after about 21 s.",
    do="Trace where the SYN is dropped: capture at the server. If it arrives there, look at the firewall's rules, the route back, and nstat's ListenDrops. Set a connect timeout of your own.",
    near_misses="connect-abandoned: the SYNs stop before the kernel's last retry. accept-queue-full: the same port has connections that wait to be accepted. refused-by-icmp: somebody answered.",
    references=(
        "RFC 9293 section 3.8.3",
        "Linux Documentation/networking/ip-sysctl.rst tcp_syn_retries, tcp_syn_linear_timeouts",
    ),
)


def waited_for(facts: Facts) -> int:
    """The SYN came again, or an answer would have come by the capture's end."""
    return (facts.syns > 1) | (facts.left >= NANOSECOND)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """SYNs only; the next one would still have been due, or the kernel had given up."""
    alone = (facts.opening == UNANSWERED) & (facts.icmp == 0) & (facts.ports_tried < SCAN)
    return (
        alone
        & ((facts.left <= facts.syn_due) | (facts.syn_last >= GIVEN_UP))
        & (facts.queue_full == 0)
        & waited_for(facts)
    )


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The kernel's whole series was seen."""
    return when(facts, client, server) & (facts.syn_last >= GIVEN_UP)


likely = when


def explain(case: Case) -> Explanation:
    """How many SYNs in how long."""
    facts = case.facts
    done = facts.syn_last >= GIVEN_UP
    end = (
        f"Then the kernel gave up: connect() fails about {span(2 * facts.syn_last)} after it was called."
        if done
        else "The capture ends while the kernel was still trying."
    )
    times = "once" if facts.syns == 1 else f"{facts.syns} times in {span(facts.syn_last)}"
    lives = " The same port answered others in this capture, so the server is up." if facts.port_lives else ""
    return Explanation(
        title=f"SYN sent {times}, no answer" if facts.syns == 1 else f"SYN sent {facts.syns} times, no answer",
        sees=case.sees(0, "connect") if done else "client connect → blocks, then ETIMEDOUT",
        why=lambda: f"The client sent its SYN {times} and got no answer. {end}{lives}",
        do=PAGE.do,
        sure=lambda: (
            "no packet came back."
            + (
                " The capture shows the kernel's whole series."
                if done
                else " An answer after the capture's end is not excluded."
            )
        ),
        evidence=packet_numbers(case.first_packet(), case.last_packet()),
        alternatives=() if done else ("connect-abandoned",),
    )
