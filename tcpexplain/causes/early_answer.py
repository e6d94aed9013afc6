"""early-answer: the server answered, and closed, while the client was still sending its request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.messages import cut_words, request_words
from tcpexplain.evidence.questions import answered_by_nobody, closes_first, in_use
from tcpexplain.evidence.words import packet_numbers, seconds, sentence, span
from tcpexplain.units import NANOSECOND, size

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "early-answer", "Closing badly", 7, "failed"

PAGE = Page(
    title="the server answered before it had the whole request, and closed",
    what=(
        "The server did not want the rest of the request (too large, not allowed, not authenticated): it sent its answer, closed, and left the client "
        "sending. What came later met a closed socket, and the RST for it may throw away the answer before the client has read it."
    ),
    recognised="The client was in the middle of a long request; a short answer and the server's FIN came together; the client's next segments, sent without a pause, were answered by RST.",
    sees="The client's write fails with EPIPE or ECONNRESET. The answer (HTTP 413, 401, 400) may still lie in its receive buffer: a client that stops at the failed write never sees it.",
    do=(
        "Client: when a write fails, read what there is before giving up: the answer says why. Send Expect: 100-continue before a large body. Server: read and discard the rest for "
        "a while before closing (lingering close), and longer than clients take to send it. The same request again gets the same answer."
    ),
    near_misses=(
        "write-after-close: the client was not in the middle of a request. half-close-expired: the client had the whole answer, and wrote again much later. "
        "peer-closed-idle-connection: the connection had been idle."
    ),
    references=("RFC 9110 section 10.1.1", "RFC 9112 section 9.6"),
)

TOGETHER = NANOSECOND // 10
"""ns: the answer and the FIN after it come from one decision."""
LONG_REQUEST, SHORT_ANSWER = 4, 4
"""Segments with data that the client had sent at least, and that the server sent at most."""


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A short answer and a FIN into a long request, whose rest met nobody."""
    asked = (client.data >= LONG_REQUEST) & (client.sent > 2 * server.sent) & (client.first_data < server.first_data)
    answer = (
        (server.data > 0) & (server.data <= SHORT_ANSWER) & (server.fin_packet > 0) & (server.fin_moments <= TOGETHER)
    )
    # A new request would begin with a pause, and the old one would have ended before the answer.
    going_on = in_use(client, server) & (server.first_data < server.fin_time) & (server.fin_heard < TOGETHER)
    unread = answered_by_nobody(facts) & (facts.reset_by == 1)
    return (asked & answer & going_on & unread) | shown(facts, client, server)


def shown(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The messages say it: an answer came, the request never became whole, and the server ended first."""
    ended = ((server.fin_packet > 0) & closes_first(server, client)) | ((facts.resets > 0) & (facts.reset_by == 1))
    return (facts.early == 1) & (facts.asker == 0) & ended


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Only the messages show that the request was not whole."""
    return shown(facts, client, server) & (facts.sound == 1)


likely = when


def explain(case: Case) -> Explanation:
    """What had been sent, what came back, and when the rest met nobody."""
    facts, client, server = case.facts, case.client, case.server
    return Explanation(
        title="the server answered while the client was still sending, and closed",
        sees=case.sees(0, "write"),
        why=lambda: sentence(
            f"{request_words(case)} {cut_words(case, 0)} at the end; its answer was {case.said.answer}."
            if facts.early
            else "",
            f"The client was sending its request when the server's answer of {size(server.sent)} came at {seconds(server.first_data)} (packet {server.first_data_packet}); the server closed {span(server.fin_time - server.last_data)} after it.",
            f"The client went on and sent {size(client.late_bytes)} more." if client.late_bytes else "",
            f"At {seconds(facts.reset_time)} the server's kernel answered with RST." if facts.resets else "",
            "The answer was there to be read before that.",
        ),
        lost=lambda: (
            f"{size(client.late_bytes or client.lacking)} of the request, which the server did not want; the answer too, if the client does not read it."
        ),
        do=PAGE.do,
        sure=lambda: (
            f"the lengths that {case.said.protocol}'s messages name, and the order of the segments."
            if facts.early
            else "the order of the segments. Only the content shows whether the request was complete before the answer."
        ),
        evidence=packet_numbers(server.first_data_packet, server.fin_packet, client.late_packet, facts.reset_packet),
        alternatives=("write-after-close", "half-close-expired") if client.late_taken else ("write-after-close",),
    )
