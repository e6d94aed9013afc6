"""Which connections of a capture a line may be about: all of a few, of many those whose ends, outcome and time may fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.machine.facts import CONNECTION_REFUSED
from tcpexplain.runtimes import EOF, LOCAL, TIMER
from tcpexplain.units import address as written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.log.addresses import Place
    from tcpexplain.log.line import Claim
    from tcpexplain.model.capture import Capture

FEW = 400
"""Connections up to which all are looked at."""
CHOSEN = 48
"""Connections of many that are looked at for one line."""
NEVER = 1 << 62


def streams_for(capture: Capture, claim: Claim, near: int) -> Sequence[int]:
    """The stream numbers of the connections to look at."""
    if len(capture) <= FEW:
        return list(capture.streams)
    analysis = getattr(capture.held, "analysis", None)
    if analysis is None:
        return plainly(capture, claim)
    if isinstance(analysis.results.facts, list):
        return by_facts(analysis, capture.streams, claim, near)
    return by_columns(analysis, list(capture.streams), claim, near)


def plainly(capture: Capture, claim: Claim) -> Sequence[int]:
    """Of connections that are objects: those whose ends fit and that failed, or else all that fit."""
    fitting = [c for c in capture.records() if any(may_be(place, c) for place in claim.places) or not claim.places]
    failed = [c.stream for c in fitting if c.seen["client"] or c.seen["server"]]
    return [*failed, *(c.stream for c in fitting if c.stream not in set(failed))][: CHOSEN * 4]


def may_be(place: Place, connection: Any) -> bool:
    """Whether one of a connection's ends may be this one."""
    return bool(place) and any(place.fits(end.address, end.port) for end in (connection.client, connection.server))


def by_facts(analysis: Any, streams: Sequence[int], claim: Claim, near: int) -> Sequence[int]:
    """Of many, by their facts in plain mode: the best first."""
    said = claim.moment(near)
    found = sorted((-worth_of(analysis, stream, claim, said), stream) for stream in streams)
    return [stream for worth, stream in found[:CHOSEN] if worth < 0]


def worth_of(analysis: Any, stream: int, claim: Claim, said: int | None) -> float:
    """How promising a connection is."""
    facts, ends = analysis.results.facts[stream], (analysis.results.clients[stream], analysis.results.servers[stream])
    worth = 1.0
    key = analysis.key(stream)
    for place in claim.places:
        if place and not (place.port in (None, *key[5:7]) and (place.address is None or place.address in addresses(key))):
            worth *= 0.02
    when = min((met_by_one(facts, ends[side], ends[1 - side], claim, side) for side in roles(claim)), default=NEVER)
    worth *= 0.05 if when == NEVER else 1.0
    if said is not None:
        apart = abs(facts.start + (facts.duration if when == NEVER else when) - said) / 1e9
        worth *= 1.0 / (1.0 + min(apart, 30 + min(apart % 900, 900 - apart % 900)) / 5)
    return worth


def addresses(key: tuple[int, ...]) -> tuple[str, str]:
    """Both addresses of a 4-tuple."""
    return written(key[0], key[1], key[2]), written(key[0], key[3], key[4])


def roles(claim: Claim) -> tuple[int, ...]:
    """The ends that may have written the line: 0 client, 1 server."""
    return (0, 1) if claim.known.role == "own" else (("client", "server").index(claim.known.role),)


def met_by_one(facts: Any, me: Any, peer: Any, claim: Claim, side: int) -> int:
    """When an end may have met one of the outcomes, ns since the connection began; NEVER if it cannot have."""
    found = NEVER
    for outcome in claim.known.outcomes:
        if outcome == EOF:
            now, met = max(me.eof_time, me.late_data), peer.fin_time > 0
        elif outcome in (TIMER, LOCAL):
            own_reset = facts.reset_by == side and facts.resets > 0
            now, met = me.fin_time or facts.reset_time, me.fin_time > 0 or own_reset or peer.fin_time == 0
        elif claim.known.call == "connect":
            now, met = max(me.error_time, 1), facts.opening >= CONNECTION_REFUSED or me.error_time > 0
        else:
            now, met = me.error_time, me.error_time > 0 or facts.resets > 0
        found = min(found, now) if met else found
    return int(found)


def by_columns(analysis: Any, streams: list[int], claim: Claim, near: int) -> Sequence[int]:
    """Of many: by columns, the best first."""
    np = analysis.memory.np
    rows, facts = analysis.rows[: analysis.streams], analysis.results.facts[: analysis.streams]
    ends = analysis.results.clients[: analysis.streams], analysis.results.servers[: analysis.streams]
    worth = np.zeros(len(rows))
    worth[streams] = 1.0
    for place in claim.places:
        worth *= np.where(has_end(np, rows, place), 1.0, 0.02)
    when = np.full(len(rows), NEVER, np.int64)
    fitting = np.zeros(len(rows), bool)
    for side in roles(claim):
        time, met = met_by(np, facts, ends[side], ends[1 - side], claim, side)
        when = np.where(met & (time < when), time, when)
        fitting |= met
    worth *= np.where(fitting, 1.0, 0.05)
    said = claim.moment(near)
    if said is not None:
        apart = np.abs((facts["start"] + np.where(when == NEVER, facts["duration"], when) - said).astype(float)) / 1e9
        quarter = np.minimum(apart % 900, 900 - apart % 900)
        worth *= 1.0 / (1.0 + np.minimum(apart, 30 + quarter) / 5)
    best = np.argsort(-worth, kind="stable")[:CHOSEN]
    return [int(stream) for stream in best if worth[stream] > 0]


def has_end(np: Any, rows: Any, place: Place) -> Any:
    """Which connections have this end."""
    found = np.zeros(len(rows), bool)
    for end in ("low", "high"):
        fits = np.ones(len(rows), bool)
        if place.port is not None:
            fits &= rows[f"{end}_port"] == place.port
        if place.address is not None:
            from ipaddress import ip_address

            address = ip_address(place.address)
            number = int(address)
            low, high = number & 0xFFFFFFFFFFFFFFFF, number >> 64
            fits &= (rows["version"] == address.version) & (rows[f"{end}_lo"].astype(np.uint64) == np.uint64(low)) & (rows[f"{end}_hi"].astype(np.uint64) == np.uint64(high))
        found |= fits
    return found


def met_by(np: Any, facts: Any, me: Any, peer: Any, claim: Claim, side: int) -> tuple[Any, Any]:
    """When an end may have met one of the outcomes (ns since the connection began), and whether it may at all."""
    time = np.full(len(facts), NEVER, np.int64)
    met = np.zeros(len(facts), bool)
    for outcome in claim.known.outcomes:
        if outcome == EOF:
            now, this = np.maximum(me["eof_time"], me["late_data"]), peer["fin_time"] > 0
        elif outcome in (TIMER, LOCAL):
            own_reset = (facts["reset_by"] == side) & (facts["resets"] > 0)
            now = np.where(me["fin_time"] > 0, me["fin_time"], facts["reset_time"])
            this = (me["fin_time"] > 0) | own_reset | (peer["fin_time"] == 0)
        elif claim.known.call == "connect":
            now, this = np.maximum(me["error_time"], 1), (facts["opening"] >= CONNECTION_REFUSED) | (me["error_time"] > 0)
        else:
            now, this = me["error_time"], (me["error_time"] > 0) | (facts["resets"] > 0)
        time = np.where(this & (now < time), now, time)
        met |= this
    return time, met
