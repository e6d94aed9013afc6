"""Which error, or unexpected end, the application at each end saw first, and when.

A cause says it in words (``client read → ECONNRESET``); here it gets its instant, and what is said of the other end
follows from the error that its socket holds. An end that had closed before sees nothing any more. Times are ns since
1970; see ``model.calls.Seen``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from tcpexplain.evidence.cause import SIDES
from tcpexplain.evidence.noticed import OWN_TIMEOUT, closed_at
from tcpexplain.machine.transitions import State
from tcpexplain.model.calls import Seen
from tcpexplain.sockets import flat
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.segment import file_of, number_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tcpexplain.evidence.cause import Case
    from tcpexplain.machine.facts import EndFacts
    from tcpexplain.model.calls import Next

TIMER, EOF = "timer", "eof"
NO_FAILURES = ("EISCONN", "ENOTCONN", "EAGAIN")
"""What a call says of how it was made, not of the connection."""
OVER = (int(State.CLOSED), int(State.TIME_WAIT))

CALL = re.compile(r"(read|write|connect|accept) → (.*?)(?=, (?:read|write|connect|accept) →|$)")
FAILURE = re.compile(rf"\b((?:WSA)?E[A-Z]{{3,}})\b|{OWN_TIMEOUT}|\b0\b")


class Failure(NamedTuple):
    """A call and how it ends: an errno, ``eof`` or ``timer``."""

    call: str
    outcome: str


@lru_cache(4096)
def named(sees: str) -> dict[str, Failure]:
    """What a cause's words say of each side; a side of which they say nothing that fails is not in it."""
    found: dict[str, Failure] = {}
    for part in sees.split("; "):
        side, _, calls = part.partition(" ")
        for call, results in CALL.findall(calls) if side in SIDES else ():
            failure = failure_of(results)
            if failure:
                found.setdefault(side, Failure(call, failure))
    return found


def failure_of(results: str) -> str:
    """The first failure in ``data, then ECONNRESET``; empty if there is none."""
    for match in FAILURE.finditer(results):
        if match[0] == OWN_TIMEOUT:
            return TIMER
        if match[0] == "0":
            return EOF
        if match[1] not in NO_FAILURES:
            return str(match[1])
    return ""


def seen(case: Case, sees: str, severity: str, certainty: str) -> tuple[Seen | None, Seen | None]:
    """What the client's and the server's application saw first that failed; None where nothing did."""
    said = named(sees)
    if not said and not pending(case.client) and not pending(case.server):
        return None, None
    first, second = (of_side(case, side, said, severity, certainty) for side in (0, 1))
    return first, second


def of_side(case: Case, side: int, said: Mapping[str, Failure], severity: str, certainty: str) -> Seen | None:
    """What one end saw."""
    failure = said.get(SIDES[side])
    if failure is None:
        return of_error(case, side)
    if failure.outcome == TIMER:
        return of_timer(case, side, failure.call, certainty)
    if failure.outcome == EOF:
        return of_eof(case, side, failure.call, severity)
    sure = "next" if certainty != "possible" and not gone(case, side) else "maybe"
    return of_errno(case, side, failure, sure)


def of_errno(case: Case, side: int, failure: Failure, sure: str) -> Seen:
    """An errno: at the instant at which the socket got it; unknown if that is not in the capture."""
    me = case.end(side)
    late = me.error_time > case.facts.duration + 1
    if not me.error_time or late or failure.outcome not in possible(case.next[side], failure.call):
        sure = "maybe"
    elif failure.call == "connect":
        sure = "must"
    return made(case, *failure, me.error_time, me.error_packet, sure)


def of_error(case: Case, side: int) -> Seen | None:
    """The error that the socket of an end holds of which the cause says nothing; None if it has none, or nobody looks any more."""
    me = case.end(side)
    if not pending(me) or gone(case, side) or own_reset(case, side):
        return None
    calls = case.next[side]
    for name in ("connect", "read", "write"):
        for outcome in possible(calls, name):
            if (
                outcome.removeprefix("WSA").startswith("E")
                and outcome not in NO_FAILURES
                and (name != "write" or not me.fin_packet)
            ):
                return of_errno(case, side, Failure(name, outcome), "next" if me.segments else "maybe")
    return None


def of_eof(case: Case, side: int, call: str, severity: str) -> Seen | None:
    """The end of what the peer sends, where the application still waited for more of it."""
    me, peer = case.end(side), case.end(1 - side)
    owed = severity == "failed" or (severity == "suspicious" and unanswered(me, peer, side))
    if not me.eof or not owed:
        return None
    # Who writes on after the FIN reads the end only after that.
    time = max(me.eof_time, me.late_data)
    return made(case, call, EOF, time, me.eof_packet, "maybe" if pending(me) else "next")


def unanswered(me: EndFacts, peer: EndFacts, side: int) -> bool:
    """Whether the client has had no answer to its last data, or the server has not answered the client's last."""
    return bool(me.last_data > peer.last_data if side == 0 else peer.last_data > me.last_data)


def of_timer(case: Case, side: int, call: str, certainty: str) -> Seen:
    """The application's own deadline: it fired when the application closed, if the packets show that."""
    time, packet = closed_at(case, side)
    return made(case, call, TIMER, time, packet, "must" if certainty == "certain" else "maybe")


def own_reset(case: Case, side: int) -> bool:
    """Whether the RST that counts is this end's."""
    return bool(case.end(side).resets and case.facts.reset_by == side)


def gone(case: Case, side: int) -> bool:
    """Whether the application had closed before the error came, and did not only shut down its sending direction."""
    me, peer = case.end(side), case.end(1 - side)
    return bool(me.fin_time and me.error_time > me.fin_time and not peer.late_acked)


def pending(end: EndFacts) -> int:
    """The error that an end's socket holds (``machine.endpoint``), 0: none."""
    return int(end.condition) >> 6 & 15


def possible(calls: Next, name: str) -> tuple[str, ...]:
    """Every outcome of the next calls of one kind."""
    call = getattr(calls, name)
    return () if call is None else (*flat(call.now), *flat(call.then or ()))


def made(case: Case, call: str, outcome: str, time: int, packet: int, basis: str) -> Seen:
    """With the instant in ns since 1970, and the packet by its number and file."""
    return Seen(
        call=cast("Any", call),
        outcome=outcome,
        at=int(case.facts.start + time - 1) if time else None,
        packet=number_of(int(packet)) if packet else None,
        basis=cast("Any", basis),
        file=file_of(int(packet)),
    )


def ended(case: Case) -> int | None:
    """When the later end was closed, or in TIME-WAIT (ns since 1970); None if one was not by the capture's end."""
    moments = [over(case, side) for side in (0, 1)]
    return int(case.facts.start + max(moments) - 1) if all(moments) else None


def over(case: Case, side: int) -> int:
    """When an end was closed (``machine.facts``' times), 0: it was not."""
    me = case.end(side)
    if me.state not in OVER:
        return 0
    aborted = case.facts.reset_time if own_reset(case, side) else 0
    if me.error_time or aborted:
        return int(me.error_time or aborted)
    orderly = max(me.fin_time, me.eof_time, me.fin_acked)
    return int(orderly or case.facts.reset_time or case.facts.duration + 1)
