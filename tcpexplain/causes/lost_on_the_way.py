"""lost-on-the-way: two points of capture prove that what one end sent never came to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "lost-on-the-way", "Interference", 5, "failed"

PAGE = Page(
    title="what one end sent never came to the other",
    what=(
        "A segment passed one point of capture and never came to the next one, nor did any copy of it. Whatever the ends did afterwards, they did because of that: "
        "a firewall or a NAT that forgot the connection, a filter, a broken route, or an MTU that is too small between the two points."
    ),
    recognised="Captures at two points, both running before and after; a segment with bytes, SYN, FIN or RST in the first and no copy of it in the second. A capture that lost packets, began later or ended earlier proves nothing.",
    sees="The sender waits, sends again, and has ETIMEDOUT in the end; the receiver sees nothing, or reads until its own timeout.",
    do="Look at what is between the two points: capture at a third one to halve the way. On firewalls and NATs look at conntrack -S, dropped packets, and at timeouts of idle connections; with large segments alone, at the MTU.",
    near_misses="peer-vanished, syn-unanswered, path-mtu-blackhole: the same seen at one point only. injected-rst: something was made on the way.",
    references=("RFC 9293 section 3.8",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Something was lost for good, and nothing was forged."""
    return (facts.lost_between > 0) & (facts.made_between == 0)


certain = when
likely = when


def explain(case: Case) -> Explanation:
    """What was lost between which points."""
    lost = case.united.lost if case.united else ()
    side = lost[0].side if lost else 0
    before, after = lost[0].between if lost else ("one point", "the next")
    what = lost[0].words if lost else "segments"
    packets = [one.packet for one in lost]
    copies = f", nor did {len(packets) - 1} more of its segments" if len(packets) > 1 else ""
    return Explanation(
        title=f"the {SIDES[side]}'s {what} never came to the {SIDES[1 - side]}",
        sees=case.sees(1 - side, "read"),
        why=lambda: (
            f"The {what} in packet {packets[0]} left the {SIDES[side]}, passed {before}, and never came to {after}{copies}."
            if packets
            else ""
        ),
        lost=lambda: f"the {what}, between {before} and {after}.",
        do=PAGE.do,
        sure=f"both points captured before and after, and {after} lacks nothing else of the {SIDES[side]}'s.",
        evidence=packet_numbers(*packets[:3]),
    )
