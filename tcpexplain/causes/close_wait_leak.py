"""close-wait-leak: a FIN was received and the own one never sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.words import packet_numbers, seconds, span
from tcpexplain.machine.transitions import State
from tcpexplain.units import NANOSECOND
from tcpexplain.vantage.hidden import HIDDEN, HIDDEN_DROPS, HIDDEN_PLAIN, HIDDEN_SIDE, RESETS_ONLY

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "close-wait-leak", "Closing badly", 90, "suspicious"
BLIND = HIDDEN_SIDE | HIDDEN_PLAIN | RESETS_ONLY
DOUBT = HIDDEN | HIDDEN_DROPS

PAGE = Page(
    title="the peer closed, and this end never did",
    what="One end has been in CLOSE-WAIT for long: its peer closed, its kernel acknowledged the FIN, and the application never called close(). The descriptor leaks; enough of them, and accept() or connect() fails with EMFILE.",
    recognised="A FIN, acknowledged; no FIN, no RST and no data from the other end for 10 s or more, up to the end of the capture; less than that is only possible.",
    sees="read returns 0 at once, again and again; poll shows POLLIN and POLLRDHUP. Nothing else ever happens.",
    do="The application must close() after read returns 0. Look for a code path that drops the connection without closing it, a pool that never looks at idle connections, an event loop that no longer watches the connection. ss -tnp state close-wait shows the process.",
    near_misses="still-open: the FIN came shortly before the capture's end. half-close: this end still sends, so it means to.",
    references=("RFC 9293 section 3.6",),
)

LONG = 10 * NANOSECOND
SLOW = NANOSECOND
"""40 ms: longer than a kernel delays the ACK of a FIN for the application to close (Linux TCP_DELACK_MIN)."""
_CLOSE_WAIT = int(State.CLOSE_WAIT)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """CLOSE-WAIT at the end, for ten seconds, in silence."""
    sat = facts.duration + facts.left + 1
    leaves_client = (
        (client.state == _CLOSE_WAIT)
        & (server.fin_packet > 0)
        & (sat - server.fin_time >= SLOW)
        & (client.late_packet == 0)
    )
    waits = (facts.response_bytes == 0) & (facts.request_packet > 0) & (sat - client.fin_time < LONG)
    leaves_server = (
        (server.state == _CLOSE_WAIT)
        & (client.fin_packet > 0)
        & (sat - client.fin_time >= SLOW)
        & (server.late_packet == 0)
        & (waits == 0)
    )
    return leaves_client | leaves_server


def sat_for(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Nanoseconds from the FIN to the end of the capture."""
    fin = client.fin_time * (server.state == _CLOSE_WAIT) + server.fin_time * (client.state == _CLOSE_WAIT)
    return facts.duration + facts.left + 1 - fin


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A minute of it: no answer takes that long by rule."""
    return when(facts, client, server) & (sat_for(facts, client, server) >= 60 * NANOSECOND) & (facts.one_way == 0)


def likely(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Ten seconds of it; what is shorter may only have met the capture's end."""
    return when(facts, client, server) & (sat_for(facts, client, server) >= LONG)


def explain(case: Case) -> Explanation:
    """Who, since when, how long, and where the peer is now."""
    facts = case.facts
    side = 1 if case.server.state == _CLOSE_WAIT else 0
    closer = case.end(1 - side)
    sat = facts.duration + facts.left + 1 - closer.fin_time
    return Explanation(
        title=f"the {SIDES[side]} received FIN and did not close",
        sees=f"{case.sees(side, 'read')}, fd leaks",
        why=lambda: (
            f"The {SIDES[1 - side]} closed at {seconds(closer.fin_time)}, and the {SIDES[side]}'s kernel acknowledged it. The {SIDES[side]} has been in CLOSE-WAIT for {span(sat)}, to the end of the capture: its application has not called close() after read → 0. The {SIDES[1 - side]}'s end waited in FIN-WAIT-2 (its kernel drops it after 60 s if the process has closed)."
        ),
        do=PAGE.do,
        sure=lambda: (
            f"packet {closer.fin_packet} is the FIN, and no FIN came back. An answer that takes this long to compute would look the same."
        ),
        evidence=packet_numbers(closer.fin_packet, case.last_packet()),
        alternatives=("half-close",),
    )
