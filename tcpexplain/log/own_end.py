"""When an end ended the connection itself: by its own timer, by closing it, by an alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.log.instant import SIDES, Instant, absolute, both, moment, number, unanswered
from tcpexplain.runtimes import ALERT, LOCAL, TIMER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.log.brief import Looked
    from tcpexplain.log.recognise import Recognised
    from tcpexplain.model.calls import Side


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
