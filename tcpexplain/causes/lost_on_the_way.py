"""lost-on-the-way: what one end sent never came to the other, as two points of capture prove or the living peer's acknowledgments tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.questions import LARGE, swallowed
from tcpexplain.evidence.words import packet_numbers
from tcpexplain.units import NANOSECOND, counted, size
from tcpexplain.vantage.hidden import HIDDEN, HIDDEN_DROPS, HIDDEN_PACKETS, HIDDEN_PLAIN, HIDDEN_SIDE

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "lost-on-the-way", "Interference", 5, "failed"

PAGE = Page(
    title="what one end sent never came to the other",
    what=(
        "A segment passed one point of capture and never came to the next one, nor did any copy of it. Whatever the ends did afterwards, they did because of that: "
        "a firewall or a NAT that forgot the connection, a filter, a broken route, or an MTU that is too small between the two points."
    ),
    recognised="Captures at two points, both running before and after; a segment with bytes, SYN, FIN or RST in the first and no copy of it in the second. A capture that lost packets, began later or ended earlier proves nothing. At one point, likely: three copies or more, after which the peer spoke and acknowledged none of them; bytes that their sender's later numbers show and that neither came here nor were acknowledged; or a client that repeats its SYN though every SYN was answered.",
    sees="The sender waits, sends again, and has ETIMEDOUT in the end; the receiver sees nothing, or reads until its own timeout.",
    do="Look at what is between the two points: capture at a third one to halve the way. On firewalls and NATs look at conntrack -S, dropped packets, and at timeouts of idle connections; with large segments alone, at the MTU.",
    near_misses="peer-vanished: the peer says nothing any more. path-mtu-blackhole: only large segments are lost. capture-loss: what is missing was acknowledged. injected-rst: something was made on the way.",
    references=("RFC 9293 section 3.8",),
)


UNHEARD = HIDDEN_SIDE | HIDDEN_PLAIN | HIDDEN_PACKETS
"""Where an acknowledgment may only not have been captured."""
COPIES = 3
"""Copies in vain from which on it was no chance loss: the peer has spoken since, at least once after the last of them."""


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Something was lost for good, and nothing was forged before."""
    return (facts.made_between != 1) & (
        (facts.lost_between > 0)
        | unheard(facts, client, server)
        | unheard(facts, server, client)
        | uncalled(facts, client, server)
    )


def uncalled(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The client goes on with its SYN, and the server with the SYN-ACK that answers it: the client never gets it."""
    silent = (client.segments == facts.syns) & (client.inferred == 0) & (facts.resets == 0) & (facts.icmp == 0)
    again = (facts.syns >= COPIES) & (facts.syn_acks >= COPIES) & (facts.syn_last >= NANOSECOND)
    return again & silent & (facts.established == 0) & (server.data == 0) & (facts.hidden & UNHEARD == 0)


def unheard(facts: Facts, me: EndFacts, peer: EndFacts) -> int:
    """One point tells: a living peer does not acknowledge what was sent again and again, or bytes that its own numbers prove never came here."""
    again = (me.unheard >= COPIES) & (swallowed(me) == 0)
    alive = (
        (facts.icmp == 0)
        & (facts.hidden & UNHEARD == 0)
        & (facts.resets == 0)
        & (peer.zero_since == 0)
        & (facts.syn_acks_late == 0)
    )
    return alive & (me.unacknowledged > 0) & (again | ((me.unproved > 0) & (facts.midstream == 0)))


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Two points prove it."""
    return when(facts, client, server) & (facts.lost_between > 0)


def likely(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """One point tells it, if the capture lacks nothing else."""
    return when(facts, client, server) & ((facts.lost_between > 0) | (facts.hidden & (HIDDEN | HIDDEN_DROPS) == 0))


def explain(case: Case) -> Explanation:
    """What was lost between which points."""
    if uncalled(case.facts, case.client, case.server):
        return never_connected(case)
    if not case.united or not case.facts.lost_between:
        return seen_at_one_point(case)
    lost = case.united.lost
    side, (before, after), what = lost[0].side, lost[0].between, lost[0].words
    packets = [one.packet for one in lost]
    copies = f", nor did {len(packets) - 1} more of its segments" if len(packets) > 1 else ""
    return Explanation(
        title=f"the {SIDES[side]}'s {what} never came to the {SIDES[1 - side]}",
        sees=case.sees(1 - side, "read"),
        why=lambda: (
            f"The {what} in packet {packets[0]} left the {SIDES[side]}, passed {before}, and never came to {after}{copies}."
        ),
        lost=lambda: f"the {what}, between {before} and {after}.",
        do=PAGE.do,
        sure=f"both points captured before and after, and {after} lacks nothing else of the {SIDES[side]}'s.",
        evidence=packet_numbers(*packets[:3]),
    )


def seen_at_one_point(case: Case) -> Explanation:
    """Whose bytes the other end has not, though it lives."""
    side = 0 if unheard(case.facts, case.client, case.server) else 1
    me, peer = case.end(side), case.end(1 - side)
    what, other = size(me.unacknowledged), SIDES[1 - side]
    came = me.unheard >= COPIES
    return Explanation(
        title=f"the {SIDES[side]}'s {what} never came to the {other}, which lives",
        sees=case.sees(1 - side, "read"),
        why=lambda: (
            f"The {SIDES[side]} sent {what} and repeated them {counted(me.unheard, 'time')}; the {other} spoke after that and acknowledged none of them: they were lost between this point of capture and the {other}."
            if came
            else f"By its own sequence numbers the {SIDES[side]} had sent {what} that this capture does not hold and that the {other} never acknowledged: they were lost before they came here."
        ),
        lost=lambda: f"{what}: sent, never acknowledged.",
        do=PAGE.do,
        sure=(
            f"the {other}'s last acknowledgment. A capture at the {SIDES[side if not came else 1 - side]} too would prove it."
        ),
        evidence=packet_numbers(me.last_data_packet if came else peer.last_data_packet, case.last_packet()),
        alternatives=("path-mtu-blackhole",) if me.unacknowledged >= LARGE else ("capture-loss",) if not came else (),
    )


def never_connected(case: Case) -> Explanation:
    """A SYN-ACK that its client does not get."""
    facts = case.facts
    return Explanation(
        title="the server's SYN-ACK never came to the client, which lives",
        sees=case.sees(0, "connect"),
        why=lambda: (
            f"The client sent its SYN {counted(facts.syns, 'time')} and the server answered it {counted(facts.syn_acks, 'time')}; the client's kernel went on asking, as it does only without an answer: the SYN-ACKs were lost, or refused without a word, between this point of capture and the client."
        ),
        do=PAGE.do,
        sure="SYNs repeated after SYN-ACKs. A capture at the client too would prove where they were lost.",
        evidence=packet_numbers(case.first_packet(), case.last_packet()),
        alternatives=("syn-unanswered",),
    )
