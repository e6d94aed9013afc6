"""socket-pair: both ends of the connection belong to one program, which wakes itself up with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers
from tcpexplain.vantage.hidden import HIDDEN_SIDE

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "socket-pair", "Opening", 75, "fine"
BLIND = HIDDEN_SIDE

PAGE = Page(
    title="a program's connection to itself",
    what=(
        "Where a library wants a pipe that select() can wait for, it makes one of TCP: it listens on a port of loopback, connects to it, and writes single bytes to wake up its own loop. "
        "RabbitMQ's pika, Python and Java on Windows, libevent and ZeroMQ do so. Nobody reads those bytes to the end, so the pair often ends by RST."
    ),
    recognised="One address at both ends, a port that no other connection of the capture calls, at least two segments of one byte each from the client, none of the server.",
    sees="Nothing that the program looks at: it closes both ends itself.",
    do="Nothing. Leave these connections out of a capture of loopback with a filter for the ports of services.",
    near_misses="close-with-unread-data: the client sent more than single bytes, the port serves others too, or the ends are two hosts. health-check: not a byte was sent.",
    references=("socketpair(2)", "Python socket.socketpair (Windows)"),
)

WAKES = 2
"""Single bytes from which on they are no request of one byte."""


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Only single bytes, one way, between two sockets of one host that are each other's only peers."""
    single = (client.data >= WAKES) & (client.sent == client.data)
    return (facts.itself == 1) & single & (server.data == 0) & (facts.established > 0)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Never: which program holds a socket, packets do not tell."""
    return facts.packets < 0


likely = when


def explain(case: Case) -> Explanation:
    """How often it woke itself up."""
    facts, client = case.facts, case.client
    ended = "RST, as they were not read to the end" if facts.resets else "FIN" if client.fin_packet else "nothing yet"
    return Explanation(
        title=f"a program woke itself up {client.data} times over a connection to itself",
        sees=case.sees(1 - facts.reset_by, "read") if facts.resets else "",
        why=lambda: (
            f"Both ends are {case.hosts[0]}, no other connection calls this port, and all that was said are {client.data} segments of one byte, which wait for no answer. It ended by {ended}."
        ),
        do=PAGE.do,
        sure="the addresses, and the lengths of the segments. Which program holds the two sockets, packets do not tell.",
        evidence=packet_numbers(case.first_packet(), client.last_data_packet, facts.reset_packet or client.fin_packet),
    )
