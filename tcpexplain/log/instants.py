"""When, by the packets, a call of one end may have returned what a line says, and how likely that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.log.eof import end_weight, ends_of_file
from tcpexplain.log.instant import Instant, absolute, both, moment, relative
from tcpexplain.log.own_end import alerts, deadlines, own_closes
from tcpexplain.runtimes import ALERT, EOF, LOCAL, TIMER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.log.brief import Looked
    from tcpexplain.log.instant import Habits
    from tcpexplain.log.recognise import Recognised
    from tcpexplain.model.calls import Call, Event, Side

BASIS = {"must": 1.0, "next": 1.0, "maybe": 0.85}
CALLS = {
    "read": ("read", "write"),
    "write": ("write", "read"),
    "connect": ("connect", "read", "write"),
    "accept": ("accept",),
    "poll": ("read", "write"),
}
"""The call that a line names, and those that it may mean: words and errno agree where the call is not said."""
UNBORN = ("CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED")
"""States before which nobody reads or writes."""
UNFITTING = 0.3
"""Below this an end of sending is of another kind than the line says: before the answer, inside it."""


def instants(connection: Looked, side: Side, known: Recognised, habits: Habits) -> list[Instant]:
    """Every span in which one end may have met one of the outcomes of a line."""
    found: list[Instant] = []
    for place, outcome in enumerate(known.outcomes):
        less = 1.0 if place == 0 else 0.97
        spans = of_outcome(connection, side, known, outcome, habits)
        found += [one._replace(weight=one.weight * less) for one in spans]
    return found


def of_outcome(connection: Looked, side: Side, known: Recognised, outcome: str, habits: Habits) -> Iterator[Instant]:
    """The spans of one outcome."""
    seen = connection.seen[side]
    call = known.call or "read"
    if seen and seen.outcome == outcome and seen.at is not None:
        exact = seen.call == call or call == "poll" or known.call is None or outcome in (TIMER, EOF)
        weight = BASIS[seen.basis] * (1.0 if exact else 0.93)
        if (
            outcome == EOF
            and known.phase
            and end_weight(connection, side, known.phase, relative(connection, seen.at), habits) < UNFITTING
        ):
            weight *= 0.45
        yield Instant(seen.call, outcome, seen.at, None, seen.packet, seen.file, weight, sharp=outcome == TIMER)
    if outcome == EOF:
        yield from ends_of_file(connection, side, known, habits)
    elif outcome == TIMER:
        yield from deadlines(connection, side, known)
    elif outcome == LOCAL:
        yield from own_closes(connection, side)
    elif outcome == ALERT:
        yield from alerts(connection, side)
    elif outcome.isupper():
        yield from (
            errors(connection, side, call, outcome) if connection.events else pending(connection, side, call, outcome)
        )


def errors(connection: Looked, side: Side, call: str, outcome: str) -> Iterator[Instant]:
    """The spans in which a call gives an errno."""
    for place, name in enumerate(CALLS.get(call, (call,))):
        since: tuple[int, Event, float] | None = None
        born = name == "connect"
        for event in connection.events:
            born = born or event.end(side).state not in UNBORN
            weight = chance(answer(event, side, name), outcome) * (0.9 if place else 1.0) if born else 0.0
            if event.end(side).closed_by and name != "connect":
                # Whoever has closed makes no calls any more.
                weight *= 0.3
            at = moment(connection, event.time)
            if since and weight != since[2]:
                yield span(since, at, name, outcome)
                since = None
            if weight and since is None:
                since = (at, event, weight)
        if since:
            yield span(since, None, name, outcome)


def pending(connection: Looked, side: Side, call: str, outcome: str) -> Iterator[Instant]:
    """Where only facts are asked: the instant at which the socket got its error, whichever it is."""
    me, _ = both(connection, side)
    if me.error_time:
        yield Instant(call, outcome, absolute(connection, me.error_time), None, None, 0, 0.9)


def span(since: tuple[int, Event, float], until: int | None, call: str, outcome: str) -> Instant:
    """The instant of a span of events."""
    at, event, weight = since
    return Instant(call, outcome, at, until, event.packet or None, event.file, weight)


def answer(event: Event, side: Side, name: str) -> Call | None:
    """What one call of one end returns after an event."""
    following = event.end(side).next
    calls: dict[str, Call | None] = {
        "read": following.read,
        "write": following.write,
        "connect": following.connect,
        "accept": following.accept,
    }
    return calls.get(name)


def chance(call: Call | None, outcome: str) -> float:
    """How likely a call returns an outcome: 1 if it is the next one's only one."""
    if call is None:
        return 0.0
    now = call.now if isinstance(call.now, tuple) else (call.now,)
    later = call.then if isinstance(call.then, tuple) else (call.then,)
    if outcome in now:
        return 1.0 if len(now) == 1 else 0.85
    return 0.7 if outcome in later else 0.0
