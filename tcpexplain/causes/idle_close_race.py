"""idle-close-race: the server's FIN and the client's new request crossed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.order import not_after
from tcpexplain.evidence.questions import half_heard, mid_answer, parting
from tcpexplain.evidence.words import packet_numbers, rounded, seconds, span
from tcpexplain.machine.resets import REPLY
from tcpexplain.units import size

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "idle-close-race", "Closing badly", 20, "failed"

PAGE = Page(
    title="the server's FIN and the client's request crossed on the wire",
    what="The server closed an idle connection at the same moment at which the client used it again. Neither end could know of the other: the request was sent before the FIN had arrived.",
    recognised="The FIN does not acknowledge the request, and the request does not acknowledge the FIN; the server answers the request with RST.",
    sees="The write succeeds; then on Linux read returns 0 (EOF), and the next write fails with EPIPE.",
    do=(
        "No check before use can avoid it. Make the client's idle timeout shorter than the server's by more than a round trip, so that only one side ever closes idle connections, and repeat the request on a new "
        "connection: the closed server did not process it."
    ),
    near_misses="peer-closed-idle-connection: the client had acknowledged the FIN before it wrote. closed-without-answer: the server had acknowledged the request.",
    references=("RFC 9112 section 9.5",),
)


MIXED = 20_000_000
"""ns by which a capture may have two packets in the wrong order."""


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The request and the FIN do not know each other, and the request met nobody."""
    answered = (facts.resets > 0) & (facts.reset_by == 1) & (facts.reset_shape == REPLY)
    after = (client.late_packet > 0) & (client.late_known == 0) & (server.fin_answered == 1)
    before: int = (
        (client.crossed_packet > 0)
        & not_after(facts.request_time, facts.request_packet, client.crossed_time, client.crossed_packet)
        & not_after(client.first_data, client.first_data_packet, facts.request_time, facts.request_packet)
    )
    whole = (facts.response_bytes == 0) & (client.late_acked == 0)
    # A RST from before the FIN is not the closed server's.
    answered = answered & (facts.reset_time + MIXED >= server.fin_time)
    return (
        answered
        & (parting(facts, client) == 0)
        & (server.fin_packet > 0)
        & (after | before)
        & whole
        & (mid_answer(facts) == 0)
        & (facts.request_acked != 1)
    )


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Within a round trip, as the handshake measured it."""
    near = (client.late_packet == 0) | (client.late_data - server.fin_time <= 2 * facts.rtt + 1_000_000)
    return when(facts, client, server) & near & (facts.midstream == 0) & (half_heard(facts) == 0)


likely = when


def explain(case: Case) -> Explanation:
    """How close they were."""
    facts, client, server = case.facts, case.client, case.server
    request = client.late_packet or client.crossed_packet
    sent = client.late_data or facts.request_time
    apart = abs(sent - server.fin_time)
    return Explanation(
        title="the client's request and the server's FIN crossed on the wire",
        sees=f"client write → ok, {case.sees(0, 'read').removeprefix('client ')}",
        why=lambda: (
            f"The server closed at {seconds(server.fin_time)}, after {rounded(facts.idle_before_fin) if client.late_packet else 'a silence'} without a request; the client's request was {span(apart)} away from the FIN, and a round trip takes {span(facts.rtt)}. Neither had seen the other's segment."
        ),
        lost=lambda: f"{size(client.unacknowledged)} (packet {request}): the closed server answered it with RST.",
        do=PAGE.do,
        sure=lambda: (
            f"the FIN in packet {server.fin_packet} does not acknowledge the request in packet {request}, nor the request the FIN."
        ),
        evidence=packet_numbers(request, server.fin_packet, facts.reset_packet),
        alternatives=() if facts.rtt else ("peer-closed-idle-connection",),
    )
