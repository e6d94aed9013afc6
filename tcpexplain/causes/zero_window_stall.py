"""zero-window-stall: the receiver's window stays closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.messages import may_hide
from tcpexplain.evidence.questions import cut_midway, half_captured
from tcpexplain.evidence.words import packet_numbers, span
from tcpexplain.units import NANOSECOND
from tcpexplain.vantage.hidden import HIDDEN, HIDDEN_DROPS

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "zero-window-stall", "Dying", 70, "suspicious"
DOUBT = HIDDEN | HIDDEN_DROPS

PAGE = Page(
    title="the receiver does not read",
    what="The receiver's buffer is full since its application does not read: it advertises a window of 0, and the sender can only probe until it opens.",
    recognised="A window of 0 for 3 s or longer.",
    sees="The sender's write blocks (EAGAIN, poll without POLLOUT). The receiver's own reads would return data at once.",
    do="Look at the receiver: a blocked event loop, a paused stream, a worker that waits for something else. The sender should limit its own queue, and set a timeout for writes.",
    near_misses="peer-vanished: probes are not even acknowledged. path-mtu-blackhole: the window is open.",
    references=("RFC 9293 section 3.8.6.1",),
)

STALL = 3 * NANOSECOND
SHUT = NANOSECOND // 2
"""Closed to the end of the capture, and probed: the sender waits, and so would a FIN of it."""


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Closed for three seconds; an answer that was cut after that is the greater harm."""
    shut = long(client) | long(server) | milder(facts, client, server)
    return shut & (cut_midway(facts, client, server) == 0)


def long(me: EndFacts) -> int:
    """Closed for so long that the application does not read."""
    return me.zero_longest >= STALL


def milder(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Closed when the capture ended, but not for so long yet."""
    shut = ((client.zero_since > 0) & (client.zero_longest >= SHUT)) | (
        (server.zero_since > 0) & (server.zero_longest >= SHUT)
    )
    return shut & (facts.resets == 0) & (long(client) == 0) & (long(server) == 0)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Three seconds of it; whether a close waits behind a shorter one, or its answer was cut where the capture is, cannot be seen."""
    ended = (server.fin_packet > 0) & half_captured(facts)
    return (long(client) | long(server)) & (ended == 0)


likely = when


def explain(case: Case) -> Explanation:
    """Who does not read, how long."""
    side = 0 if case.client.zero_longest >= case.server.zero_longest else 1
    me = case.end(side)
    still = bool(me.zero_since)
    return Explanation(
        title=f"the {SIDES[side]} does not read: window closed for {span(me.zero_longest)}",
        sees=f"{SIDES[1 - side]} write → blocks",
        why=lambda: (
            f"From packet {me.zero_packet} on the {SIDES[side]} advertised a window of 0 for {span(me.zero_longest)}{', until the end' if still else ''}: its application did not read, and the {SIDES[1 - side]} could not send."
        ),
        do=PAGE.do,
        sure="the window field says so.",
        evidence=packet_numbers(me.zero_packet, case.last_packet()),
        alternatives=may_hide(case) if case.server.fin_packet else (),
    )
