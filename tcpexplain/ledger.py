"""What became of the bytes, and whether the last request may be sent again."""

from __future__ import annotations

from typing import Any

from tcpexplain.capture import Ledger, Retry
from tcpexplain.evidence import SIDES, span
from tcpexplain.machine.resets import CLOSE_WITH_UNREAD_DATA, REPLY
from tcpexplain.machine.transitions import State

_CLOSED, _TIME_WAIT = int(State.CLOSED), int(State.TIME_WAIT)
FAREWELL = 64
"""Bytes: a client's last word right before its FIN, to a server that had answered all before (QUIT, close_notify)."""
AT_ONCE = 100_000_000


def ledgers(facts: Any, client: Any, server: Any) -> dict[str, Ledger]:
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


# Of one connection, or elementwise of columns, as a cause's conditions are.


def lost(facts: Any, client: Any, server: Any, me: Any) -> Any:
    """Bytes of an end that were never acknowledged, if the connection has ended."""
    over = (ended(client) & ended(server)) | (client.timed_out > 0) | (server.timed_out > 0)
    return me.unacknowledged * ((facts.reset_accepted == 1) | over)


def perhaps_unread(facts: Any, me: Any, peer: Any, peer_side: int) -> Any:
    """Bytes that reached the peer and that it may not have read: those since it last sent data, if it did not close in order."""
    aborted = (facts.reset_by == peer_side) & (facts.reset_reason == CLOSE_WITH_UNREAD_DATA)
    still_there = (peer.fin_packet == 0) & (ended(peer) == 0)
    beyond = (peer.pending - me.acknowledged) * (peer.pending > me.acknowledged)
    return (peer.pending - beyond) * (aborted | still_there)


def ended(me: Any) -> Any:
    """Whether nothing more that the end has sent will be acknowledged."""
    return (me.state == _CLOSED) | (me.state == _TIME_WAIT)


def retry(facts: Any, client: Any, server: Any) -> Retry:
    """Whether the client's last request may be repeated (RFC 9110 section 9.2.2: only an idempotent one, unless it was never processed)."""
    if not facts.request_packet:
        return Retry("not-applicable", "the client sent no request")
    if not broken(facts, client, server):
        return Retry(
            "not-applicable", "the request was answered" if facts.response_bytes else "the connection is still open"
        )
    never = never_processed(facts, client, server)
    if never:
        return Retry("safe", never)
    if facts.response_bytes:
        return answered(facts, client, server)
    if facts.request_bytes <= FAREWELL and server.data and client.fin_packet and client.fin_moments <= AT_ONCE:
        return Retry("not-applicable", "the client's last word was a farewell; what it asked before was answered")
    if one_way(facts, client, server):
        return Retry(
            "not-applicable", "data went one way only, was acknowledged to its end, and both ends closed in order"
        )
    if facts.request_acked == 0:
        return Retry("ambiguous", "no byte of the request was acknowledged, but it may have arrived")
    part = "partly " if facts.request_acked == 2 else ""
    if server.data and 0 <= facts.request_time - server.last_data <= AT_ONCE:
        return Retry(
            "ambiguous",
            f"the last data was {part}acknowledged and no answer followed it: the answer may be what came {span(facts.request_time - server.last_data)} "
            "before (an early refusal such as HTTP's 413, while the request was being sent), else the server may have processed it",
        )
    return Retry(
        "ambiguous", f"the request was {part}acknowledged and never answered: the server may have processed it"
    )


def one_way(facts: Any, client: Any, server: Any) -> bool:
    """Whether the client only sent, closed right after it, and lost nothing: an upload, a log, a metric wants no answer."""
    orderly = facts.closed_first == 0 and server.fin_packet and not facts.resets and not client.unacknowledged
    return bool(orderly and not server.data and client.fin_moments <= AT_ONCE)


def never_processed(facts: Any, client: Any, server: Any) -> str:
    """Why no application can have seen the last request; empty if one can."""
    if (
        client.late_packet
        and client.late_packet <= facts.request_packet
        and not client.late_acked
        and server.fin_packet
    ):
        if client.late_known:
            waited = span(client.late_data - server.fin_time)
            return f"the server's FIN had arrived {waited} before the request was written, and a closed end does not process data; a look at the socket would have avoided the race"
        if facts.reset_by == 1 and facts.request_acked != 1:
            return "the request crossed the server's FIN, and the closed server answered it with RST; no check could have avoided it"
    if (
        client.crossed_packet
        and client.crossed_packet >= facts.request_packet
        and facts.reset_by == 1
        and facts.request_acked != 1
    ):
        return "the request and the server's FIN crossed, and the closed server answered it with RST; no check could have avoided it"
    unseen = facts.request_acked == 0 and not facts.response_bytes
    if unseen and facts.reset_by == 1 and facts.reset_shape == REPLY and not facts.foreign:
        return "no byte of the request was acknowledged: a kernel without a socket answered it with RST"
    return ""


def answered(facts: Any, client: Any, server: Any) -> Retry:
    """A response began; whether it was whole, only its protocol tells."""
    orderly = server.fin_packet and not (client.was_reset or server.was_reset or client.timed_out or server.timed_out)
    if orderly and not server.unacknowledged:
        return Retry("not-applicable", "the request was answered")
    return Retry("unsafe", f"{facts.response_bytes:,} bytes of a response came after the request: it was processed")


def broken(facts: Any, client: Any, server: Any) -> bool:
    """Whether the connection has ended, or cannot go on."""
    over = client.was_reset or server.was_reset or client.timed_out or server.timed_out or facts.resets
    return bool(over or client.fin_packet or server.fin_packet or client.repeats >= 3 or server.repeats >= 3)
