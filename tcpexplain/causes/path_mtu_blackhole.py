"""path-mtu-blackhole: only large segments vanish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.questions import swallowed
from tcpexplain.evidence.words import packet_numbers, seconds
from tcpexplain.units import NANOSECOND, counted
from tcpexplain.vantage.hidden import HIDDEN, HIDDEN_DROPS

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "path-mtu-blackhole", "Dying", 60, "failed"
DOUBT = HIDDEN | HIDDEN_DROPS

PAGE = Page(
    title="large segments vanish, small ones pass",
    what="A link on the path takes smaller packets than the ends agreed on (a tunnel, PPPoE, a VPN), and the ICMP message that should say so is filtered. Handshake and small requests pass; the first full segment never arrives.",
    recognised="Copies of segments of 1000 bytes or more are never acknowledged, though smaller ones were; none of their size ever was in this direction.",
    sees="write() succeeds until the send buffer is full, then blocks; read blocks. In the end ETIMEDOUT. It looks like a hang, not like an error.",
    do="Do not filter ICMP fragmentation needed (IPv6: packet too big); clamp the MSS on the tunnel's router; set net.ipv4.tcp_mtu_probing=1 on the sender.",
    near_misses="peer-vanished: small segments are lost too, or large ones had passed before. zero-window-stall: the receiver's window is closed.",
    references=("RFC 2923", "RFC 4821", "RFC 8899"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """One direction swallows what is large."""
    return (facts.established > 0) & (vain(facts, client) | vain(facts, server)) & (facts.resets == 0)


def vain(facts: Facts, me: EndFacts) -> int:
    """Its large segments vanish, and have done so for as long as it takes to know."""
    lasts = facts.duration + facts.left + 1 - me.repeats_since
    return swallowed(me) & ((me.repeats >= 3) | (me.repeats == 0) | (lasts >= 3 * NANOSECOND))


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Never: only a smaller copy that passes would prove it."""
    return facts.packets < 0


def likely(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Several copies lost, and something smaller arrived."""
    several = ((client.retransmitted >= 2) & (client.acknowledged > 0)) | (
        (server.retransmitted >= 2) & (server.acknowledged > 0)
    )
    return when(facts, client, server) & several


def explain(case: Case) -> Explanation:
    """What passed and what did not."""
    side = 0 if swallowed(case.client) else 1
    me = case.end(side)
    passed = (
        f"segments up to {me.largest_arrived:,} bytes arrived" if me.largest_arrived else "none of its data arrived"
    )
    return Explanation(
        title=f"the {SIDES[side]}'s segments of {me.largest_lost:,} bytes never arrive",
        sees=case.sees(side, "read"),
        why=lambda: (
            f"From {seconds(me.repeats_since or me.last_data)} on the {SIDES[side]} repeated a segment of {me.largest_lost:,} bytes {counted(max(me.repeats, me.retransmitted), 'time')} in vain; {passed}."
        ),
        lost=lambda: f"{me.unacknowledged:,} bytes: sent, never acknowledged.",
        do=PAGE.do,
        sure="only large ones are missing. A path that died just then looks the same until a small segment passes.",
        evidence=packet_numbers(me.first_data_packet, me.last_data_packet, case.last_packet()),
        alternatives=("lost-on-the-way",) if me.unheard else ("peer-vanished",),
    )
