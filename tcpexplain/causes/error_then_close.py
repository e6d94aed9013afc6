"""error-then-close: the server said what was wrong, and closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.questions import closes_first
from tcpexplain.evidence.words import packet_numbers, seconds, sentence, span
from tcpexplain.payload.talk import FATAL, OF_ONE
from tcpexplain.vantage.hidden import HIDDEN_SERVER, RESETS_ONLY

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "error-then-close", "Closing badly", 6, "failed"
BLIND = HIDDEN_SERVER | RESETS_ONLY

PAGE = Page(
    title="the server reported an error that ends the connection, and closed",
    what=(
        "The server's last message is an error after which its protocol allows no other: PostgreSQL's FATAL (57P01 terminated by an administrator, 53300 too many connections, 28P01 wrong password), "
        "MySQL's ERR without a command, AMQP's Connection.Close with a code, MQTT's refusal, Redis at its limit of clients, NATS' -ERR, an SSH disconnect. "
        "HTTP/2's RST_STREAM with an error and gRPC's status 14 (UNAVAILABLE) speak of one request: where they are the server's last word, it is suspicious, not failed."
    ),
    recognised="Such a message from the server, then its FIN.",
    sees='The client\'s read returns that message, then 0 (EOF); drivers say its text: "terminating connection due to administrator command", "too many connections", CONNECTION_FORCED.',
    do="The code names the reason; look it up in the server's manual, and in its log at this time. Reconnect with a pause where it says that the server shuts down or is full; do not where it says that the client is wrong.",
    near_misses="answer-cut-short: the server said nothing. clean: the client had said goodbye before. server-said-goodbye: no error, only that the connection would end.",
    references=("PostgreSQL 55.7 and appendix A", "AMQP 0-9-1 section 1.4.2.7", "MQTT 5.0 section 3.14"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A last word of the server that is an error; the client had not left before."""
    ended = (server.fin_packet > 0) | ((facts.reset_by == 1) & (facts.resets > 0))
    left = (client.goodbye == 4) & (client.goodbye_time < server.goodbye_time)
    return (
        (facts.asker == 0)
        & (server.goodbye == FATAL)
        & ended
        & (left == 0)
        & ((client.fin_packet == 0) | (client.fin_time > server.goodbye_time))
    )


def milder(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """It said so of one request, in the words by which its protocol ends one: the client knows that it failed."""
    return server.goodbye_code == OF_ONE


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The message is there, and the server closed first."""
    return when(facts, client, server) & closes_first(server, client)


likely = when


def explain(case: Case) -> Explanation:
    """Which error, and what it ended."""
    facts, server, said = case.facts, case.server, case.said
    word = said.goodbyes[1]
    ended = server.fin_time or facts.reset_time
    return Explanation(
        title=f"the server said {word} and closed",
        sees="client read → data, then 0" if server.fin_packet else case.sees(0, "read"),
        why=lambda: sentence(
            f"The server's last message is {said.protocol}'s {word} (packet {server.goodbye_packet}, {seconds(server.goodbye_time)}); it closed {span(ended - server.goodbye_time)} later.",
            f"The request {said.request} was open." if facts.waiting and said.request else "",
        ),
        lost=lambda: f"the answer to {said.request}." if facts.waiting and said.request else "",
        do=PAGE.do,
        sure="the message and the end of the connection. Its text, which says more, is not shown.",
        evidence=packet_numbers(server.goodbye_packet, server.fin_packet or facts.reset_packet),
    )
