"""What the kernel did beside what was predicted: states, RSTs and their reasons, errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.kernel.reasons import meant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tcpexplain.model.calls import Event, Possible, Reset, Side
    from tcpexplain.model.connection import Connection
    from tcpexplain.model.kernel import KernelEnd, KernelEvent

SMALL = ("FIN-WAIT-2", "TIME-WAIT", "CLOSED")
"""States of an end whose socket a small one has taken the place of: the kernel traces CLOSED, whichever of them it is."""
BEFORE = ("LISTEN", "SYN-SENT", "SYN-RECEIVED", "CLOSED")
"""States before the connection, of which the kernel traces some: it has no socket yet, or no port."""
ABORTS = ("TCP_ABORT_ON_CLOSE", "TCP_ABORT_ON_LINGER", "TCP_STATE")
"""The kernel's reasons for a RST with which an end closes."""
NEAR = 20_000_000
"""ns between a RST in the trace and in the capture."""


def differences(connection: Connection, side: Side, end: KernelEnd) -> Iterator[str]:
    """Where the kernel of one end did not do what was predicted."""
    yield from states(connection, side, end)
    yield from resets(connection, side, end)
    yield from errors(connection, side, end)


def states(connection: Connection, side: Side, end: KernelEnd) -> Iterator[str]:
    """Compare the states in their order; those passed through on one packet are no difference."""
    real = from_established(one.state for one in end.of_kind("state"))
    said = from_established(event.end(side).state for event in happened(connection))
    if not real:
        return
    last = real[-1]
    small = last == "CLOSED" and not cut(end) and any(state in SMALL[:2] or state == "CLOSING" for state in real)
    same = said[-1:] == real[-1:] or (small and said[-1:] and said[-1] in SMALL)
    if not same or not in_order([state for state in said if state not in SMALL], real):
        yield f"the {side}'s kernel went {' → '.join(real)}, predicted was {' → '.join(said) or 'nothing'}"


def cut(end: KernelEnd) -> bool:
    """Whether a RST ended it."""
    ending = (*ABORTS, "TCP_ABORT_ON_DATA", "TCP_KEEPALIVE_TIMEOUT")
    return bool(end.of_kind("reset-received") or [one for one in end.of_kind("reset-sent") if one.reason in ending])


def from_established(names: Iterable[str]) -> list[str]:
    """The states that follow each other, without those before the connection was made."""
    found: list[str] = []
    for name in names:
        if (found or name not in BEFORE) and found[-1:] != [name]:
            found.append(name)
    return found


def in_order(few: Sequence[str], many: Sequence[str]) -> bool:
    """Whether all of ``few`` are among ``many``, in this order."""
    rest = iter(many)
    return all(one in rest for one in few)


def happened(connection: Connection) -> list[Event]:
    """The events up to the last packet: timers that are to come are predictions of another kind."""
    return [event for event in connection.events if event.basis != "timer" or event.time <= connection.duration]


def resets(connection: Connection, side: Side, end: KernelEnd) -> Iterator[str]:
    """Each captured RST of this end: whether the kernel sent it, and for the reason that was predicted."""
    times = {(segment.file, segment.packet): segment.time for segment in connection.segments_seen}
    left = list(end.of_kind("reset-sent"))
    for reset in connection.resets:
        time = times.get((reset.file, reset.packet))
        if reset.by != side or time is None:
            continue
        moment = connection.start + round(time * 1e9)
        sent = min(left, key=lambda one: abs(one.time - moment), default=None)
        if sent is None or abs(sent.time - moment) > NEAR:
            if reset.origin == "endpoint":
                yield f"the {side}'s kernel did not send the RST of packet {reset.packet}; it was predicted to be its own"
            continue
        left.remove(sent)
        yield from reason(reset, side, sent.reason)


def reason(reset: Reset, side: Side, real: str) -> Iterator[str]:
    """Compare the reasons of one RST."""
    said, expected = listed(reset.reason), meant(real)
    if reset.origin == "middlebox":
        yield f"the {side}'s kernel sent the RST of packet {reset.packet} itself ({real}); predicted was somebody else"
    elif expected and not set(said) & set(expected):
        yield f"the {side}'s kernel sent the RST of packet {reset.packet} because of {real}, predicted was {' or '.join(said)}"


def errors(connection: Connection, side: Side, end: KernelEnd) -> Iterator[str]:
    """Compare the errors put into the socket; what an end puts there as it aborts itself, nobody reads."""
    said = predicted_errors(connection, side)
    put = [one for one in end.of_kind("error") if one.error and not aborted(end, one)]
    for one in put:
        if one.error not in said:
            yield f"the {side}'s kernel put {one.error} into the socket, predicted was {' or '.join(sorted(said)) or 'no error'}"
    for error in sure_errors(connection, side) if not put else ():
        yield f"the {side}'s kernel put no error into the socket, predicted was {error}"


def aborted(end: KernelEnd, one: KernelEvent) -> bool:
    """Whether an error is that of a close() which sends RST."""
    own = (sent for sent in end.of_kind("reset-sent") if sent.reason in ABORTS)
    return any(abs(one.time - sent.time) < NEAR for sent in own)


def listed(possible: Possible | tuple[str | None, ...] | None) -> tuple[str, ...]:
    """The possible words."""
    return tuple(word for word in ((possible,) if isinstance(possible, str | None) else possible) if word)


def predicted_errors(connection: Connection, side: Side) -> set[str]:
    """All errors that SO_ERROR was predicted to tell at some time, timers to come included."""
    return {error for event in connection.events for error in listed(event.end(side).next.so_error)}


def sure_errors(connection: Connection, side: Side) -> list[str]:
    """The first error that was predicted without a doubt, of an end that had not closed: a closed socket gets none."""
    for event in happened(connection):
        end = event.end(side)
        if end.closed_by:
            return []
        if isinstance(end.next.so_error, str):
            return [end.next.so_error]
    return []
