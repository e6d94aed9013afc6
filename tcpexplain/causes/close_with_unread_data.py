"""close-with-unread-data: a live socket aborts with received data that nobody had read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.habits import way
from tcpexplain.evidence.questions import aborted, half_captured, left_after_close, left_notified, of, parted, settled
from tcpexplain.evidence.words import packet_numbers, seconds, sentence, span
from tcpexplain.units import NANOSECOND, size
from tcpexplain.vantage.hidden import HIDDEN_PLAIN, RESETS_ONLY

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "close-with-unread-data", "Closing badly", 40, "failed"
BLIND = HIDDEN_PLAIN | RESETS_ONLY

PAGE = Page(
    title="closed with received data unread, so the kernel sent RST",
    what=(
        "A process closed its socket (or died) while its receive buffer still held data. Linux and macOS then send RST instead of FIN, to say that data was lost. An answer already sent may be destroyed: "
        "the RST can overtake it in the peer's buffer (the HTTP 413 or 401 that the client never sees)."
    ),
    recognised="A RST with ACK and an open window, from an open socket that had received data shortly before, or in the middle of an exchange.",
    sees="The peer reads what had arrived, then ECONNRESET once, then EOF; if it writes first, that write says ECONNRESET and the next one EPIPE with SIGPIPE. On Windows unread data is discarded.",
    do="Read the request to its end before closing, or shutdown(SHUT_WR) after the answer, read until 0 for a while, then close (lingering close). A client that cancels a download does this on purpose.",
    near_misses="linger-zero-abort: it had probably read everything, or had received nothing; the answer was whole when its client reset. socket-pair: a program's single bytes to itself. benign-reset: a TLS client that leaves session tickets unread. write-after-close: a FIN came first, and a bare RST after it.",
    references=("RFC 2525 section 2.17", "RFC 1122 section 4.2.2.13", "RFC 9112 section 9.6"),
)

CLIENT = (
    "Cancelling on purpose needs nothing: the server's write fails. Otherwise read the answer to its end before closing, also an early one: look for it "
    "while a long request is still being sent. At the server, handle ECONNRESET and EPIPE per connection."
)
"""What to do where it was the client that closed."""

JUST_NOW = NANOSECOND // 5
"""Data this young may well be unread: applications usually read within milliseconds."""
SMALL = 16_384
"""Bytes: a client that was answered in one piece has usually read it all when it closes, if only to see that it is healthy."""
TICKETS = 1200
"""Bytes: TLS session tickets and a close_notify that a leaving client does not wait for."""


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A live socket's RST, young data or an unfinished exchange at its sender."""
    pending, age, tail = facts.reset_pending, facts.reset_pending_age, facts.reset_tail
    received = of(facts.reset_by, server.data, client.data) > 0
    young = (pending > 0) & (age <= JUST_NOW)
    answered_early = (pending == 0) & (age <= JUST_NOW) & (tail <= JUST_NOW)
    unanswered = (facts.reset_by == 1) & (pending > 0)
    stuck = of(facts.reset_by, client.zero_longest, server.zero_longest) > NANOSECOND // 10
    over = (facts.reset_by == 0) & (client.data > 0) & (pending > 0) & (pending <= SMALL) & (client.tls != 1)
    overtaken = (facts.reset_by == 0) & (server.fin_packet > 0) & (server.data > 0) & (client.fin_packet == 0)
    tickets = (
        (facts.reset_by == 0) & (client.tls == 1) & (server.tls == 1) & (pending <= TICKETS) & (client.alerts == 0)
    )
    finished = (facts.reset_by == 0) & settled(facts, client, server)
    left = (facts.reset_by == 1) & (client.fin_packet > 0) & (pending == 0)
    done = left_after_close(facts, client, server)
    return (
        aborted(facts)
        & received
        & (left == 0)
        & ((done == 0) | stuck)
        & (young | answered_early | unanswered | stuck | overtaken)
        & (tickets == 0)
        & (((over == 0) & (finished == 0)) | stuck)
        & ((parted(client, server) | left_notified(facts, client, server)) == 0)
    )


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A closed window: the buffer was full; what is cut off might have told more."""
    return (
        when(facts, client, server)
        & (half_captured(facts) == 0)
        & (of(facts.reset_by, client.zero_since, server.zero_since) > 0)
    )


likely = when


def explain(case: Case) -> Explanation:
    """Who, what was unread, what of its own answer is in danger."""
    facts = case.facts
    closer, other = facts.reset_by, 1 - facts.reset_by
    me, peer = case.end(closer), case.end(other)
    pending = facts.reset_pending
    unread = (
        f"{size(pending)} had reached it since it last sent data"
        if pending
        else f"it had last sent data {span(facts.reset_tail)} before, and {size(peer.acknowledged)} had reached it earlier"
    )
    cut = (
        f"Its own {size(me.sent)} may be destroyed: the RST overtakes them in the {SIDES[other]}'s buffer if they are not read yet (as with HTTP 413)."
        if closer == 1 and me.sent and facts.response_bytes
        else ""
    )
    return Explanation(
        title=f"the {SIDES[closer]} closed with data unread, so its kernel sent RST",
        sees=case.sees(other, "read"),
        why=lambda: sentence(
            f"The {SIDES[closer]} ended its socket at {seconds(facts.reset_time)} by RST instead of FIN; {unread}. {way(facts, 'Its process closed, or died, without reading it all')}.",
            cut,
        ),
        lost=lambda: (
            f"up to {size(pending)} that the {SIDES[closer]} had not read."
            if pending
            else f"what it had not read of the {'request' if closer == 1 else 'answer'}."
        ),
        do=lambda: PAGE.do if closer == 1 else CLIENT,
        sure=lambda: (
            f"packet {facts.reset_packet} comes from an open socket. SO_LINGER 0 sends the same RST: that data was unread is inferred from what had arrived and when."
        ),
        evidence=packet_numbers(peer.last_data_packet, facts.reset_packet),
        alternatives=("linger-zero-abort",),
    )
