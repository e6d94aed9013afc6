"""heartbeat-missed: an end said nothing for longer than both had agreed, and its peer took it for dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.questions import aborted, closes_first
from tcpexplain.evidence.words import packet_numbers, seconds, span
from tcpexplain.units import NANOSECOND
from tcpexplain.vantage.hidden import HIDDEN, HIDDEN_DROPS, HIDDEN_PACKETS, HIDDEN_SIDE, RESETS_ONLY

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "heartbeat-missed", "Closing badly", 2, "failed"
BLIND = HIDDEN_SIDE | HIDDEN_PACKETS | RESETS_ONLY
DOUBT = HIDDEN | HIDDEN_DROPS

PAGE = Page(
    title="heartbeats stayed out, and the peer closed",
    what=(
        "AMQP and MQTT agree, as a connection begins, how long an end may say nothing. One end said nothing for longer, and the other closed without a goodbye, as the protocols ask. "
        "Its kernel may have answered all the time: the application was blocked, paused (garbage collection, SIGSTOP, a debugger), starved of CPU, or its library sends heartbeats only while it is called."
    ),
    recognised="A heartbeat in Connection.TuneOk (AMQP; two of them) or a keep-alive time in CONNECT (MQTT; one and a half), and a FIN or RST without a goodbye, that long after the peer's last byte.",
    sees='The silent end, when it wakes: ECONNRESET, or EOF ("Stream connection lost"). RabbitMQ logs "missed heartbeats from client, timeout: 60s", Mosquitto "has exceeded timeout, disconnecting".',
    do="Let what sends heartbeats run while the application works: a thread of its own for the connection (paho loop_start()), process_data_events() between long steps (pika); or agree on a longer time. Look for pauses of the silent process at that time.",
    near_misses="left-without-farewell: it closed sooner than agreed. keepalive-timeout: the kernel's own probes. peer-vanished: not even the kernel answered.",
    references=("AMQP 0-9-1 section 4.2.7", "MQTT 5.0 section 3.1.2.10"),
)

MILLISECOND = NANOSECOND // 1000
EARLY = 100 * MILLISECOND
"""ns by which a timer may seem to fire too soon: the last byte was sent before it arrived."""


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """An end closes after the other's silence."""
    return left_alone(facts, client, server, 0) | left_alone(facts, server, client, 1)


def left_alone(facts: Facts, me: EndFacts, peer: EndFacts, side: int) -> int:
    """Whether ``me`` closed without a goodbye, as long after the peer's last word as both had agreed."""
    # The sum with a wide field makes wide numbers of columns of narrow ones.
    limit = (facts.reset_time * 0 + facts.heartbeat) * MILLISECOND - EARLY
    fin = closes_first(me, peer) & (me.fin_heard >= limit)
    reset = aborted(facts) & (facts.reset_by == side) & (me.fin_packet == 0) & (peer.fin_packet == 0)
    return (
        (facts.heartbeat > 0)
        & (me.goodbye == 0)
        & (peer.goodbye == 0)
        & (fin | reset & (facts.reset_time - peer.last_data >= limit))
    )


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Never: what it closed for, it did not say."""
    return facts.packets < 0


likely = when


def explain(case: Case) -> Explanation:
    """Who was silent for how long, and whether its kernel lived."""
    facts = case.facts
    side = 0 if left_alone(facts, case.client, case.server, 0) else 1
    me, peer = case.end(side), case.end(1 - side)
    closed, packet = (me.fin_time, me.fin_packet) if me.fin_packet else (facts.reset_time, facts.reset_packet)
    other = SIDES[1 - side]
    later = 2000 * (me.last_data - peer.last_data) >= facts.heartbeat * NANOSECOND
    alive = me.fin_acked or (later and not me.unacknowledged)
    return Explanation(
        title=f"the {SIDES[side]} had no word from the {other} for {span(closed - peer.last_data)}, and closed",
        sees=case.sees(1 - side, "read"),
        why=lambda: (
            f"By {case.said.protocol}, an end that says nothing for {span(facts.heartbeat * MILLISECOND)} counts as dead here. The {other}'s last word was packet {peer.last_data_packet}; "
            f"the {SIDES[side]} closed {span(closed - peer.last_data)} later, at {seconds(closed)}, without a goodbye."
            + (
                f" The {other}'s kernel acknowledged what the {SIDES[side]} sent last: its host lived, its application was silent."
                if alive
                else ""
            )
        ),
        do=PAGE.do,
        sure="what was agreed, and the silence. That it was the reason, the closing end's log says.",
        evidence=packet_numbers(peer.last_data_packet, packet),
    )
