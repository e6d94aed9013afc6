"""reused-port-refused: the peer still holds an old connection on this port pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers, seconds
from tcpexplain.vantage.hidden import HIDDEN_SIDE, RESETS_ONLY
from tcpexplain.wire.segment import SYN

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "reused-port-refused", "Opening", 60, "failed"
BLIND = HIDDEN_SIDE | RESETS_ONLY

PAGE = Page(
    title="SYN answered by a bare ACK: the peer still holds the old connection",
    what=(
        "The client's port was used before, and the other end still has that connection: in TIME-WAIT, or open because it never learnt that the client had gone. "
        "It answers the SYN with an ACK that carries the old connection's numbers (a challenge ACK); the client's kernel answers that with RST and tries again."
    ),
    recognised="An ACK without SYN in answer to a SYN, then usually a RST by the client whose sequence number is that ACK's; no SYN-ACK.",
    sees="connect() hangs until the old connection is gone: at best one SYN later, when the RST reaches the peer; at worst ETIMEDOUT.",
    do="Let the kernel choose source ports; do not bind() them without need. If the client's RST does not reach the peer, a firewall in between drops it as out of state. SO_REUSEADDR does not help here.",
    near_misses="A SYN that is repeated after the RST and succeeds is an ordinary connection, only late. port-closed: RST at once.",
    references=("RFC 9293 sections 3.5.1, 3.10.7.4", "RFC 5961 section 4", "RFC 6191"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A SYN, a bare ACK, and never a SYN-ACK."""
    return (facts.stray_ack > 0) & (facts.syn_acks == 0) & (facts.midstream == 0) & ((server.flags & SYN) == 0)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The client's RST answers the ACK: it is none of this connection's."""
    return when(facts, client, server) & (facts.reset_by == 0)


likely = when


def explain(case: Case) -> Explanation:
    """The ACK of another connection, and the answer to it."""
    facts = case.facts
    ack = case.segment(facts.stray_ack)
    reset = (
        f", which the client's kernel answered with RST in packet {facts.reset_packet}" if facts.reset_by == 0 else ""
    )
    return Explanation(
        title="the peer still holds an old connection on this port",
        sees=case.sees(0, "connect"),
        why=lambda: (
            f"The SYN at {seconds(1)} was answered{case.moment(ack)} by an ACK of other numbers (a challenge ACK){reset}. {facts.syns} SYNs, no SYN-ACK."
        ),
        do=PAGE.do,
        sure=lambda: f"packet {facts.stray_ack} acknowledges something this connection never sent.",
        evidence=packet_numbers(case.first_packet(), facts.stray_ack, facts.reset_packet),
    )
