"""half-close-expired: data met an orphan whose FIN-WAIT-2 had expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.questions import answered_by_nobody, of
from tcpexplain.evidence.words import packet_numbers, seconds, span
from tcpexplain.units import NANOSECOND, size

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "half-close-expired", "Closing badly", 70, "failed"

PAGE = Page(
    title="the other end's half of the connection had expired",
    what="One end had sent its FIN and was still in FIN-WAIT-2; the other end went on sending much later, or had been served for a while. By then the kernel no longer kept the closed half (60 s by default, tcp_fin_timeout) and answered with RST.",
    recognised="A FIN, acknowledged; 60 s later or more (or after data that was still acknowledged) data of the other end that is answered by RST.",
    sees="As for write-after-close: the write succeeds, the next one says EPIPE, read 0.",
    do="Answer within the half-close's lifetime, or do not half-close: an end that waits for a long answer should keep its socket open (shutdown(SHUT_WR) without close() does not expire).",
    near_misses="write-after-close: the data came while the kernel still kept the closed half; only the time tells the two apart. half-close: the data was acknowledged.",
    references=("tcp(7) tcp_fin_timeout", "RFC 9293 section 3.6"),
)

LIFETIME = 59 * NANOSECOND
"""Of an orphan in FIN-WAIT-2: tcp_fin_timeout is 60 s on Linux and FreeBSD."""


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Data that met nobody, long after the FIN or after data that was still taken."""
    gone = answered_by_nobody(facts)
    fin = of(facts.reset_by, client.fin_time, server.fin_time)
    late = of(facts.reset_by, server.late_packet, client.late_packet)
    taken = of(facts.reset_by, server.late_taken, client.late_taken)
    return gone & (fin > 0) & (late > 0) & ((facts.reset_time - fin >= LIFETIME) | (taken == 1))


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Never: the orphan's lifetime is a setting, and a close() looks the same."""
    return facts.packets < 0


likely = when


def explain(case: Case) -> Explanation:
    """How long after the FIN."""
    facts = case.facts
    closed, writer = facts.reset_by, 1 - facts.reset_by
    closer, other = case.end(closed), case.end(writer)
    return Explanation(
        title=f"the {SIDES[writer]} wrote {span(facts.reset_time - closer.fin_time)} after the {SIDES[closed]}'s FIN, after the kernel had dropped the closed connection",
        sees=case.sees(writer, "write"),
        why=lambda: (
            f"The {SIDES[closed]} sent its FIN at {seconds(closer.fin_time)}{' and still took data after it' if other.late_taken else ''}; {span(facts.reset_time - closer.fin_time)} later there was no socket for the data any more, and it was answered by RST."
        ),
        lost=lambda: f"{size(other.unacknowledged or other.late_bytes)} that write() had accepted.",
        do=PAGE.do,
        sure="the times. Packets do not show whether the closed half had expired, or was only closed at that moment.",
        evidence=packet_numbers(closer.fin_packet, other.late_packet, facts.reset_packet),
        alternatives=("write-after-close",),
    )
