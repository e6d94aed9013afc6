"""peer-closed-idle-connection: a new request on a connection whose peer had closed it while it was idle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.questions import answerless, farewell, half_captured, half_heard, in_use, mid_answer
from tcpexplain.evidence.timeouts import matching, named
from tcpexplain.evidence.words import packet_numbers, rounded, seconds, sentence, span
from tcpexplain.machine.resets import REPLY
from tcpexplain.units import NANOSECOND, size

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "peer-closed-idle-connection", "Closing badly", 10, "failed"

PAGE = Page(
    title="a new request on a connection that the server had closed while idle",
    what=(
        "A pool kept an idle connection longer than the server did. The server closed it, its FIN arrived and the client's kernel acknowledged it, but the client's program did not read it. Then the pool "
        "used the connection again, and the client wrote its next request to an end that had closed, whose kernel answered with RST."
    ),
    recognised="The server's FIN comes when no answer is outstanding; the client acknowledged it, then sent new data; the server answered with RST.",
    sees="The write succeeds. Then on Linux read returns 0 (EOF) and the next write fails with EPIPE; on BSD and macOS read says ECONNRESET.",
    do=(
        "Make the client's idle timeout shorter than the server's. Before reusing a connection, try a non-blocking read: 0 means closed. Read until 0 while idle and close then. "
        "The request was not processed: it is safe to send again on a new connection."
    ),
    near_misses=(
        "idle-close-race: the FIN and the request crossed, so no check could have helped. write-after-close: the writer was in the middle of an exchange, or is the server. "
        "half-close: the server had only shut down its sending direction and acknowledged the data."
    ),
    references=("RFC 9112 section 9.5", "RFC 9293 section 3.6.1"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The client writes anew after it has acknowledged the server's FIN."""
    stale = (client.late_packet > 0) & (client.late_known == 1) & (client.late_acked == 0) & (client.late_taken == 0)
    rested = (server.data > 0) & (facts.idle_before_fin >= NANOSECOND)
    used = (server.data > 0) & (server.first_data < server.fin_time)
    idle = (
        used
        & (server.fin_packet > 0)
        & ((server.fin_answered == 1) | rested)
        & (farewell(client) == 0)
        & (in_use(client, server) == 0)
    )
    answered = (facts.resets > 0) & (facts.reset_by == 1) & (facts.reset_shape == REPLY)
    return (
        stale
        & idle
        & ((mid_answer(facts) | answerless(facts, client, server)) == 0)
        & (answered | (server.resets == 0) & (client.unacknowledged > 0))
        & ((client.fin_packet == 0) | (client.fin_time >= client.late_data))
    )


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The RST for the request was seen, and nothing speaks against idleness."""
    return when(facts, client, server) & (facts.resets > 0) & ((half_heard(facts) | half_captured(facts)) == 0)


likely = when


def explain(case: Case) -> Explanation:
    """How long it had been idle, how long the FIN was there, what was written."""
    facts, client, server = case.facts, case.client, case.server
    unseen = client.late_packet == server.fin_packet
    idle, waited = facts.idle_before_fin, client.late_data - server.fin_time
    timer = named(matching(idle, "server"))
    shared = facts.idle_alike >= 2
    alone = "" if shared else "; one connection alone does not prove a timer"
    hint = f"{span(idle)} is {timer}{alone}." if timer and not unseen else ""
    same = f"{facts.idle_alike} other connections to it ended after the same silence: it has a timer." if shared else ""
    return Explanation(
        title="the client sent a new request on a connection the server had closed while idle",
        sees=f"client write → ok, {case.sees(0, 'read').removeprefix('client ')}",
        why=lambda: sentence(
            (
                f"The server had closed while the connection was idle: the request in packet {client.late_packet} acknowledges its FIN, which was not captured. The client's program did not look, and wrote it"
                if unseen
                else f"The server closed at {seconds(server.fin_time)}, after {rounded(idle)} without data. The client's kernel had the FIN for {span(waited)}; the client's program did not look, and wrote its next request"
            )
            + (
                f", which the server's kernel answered with RST {span(facts.reset_time - client.late_data)} later."
                if facts.resets
                else "."
            ),
            hint,
            same,
        ),
        lost=lambda: (
            f"{size(client.late_bytes)} (packet {client.late_packet}). write() returned because it only filled the send buffer."
        ),
        do=PAGE.do,
        sure=lambda: (
            f"{'packet' if unseen else f'the FIN in packet {server.fin_packet} was acknowledged before packet'} {client.late_packet} {'acknowledges one number more than the bytes that were captured: a FIN, or a byte that the capture lacks' if unseen else 'was sent'}. Cannot be told from packets: whether the server closed, exited or crashed."
        ),
        evidence=packet_numbers(server.fin_packet, client.late_packet, facts.reset_packet),
        alternatives=("capture-loss",)
        if unseen and not facts.resets
        else ("answer-cut-short",)
        if half_heard(facts)
        else (),
    )
