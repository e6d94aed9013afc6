"""What several connections of one server show of a message where no protocol is known: that its last one was cut (``analysis.shapes``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.analysis.shapes import DISSECTED, LENGTH
from tcpexplain.evidence.cause import SIDES
from tcpexplain.units import NANOSECOND, counted, size

if TYPE_CHECKING:
    from tcpexplain.evidence.cause import Case
    from tcpexplain.machine.facts import EndFacts, Facts

SOON = 5 * NANOSECOND
"""ns from its last data in which an end closes that was in the middle of a message; later it may have taken that for whole."""
MESSAGES = ("request", "answer")


def stops(facts: Facts, client: EndFacts, server: EndFacts, side: int) -> int:
    """The last message of an end has not the shape that those of all others have, and that end closed then; elementwise.

    No RST came, and the peer wrote nothing any more. What a server says alone after a silence may be a notice that it closes.
    """
    me, peer = (server, client) if side else (client, server)
    notice = (facts.silence >= NANOSECOND) & (facts.silence_packet == me.last_data_packet) & (side == 1)
    shown = (facts.protocol == 0) & (facts.shape > 0) & (facts.shape_by == side) & (facts.resets == 0)
    return shown & (peer.late_packet == 0) & (notice == 0) & (me.fin_moments <= SOON)


def shape_words(case: Case) -> str:
    """That all 40 other connections to this server ended each answer with the end of a line, and this one stops in the middle of one."""
    facts = case.facts
    if facts.shape == DISSECTED:
        return "The server's last data belongs, to tshark, to a message that no later packet ends"
    message, others = MESSAGES[facts.shape_by], counted(facts.shape_alike, "other connection")
    where = f"All {others} to this server that the capture shows to their end"
    if facts.shape == LENGTH:
        return f"{where} had {message}s of {size(facts.shape_bytes)} each; the last {message} of this one stops after {size(facts.shape_came)}"
    return f"{where} ended each {message} with the end of a line; the last {message} of this one stops in the middle of a line"


def shape_basis(case: Case) -> str:
    """Why it is likely only."""
    if case.facts.shape == DISSECTED:
        return "tshark's reading of the protocol, which it guesses from the port unless --decode-as names it."
    return f"only that all others are alike: no protocol is known here that says where the {MESSAGES[case.facts.shape_by]}'s end is. The {SIDES[case.facts.shape_by]} closed first, and said nothing else."
