"""request-cut-short: the client ended before its request was whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.messages import bytes_of, cut_words, request_words
from tcpexplain.evidence.questions import closes_first
from tcpexplain.evidence.shapes import shape_basis, shape_words, stops
from tcpexplain.evidence.words import packet_numbers, seconds
from tcpexplain.units import size
from tcpexplain.vantage.hidden import HIDDEN_CLIENT, RESETS_ONLY

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "request-cut-short", "Closing badly", 12, "failed"
BLIND = HIDDEN_CLIENT | RESETS_ONLY

PAGE = Page(
    title="the client ended in the middle of its request",
    what="The request says how long it is, and less of it came before the client's FIN or RST: the client crashed, was killed, its user cancelled an upload, or a proxy's own client left.",
    recognised="The client's last message is longer than what came before its FIN or RST, and the client ended first. Where no protocol is known, likely: every request of five other connections to this server, or more, ended a line, or had so many bytes, and this one's last does not.",
    sees='The server\'s read returns 0 (EOF) in the middle of a request: nginx 400 or 499 "client prematurely closed connection", Python "unexpected EOF", Go "unexpected EOF", PostgreSQL "unexpected EOF on client connection".',
    do="Look at the client at the time of its FIN. A server must not act on the part that came. The client may send the request again: it cannot have been processed as a whole.",
    near_misses="early-answer: the server answered and closed first, while the request was still coming. client-gave-up: the request was whole and its answer was awaited.",
    references=("RFC 9112 section 8",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The asking end's message was not whole when it closed, and it closed first."""
    by_fin = (client.fin_packet > 0) & closes_first(client, server)
    by_reset = (facts.reset_by == 0) & (facts.resets > 0) & (server.fin_packet == 0)
    return (
        (facts.asker == 0)
        & (facts.protocol > 0)
        & (client.whole == 2)
        & (by_fin | by_reset)
        & (facts.early == 0)
        & (facts.alert == 0)
    ) | (stops(facts, client, server, 0) & by_fin)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A length proves it, and nothing is missing in the capture."""
    return when(facts, client, server) & (facts.protocol > 0) & (facts.missed == 0) & (facts.sound == 1)


likely = when


def explain(case: Case) -> Explanation:
    """What came, what was promised, and how it ended."""
    facts, client = case.facts, case.client
    if not facts.protocol:
        return unlike_the_others(case)
    how = "FIN" if client.fin_packet else "RST"
    last = case.said.last[0]
    return Explanation(
        title=f"the client closed in the middle of its request{bytes_of(last)}",
        sees="server read → 0" if client.fin_packet else case.sees(1, "read"),
        why=lambda: (
            f"{request_words(case)} {cut_words(case, 0)} when the client's {how} came at {seconds(client.fin_time or facts.reset_time)} (packet {client.fin_packet or facts.reset_packet})."
        ),
        lost=lambda: (
            (f"{size(client.lacking)} of the request" if client.lacking else "the rest of the request")
            + ", which was never sent."
        ),
        do=PAGE.do,
        sure=lambda: f"{case.said.protocol}'s own lengths, and the {how} that stands before their end.",
        evidence=packet_numbers(
            last.packet if last else 0, client.last_data_packet, client.fin_packet or facts.reset_packet
        ),
    )


def unlike_the_others(case: Case) -> Explanation:
    """No protocol is known: what its siblings have in common, and what it lacks of that."""
    facts, client = case.facts, case.client
    lacking = facts.shape_bytes - facts.shape_came
    return Explanation(
        title="the client closed in the middle of its request, as other connections to this server show",
        sees="server read → 0",
        why=lambda: (
            f"{shape_words(case)} (packet {client.last_data_packet}), and the client's FIN followed at {seconds(client.fin_time)} (packet {client.fin_packet})."
        ),
        lost=lambda: (
            (f"{size(lacking)} of the request" if lacking > 0 else "the rest of the request")
            + ", which was never sent."
        ),
        do=PAGE.do,
        sure=lambda: shape_basis(case),
        evidence=packet_numbers(client.last_data_packet, client.fin_packet),
        alternatives=("clean",),
    )
