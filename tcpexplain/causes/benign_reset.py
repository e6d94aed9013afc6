"""benign-reset: a RST after which nothing is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.messages import SEALED, may_hide, wholeness
from tcpexplain.evidence.questions import parted
from tcpexplain.evidence.words import packet_numbers, seconds

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "benign-reset", "Fine", 10, "fine"

PAGE = Page(
    title="a RST after the exchange was over",
    what=(
        "The exchange was complete, and then came a RST that destroyed no data: an end closed and reset (FIN, then RST), a TLS client left before the server's close_notify or session tickets, "
        "or a late segment met an end that had closed."
    ),
    recognised="A RST, and nothing of the failing causes: the bytes that mattered were acknowledged before it.",
    sees="Usually no call is made any more. A later read returns 0 or fails with ECONNRESET; a later write may fail with EPIPE.",
    do="Nothing. Do not count such RSTs as failures.",
    near_misses="write-after-close: what was written late was an answer. close-with-unread-data: a request or an answer was unread.",
    references=("RFC 8446 section 6.1", "RFC 9293 section 3.6.1"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A RST that ended somebody after an end had closed, or out of TLS; whatever would make it worse ranks before."""
    ended = (facts.resets > 0) & ((client.was_reset > 0) | (server.was_reset > 0) | (facts.reset_accepted != 0))
    return ended & ((client.fin_packet > 0) | (server.fin_packet > 0) | (client.tls == 1) | parted(client, server))


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Both had closed, and every byte was acknowledged."""
    return (
        when(facts, client, server)
        & (client.fin_packet > 0)
        & (server.fin_packet > 0)
        & (client.unacknowledged == 0)
        & (server.unacknowledged == 0)
    )


likely = when


def explain(case: Case) -> Explanation:
    """What had happened before the RST."""
    facts = case.facts
    by, other = facts.reset_by, 1 - facts.reset_by
    fins = [
        f"the {SIDES[side]} had closed at {seconds(case.end(side).fin_time)}"
        for side in (0, 1)
        if case.end(side).fin_packet
    ]
    before = " and ".join(fins) if fins else "the exchange was over"
    late = case.end(other).late_bytes
    what = f"answers {late:,} late bytes that nobody waited for" if late else "came when nothing was outstanding"
    return Explanation(
        title=f"the {SIDES[by]}'s RST came after the exchange was over",
        sees=case.sees(other, "read"),
        why=lambda: f"Before the RST at {seconds(facts.reset_time)} {before}; it {what}.",
        sure=lambda: (
            wholeness(case)
            if case.said.protocol in SEALED
            else "no request was left without its answer."
            if facts.response_bytes
            else "nothing that was asked for is missing."
        ),
        evidence=packet_numbers(case.end(by).fin_packet, facts.reset_packet),
        alternatives=may_hide(case),
    )
