"""injected-rst: a RST ended the connection for one end, and the end that it names did not send it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.questions import by_stranger, rejected, unasked
from tcpexplain.evidence.words import packet_numbers, seconds, span
from tcpexplain.machine.resets import REPLY

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "injected-rst", "Interference", 10, "failed"

BOTH_ENDS = "A capture at both ends proves it. "
"""What need not be said where there is one."""
PAGE = Page(
    title="a forged RST: the end that it names as sender did not send it",
    what=(
        "Something between the two ends (a firewall, an intrusion prevention system, a censor) forged a RST in the name of one of them. "
        "The other end accepted it and dropped the connection. The end in whose name it was sent does not know of it and goes on sending."
    ),
    recognised=(
        "Proof: the end that the RST names as its sender sends ordinary segments more than a round trip after it, which no TCP stack does. Support, but no "
        "proof: a TTL, a window or options that differ from those of its other segments. A capture at the end that it names, without the RST, proves it too. A RST of an ordinary form from an end that sends nothing more is never called forged otherwise."
    ),
    sees="The end that was reset reads ECONNRESET. The other end sees nothing until its next data is answered by the first one's RST.",
    do=(
        f"Ask those who operate the network path: the RST's TTL tells how many hops away it was made. {BOTH_ENDS}"
        "Encrypting the payload keeps devices on the path from reacting to its content."
    ),
    near_misses=(
        "ghost-rst: the forged RST missed the window and had no effect. firewall-reset: both ends were reset. "
        "half-open-peer, write-after-close: a kernel's plain answer to a segment without a socket."
    ),
    references=("RFC 9293 section 3.10.7.4", "RFC 5961 section 3", "RFC 3360"),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A stranger's RST was accepted, by one end."""
    return (
        by_stranger(facts)
        & (rejected(facts) == 0)
        & (facts.reset_accepted == 1)
        & (facts.foreign_ends != 3)
        & (unasked(facts, client, server) == 0)
    )


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The end that it names goes on sending, or a capture at that end shows that it did not send it."""
    going_on = (facts.reset_alive == 1) & (facts.reset_shape != REPLY)
    return when(facts, client, server) & (going_on | (facts.made_between > 0))


likely = when


def never_sent(case: Case) -> str:
    """Between which points of capture the RST was made."""
    one = case.united.passages.get(int(case.facts.reset_packet)) if case.united else None
    return (
        f"it was captured at {one.between[1]}, and never passed {one.between[0]}, which captured all the while."
        if one
        else ""
    )


def explain(case: Case) -> Explanation:
    """Who was reset in whose name, and how the end that it names shows that it did not send it."""
    facts = case.facts
    sender, hit = facts.reset_by, 1 - facts.reset_by
    reset = case.segment(facts.reset_packet)
    later = [
        item
        for item in case.segments
        if reset and item.sender == reset.sender and item.time > reset.time and not item.flags & 4 and not item.icmp
    ]
    alive = (
        f"The {SIDES[sender]} went on in packet {later[-1].packet}, {span(later[-1].time - reset.time)} after the RST that bears its name."
        if facts.reset_alive and reset and later
        else ""
    )
    ttl = case.end(sender).ttl
    proof = (
        f"The RST that the {SIDES[hit]} got was never sent by the {SIDES[sender]}: {never_sent(case)}"
        if facts.made_between
        else ""
    )
    looks = ""
    if facts.reset_shape == REPLY and facts.reset_alive:
        looks = (
            f"It looks like a kernel's answer to a packet for which it has no socket: either something in between made it, or the {SIDES[sender]}'s own kernel "
            "answered a packet whose address NAT had not translated back (conntrack had judged it INVALID)."
        )
    hops = (
        f"It came with TTL {facts.abort_ttl}, the {SIDES[sender]}'s other segments with {ttl}."
        if facts.reset_odd_ttl
        else ""
    )
    return Explanation(
        title=f"the {SIDES[hit]} was reset in the {SIDES[sender]}'s name by a device between them",
        sees=case.sees(hit, "read"),
        why=lambda: (
            f"The RST in packet {facts.reset_packet} at {seconds(facts.reset_time)} is not the {SIDES[sender]}'s. {proof} {alive} {looks} {hops}".strip().replace(
                "  ", " "
            )
        ),
        lost=lambda: "what the other end sends afterwards." if facts.reset_alive else "",
        do=PAGE.do.replace(BOTH_ENDS, "") if facts.made_between else PAGE.do,
        sure=lambda: (
            never_sent(case)
            if facts.made_between
            else "a stack that has sent a RST for a connection sends no more segments of it, and this one did."
            if facts.reset_alive
            else f"only the form and TTL of the RST speak against packet {facts.reset_packet}; a capture at the {SIDES[sender]} would show whether it sent it."
        ),
        evidence=packet_numbers(facts.reset_packet, *(item.packet for item in later[-1:] if facts.reset_alive)),
        alternatives=("conntrack-invalid", "firewall-reset")
        if facts.reset_shape == REPLY and facts.reset_alive
        else ("firewall-reset",)
        if facts.reset_alive
        else ("firewall-reset", "linger-zero-abort"),
    )
