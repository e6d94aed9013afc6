"""reset-during-handshake: an end that had answered resets before the first data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.questions import answered_by_nobody
from tcpexplain.evidence.words import packet_numbers, seconds, span
from tcpexplain.machine.resets import OTHER, REPLY
from tcpexplain.units import NANOSECOND

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "reset-during-handshake", "Opening", 70, "failed"

PAGE = Page(
    title="reset between SYN-ACK and the first data",
    what=(
        "The server's end answered the SYN, and then the handshake's last ACK (or the data with it) met a RST. On Linux that is tcp_abort_on_overflow with a full "
        "accept queue; a proxy in front of a dead server, a SYN cookie that was not valid, or a listener that closed just then do the same."
    ),
    recognised="SYN, SYN-ACK, ACK, then a RST without ACK, window and options by the server, before it acknowledged anything.",
    sees="connect() succeeded; the first read or write says ECONNRESET.",
    do="On the server: nstat -az TcpExtListenOverflows, and whether net.ipv4.tcp_abort_on_overflow is set. A load balancer in front: whether it has a healthy server behind this port.",
    near_misses="port-closed: no SYN-ACK. linger-zero-abort: the RST of an open socket (its window is not 0), as when a listener closes with unaccepted connections. accept-queue-full: silence instead of RST.",
    references=("Linux net/ipv4/tcp_minisocks.c tcp_check_req",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A kernel's answer to the last ACK or the first data, and no word of the server before."""
    soon = facts.reset_time - facts.established <= 3 * facts.rtt + NANOSECOND // 50
    answer = (facts.reset_shape == REPLY) & (facts.reset_reason == OTHER) | (answered_by_nobody(facts) & soon)
    return (
        answer
        & (facts.resets > 0)
        & (facts.reset_by == 1)
        & (facts.syn_acks > 0)
        & (server.data == 0)
        & (client.acknowledged == 0)
        & (server.fin_packet == 0)
        & (client.fin_packet == 0)
    )


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The RST answers the handshake's ACK itself."""
    return when(facts, client, server) & (facts.reset_reason == OTHER)


likely = when


def explain(case: Case) -> Explanation:
    """When the RST came."""
    facts = case.facts
    return Explanation(
        title="the server reset the connection it had just answered",
        sees=f"client connect → ok, {case.sees(0, 'read').removeprefix('client ')}",
        why=lambda: (
            f"The handshake was complete at {seconds(facts.established)}; {span(facts.reset_time - facts.established)} later the server's kernel answered with RST, before it had acknowledged anything."
        ),
        lost=lambda: (
            f"{case.client.unacknowledged:,} bytes that write() had accepted; none was delivered."
            if case.client.unacknowledged
            else ""
        ),
        do=PAGE.do,
        sure=lambda: (
            f"packet {facts.reset_packet} answers packet {facts.reset_answers}. The server's counters (nstat) show whether its accept queue overflowed."
        ),
        evidence=packet_numbers(facts.reset_answers, facts.reset_packet),
        alternatives=("accept-queue-full", "half-open-peer"),
    )
