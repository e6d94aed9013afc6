"""still-open: alive when the capture ended, as far as it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.questions import unheard
from tcpexplain.evidence.words import span
from tcpexplain.machine.resets import BAD_ACKNOWLEDGMENT
from tcpexplain.units import NANOSECOND
from tcpexplain.vantage.hidden import HIDDEN_END

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "still-open", "Fine", 30, "fine"
LAST_RESORT = True

PAGE = Page(
    title="alive when the capture ended",
    what="The capture ends before the connection does: no end was seen, and nothing says that it failed.",
    recognised="Both ends were seen, no RST ended either, no FIN of both, and what was sent last was acknowledged or may still be.",
    sees="read blocks, write is accepted.",
    do="Capture longer if this is the connection in question.",
    near_misses="close-wait-leak: one end has closed and the other has not answered for long. peer-vanished: data is sent again and again without an answer.",
)


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """No end was ended, nothing is given up, and what was sent last may still be answered."""
    ended = (client.was_reset > 0) | (server.was_reset > 0) | (client.timed_out > 0) | (server.timed_out > 0)
    # A RST that answers a SYN-ACK of other numbers ends nothing (RFC 9293 section 3.10.7.3).
    unproved = (facts.reset_accepted == -1) & (facts.resets > facts.foreign)
    over = ended | unheard(facts, server) | unproved & (facts.reset_reason != BAD_ACKNOWLEDGMENT)
    connecting = (facts.syns == 1) & (client.segments == 1) & (facts.left < NANOSECOND)
    spoke = (client.segments > 0) & (server.segments > 0) | connecting
    return (over == 0) & spoke & ((facts.hidden & HIDDEN_END) == 0)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Certain when no end has begun to close and data could flow."""
    begun = (client.fin_packet > 0) | (server.fin_packet > 0) | (facts.resets > 0)
    waits = (client.repeats > 0) | (server.repeats > 0) | (client.zero_since > 0) | (server.zero_since > 0)
    return when(facts, client, server) & (facts.established > 0) & (begun == 0) & (waits == 0)


likely = when


def explain(case: Case) -> Explanation:
    """What the last packet was, and how long ago."""
    last = case.last_packet()
    begun = (
        "one end had begun to close"
        if case.client.fin_packet or case.server.fin_packet
        else "neither end was seen to close"
        if case.facts.hidden
        else "neither end had begun to close"
    )
    ago = f", {span(case.facts.left)} after the last packet of this connection" if case.facts.left else ""
    return Explanation(
        title="still open when the capture ended",
        sees="",
        why=lambda: f"When the capture ended{ago}, {begun}.",
        sure="what came after the capture is unknown.",
        evidence=(last,) if last else (),
    )
