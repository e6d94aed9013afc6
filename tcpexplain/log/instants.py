"""When, by the packets, a call of one end may have returned what a line says, and how likely that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tcpexplain.runtimes import ALERT, EOF, LOCAL, TIMER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.log.brief import Looked
    from tcpexplain.log.recognise import Recognised
    from tcpexplain.model.calls import Call, Event, Side

SIDES: tuple[Side, Side] = ("client", "server")
BASIS = {"must": 1.0, "next": 1.0, "maybe": 0.85}
SECOND = 1_000_000_000
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


class Habits(NamedTuple):
    """What is usual between the client and the server of a connection, as their other connections show."""

    fewer: float = 0.62
    """How likely the server's answer is cut short."""
    usual: bool | None = None
    """Whether several had just these bytes both ways; None of too few to tell."""


class Instant(NamedTuple):
    """A span in which the call may have failed so: ns since 1970; ``until`` None: for as long as anybody looks."""

    call: str
    outcome: str
    since: int
    until: int | None
    packet: int | None
    file: int
    weight: float
    """How likely it is that an application at this end met it: 1 if the packets say so."""
    sharp: bool = False
    """Whether the program acts at once, so that its line stands close by."""


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


def moment(connection: Looked, seconds: float) -> int:
    """Nanoseconds since 1970 of seconds since the first packet."""
    return connection.start + round(seconds * SECOND)


def absolute(connection: Looked, time: int) -> int:
    """The same of the facts' times (ns since the first packet, plus 1)."""
    return connection.start + int(time) - 1


def relative(connection: Looked, at: int) -> int:
    """The facts' time of an instant."""
    return at - connection.start + 1


def both(connection: Looked, side: Side) -> tuple[Any, Any]:
    """The facts of an end and of its peer."""
    case = connection.facts
    return (case.client, case.server) if side == "client" else (case.server, case.client)


def unanswered(connection: Looked, side: Side, before: int) -> bool:
    """Whether, until ``before``, the last data was the client's: a request without an answer."""
    client, server = both(connection, "client")
    if not client.data:
        return False
    answered = server.last_data if server.last_data <= before or side == "client" else 0
    return bool(client.last_data > answered)


def ends_of_file(connection: Looked, side: Side, known: Recognised, habits: Habits) -> Iterator[Instant]:
    """When the peer's FIN had arrived, weighted by what the line says of the exchange: that a peer closes is no failure by itself."""
    me, peer = both(connection, side)
    time = me.eof_time or peer.fin_time
    if not time:
        return
    weight = end_weight(connection, side, known.phase, time, habits)
    if me.fin_time and me.fin_time < time:
        weight *= 0.3
    if me.late_data and known.phase in ("answer", "idle", ""):
        # It wrote on after the FIN, and met the end of the file instead of an answer.
        yield Instant("read", EOF, absolute(connection, me.late_data), None, number(me.late_packet), 0, 0.9)
    yield Instant("read", EOF, absolute(connection, time), None, number(me.eof_packet or peer.fin_packet), 0, weight)


def end_weight(connection: Looked, side: Side, phase: str, time: int, habits: Habits) -> float:
    """How likely the peer's end of sending at ``time`` is one that its application minds, and of the kind that the line says."""
    me, peer = both(connection, side)
    waiting = unanswered(connection, side, time)
    if phase == "answer":
        return 1.0 if waiting else 0.12
    if phase == "body":
        return habits.fewer if peer.data and not waiting else 0.25
    if phase == "request":
        return 0.9 if not me.data else 0.15
    if phase == "handshake":
        early = not me.data or not peer.data or (side == "client" and waiting)
        return (0.9 if me.data + peer.data <= 8 else 0.4) if early else 0.2
    if phase == "idle":
        return 0.4 if habits.usual else 0.8
    if habits.usual:
        # A goodbye, which nobody answers, or the way in which this server always ends.
        return 0.2
    if side == "server":
        return 1.0 if waiting else 0.35 if habits.usual is None else 0.6
    return 1.0 if waiting else habits.fewer * 0.62 if me.data and peer.data else 0.7


def number(packet: int) -> int | None:
    """A packet's number in its file."""
    from tcpexplain.wire.segment import number_of

    return int(number_of(int(packet))) if packet else None


def closing(connection: Looked, side: Side) -> tuple[int, int]:
    """When an end closed by itself, as the facts' times go, and the packet: its FIN or RST; 0 if it did not."""
    me, _ = both(connection, side)
    facts = connection.facts.facts
    own = SIDES.index(side) == facts.reset_by and facts.reset_time and me.resets
    moments = [(me.fin_time, me.fin_packet), (facts.reset_time if own else 0, facts.reset_packet)]
    return min((one for one in moments if one[0]), default=(0, 0))


def deadlines(connection: Looked, side: Side, known: Recognised) -> Iterator[Instant]:
    """When an end may have given up by its own timer: where it closes after a silence, or, where it does not, in the silence."""
    me, peer = both(connection, side)
    if known.call == "connect" or known.phase == "connect":
        if connection.opening in ("unanswered", "incomplete") and side == "client":
            yield Instant("connect", TIMER, connection.start, None, first(connection), 0, 0.9)
        return
    time, packet = closing(connection, side)
    last = max(me.last_data, peer.last_data, connection.facts.facts.established, 1)
    if time and time >= last:
        weight = silence_weight(connection, side, (time - last) / 1e9, known)
        if peer.fin_time and peer.fin_time < time:
            weight *= 0.3
        yield Instant(
            known.call or "read",
            TIMER,
            absolute(connection, time),
            absolute(connection, time),
            number(packet),
            0,
            weight,
            sharp=True,
        )
    elif not time and not peer.fin_time and not connection.facts.facts.resets:
        waits = unanswered(connection, side, 1 << 62) or (side == "server" and not me.data)
        yield Instant(known.call or "read", TIMER, absolute(connection, last), None, None, 0, 0.55 if waits else 0.3)


def silence_weight(connection: Looked, side: Side, seconds: float, known: Recognised) -> float:
    """How likely a close after this silence is a timer's."""
    waiting = unanswered(connection, side, 1 << 62)
    if known.phase in ("answer", "request") or (side == "client" and known.phase != "body"):
        return (0.95 if waiting else 0.2) * (1.0 if seconds > 0.05 else 0.3)
    return 0.85 if seconds > 0.4 else 0.3 if seconds > 0.05 else 0.1


def first(connection: Looked) -> int | None:
    """The first packet that is there."""
    return next((one.packet for one in connection.segments_seen), None)


def own_closes(connection: Looked, side: Side) -> Iterator[Instant]:
    """When an end closed first."""
    _, peer = both(connection, side)
    time, packet = closing(connection, side)
    if time:
        before = not peer.fin_time or time <= peer.fin_time
        surprised = connection.seen["server" if side == "client" else "client"] is not None
        weight = (0.9 if surprised else 0.7) if before else 0.25
        yield Instant("read", LOCAL, absolute(connection, time), None, number(packet), 0, weight, sharp=True)


def alerts(connection: Looked, side: Side) -> Iterator[Instant]:
    """When a TLS alert in the clear passed; else the peer's close early in the connection."""
    me, peer = both(connection, side)
    packet = me.alert_packet or peer.alert_packet
    time, closed = closing(connection, side)
    if packet:
        sent = next((one.time for one in connection.segments_seen if one.packet == number(packet)), connection.duration)
        yield Instant("read", ALERT, moment(connection, sent), None, number(packet), 0, 0.9)
    elif time and me.data + peer.data <= 8:
        yield Instant("read", ALERT, absolute(connection, time), None, number(closed), 0, 0.45)
