"""When the peer's end of sending came, and how likely its application minds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.log.instant import Instant, absolute, both, number, unanswered
from tcpexplain.runtimes import EOF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.log.brief import Looked
    from tcpexplain.log.instant import Habits
    from tcpexplain.log.recognise import Recognised
    from tcpexplain.model.calls import Side


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
