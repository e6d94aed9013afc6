"""idle-nat-timeout: after a long silence nothing, or a stranger's RST, answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence import noticed
from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.questions import LONG, dead, rejected, unasked
from tcpexplain.evidence.timeouts import KNOWN, silent
from tcpexplain.evidence.words import packet_numbers, rounded, span
from tcpexplain.machine.resets import OTHER_SHAPE
from tcpexplain.units import NANOSECOND, counted

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "idle-nat-timeout", "Dying", 50, "failed"

PAGE = Page(
    title="a NAT, firewall or load balancer forgot the idle connection",
    what=(
        "Devices on the path (NAT, firewall, load balancer) keep a table of connections and drop entries that were idle for too long, without telling either end. The next "
        "segment is dropped without an answer, or answered with a RST by the device itself (AWS NLB and NAT gateways after 350 s)."
    ),
    recognised="A silence of 15 s or more; the first segment after it is never answered, or answered by a RST whose TTL is not the peer's. The longer the silence, the more likely it is.",
    sees="The write succeeds; then silence until ETIMEDOUT, or ECONNRESET from the next read.",
    do="Never let the connection be idle for as long as that device's timeout: use TCP keepalive with a shorter TCP_KEEPIDLE at both ends, or the protocol's own ping. Close idle connections of a pool before the device forgets them.",
    near_misses="peer-vanished: no silence before. half-open-peer: the peer itself sent the RST. peer-closed-idle-connection: the peer's FIN is in the capture.",
    references=("RFC 5382 section 5 (at least 2 h 4 min, which many do not keep)",),
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Silence, then a stranger's RST or nothing."""
    stranger = rejected(facts) | ((facts.reset_shape == OTHER_SHAPE) & (facts.resets > 0))
    open_before = ((client.fin_packet == 0) | (client.fin_time >= facts.quiet_time)) & (
        (server.fin_packet == 0) | (server.fin_time >= facts.quiet_time)
    )
    vain = (facts.quiet >= LONG) & (stranger | dead(client) | dead(server)) & open_before
    return (facts.icmp == 0) & (vain | unasked(facts, client, server))


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Never: the peer may have vanished during the silence."""
    return facts.packets < 0


def likely(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """After a minute."""
    return when(facts, client, server) & ((facts.quiet >= 60 * NANOSECOND) | unasked(facts, client, server))


def reset_unasked(case: Case) -> Explanation:
    """A device that resets what it has dropped from its table."""
    facts = case.facts
    sender, idle = facts.reset_by, facts.idle_before_reset
    ttl = case.end(sender).ttl
    hops = (
        f" It came with TTL {facts.abort_ttl}, the {SIDES[sender]}'s other segments with {ttl}."
        if facts.reset_odd_ttl
        else ""
    )
    owners = [one.program for one in KNOWN if abs(idle / NANOSECOND - one.seconds) <= max(1, one.seconds / 200)]
    known = f" {rounded(idle)} is a known default: {', '.join(owners[:3])}." if owners else ""
    if facts.idle_alike >= 2:
        known += f" {facts.idle_alike} other connections to this server ended after the same silence."
    return Explanation(
        title=f"reset by a device between the ends after {rounded(idle)} of silence",
        sees=case.sees(1 - sender, "read"),
        why=lambda: (
            f"The connection was silent for {span(idle)}; then a RST came in the {SIDES[sender]}'s name in packet {facts.reset_packet}, without any packet that it answers.{hops}{known}"
        ),
        do=PAGE.do,
        sure="the silence and the RST. That a device between the ends forgot the idle connection is inferred; a capture at the other end would show that it sent no RST.",
        evidence=packet_numbers(facts.reset_packet),
        alternatives=("injected-rst", "firewall-reset"),
    )


def explain(case: Case) -> Explanation:
    """How long the silence was, and who is known to forget after that."""
    facts = case.facts
    if not facts.quiet or unasked(facts, case.client, case.server):
        return reset_unasked(case)
    when_next = case.moment(case.segment(facts.quiet_packet))
    side = 0 if facts.quiet_by == facts.client else 1
    me = case.end(side)
    boxed = facts.resets and facts.reset_by != side
    came = (
        f"a RST {'with another TTL than' if facts.reset_odd_ttl else 'unlike'} the {SIDES[1 - side]}'s came at once"
        if boxed
        else f"nothing answered it, nor its {counted(me.repeats, 'copy', 'copies')}"
    )
    known = silent(facts.quiet)
    return Explanation(
        title=f"no packet came through any more after {rounded(facts.quiet)} of silence",
        sees=noticed.sees(case, side, "read"),
        why=lambda: (
            f"The connection was silent for {span(facts.quiet)}. The {SIDES[side]}'s next data is packet {facts.quiet_packet}{when_next}; {came}. {noticed.sentence(case, side)} {known}".replace(
                "  ", " "
            ).strip()
        ),
        lost=lambda: f"{me.unacknowledged:,} bytes: sent, never acknowledged." if me.unacknowledged else "",
        do=PAGE.do,
        sure=lambda: (
            "the silence and what followed. That a device forgot it is inferred: a peer that died during the silence looks the same"
            + (" but for the RST." if boxed else ".")
        ),
        evidence=packet_numbers(facts.quiet_packet, facts.reset_packet if boxed else case.last_packet()),
        alternatives=("firewall-reset", "half-open-peer") if boxed else ("peer-vanished",),
    )
