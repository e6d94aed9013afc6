"""TRANSITIONS as a networkx graph, and which of its edges a connection's step took."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from tcpexplain.machine.transitions import TRANSITIONS, State, Trigger

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["segment", "reset", "time"]

RESETS = frozenset({Trigger.SEND_RST, Trigger.RECEIVE_RST, Trigger.RECEIVE_RST_OF_OPENING})
TIMES = frozenset({Trigger.TIMEOUT, Trigger.TWO_MSL, Trigger.EXPIRE, Trigger.FORGET})
OPENING_STATES = frozenset({State.LISTEN, State.SYN_SENT, State.SYN_RECEIVED})


def kind(event: Trigger) -> Kind:
    """How a picture draws an event: an ordinary segment (or ICMP error), a RST, or time passing."""
    if event in RESETS:
        return "reset"
    return "time" if event in TIMES else "segment"


@cache
def graph() -> Any:
    """``TRANSITIONS`` as a ``networkx.MultiDiGraph``.

    Nodes are the members of ``State`` (attribute ``label``: RFC 9293's spelling); edges run from state to state, their
    key is the ``Trigger``, their attributes ``label`` ("FIN in"), ``kind`` and ``reference`` (the RFC section of the row).
    The graph is shared between callers: copy it before changing it.
    """
    from networkx import MultiDiGraph, freeze

    machine: Any = MultiDiGraph(name="RFC 9293")
    machine.add_nodes_from((state, {"label": str(state)}) for state in State)
    for row in TRANSITIONS:
        machine.add_edge(
            row.state, row.next, key=row.event, label=str(row.event), kind=kind(row.event), reference=row.reference
        )
    return freeze(machine)


@cache
def step(previous: State, state: State, flags: str, *, sent: bool, timer: bool = False) -> Trigger | None:
    """The event that took an endpoint from ``previous`` to ``state``; None if the table has no such row.

    Parameters
    ----------
    flags
        The segment's flags as letters of ``SFRPAUEC``; may be empty for an ICMP error.
    sent
        Whether the endpoint itself sent the segment.
    timer
        Whether no segment but time did it.
    """
    rows = [row.event for row in TRANSITIONS if row.state is previous and row.next is state]
    for event in _likely(flags, sent=sent, timer=timer):
        if event in rows:
            return event
    return rows[0] if rows else None


def _likely(flags: str, *, sent: bool, timer: bool) -> Iterator[Trigger]:
    """What such a segment can mean, the most specific first."""
    if timer:
        yield from (Trigger.TWO_MSL, Trigger.EXPIRE, Trigger.TIMEOUT, Trigger.FORGET)
        return
    if "R" in flags:
        yield from (Trigger.SEND_RST,) if sent else (Trigger.RECEIVE_RST, Trigger.RECEIVE_RST_OF_OPENING)
    if sent:
        yield from (Trigger.SEND_FIN,) if "F" in flags else (Trigger.SEND_SYN,) if "S" in flags else ()
    if "S" in flags and not sent:
        yield from (Trigger.RECEIVE_SYN_ACK, Trigger.RECEIVE_SYN) if "A" in flags else (Trigger.RECEIVE_SYN,)
    # An arrival may be shown by the receiver's own next segment, so what was received stays possible for both.
    yield from (Trigger.RECEIVE_FIN, Trigger.RECEIVE_ACK_OF_FIN, Trigger.RECEIVE_ACK_OF_SYN, Trigger.SEEN_ALIVE)
    if "R" not in flags:
        yield from (Trigger.RECEIVE_RST, Trigger.RECEIVE_ICMP) if flags else (Trigger.RECEIVE_ICMP,)
