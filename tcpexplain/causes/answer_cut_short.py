"""answer-cut-short: the server's side closed before its answer was whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.analysis.shapes import DISSECTED
from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.messages import answer_words, bytes_of, cut_words
from tcpexplain.evidence.questions import aborted, ends_first
from tcpexplain.evidence.shapes import shape_basis, shape_words, stops
from tcpexplain.evidence.words import packet_numbers, seconds, sentence
from tcpexplain.units import NANOSECOND, size
from tcpexplain.vantage.hidden import HIDDEN_SERVER, RESETS_ONLY

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "answer-cut-short", "Closing badly", 9, "failed"
BLIND = HIDDEN_SERVER | RESETS_ONLY

PAGE = Page(
    title="the server's side ended in the middle of its answer",
    what=(
        "The answer had begun and was not whole when the server, or a proxy before it, ended the connection: a process that crashed or was killed, a deadline, a worker recycled, an upstream that "
        "died behind a proxy. In TCP's eyes it was an orderly close: both FINs, every byte acknowledged. Only the message shows what is missing: it says how long it is, or has an end of its own."
    ),
    recognised=(
        "The last message of the server says that it is longer than what came before the server's FIN: an HTTP body shorter than its Content-Length or without its last chunk, "
        "a PostgreSQL answer without ReadyForQuery, an HTTP/2 stream without END_STREAM, a TLS record that ends in the middle. "
        "Where no protocol is known, likely: every answer of five other connections to this server, or more, ended a line, or had so many bytes, and this one's last does not."
    ),
    sees='read returns 0 (EOF) too early: curl 18 "transfer closed with 560 bytes remaining", Go "unexpected EOF", Python IncompleteRead, nginx "upstream prematurely closed connection", psql "server closed the connection unexpectedly".',
    do="Look at the server's log, and that of what stands behind it, at the time of its FIN: a crash, the OOM killer, a timeout while streaming. What came of the answer must not be used as if it were whole. Repeat the request if its method allows it.",
    near_misses=(
        "client-gave-up: the client closed first. close-with-unread-data, linger-zero-abort: a RST cut the answer. clean: the answer was whole, or it is one that lasts until the close, of which packets do not tell whether it was whole. "
        "closed-without-answer: not a byte of the answer came. error-then-close: the server said why. peer-closed-idle-connection: the client asked anew, so the answer before was whole to it."
    ),
    references=("RFC 9112 section 8", "RFC 9113 section 8.1"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The asked end closed, or was cut off, first; its message, or its answer, was not whole."""
    cut = (server.whole == 2) | ((facts.waiting > 0) & (facts.begun == 1))
    by_fin = (server.fin_packet > 0) & ends_first(server, client)
    by_fin = by_fin | aborts(facts, client, server)
    said = (server.goodbye != 5) & (facts.alert == 0)
    # A client that was silent, and asks anew after the FIN, has taken the answer before it for whole.
    said = said & ((client.late_packet == 0) | (facts.idle_before_fin < NANOSECOND))
    read = (facts.asker == 0) & (facts.protocol > 0) & cut & (facts.early == 0)
    return (read | stops(facts, client, server, 1)) & by_fin & said


def aborts(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The server ended a live socket by RST in the middle of its message, and not because of what it had just received."""
    read = (facts.reset_pending == 0) | (facts.reset_pending_age >= NANOSECOND // 2)
    alone = (client.fin_packet == 0) & (server.fin_packet == 0)
    return aborted(facts) & (facts.reset_by == 1) & (server.whole == 2) & alone & read


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A length, or the missing mark of an end, proves it; nothing is missing in the capture."""
    proved = (facts.protocol > 0) & (facts.missed == 0) & (facts.sound == 1) & (server.unacknowledged == 0)
    return when(facts, client, server) & proved


likely = when


def explain(case: Case) -> Explanation:
    """What came, what was promised, and how it ended."""
    facts, server = case.facts, case.server
    if not facts.protocol:
        return unlike_the_others(case)
    lacking = (
        f"{size(server.lacking)} of the answer"
        if server.lacking
        else "the rest of the answer; how much that is, nothing tells"
    )
    last, how = case.said.last[1], "FIN" if server.fin_packet else "RST"
    return Explanation(
        title=f"the server closed in the middle of its answer{bytes_of(last)}",
        sees="client read → 0" if server.fin_packet else case.sees(0, "read"),
        why=lambda: sentence(
            f"{answer_words(case)} {cut_words(case, 1)} when the server's {how} came at {seconds(server.fin_time or facts.reset_time)} (packet {server.fin_packet or facts.reset_packet}).",
            "Both FINs were acknowledged, so TCP's part was in order."
            if case.client.fin_packet and not facts.resets
            else "",
        ),
        lost=lambda: lacking + ".",
        do=PAGE.do,
        sure=lambda: (
            f"{case.said.protocol}'s own lengths, and the {how} that stands before their end. A crash, exit() and close() all send it."
        ),
        evidence=packet_numbers(
            last.packet if last else 0, server.last_data_packet, server.fin_packet or facts.reset_packet
        ),
    )


def unlike_the_others(case: Case) -> Explanation:
    """No protocol is known: what its siblings have in common, and what it lacks of that."""
    facts, server = case.facts, case.server
    lacking = facts.shape_bytes - facts.shape_came
    return Explanation(
        title="the server closed in the middle of "
        + (
            "what tshark takes for a message"
            if facts.shape == DISSECTED
            else "its answer, as other connections to it show"
        ),
        sees="client read → 0",
        why=lambda: (
            f"{shape_words(case)} (packet {server.last_data_packet}), and the server's FIN followed at {seconds(server.fin_time)} (packet {server.fin_packet})."
        ),
        lost=lambda: (
            f"{size(lacking)} of the answer."
            if lacking > 0
            else "the rest of the answer; how much that is, nothing tells."
        ),
        do=PAGE.do,
        sure=lambda: shape_basis(case),
        evidence=packet_numbers(facts.request_packet, server.last_data_packet, server.fin_packet),
        alternatives=("clean",),
    )
