"""health-check: connected and closed at once, without a byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers, span
from tcpexplain.machine.transitions import State
from tcpexplain.units import NANOSECOND
from tcpexplain.vantage.hidden import HIDDEN, HIDDEN_DROPS

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "health-check", "Opening", 80, "fine"
DOUBT = HIDDEN | HIDDEN_DROPS

PAGE = Page(
    title="connected and closed at once, without a byte",
    what="A load balancer, a monitor or a connect scan opened the connection to see whether the port answers, and closed it, often by RST to save TIME-WAIT.",
    recognised="A whole handshake, no payload in either direction, closed by the client within 2 s, by FIN or RST; the server closes too, or has had less than 10 s to do so.",
    sees="The server: accept() succeeds, read returns 0, or ECONNRESET after a RST.",
    do="Nothing. Keep servers from logging it as an error.",
    near_misses="port-scan: the handshake is not completed, or many ports are tried. linger-zero-abort: a RST later, or after data. close-wait-leak: the server never closed.",
)

AT_ONCE = 2 * NANOSECOND
LONG = 10 * NANOSECOND
"""In CLOSE-WAIT for so long, the server leaks the descriptor."""
_CLOSE_WAIT = int(State.CLOSE_WAIT)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """No byte, and the client's end within two seconds."""
    closed = (client.fin_packet > 0) & (client.fin_time - facts.established <= AT_ONCE)
    reset = (
        (facts.resets > 0)
        & (facts.reset_by == 0)
        & (facts.reset_time >= facts.established)
        & (facts.reset_time - facts.established <= AT_ONCE)
    )
    return (
        (facts.established > 0)
        & (client.data == 0)
        & (server.data == 0)
        & (facts.closed_first == 0)
        & (server.resets == 0)
        & (closed | reset)
        & ((server.state != _CLOSE_WAIT) | (facts.duration + facts.left + 1 - client.fin_time < LONG))
    )


certain = likely = when


def explain(case: Case) -> Explanation:
    """How long it lasted."""
    facts, client = case.facts, case.client
    by_fin = bool(client.fin_packet)
    ended = client.fin_time if by_fin else facts.reset_time
    return Explanation(
        title=f"connected and {'closed' if by_fin else 'reset'} after {span(ended - facts.established)}, no data",
        sees="server read → 0" if by_fin else case.sees(1, "read"),
        why=lambda: (
            f"The client connected, sent nothing, and {'closed' if by_fin else 'reset the connection'} {span(ended - facts.established)} later."
        ),
        sure="no byte was sent either way.",
        evidence=packet_numbers(case.first_packet(), client.fin_packet or facts.reset_packet),
    )
