"""accept-queue-full: the server's kernel has no room for one more connection that nobody accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers, seconds, span
from tcpexplain.machine.facts import UNANSWERED
from tcpexplain.units import NANOSECOND
from tcpexplain.vantage.hidden import HIDDEN, HIDDEN_DROPS, HIDDEN_SIDE, RESETS_ONLY

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "accept-queue-full", "Opening", 50, "failed"
BLIND = HIDDEN_SIDE | RESETS_ONLY
DOUBT = HIDDEN | HIDDEN_DROPS

PAGE = Page(
    title="the accept queue is full",
    what=(
        "The application does not call accept() fast enough, and the queue that listen() made is full. The server's kernel then ignores the handshake's last "
        "ACK and all data: it sends its SYN-ACK again while the client believes it is connected. It drops new SYNs without an answer."
    ),
    recognised=(
        "The SYN-ACK comes again after the client's ACK, and the client's data is not acknowledged; or SYNs go unanswered while other connections to the same port "
        "wait for the application. On a path that loses packets a lost ACK looks like the first copy."
    ),
    sees="connect() succeeds, the first write too; then nothing, until a timeout. A client whose SYN is dropped hangs in connect().",
    do="Find out why the server does not accept (a blocked event loop, all workers busy, stopped). nstat -az TcpExtListenOverflows TcpExtListenDrops counts it; ss -ltn shows the queue. A larger listen() backlog (and net.core.somaxconn) only buys time.",
    near_misses="reset-during-handshake: tcp_abort_on_overflow answers with RST. syn-unanswered: no sign that anything listens on the port. peer-vanished: the server had acknowledged data before.",
    references=("listen(2)", "Linux Documentation/networking/ip-sysctl.rst tcp_abort_on_overflow"),
)


ANSWERED = NANOSECOND // 20
"""A SYN has its answer by then where the same port answered others in this capture."""
RECOVERED = NANOSECOND
"""A first acknowledgment later than this after the handshake, with a SYN-ACK repeated between them, is no path's delay."""


def late(facts: Facts, client: EndFacts) -> int:
    """The client's first data was repeated, and acknowledged only after the server had repeated its SYN-ACK."""
    waited = facts.accepted_late - facts.established
    return (facts.syn_acks_late > 0) & (client.retransmitted > 0) & (facts.accepted_late > 0) & (waited >= RECOVERED)


def milder(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The application accepted after all."""
    return late(facts, client)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The handshake's end is ignored, or SYNs are while others wait."""
    ignored: int = (
        (facts.syn_acks_late > 0)
        & (server.data == 0)
        & (client.acknowledged == 0)
        & ((client.unacknowledged > 0) | (facts.syn_acks_late > 1))
    )
    ignored = ignored | late(facts, client)
    dropped = (
        (facts.opening == UNANSWERED)
        & (facts.icmp == 0)
        & (facts.queue_full > 0)
        & ((facts.syns > 1) | (facts.left >= ANSWERED))
    )
    return (ignored & (facts.syns > 0)) | dropped


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Repeated SYN-ACKs over several copies of acknowledged and unacknowledged bytes leave little else."""
    return when(facts, client, server) & (facts.syn_acks_late > 1) & (client.retransmitted > 1)


likely = when


def explain(case: Case) -> Explanation:
    """What was ignored."""
    facts, client = case.facts, case.client
    if late(facts, client):
        return Explanation(
            title=f"the server's kernel completed the handshake, and the application did not accept for {span(facts.accepted_late - facts.established)}",
            sees="client write → ok, read → blocks until then",
            why=lambda: (
                f"The client's ACK of the handshake came at {seconds(facts.established)}, yet the server sent its SYN-ACK {facts.syn_acks_late} more time{'s' if facts.syn_acks_late > 1 else ''}, and acknowledged the client's first data (packet {client.first_data_packet}) only {span(facts.accepted_late - facts.established)} later: its accept queue was full until then."
            ),
            do=PAGE.do,
            sure="the SYN-ACKs after the ACK, and the late acknowledgment. A path that loses packets in this direction for so long looks the same.",
            evidence=packet_numbers(
                client.first_data_packet, *(item.packet for item in case.segments if item.flags & 18 == 18)
            ),
            alternatives=("retransmissions",),
        )
    if facts.syn_acks_late:
        return Explanation(
            title="the server's kernel shook hands and nobody accepted",
            sees=case.sees(0, "connect", "write"),
            why=lambda: (
                f"The client's ACK of the handshake came at {seconds(facts.established)}, yet the server sent its SYN-ACK {facts.syn_acks_late} more time"
                f"{'s' if facts.syn_acks_late > 1 else ''}"
                + (
                    f" and acknowledged none of the client's {client.sent:,} bytes: it ignores both while its accept queue is full."
                    if client.sent
                    else ": it ignores the ACK while its accept queue is full."
                )
            ),
            lost=lambda: f"{client.unacknowledged:,} bytes that write() accepted." if client.unacknowledged else "",
            do=PAGE.do,
            sure="the SYN-ACKs after the ACK. A path that loses every packet in this direction would look the same.",
            evidence=packet_numbers(
                *(item.packet for item in case.segments if item.flags & 18 == 18), client.first_data_packet
            ),
            alternatives=("peer-vanished",),
        )
    return Explanation(
        title="SYNs dropped while connections to the same port wait to be accepted",
        sees=case.sees(0, "connect"),
        why=lambda: (
            f"{facts.syns} SYN{'s' if facts.syns > 1 else ''} got no answer, while {facts.queue_full} other connection{'s' if facts.queue_full > 1 else ''} to this port had been opened by the kernel and not yet accepted or answered by the application."
        ),
        do=PAGE.do,
        sure="the port answered others just before. Whether the queue or a firewall dropped these SYNs, only the server's counters show (nstat: TcpExtListenDrops).",
        evidence=packet_numbers(case.first_packet(), case.last_packet()),
        alternatives=("syn-unanswered", "connect-abandoned"),
    )
