"""icmp-unreachable: an established connection dies while ICMP errors come for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers, seconds
from tcpexplain.machine.facts import FRAGMENTATION_NEEDED
from tcpexplain.units import counted, size
from tcpexplain.wire.icmp import icmp_words

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "icmp-unreachable", "Dying", 40, "failed"

PAGE = Page(
    title="ICMP errors while an established connection dies",
    what="A router or firewall answers the segments of an established connection with ICMP errors: a route is gone, a host is down, a rule rejects.",
    recognised="ICMP errors (not fragmentation needed) that quote segments which are then never acknowledged.",
    sees=(
        "At first nothing: such errors are soft, the kernel goes on repeating. getsockopt(SO_ERROR) shows and forgets the errno. When the kernel's last retry has failed, "
        "the calls fail with the ICMP's errno (EHOSTUNREACH, ENETUNREACH, on Linux also ECONNREFUSED) instead of ETIMEDOUT."
    ),
    do="Look at the device that sent the ICMP errors, which their source address names: what changed there at that time?",
    near_misses="refused-by-icmp: before the handshake. peer-vanished: silence. path-mtu-blackhole: fragmentation needed was asked for, or filtered.",
    references=("RFC 1122 section 4.2.3.9", "RFC 5927 section 4"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Errors, and bytes or a FIN that stay unacknowledged."""
    waiting = (client.unacknowledged > 0) | (server.unacknowledged > 0) | ((client.repeats > 0) | (server.repeats > 0))
    return (
        (facts.icmp > 0)
        & (facts.icmp_last != FRAGMENTATION_NEEDED)
        & ((facts.established > 0) | (facts.midstream > 0))
        & waiting
    )


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The kernel gave up, or kept trying in vain."""
    return when(facts, client, server) & ((client.repeats >= 3) | (server.repeats >= 3))


likely = when


def explain(case: Case) -> Explanation:
    """Which errors, since when, for whom."""
    facts = case.facts
    first = next((item for item in case.segments if item.icmp), None)
    begun = f"From {seconds(first.time - facts.start + 1)} on, " if first else ""
    packet = first.packet if first else facts.icmp_packet
    side = 0 if case.client.unacknowledged or case.client.repeats else 1
    me = case.end(side)
    copies = max(me.repeats, me.retransmitted if me.unacknowledged else 0)
    again = f"repeated {counted(copies, 'time')} and " if copies else ""
    return Explanation(
        title=f"ICMP {icmp_words(facts.icmp_last)} for an established connection",
        sees=case.sees(side, "read"),
        why=lambda: (
            f"{begun}{counted(facts.icmp, 'ICMP error')} ({icmp_words(facts.icmp_last)}) came{case.icmp_from(first)} for the {SIDES[side]}'s segments, which were {again}never acknowledged.{case.icmp_role(first)}"
        ),
        lost=lambda: f"{size(me.unacknowledged)}: sent, never acknowledged." if me.unacknowledged else "",
        do=PAGE.do,
        sure=lambda: f"packet {packet} quotes a segment of this connection.",
        evidence=packet_numbers(me.last_data_packet, packet, facts.icmp_packet),
    )
