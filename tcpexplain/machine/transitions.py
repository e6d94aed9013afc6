"""The state machine of one endpoint as one table (RFC 9293 sections 3.3.2 and 3.10).

A state changes by one look-up in this table and nowhere else. Whether a segment *is* such an event for an endpoint
(is this FIN in order, is this RST acceptable, does this ACK cover my FIN) is decided before, in ``machine/events.py``.
"""

from __future__ import annotations

from enum import IntEnum

from tcpexplain.tuples import NamedTuple


class State(IntEnum):
    """The eleven states of RFC 9293 section 3.3.2, and UNKNOWN for what the capture does not prove."""

    CLOSED = 0
    LISTEN = 1
    SYN_SENT = 2
    SYN_RECEIVED = 3
    ESTABLISHED = 4
    FIN_WAIT_1 = 5
    FIN_WAIT_2 = 6
    CLOSE_WAIT = 7
    CLOSING = 8
    LAST_ACK = 9
    TIME_WAIT = 10
    UNKNOWN = 11

    def __str__(self) -> str:
        return self.name.replace("_", "-")


class Trigger(IntEnum):
    """What can move an endpoint."""

    SEND_SYN = 0
    RECEIVE_SYN = 1
    RECEIVE_SYN_ACK = 2
    RECEIVE_ACK_OF_SYN = 3
    SEND_FIN = 4
    RECEIVE_FIN = 5
    RECEIVE_ACK_OF_FIN = 6
    SEND_RST = 7
    RECEIVE_RST = 8
    RECEIVE_RST_OF_OPENING = 9
    TIMEOUT = 10
    TWO_MSL = 11
    RECEIVE_ICMP = 12
    EXPIRE = 13
    SEEN_ALIVE = 14
    FORGET = 15

    def __str__(self) -> str:
        return EVENT_WORDS[self]


EVENT_WORDS = {
    Trigger.SEND_SYN: "SYN out",
    Trigger.RECEIVE_SYN: "SYN in",
    Trigger.RECEIVE_SYN_ACK: "SYN ACK in",
    Trigger.RECEIVE_ACK_OF_SYN: "ACK in",
    Trigger.SEND_FIN: "FIN out",
    Trigger.RECEIVE_FIN: "FIN in",
    Trigger.RECEIVE_ACK_OF_FIN: "ACK in",
    Trigger.SEND_RST: "RST out",
    Trigger.RECEIVE_RST: "RST in",
    Trigger.RECEIVE_RST_OF_OPENING: "RST in",
    Trigger.TIMEOUT: "timeout",
    Trigger.TWO_MSL: "2 MSL",
    Trigger.RECEIVE_ICMP: "ICMP error in",
    Trigger.EXPIRE: "FIN-WAIT-2 timeout",
    Trigger.SEEN_ALIVE: "seen alive",
    Trigger.FORGET: "lost its state",
}


class Transition(NamedTuple):
    """In ``state``, ``event`` leads to ``next``; ``reference`` says where that is written."""

    state: State
    event: Trigger
    next: State
    reference: str


_S, _E = State, Trigger
_ABORTABLE = (
    _S.SYN_SENT,
    _S.SYN_RECEIVED,
    _S.ESTABLISHED,
    _S.FIN_WAIT_1,
    _S.FIN_WAIT_2,
    _S.CLOSE_WAIT,
    _S.CLOSING,
    _S.LAST_ACK,
    _S.TIME_WAIT,
    _S.UNKNOWN,
)
_SYNCHRONIZED = tuple(state for state in _ABORTABLE if state not in (_S.SYN_SENT, _S.SYN_RECEIVED))
_RETRANSMITTING = tuple(state for state in _ABORTABLE if state not in (_S.FIN_WAIT_2, _S.TIME_WAIT))
"""Where something may be unacknowledged."""
_FORGETTABLE = (_S.ESTABLISHED, _S.CLOSE_WAIT, _S.UNKNOWN)
"""An end that has sent FIN and answers without a socket has closed; only one that has not must have forgotten."""

TRANSITIONS: tuple[Transition, ...] = (
    # opening
    Transition(_S.CLOSED, _E.SEND_SYN, _S.SYN_SENT, "RFC 9293 3.10.1 OPEN, active"),
    Transition(_S.LISTEN, _E.SEND_SYN, _S.SYN_SENT, "RFC 9293 3.10.1 OPEN, active from LISTEN"),
    Transition(_S.LISTEN, _E.RECEIVE_SYN, _S.SYN_RECEIVED, "RFC 9293 3.10.7.2 third"),
    Transition(_S.SYN_SENT, _E.RECEIVE_SYN_ACK, _S.ESTABLISHED, "RFC 9293 3.10.7.3 fourth"),
    Transition(_S.SYN_SENT, _E.RECEIVE_SYN, _S.SYN_RECEIVED, "RFC 9293 3.10.7.3 fourth, simultaneous open"),
    Transition(_S.SYN_RECEIVED, _E.RECEIVE_ACK_OF_SYN, _S.ESTABLISHED, "RFC 9293 3.10.7.4 fifth"),
    # closing
    Transition(_S.SYN_RECEIVED, _E.SEND_FIN, _S.FIN_WAIT_1, "RFC 9293 3.10.4 CLOSE"),
    Transition(_S.ESTABLISHED, _E.SEND_FIN, _S.FIN_WAIT_1, "RFC 9293 3.10.4 CLOSE"),
    Transition(_S.CLOSE_WAIT, _E.SEND_FIN, _S.LAST_ACK, "RFC 9293 3.10.4 CLOSE"),
    Transition(_S.ESTABLISHED, _E.RECEIVE_FIN, _S.CLOSE_WAIT, "RFC 9293 3.10.7.4 eighth"),
    Transition(_S.FIN_WAIT_1, _E.RECEIVE_FIN, _S.CLOSING, "RFC 9293 3.10.7.4 eighth, simultaneous close"),
    Transition(_S.FIN_WAIT_2, _E.RECEIVE_FIN, _S.TIME_WAIT, "RFC 9293 3.10.7.4 eighth"),
    Transition(_S.FIN_WAIT_1, _E.RECEIVE_ACK_OF_FIN, _S.FIN_WAIT_2, "RFC 9293 3.10.7.4 fifth"),
    Transition(_S.CLOSING, _E.RECEIVE_ACK_OF_FIN, _S.TIME_WAIT, "RFC 9293 3.10.7.4 fifth"),
    Transition(_S.LAST_ACK, _E.RECEIVE_ACK_OF_FIN, _S.CLOSED, "RFC 9293 3.10.7.4 fifth"),
    Transition(_S.TIME_WAIT, _E.TWO_MSL, _S.CLOSED, "RFC 9293 3.10.8 TIME-WAIT TIMEOUT"),
    Transition(_S.FIN_WAIT_2, _E.EXPIRE, _S.CLOSED, "Linux tcp_fin_timeout, tcp(7)"),
    # aborting
    *(Transition(state, _E.SEND_RST, _S.CLOSED, "RFC 9293 3.10.5 ABORT") for state in _ABORTABLE),
    Transition(_S.LISTEN, _E.SEND_RST, _S.CLOSED, "RFC 9293 3.10.7.1: nobody listened"),
    Transition(_S.SYN_SENT, _E.RECEIVE_RST, _S.CLOSED, "RFC 9293 3.10.7.3 second"),
    Transition(_S.SYN_RECEIVED, _E.RECEIVE_RST, _S.CLOSED, "RFC 9293 3.10.7.4 second, active open"),
    Transition(_S.SYN_RECEIVED, _E.RECEIVE_RST_OF_OPENING, _S.LISTEN, "RFC 9293 3.10.7.4 second, passive open"),
    *(Transition(state, _E.RECEIVE_RST, _S.CLOSED, "RFC 9293 3.10.7.4 second") for state in _SYNCHRONIZED),
    *(Transition(state, _E.TIMEOUT, _S.CLOSED, "RFC 9293 3.10.8 USER TIMEOUT") for state in _RETRANSMITTING),
    Transition(_S.SYN_SENT, _E.RECEIVE_ICMP, _S.CLOSED, "RFC 9293 3.9.2.2, Linux tcp_v4_err"),
    *(Transition(state, _E.FORGET, _S.CLOSED, "RFC 9293 3.5.1 half-open connections") for state in _FORGETTABLE),
    # starting in the middle
    Transition(_S.UNKNOWN, _E.SEEN_ALIVE, _S.ESTABLISHED, "both ends send data: neither has closed"),
    Transition(_S.UNKNOWN, _E.RECEIVE_SYN_ACK, _S.ESTABLISHED, "RFC 9293 3.10.7.3 fourth, its SYN was missed"),
    Transition(_S.UNKNOWN, _E.RECEIVE_SYN, _S.SYN_RECEIVED, "RFC 9293 3.10.7.2 third, its SYN was missed"),
)

EVENTS = len(Trigger)
NEXT: list[int] = [state for state in State for _ in Trigger]
"""``NEXT[state * EVENTS + event]``: the table for the loop; a pair without a row leaves the state alone."""
for _row in TRANSITIONS:
    NEXT[_row.state * EVENTS + _row.event] = _row.next
NEXT = [int(state) for state in NEXT]
