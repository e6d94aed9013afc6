"""client-gave-up: the opener closed while its request was unanswered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.messages import answer_words, bytes_of, cut_words
from tcpexplain.evidence.questions import closes_first, half_closed, one_way_stream
from tcpexplain.evidence.words import packet_numbers, rounded, seconds
from tcpexplain.units import NANOSECOND, size
from tcpexplain.vantage.hidden import HIDDEN, HIDDEN_DROPS, HIDDEN_SERVER, RESETS_ONLY

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "client-gave-up", "Closing badly", 80, "suspicious"
BLIND = HIDDEN_SERVER | RESETS_ONLY
DOUBT = HIDDEN | HIDDEN_DROPS

PAGE = Page(
    title="the client closed while it waited for the answer",
    what="The application's own deadline ran out, its user cancelled, or its process ended: the client closed although its request was unanswered. Packets do not show an errno for this.",
    recognised="A request, no byte of an answer after it, then the client's FIN or RST. A round number of seconds between them is a configured deadline.",
    sees='The client sees its own timeout: Go "context deadline exceeded" or "i/o timeout", Python "timed out", Java "Read timed out", curl 28. The server reads 0, nginx logs 499; its later answer is discarded.',
    do="Find out why the server was slow; that is the fault. Give each inner call a shorter deadline than the call that waits for it, so that the inner one fails first. The request may have been processed: repeat it only if that does no harm.",
    near_misses="closed-without-answer: the server closed first. write-after-close: the server's answer came and met a closed socket. A farewell (QUIT) followed at once by FIN is clean.",
    references=("RFC 9110 section 15.5.9",),
)

FEW = 64
"""Bytes: so short a last word may have needed no answer."""
FAREWELL = NANOSECOND // 10
"""A close this soon after the last data belongs to it: nobody waits so short."""


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The client's end comes first, a while after a request without an answer."""
    owed = (facts.request_packet > 0) & (
        (facts.response_bytes == 0) | ((server.late_packet > 0) & (server.first_data >= client.fin_time))
    )
    owed = owed & (one_way_stream(client, server) == 0)
    crossed = (server.crossed_packet > 0) & (facts.request_packet > 0) & (client.last_data < client.fin_time)
    unheard = crossed & (facts.response_bytes > 0) & (server.late_packet == 0) & (server.fin_packet > 0)
    # When a FIN was sent that only the server's next data acknowledges, nothing tells.
    timed = (client.fin_packet != server.first_data_packet) & (client.fin_packet != server.last_data_packet)
    fin = closes_first(client, server) & (client.fin_moments > FAREWELL) & timed
    reset = (
        (client.fin_packet == 0)
        & (server.fin_packet == 0)
        & (facts.reset_by == 0)
        & (facts.reset_tail > FAREWELL)
        & (facts.resets > 0)
    )
    owed_at_fin = (
        (server.late_packet > 0)
        & (server.last_data > client.last_data)
        & (client.fin_answered == 1)
        & (facts.request_time > 0)
    )
    both = unheard & (client.fin_packet > 0) & (facts.fins_crossed == 1) & (facts.reset_by == 0)
    return (
        both
        | left_early(facts, client, server)
        | (
            (owed | ((server.late_bytes == facts.response_bytes) & owed_at_fin & (server.late_bytes > 0)))
            & (fin | reset)
            & (facts.closed_first == 0)
            & (facts.one_way == 0)
        )
    )


def left_early(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The answer had begun and was not whole when the client closed."""
    begun = ((facts.waiting > 0) & (facts.begun == 1)) | (server.whole == 2)
    ended = ((client.fin_packet > 0) & closes_first(client, server)) | (
        (facts.reset_by == 0) & (facts.resets > 0) & (server.fin_packet == 0)
    )
    return (
        (facts.protocol > 0)
        & (facts.asker == 0)
        & begun
        & ended
        & (half_closed(client, server) == 0)
        & (client.whole != 2)
        & (client.goodbye != 4)
        & (facts.alert == 0)
    )


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The request had arrived, and nothing is missing."""
    return (
        when(facts, client, server)
        & (facts.request_acked == 1)
        & (client.fin_packet > 0)
        & (facts.resets > 0)
        & (server.crossed_packet == 0)
        & (facts.request_bytes > FEW)
    )


likely = when


def explain(case: Case) -> Explanation:
    """How long it waited."""
    facts, client = case.facts, case.client
    if left_early(facts, client, case.server):
        return left(case)
    by_fin = bool(client.fin_packet)
    ended = client.fin_time if by_fin else facts.reset_time
    waited = ended - client.last_data
    shut = "; it may have only shut down its sending direction (half-close)" if by_fin and not facts.resets else ""
    return Explanation(
        title=f"the client closed after waiting {rounded(waited)} for an answer",
        sees="client read → its own timeout; server read → 0"
        if by_fin
        else "client read → its own timeout; server read → ECONNRESET",
        why=lambda: (
            f"The client's request of {size(facts.request_bytes)} (packet {facts.request_packet}) was unanswered when the client {'closed' if by_fin else 'reset the connection'} at {seconds(ended)}, {rounded(waited)} later{shut}."
        ),
        lost="the answer, if the server still makes one.",
        do=PAGE.do,
        sure="no byte came between request and close. A deadline, a cancellation and the end of the process look the same.",
        evidence=packet_numbers(facts.request_packet, client.fin_packet or facts.reset_packet),
        alternatives=("half-close",) if shut else (),
    )


def left(case: Case) -> Explanation:
    """It left in the middle of the answer."""
    facts, client = case.facts, case.client
    ended = client.fin_time or facts.reset_time
    last = case.said.last[1]
    return Explanation(
        title=f"the client closed in the middle of the answer{bytes_of(last)}",
        sees="server read → 0; server write → EPIPE" if client.fin_packet else "server read → ECONNRESET",
        why=lambda: f"{answer_words(case)} {cut_words(case, 1)} when the client closed at {seconds(ended)}.",
        lost="the rest of the answer, which the client did not wait for.",
        do="If the client had a deadline, find out why the answer took so long; a user who cancels looks the same. The server should stop working on it.",
        sure=lambda: (
            f"{case.said.protocol}'s own lengths, and that the client ended first. Deadline, cancellation and exit look alike."
        ),
        evidence=packet_numbers(
            facts.request_packet, last.packet if last else 0, client.fin_packet or facts.reset_packet
        ),
    )
