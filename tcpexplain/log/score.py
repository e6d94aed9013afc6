"""How well a connection fits a line: its ends, its outcome at that end, the moment, lengths of silence and bytes; each a factor from 0 to 1."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cached_property
from math import exp, log10
from typing import TYPE_CHECKING

from tcpexplain.log.addresses import Place
from tcpexplain.log.instant import SIDES, Habits, both
from tcpexplain.log.instants import instants
from tcpexplain.tuples import NamedTuple
from tcpexplain.units import NANOSECOND, duration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tcpexplain.log.brief import Looked
    from tcpexplain.log.instant import Instant
    from tcpexplain.log.line import Claim
    from tcpexplain.log.recognise import Recognised
    from tcpexplain.model.calls import Side

UNNAMED = 0.72
"""The factor of a connection whose ends a line does not name."""
ELSEWHERE = 0.25
"""That of one whose far end fits and whose own does not: behind NAT ends have other names."""
UNTIMED = 0.8
"""That of a moment where the line has no time."""
MISTIMED = 0.35
"""That of a moment that does not fit, where the ends do with their ports."""
EARLY = 0.12
"""Seconds by which a log may be before the packets, as packets are stamped late and clocks differ."""


class Fit(NamedTuple):
    """One connection as the one that a line is about."""

    score: float
    connection: Looked
    side: Side
    instant: Instant | None
    named: float
    """How much of the ends fits: 1 both with ports, 0 none."""
    late: float | None
    """Seconds from when the call could fail to the line."""
    place: Place
    """The end that the line names."""
    words: str
    """The lengths that fit."""
    untimed: float
    """The score without regard to time."""

    @property
    def because(self) -> str:
        """Why this connection, in a sentence."""
        return reasons(self)


def ends_fit(claim: Claim, connection: Looked, side: Side) -> float:
    """How well the ends that a line names fit; 0 where they contradict."""
    own, peer = (connection.client, connection.server) if side == "client" else (connection.server, connection.client)
    my, far = claim.ends[side]
    if claim.other.port is not None and any(claim.other == Place(end.address, end.port) for end in (own, peer)):
        # That is the proxy's other connection.
        return 0.0
    if not my and not far:
        return UNNAMED
    fits_own = not my or my.fits(own.address, own.port)
    fits_peer = not far or far.fits(peer.address, peer.port)
    if fits_own and fits_peer:
        ephemeral = my.port if side == "client" else far.port
        return 1.0 if ephemeral is not None else 0.93 if my.port or far.port else 0.86
    exact = far.port is not None and far.address is not None and fits_peer
    return ELSEWHERE if exact and my and not fits_own else 0.0


def fits(claim: Claim, connection: Looked, offset: int, near: int, siblings: Siblings) -> Fit | None:
    """The best that can be said for a connection; None if the line's ends are not its own. ``offset``: ns to add to the log's clock."""
    return max(all_fits(claim, connection, offset, near, siblings), key=lambda fit: fit.score, default=None)


def all_fits(claim: Claim, connection: Looked, offset: int, near: int, siblings: Siblings) -> list[Fit]:
    """All that can be said for a connection: a fit for each instant of each end that the line's own may be."""
    found: list[Fit] = []
    for side in SIDES:
        if claim.known.role in SIDES and claim.known.role != side:
            continue
        named = ends_fit(claim, connection, side)
        if named:
            found += one_side(claim, connection, side, offset, near, named, siblings)
    return found


def one_side(
    claim: Claim, connection: Looked, side: Side, offset: int, near: int, named: float, siblings: Siblings
) -> list[Fit]:
    """A fit for each instant of one end."""
    said = claim.moment(near)
    when = None if said is None else said + offset
    extras, words = lengths_fit(claim, connection, side)
    found = []
    place = claim.ends[side][1] or claim.ends[side][0]
    for instant in siblings.instants(connection, side, claim.known):
        timely, late = time_fit(when, claim.precision, instant)
        # Ports say more than clocks.
        timely = max(timely, MISTIMED) if named == 1.0 else timely
        begins = begin_fit(claim, connection, when)
        fair = named * instant.weight * extras
        score, untimed = min(fair * timely * begins, 1.0), min(fair * UNTIMED, 1.0)
        found.append(Fit(score, connection, side, instant, named, late, place, words, untimed))
    if not found:
        fair = named * 0.1 * (2.0 if named == 1.0 else 1.0)
        score, untimed = (fair * alive_fit(moment, connection) for moment in (when, None))
        found.append(Fit(score, connection, side, None, named, None, place, words, untimed))
    return found


def time_fit(when: int | None, precision: int, instant: Instant) -> tuple[float, float | None]:
    """How well the moment of a line fits the span in which a call may have failed so, and how late it is in seconds."""
    if when is None:
        return UNTIMED, None
    late = (when - instant.since) / NANOSECOND
    early = -(late + precision / NANOSECOND)
    if early > 0:
        return (1.0 if early < EARLY / 4 else exp(-(early - EARLY / 4) / EARLY)), late
    after = max(late, 0.0)
    if instant.until is not None and not instant.sharp:
        beyond = (when - instant.until) / NANOSECOND
        if beyond > EARLY:
            return exp(-(beyond - EARLY) / 1.0) * 0.9, late
    if instant.sharp:
        return (1.0 if after < 0.3 else max(exp(-(after - 0.3) / 1.5), 0.02)), late
    return max(1.0 - 0.12 * log10(1.0 + max(after - precision / NANOSECOND * 0.5, 0.0) / 0.02), 0.3), late


def begin_fit(claim: Claim, connection: Looked, when: int | None) -> float:
    """How well the beginning fits where a line says how long it all lasted."""
    if claim.lasted is None or when is None:
        return 1.0
    begun = when - round(claim.lasted * NANOSECOND)
    apart = abs(connection.start - begun) / NANOSECOND
    if claim.starts and claim.known.role != "client":
        return 1.0 if apart < 0.05 else 0.85 if apart < 1.1 else 0.5
    # A request on a kept connection begins later than the connection; a proxy's own connection later than its client's.
    early = (begun - connection.start) / NANOSECOND
    slack = 0.05 + claim.precision / NANOSECOND
    return 1.0 if apart <= slack else 0.9 if -slack <= early else 0.75 if -early < claim.lasted + slack else 0.3


def alive_fit(when: int | None, connection: Looked) -> float:
    """Whether the connection was there at the time of a line."""
    if when is None:
        return 0.7
    margin = 2 * NANOSECOND
    return (
        1.0
        if connection.start - margin <= when <= connection.start + round(connection.duration * NANOSECOND) + margin
        else 0.4
    )


def lengths_fit(claim: Claim, connection: Looked, side: Side) -> tuple[float, str]:
    """Silence and bytes that a line names, beside those of the connection: equal ones tell more than anything but ports."""
    me, peer = both(connection, side)
    factor, words = 1.0, []
    if claim.silent is not None:
        measured = longest_silence(connection)
        near = abs(measured - claim.silent) <= max(0.25, 0.03 * claim.silent)
        factor *= 1.0 if near else 0.55
        words += [f"the silence of {duration(claim.silent)}"] if near else []
    pairs = [(claim.received, peer.sent), (claim.sent, me.sent)]
    if claim.both and (two := claim.both.get("client" if side == "server" else "upstream")):
        pairs = [(two[0], peer.sent), (two[1], me.sent)]
    elif claim.starts:
        # HAProxy counts what it sent to the client, its own pages and headers too; Envoy's two counts are of bodies.
        equal = claim.received is not None and claim.received == (me.sent if side == "server" else peer.sent)
        pairs = [(claim.received, claim.received or 0)] if equal else []
    for said, counted in pairs:
        if said is None:
            continue
        if said == counted and said:
            words.append(f"{said:,} bytes")
        elif said > counted:
            factor *= 0.5
        elif said < counted:
            factor *= 0.8
    return factor, " and ".join(words)


def longest_silence(connection: Looked) -> float:
    """Seconds of the longest silence, and of that before the end."""
    return float(connection.facts.facts.silence) / 1e9


def reasons(fit: Fit) -> str:
    """Why this connection, in a sentence."""
    if fit.instant is None:
        return "its ends fit, but no packet shows such an outcome there"
    call, outcome, packet = fit.instant.call, fit.instant.outcome, fit.instant.packet
    outcome = {"eof": "0 (EOF)", "timer": "its own timer", "local": "closed by itself"}.get(outcome, outcome)
    at = f" after packet {packet}" if packet else ""
    told = [f"{fit.side} {call} → {outcome}{at}"]
    if fit.named == 1.0:
        told.insert(0, "its ends are those of the line")
    elif fit.named == ELSEWHERE:
        told.insert(0, "the far end fits; the own one has another name, as behind NAT")
    elif fit.place:
        told.insert(0, f"{fit.place} fits")
    if fit.late is not None:
        apart = f"{duration(abs(fit.late))} {'before' if fit.late > 0 else 'after'} the line"
        told.append("at the time of the line" if abs(fit.late) < 1.5 else apart)
    if fit.words:
        told.append(f"{fit.words} as the line says")
    return ", ".join(told)


class Exchanges:
    """What the connections to one server sent: how many had how many bytes of an answer, and how many just so many both ways."""

    def __init__(self) -> None:
        self.count = 0
        self.answers: Counter[int] = Counter()
        self.both: Counter[tuple[int, int]] = Counter()

    def add(self, request: int, answer: int) -> None:
        """One connection."""
        self.count += 1
        self.both[request, answer] += 1
        if answer:
            self.answers[answer] += 1

    @cached_property
    def usual_answer(self) -> int:
        """The bytes that most answers had."""
        return max(self.answers, key=lambda size: (self.answers[size], size))


NO_OTHERS = Exchanges()


class Siblings:
    """What is usual among connections to a server, and when each may have met what a line says: both are found once for all lines."""

    def __init__(self, connections: Iterable[Looked]) -> None:
        self.exchanges: defaultdict[tuple[str, int], Exchanges] = defaultdict(Exchanges)
        self._instants: dict[tuple[object, ...], list[Instant]] = {}
        for one in connections:
            self.exchanges[one.server.address, one.server.port].add(one.bytes["client"].sent, one.bytes["server"].sent)

    def instants(self, connection: Looked, side: Side, known: Recognised) -> list[Instant]:
        """Every span in which one end may have met one of the outcomes of a line."""
        # Facts alone tell less than events: one connection may be asked both ways.
        key = (connection.stream, bool(connection.events), side, known.call, known.outcomes, known.phase)
        found = self._instants.get(key)
        if found is None:
            found = self._instants[key] = instants(connection, side, known, self.habits(connection))
        return found

    def habits(self, connection: Looked) -> Habits:
        """What is usual between a connection's client and its server."""
        others = self.exchanges.get((connection.server.address, connection.server.port), NO_OTHERS)
        return Habits(shorter(connection, others), usual(connection, others))


def shorter(connection: Looked, others: Exchanges) -> float:
    """How likely the server's bytes on this connection are fewer than they should be."""
    answered = others.answers.total()
    if answered < 4:
        return 0.62
    if others.answers[others.usual_answer] * 3 < answered:
        return 0.55
    mine = connection.bytes["server"].sent
    return 0.95 if mine < others.usual_answer else 0.15 if mine == others.usual_answer else 0.4


def usual(connection: Looked, others: Exchanges) -> bool | None:
    """Whether several connections to this server had just these bytes both ways, an answer among them; None of too few to tell."""
    if others.count < 4:
        return None
    mine = (connection.bytes["client"].sent, connection.bytes["server"].sent)
    alike = others.both[mine]
    return mine[1] > 0 and alike >= 3 and alike * 4 >= others.count
