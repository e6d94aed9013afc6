"""server-said-goodbye: the server announced the end, and the client asked once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers, seconds, sentence, span
from tcpexplain.payload.talk import CLOSE, GOAWAY

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "server-said-goodbye", "Closing badly", 11, "failed"

PAGE = Page(
    title="the server had said that the connection ends, and the client asked once more",
    what=(
        "HTTP/2's GOAWAY, HTTP/1's Connection: close, 421 of SMTP and FTP announce that the server takes no more requests here. The client had not read it, did not heed it, or its request was on the way: "
        "nobody processes it."
    ),
    recognised="Such a word from the server, then a request of the client that is never answered, and the end of the connection.",
    sees='The request fails: "http2: server sent GOAWAY and closed the connection", "stream closed", socket hang up, gRPC UNAVAILABLE; write may say EPIPE.',
    do="The client's library should open a new connection at once after such a word, and repeat what GOAWAY's last stream says was not processed. Look why the server parts: age, number of requests (keepalive_requests), a restart, a drain.",
    near_misses="clean: the client asked nothing more. answer-cut-short: a request from before it was not answered whole. write-after-close: nothing had been announced.",
    references=("RFC 9113 section 6.8", "RFC 9112 section 9.6", "RFC 5321 section 3.8"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A request after the goodbye, without an answer, and the server's end."""
    word = (server.goodbye == CLOSE) | (server.goodbye == GOAWAY)
    ended = (server.fin_packet > 0) | (facts.resets > 0)
    return (facts.asker == 0) & word & (server.wrote_on > 0) & ended


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Both are in the capture, in their order, and the client had acknowledged the goodbye or the server refused what came after."""
    return when(facts, client, server) & (facts.missed == 0) & (facts.sound == 1)


likely = when


def explain(case: Case) -> Explanation:
    """What was said, and what came after it."""
    facts, server, said = case.facts, case.server, case.said
    word = said.goodbyes[1]
    return Explanation(
        title=f"the server had said {word.partition(',')[0]}, and the client asked once more",
        sees="client read → 0" if server.fin_packet else case.sees(0, "read"),
        why=lambda: sentence(
            f"The server's {word} came at {seconds(server.goodbye_time)} (packet {server.goodbye_packet}); packet {server.wrote_on} is a request after it, which has no answer.",
            f"The server closed {span(server.fin_time - server.goodbye_time)} after its goodbye."
            if server.fin_packet
            else "",
            "By the last stream that it names, this request was not processed." if facts.unprocessed else "",
        ),
        lost=lambda: "the request, which was not processed." if facts.unprocessed else "the request.",
        do=PAGE.do,
        sure="the goodbye, and the order of the packets.",
        evidence=packet_numbers(server.goodbye_packet, server.wrote_on, server.fin_packet or facts.reset_packet),
    )
