"""Connections that one end had closed and the other not, server by server: since when, how long, and whether that is a leak."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from tcpexplain.terminal.paper import MARKS, PROSE, Paper
from tcpexplain.tuples import NamedTuple
from tcpexplain.units import clock, counted, duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from tcpexplain.model.group import HalfClosed, Stay

TITLE = "Half closed when the capture ended"
NOTABLE = 0.04
"""Seconds below which a report need not mention it, as the cause close-wait-leak does not: every busy capture ends while somebody is closing."""
LISTED = 12
"""Servers that are named because they, or their clients, leak."""
FEW = 3
"""Servers that are named though nothing leaks."""


class ServerLine(NamedTuple):
    """What a report says of one server, or of several."""

    severity: str
    who: str
    said: str
    stream: int
    """The connection that waited longest."""


def write_half_closed(paper: Paper, found: Sequence[HalfClosed], zone: tzinfo = UTC) -> None:
    """One paragraph a server."""
    told = lines(found, zone)
    if not told:
        return
    paper.line()
    paper.line((TITLE, "bold"))
    for one in told:
        head = [(f"{MARKS[one.severity]} ", one.severity), (one.who, "server"), ("  ", "")]
        paper.flow([*head, (one.said, "")], indent=2, width=PROSE)


def lines(found: Iterable[HalfClosed], zone: tzinfo = UTC) -> list[ServerLine]:
    """Leaks server by server, most connections first; then what was merely open, together if there is much of it."""
    told = notable(found)
    leaks, others = [one for one in told if one.leaking], [one for one in told if not one.leaking]
    each = [(one, "suspicious") for one in leaks[:LISTED]]
    each += [(one, "fine") for one in others] if len(others) <= FEW else []
    said = [ServerLine(severity, str(one.server), sentence(one, zone), one.longest) for one, severity in each]
    said += [together(some) for some in (leaks[LISTED:], others if len(others) > FEW else []) if some]
    return said


def together(found: Sequence[HalfClosed]) -> ServerLine:
    """Several servers."""
    leaking = sum(one.leaking for one in found)
    longest = max(found, key=waited)
    count = sum(max(one.close_wait.count, one.fin_wait_2.count) for one in found)
    verdict = f"{leaking:,} leaking" if leaking else "merely open when the capture ended"
    said = f"{counted(count, 'connection')} half closed for at most {duration(waited(longest))}: {verdict}."
    severity = "suspicious" if leaking else "fine"
    return ServerLine(
        severity, counted(len(found), "server" if severity == "fine" else "more server"), said, longest.longest
    )


def waited(one: HalfClosed) -> float:
    """How long the slowest took, in seconds."""
    return max(one.close_wait.longest, one.fin_wait_2.longest)


def notable(found: Iterable[HalfClosed]) -> list[HalfClosed]:
    """What a report should mention."""
    return [one for one in found if one.leaking or waited(one) >= NOTABLE]


def sentence(one: HalfClosed, zone: tzinfo = UTC) -> str:
    """``32 in CLOSE-WAIT at the server (FIN-WAIT-2 at the clients), since 09:30:22, for 54.1 s to 10 min 41 s: leaking``."""
    leaves = one.waiting == "server"
    here, there = (one.close_wait, one.fin_wait_2) if leaves else (one.fin_wait_2, one.close_wait)
    states = ("CLOSE-WAIT", "FIN-WAIT-2") if leaves else ("FIN-WAIT-2", "CLOSE-WAIT")
    side, peers, which = "server", "clients", states
    if not here.count:
        side, peers, here, there, which = "clients", "server", there, here, states[::-1]
    ends = f" ({which[1]} at the {peers})" if there.count else ""
    return (
        f"{here.count:,} in {which[0]} at the {side}{ends} since {clock(here.since, zone=zone)[:8]}, for {spans(here)}: {judged(one)}."
        + usual(one)
    )


def spans(one: Stay) -> str:
    """From the shortest to the longest."""
    low, high = duration(one.shortest), duration(one.longest)
    if low == high:
        return low
    return f"{low} to {high}" + (f" (median {duration(one.median)})" if one.count > 2 else "")


def judged(one: HalfClosed) -> str:
    """Leaking, or merely open."""
    total = max(one.close_wait.count, one.fin_wait_2.count)
    if not one.leaking:
        return "merely open when the capture ended"
    side = "the server does" if one.waiting == "server" else "the clients do"
    rest = f"; {total - one.leaking:,} merely open when the capture ended" if one.leaking < total else ""
    return f"{'leaking' if not rest else f'{one.leaking:,} leaking'}, {side} not close{rest}"


def usual(one: HalfClosed) -> str:
    """How long those took that did close."""
    if not one.closed.count:
        return ""
    took = (
        f"{duration(one.closed.median)} (median; at most {duration(one.closed.longest)})"
        if one.closed.count > 1
        else duration(one.closed.longest)
    )
    return f" {counted(one.closed.count, 'other')} closed after {took}."
