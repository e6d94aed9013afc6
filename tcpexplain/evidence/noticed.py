"""Who noticed that nothing came back: the kernel, which gives up with ETIMEDOUT, or the application's own deadline before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES
from tcpexplain.evidence.words import rounded, seconds

if TYPE_CHECKING:
    from tcpexplain.evidence.cause import Case

OWN_TIMEOUT = "its own timeout"


def closed_at(case: Case, side: int) -> tuple[int, int]:
    """The time and packet of an end's own FIN, else of its own RST; zeros if it sent neither."""
    me, facts = case.end(side), case.facts
    if me.fin_time:
        return int(me.fin_time), int(me.fin_packet)
    if me.resets and facts.reset_by == side:
        return int(facts.reset_time), int(facts.reset_packet)
    return 0, 0


def closed_unanswered(case: Case, side: int) -> tuple[int, int]:
    """When, and by which packet, an end closed while its last data was sent again in vain; zeros if it did not.

    Its kernel would have gone on for minutes: the application waited no longer.
    """
    me, (time, packet) = case.end(side), closed_at(case, side)
    return (time, packet) if me.repeats and time > me.repeats_since > 0 and me.unacknowledged else (0, 0)


def sees(case: Case, side: int, call: str) -> str:
    """What an end's call returns whose data goes unanswered: its own timeout, or what its kernel says."""
    if closed_unanswered(case, side)[0]:
        return f"{SIDES[side]} {call} → {OWN_TIMEOUT}"
    return case.sees(side, call)


def sentence(case: Case, side: int) -> str:
    """That an application gave up before its kernel did; empty where it did not."""
    time, packet = closed_unanswered(case, side)
    if not time:
        return ""
    waited = rounded(time - case.end(side).repeats_since)
    return f"The {SIDES[side]} closed at {seconds(time)} (packet {packet}), {waited} after it had sent that: its own deadline, not an error of the connection."
