"""What became of the bytes, and whether the last request may be sent again."""

from __future__ import annotations

from typing import Any

from tcpexplain.capture import Ledger, Retry
from tcpexplain.evidence import SIDES, span
from tcpexplain.machine.resets import CLOSE_WITH_UNREAD_DATA

_ENDED = (0, 10)
"""CLOSED and TIME-WAIT: nothing more will be acknowledged."""


def ledgers(facts: Any, client: Any, server: Any) -> dict[str, Ledger]:
    """The bytes each end sent: acknowledged, delivered but perhaps unread, never acknowledged though the connection ended."""
    ended = facts.reset_accepted == 1 or (client.state in _ENDED and server.state in _ENDED) or client.timed_out or server.timed_out
    return {
        SIDES[side]: Ledger(
            sent=me.sent,
            acknowledged=me.acknowledged,
            perhaps_unread=perhaps_unread(facts, me, peer, 1 - side),
            lost=me.unacknowledged if ended else 0,
        )
        for side, (me, peer) in enumerate(((client, server), (server, client)))
    }


def perhaps_unread(facts: Any, me: Any, peer: Any, peer_side: int) -> int:
    """Bytes that reached the peer and that it may not have read: those since it last sent data, if it did not close in order."""
    aborted = facts.reset_by == peer_side and facts.reset_reason == CLOSE_WITH_UNREAD_DATA
    still_there = not peer.fin_packet and peer.state not in _ENDED
    return int(min(peer.pending, me.acknowledged)) if aborted or still_there else 0


def retry(facts: Any, client: Any, server: Any) -> Retry:
    """Whether the client's last request may be repeated (RFC 9110 section 9.2.2: only an idempotent one, unless it was never processed)."""
    if not facts.request_packet:
        return Retry("not-applicable", "the client sent no request")
    if facts.response_bytes:
        return Retry("unsafe", f"{facts.response_bytes:,} bytes of a response came after the request") if broken(facts, client, server) else Retry(
            "not-applicable", "the request was answered"
        )
    if client.late_packet and client.late_packet <= facts.request_packet and not client.late_acked:
        if client.late_known:
            waited = span(client.late_data - server.fin_time)
            return Retry("safe", f"the server's FIN had arrived {waited} before the request was written, and a closed end does not process data")
        if facts.reset_by == 1 and facts.request_acked != 1:
            return Retry("safe", "the request crossed the server's FIN, and the closed server answered it with RST")
    if facts.request_acked == 0 and client.state != 4:
        return Retry("safe", "no byte of the request was acknowledged") if facts.reset_by == 1 and facts.reset_shape == 1 else Retry(
            "ambiguous", "no byte of the request was acknowledged, but it may have arrived"
        )
    if not broken(facts, client, server):
        return Retry("not-applicable", "the connection is still open")
    return Retry("ambiguous", "the request was acknowledged and never answered: the server may have processed it")


def broken(facts: Any, client: Any, server: Any) -> bool:
    """Whether the connection has ended otherwise than by FIN both ways."""
    return bool(client.was_reset or server.was_reset or client.timed_out or server.timed_out or client.fin_packet or server.fin_packet)
