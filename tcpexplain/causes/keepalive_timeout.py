"""keepalive-timeout: probes unanswered, then the kernel's RST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers, span
from tcpexplain.machine.resets import KEEPALIVE_TIMEOUT
from tcpexplain.units import counted

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "keepalive-timeout", "Dying", 20, "failed"

PAGE = Page(
    title="keepalive probes unanswered",
    what="An idle end with SO_KEEPALIVE probed its peer; no probe was answered, and the kernel ended the connection.",
    recognised="Empty ACKs whose sequence number is one below the next, at even intervals, none answered; then a RST with ACK by the same end.",
    sees="The prober's next call fails with ETIMEDOUT (on Linux EHOSTUNREACH and the like if ICMP errors came meanwhile). Waiting in read, it wakes with it.",
    do="The peer or the path died while the connection was idle. If a NAT or firewall forgot it, probe more often than its timeout (TCP_KEEPIDLE); Linux's default is 2 h.",
    near_misses="peer-vanished: data was outstanding. half-open-peer: a probe was answered, by RST. zero-window-stall: probes of a closed window are answered.",
    references=("RFC 9293 section 3.8.4", "tcp(7) TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT"),
)

ENOUGH = 8
"""Probes after which BSD and macOS give up; Linux sends 9."""


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The RST of a prober, or its whole series of probes."""
    ended = (facts.resets > 0) & (facts.reset_reason == KEEPALIVE_TIMEOUT)
    return ended | ((client.probes >= ENOUGH) | (server.probes >= ENOUGH)) & (facts.resets == 0)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Three probes and the RST."""
    return when(facts, client, server) & (facts.resets > 0) & ((client.probes >= 3) | (server.probes >= 3))


likely = when


def explain(case: Case) -> Explanation:
    """How many probes at which interval."""
    facts = case.facts
    side = facts.reset_by if facts.resets else int(case.server.probes > case.client.probes)
    sender = next((item.sender for item in case.segments if item.packet == facts.reset_packet), None)
    probes = [item for item in case.segments if item.mark & 64 and (sender is None or item.sender == sender)]
    many = len(probes) or case.end(side).probes
    gap = probes[-1].time - probes[-2].time if len(probes) > 1 else 0
    every = f", {span(gap)} apart" if gap else ""
    return Explanation(
        title=f"{counted(many, 'keepalive probe')} unanswered",
        sees=case.sees(side, "read"),
        why=lambda: (
            f"The {SIDES[side]} probed the idle connection {counted(many, 'time')}{every}; the {SIDES[1 - side]} answered none"
            + (f", and the {SIDES[side]}'s kernel ended it with RST." if facts.resets else ".")
        ),
        do=PAGE.do,
        sure="the probes and the RST. The silence does not show whether the peer or the path failed, nor when.",
        evidence=packet_numbers(*(item.packet for item in probes[:1] + probes[-1:]), facts.reset_packet),
    )
