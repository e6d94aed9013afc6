"""What became of the bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES
from tcpexplain.hot.columns import listed, of_each
from tcpexplain.machine.resets import CLOSE_WITH_UNREAD_DATA
from tcpexplain.machine.transitions import State
from tcpexplain.model.connection import Ledger

if TYPE_CHECKING:
    from tcpexplain.hot.array import Records
    from tcpexplain.machine.facts import EndFacts, Facts

_CLOSED, _TIME_WAIT = int(State.CLOSED), int(State.TIME_WAIT)


def ledgers(facts: Facts, client: EndFacts, server: EndFacts) -> dict[str, Ledger]:
    """The bytes each end sent: acknowledged, delivered but perhaps unread, never acknowledged though the connection ended."""
    return {
        SIDES[side]: Ledger(
            sent=me.sent,
            acknowledged=me.acknowledged,
            perhaps_unread=perhaps_unread(facts, me, peer, 1 - side),
            lost=lost(facts, client, server, me),
        )
        for side, (me, peer) in enumerate(((client, server), (server, client)))
    }


def lost_of_each(facts: Records, clients: Records, servers: Records) -> list[int]:
    """Bytes lost of either end of each connection."""
    return listed(of_each(lost_of_both, facts, clients, servers))


# Of one connection, or elementwise of columns, as a cause's conditions are.


def lost_of_both(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Bytes of both ends that were never acknowledged."""
    return lost(facts, client, server, client) + lost(facts, client, server, server)


def lost(facts: Facts, client: EndFacts, server: EndFacts, me: EndFacts) -> int:
    """Bytes of an end that were never acknowledged, if the connection has ended."""
    over = (ended(client) & ended(server)) | (client.timed_out > 0) | (server.timed_out > 0)
    return me.unacknowledged * ((facts.reset_accepted == 1) | over)


def perhaps_unread(facts: Facts, me: EndFacts, peer: EndFacts, peer_side: int) -> int:
    """Bytes that reached the peer and that it may not have read: those since it last sent data, if it did not close in order."""
    aborted = (facts.reset_by == peer_side) & (facts.reset_reason == CLOSE_WITH_UNREAD_DATA)
    still_there = (peer.fin_packet == 0) & (ended(peer) == 0)
    beyond = (peer.pending - me.acknowledged) * (peer.pending > me.acknowledged)
    return (peer.pending - beyond) * (aborted | still_there)


def ended(me: EndFacts) -> int:
    """Whether nothing more that the end has sent will be acknowledged."""
    return (me.state == _CLOSED) | (me.state == _TIME_WAIT)
