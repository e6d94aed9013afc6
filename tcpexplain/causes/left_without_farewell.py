"""left-without-farewell: an end closed without the goodbye that its protocol wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.questions import closes_first, without_farewell
from tcpexplain.evidence.words import packet_numbers, seconds, sentence
from tcpexplain.vantage.hidden import HIDDEN_PACKETS, HIDDEN_SIDE, RESETS_ONLY

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "left-without-farewell", "Closing badly", 76, "failed"
BLIND = HIDDEN_SIDE | HIDDEN_PACKETS | RESETS_ONLY

PAGE = Page(
    title="one end closed without the goodbye of its protocol",
    what=(
        "PostgreSQL, MySQL, AMQP, MQTT and WebSocket have a word for the end: Terminate, COM_QUIT, Connection.Close, DISCONNECT, a Close frame; servers report an error before they close. "
        "Who only closes the socket has crashed, was killed, forgot to close its connection properly, or is a device in between."
    ),
    recognised="The first FIN comes without that word before it, between two messages.",
    sees='A server\'s log: "unexpected EOF on client connection", "Aborted connection (Got an error reading communication packets)", "client unexpectedly closed TCP connection". A client: "server closed the connection unexpectedly", "Lost connection to server during query", 1006.',
    do="A client: close the connection in order (with, defer, finally), and look whether the process was killed. A server: look for a crash, the OOM killer, a restart at this time; a proxy's idle timeout looks the same.",
    near_misses="answer-cut-short, request-cut-short: it left in the middle of a message. error-then-close: it said why. Where a client leaves with nothing open, only the server's log suffers: suspicious, not failed.",
    references=("PostgreSQL 55.2.8", "RFC 6455 section 7.1", "MQTT 5.0 section 3.14"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The first to close owed a word."""
    rude_server = (server.owes_farewell == 1) & closes_first(server, client) & (facts.asker == 0)
    return without_farewell(facts, client, server) | (rude_server & (facts.resets == 0))


def milder(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A client that left with nothing open."""
    return (client.owes_farewell == 1) & closes_first(client, server) & (facts.waiting == 0)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """All of the protocol was read."""
    return when(facts, client, server) & (facts.missed == 0) & (facts.sound == 1)


likely = when


def explain(case: Case) -> Explanation:
    """Who, when, and what was open."""
    facts, said = case.facts, case.said
    who = 0 if closes_first(case.client, case.server) else 1
    end = case.end(who)
    open_ = (
        f"The request {said.request} had no answer."
        if facts.waiting and said.request
        else "Nothing was open."
        if not facts.waiting
        else ""
    )
    return Explanation(
        title=f"the {SIDES[who]} closed without {said.protocol}'s goodbye",
        sees=f"{SIDES[1 - who]} read → 0",
        why=lambda: sentence(
            f"The {SIDES[who]}'s FIN came at {seconds(end.fin_time)} (packet {end.fin_packet}) without the word that {said.protocol} has for the end.",
            open_,
        ),
        lost=lambda: f"the answer to {said.request}, if there was to be one." if facts.waiting and said.request else "",
        do=PAGE.do,
        sure="all messages were read up to the FIN. A crash, exit() and close() all send this FIN.",
        evidence=packet_numbers(end.last_data_packet, end.fin_packet),
    )
