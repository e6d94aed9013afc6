"""closed-without-answer: a request was delivered, no byte of an answer came, and the peer closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.messages import request_words
from tcpexplain.evidence.questions import answerless, closes_first, one_way_stream, sealed_request, settled
from tcpexplain.evidence.words import packet_numbers, rounded, seconds
from tcpexplain.units import NANOSECOND, size
from tcpexplain.vantage.hidden import HIDDEN, HIDDEN_DROPS, HIDDEN_SERVER, RESETS_ONLY

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "closed-without-answer", "Closing badly", 60, "failed"
BLIND = HIDDEN_SERVER | RESETS_ONLY
DOUBT = HIDDEN | HIDDEN_DROPS

PAGE = Page(
    title="the server closed without answering the request",
    what="The server's kernel acknowledged the request, its process read it, and the connection was closed without a byte of an answer: a crash, a killed worker, a panic, a deadline of the server, or a deliberate drop (nginx 444).",
    recognised="A request wholly acknowledged, no byte from the server after it, then the server's FIN before the client's.",
    sees="read returns 0 (EOF): curl 52 empty reply, Python RemoteDisconnected, Go EOF, Node socket hang up, nginx upstream prematurely closed connection.",
    do="Look at the server's log at the time of the FIN: a crash, the OOM killer, a worker timeout. The request may have been processed: repeat it only if that does no harm.",
    near_misses="close-with-unread-data: the request was not even read (RST). client-gave-up: the client closed first. peer-closed-idle-connection: the FIN was there before the request. A farewell (QUIT, close_notify) needs no answer, nor does what the messages show to be none (HTTP/2's SETTINGS and GOAWAY): clean.",
    references=("RFC 9110 section 9.2.2", "RFC 9112 section 9.3.1"),
)

WORD, FAREWELL, DISCONNECT = 8, 64, 256
"""Bytes: a last word no longer than this is a farewell (QUIT, MySQL's COM_QUIT, PostgreSQL's Terminate); a TLS close_notify takes more,
and what SSH says when its last channel has closed."""
AT_ONCE = NANOSECOND // 20


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The last request is unanswered, by its bytes or by its protocol's words, and the server's FIN comes first."""
    proved = answerless(facts, client, server) & (server.was_reset == 0)
    return unanswered(facts, client, server) | proved | sealed_request(facts, client, server)


def unanswered(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """It is acknowledged, and not a byte came after it."""
    owed = (
        (facts.request_packet > 0)
        & (facts.response_bytes == 0)
        & (facts.request_acked == 1)
        & (client.late_packet == 0)
    )
    first = closes_first(server, client) & (server.fin_time > facts.request_time)
    short = (
        (facts.request_bytes <= WORD)
        | ((facts.request_bytes <= FAREWELL) & ((client.tls == 1) | (client.sealed & 1 == 1)))
        | ((facts.request_bytes <= DISCONNECT) & (client.sealed == 2))
    )
    farewell = short & (server.fin_time - facts.request_time <= AT_ONCE) & (server.data > 0)
    silent = one_way_stream(client, server)
    open_ = (silent == 0) & (settled(facts, client, server) == 0)
    return owed & first & (farewell == 0) & open_ & (facts.one_way == 0) & (server.was_reset == 0)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Nothing of it is missing in the capture, nor of what a known protocol says, which may want no answer."""
    wanted = (facts.protocol == 0) | (facts.sound == 1) | (server.data == 0)
    proved = unanswered(facts, client, server) & (facts.request_bytes > FAREWELL) & wanted
    return (proved | answerless(facts, client, server)) & (facts.missed == 0) & (facts.midstream == 0)


likely = when


def explain(case: Case) -> Explanation:
    """How long the server had the request."""
    facts, server = case.facts, case.server
    if answerless(facts, case.client, server) and not unanswered(facts, case.client, server):
        return by_words(case)
    took = server.fin_time - facts.request_time
    hidden = sealed_request(facts, case.client, server)
    return Explanation(
        title="the server read the request and closed without a byte of an answer",
        sees="client read → 0",
        why=lambda: (
            f"The request of {size(facts.request_bytes - (case.client.late_bytes if hidden else 0))} (packet {facts.request_packet}, {seconds(facts.request_time)}) was acknowledged; the server's FIN came {rounded(took)} later, and no byte of an answer came before it."
        ),
        lost="the answer; whether the request was processed, the packets do not show.",
        do=PAGE.do,
        sure=lambda: (
            f"packet {server.fin_packet} ends the server's data where it was before the request: no answer was sent. A crash, exit() and close() all send this FIN."
            + (" That it was a request, and no acknowledgment, its length says: TLS hides the words." if hidden else "")
        ),
        evidence=packet_numbers(facts.request_packet, server.fin_packet),
    )


def by_words(case: Case) -> Explanation:
    """Bytes came after the request, and none of them is of its answer."""
    server, last = case.server, case.said.last[0]
    return Explanation(
        title="the server had the request and closed without a word of its answer",
        sees="client read → 0",
        why=lambda: (
            f"{request_words(case)} was whole; the server's FIN came at {seconds(server.fin_time)} (packet {server.fin_packet}), and nothing that it sent before is of the answer."
        ),
        lost="the answer; whether the request was processed, the packets do not show.",
        do=PAGE.do,
        sure=lambda: (
            f"{case.said.protocol}'s own words, read up to the FIN. A crash, exit() and close() all send this FIN."
        ),
        evidence=packet_numbers(last.packet if last else 0, server.fin_packet),
    )
