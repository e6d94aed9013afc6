"""connect-abandoned: the SYNs stop before the kernel's last retry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers, span
from tcpexplain.machine.facts import GIVEN_UP, SCAN, UNANSWERED
from tcpexplain.vantage.hidden import HIDDEN_SERVER, RESETS_ONLY

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "connect-abandoned", "Opening", 40, "suspicious"
BLIND = HIDDEN_SERVER | RESETS_ONLY

PAGE = Page(
    title="the application gave up connecting",
    what="SYNs went unanswered, and they stop before the kernel would: the application had its own deadline for connect(), or was stopped.",
    recognised="Only SYNs; the next one of the kernel's rhythm was due within the capture and did not come, and the series is shorter than the kernel's.",
    sees='The application\'s own timeout, not an errno: Go "i/o timeout", Python "timed out", Java "Connect timed out", nginx "upstream timed out (110)" while connecting.',
    do="The deadline is not the fault: nothing answered the SYN. See syn-unanswered for where to look.",
    near_misses="syn-unanswered: the kernel itself gave up, or the capture ended while it tried. A host with tcp_syn_retries set low looks the same.",
    references=("Linux Documentation/networking/ip-sysctl.rst tcp_syn_retries",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A SYN that was due did not come."""
    alone = (facts.opening == UNANSWERED) & (facts.icmp == 0) & (facts.ports_tried < SCAN)
    return alone & (facts.left > facts.syn_due) & (facts.syn_last < GIVEN_UP) & (facts.queue_full == 0)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Never: tcp_syn_retries may be small."""
    return facts.packets < 0


likely = when


def explain(case: Case) -> Explanation:
    """Between which times the deadline lies."""
    facts = case.facts
    times = "once" if facts.syns == 1 else f"{facts.syns} times"
    return Explanation(
        title=f"SYN sent {times}, no answer, then the client gave up",
        sees="client connect → its own timeout",
        why=lambda: (
            f"The client sent its SYN {times} within {span(facts.syn_last - 1)} and got no answer. The next one was due at {span(facts.syn_last + facts.syn_due)} "
            f"at the latest and did not come: the application's deadline, between {span(facts.syn_last - 1)} and then, or a small tcp_syn_retries."
        ),
        do=PAGE.do,
        sure="no packet came back, and the kernel's series of SYNs ends early. A kernel set to few retries cannot be told from a deadline.",
        evidence=packet_numbers(case.first_packet(), case.last_packet()),
        alternatives=("syn-unanswered",),
    )
