"""What the calls of an application return, one file per operating system.

A profile is rows ``(call, when, outcome, source)``: the first row of a call whose conditions all hold gives the outcome;
the rows of a system come before those of POSIX. ``when`` uses the words of ``CONDITIONS`` and nothing else, so a profile
holds no code and tables across systems can be printed. A member has ``TITLE``, as texts call the system, ``ROWS``, ``ERRNO`` (the name of
each error of ``machine.endpoint``) and ``SIGNAL`` (what a write sends beside EPIPE, or None).
"""

from __future__ import annotations

from functools import cache
from typing import cast

from tcpexplain import registry
from tcpexplain.model.calls import Call, Next, Possible
from tcpexplain.tuples import NamedTuple

CONDITIONS = {
    "idle": "CLOSED, and no connection attempt has been made",
    "listening": "there is no connection yet: LISTEN or SYN-RECEIVED at the listening end",
    "connecting": "the attempt is under way: SYN-SENT, or SYN-RECEIVED at an opening end",
    "connected": "the connection has been ESTABLISHED",
    "dead": "CLOSED, after a connection or an attempt",
    "failed-connect": "a blocking connect() has returned the error of the attempt",
    "unread": "received bytes wait to be read",
    "eof": "the peer's FIN has arrived",
    "shut": "the end's own FIN has been sent, by shutdown(SHUT_WR)",
    "full": "the send buffer is full",
    "error": "an error is pending: the first call that looks takes it",
    "reset-in-close-wait": "the pending error is a RST that came in CLOSE-WAIT",
    "timed-out": "the pending error is that of a timer",
    "soft": "an ICMP error came that has not ended the connection",
    "icmp": "an ICMP error ended the attempt",
    "opener": "the end that sent the first SYN",
    "listener": "the end that was listening",
    "unknown": "the state is not known",
}
"""The closed vocabulary of ``when``."""

CALLS = ("read", "write", "connect", "accept", "so_error")
POLL_BITS = ("POLLIN", "POLLOUT", "POLLRDHUP", "POLLERR", "POLLHUP")
PENDING = frozenset({"error", "reset-in-close-wait", "timed-out"})
"""The conditions that hold no longer once a call has taken the pending error."""
ERROR, SOFT = "<error>", "<soft>"
"""Outcomes that stand for the errno of the pending, or of the soft, error."""


SHARED = "posix"
"""The member that is no system: what all of them share."""


def names() -> tuple[str, ...]:
    """The systems whose calls are known, as ``--os`` takes them."""
    return tuple(name for name in registry.names(__name__) if name != SHARED)


class Rule(NamedTuple):
    """One rule. ``call``: one of ``CALLS`` or ``POLL_BITS`` (a bit is set if any of its rows holds)."""

    call: str
    when: tuple[str, ...]
    outcome: str | None
    source: str
    takes: bool = True
    """Whether an outcome ``ERROR`` takes the pending error, so that the next call does not see it."""


class Condition(NamedTuple):
    """An end as the loop packs it (``machine.steps.condition``)."""

    state: int
    role: int
    error: int
    soft: int
    eof: bool
    shut: bool
    unread: int
    full: int
    icmp: bool
    aborted: bool
    connected: bool


def unpack(packed: int) -> Condition:
    """The fields of a packed condition."""
    return Condition(
        packed & 15,
        packed >> 4 & 3,
        packed >> 6 & 15,
        packed >> 10 & 15,
        bool(packed >> 14 & 1),
        bool(packed >> 15 & 1),
        packed >> 16 & 3,
        packed >> 18 & 3,
        bool(packed >> 20 & 1),
        bool(packed >> 21 & 1),
        bool(packed >> 22 & 1),
    )


_CLOSED, _LISTEN, _SYN_SENT, _SYN_RECEIVED, _UNKNOWN = 0, 1, 2, 3, 11
_CLOSE_WAIT_ERROR, _TIMED_OUT = 3, 4
_NO, _YES, _LIKELY, _UNLIKELY = range(4)
_OPENER, _LISTENER = 1, 2


def worlds(condition: Condition) -> list[frozenset[str]]:
    """The sets of conditions that may hold, most likely first: what the wire does not show may be so or so."""
    found = [certain(condition)]
    if (
        condition.state == _CLOSED
        and not condition.connected
        and condition.role == _OPENER
        and (condition.error or condition.soft)
    ):
        found = [world | extra for world in found for extra in (frozenset({"failed-connect"}), frozenset[str]())]
    for word, how in (("unread", condition.unread), ("full", condition.full)):
        with_it = frozenset({word})
        choices = {
            _NO: [frozenset[str]()],
            _YES: [with_it],
            _LIKELY: [with_it, frozenset[str]()],
            _UNLIKELY: [frozenset[str](), with_it],
        }[how]
        found = [world | choice for choice in choices for world in found]
    return found


def certain(condition: Condition) -> frozenset[str]:
    """The conditions that hold beyond doubt."""
    opening = condition.state in (_SYN_SENT, _SYN_RECEIVED)
    tried = condition.connected or condition.error or condition.eof or condition.shut or condition.aborted
    facts = {
        "idle": condition.state == _CLOSED and not tried,
        "listening": condition.state == _LISTEN
        or (condition.state == _SYN_RECEIVED and condition.role != _OPENER and not condition.connected),
        "connecting": opening and condition.role != _LISTENER and not condition.connected,
        "connected": condition.connected,
        "dead": condition.state == _CLOSED and bool(tried),
        "eof": condition.eof,
        "shut": condition.shut,
        "error": condition.error > 0,
        "reset-in-close-wait": condition.error == _CLOSE_WAIT_ERROR,
        "timed-out": condition.error == _TIMED_OUT,
        "soft": condition.soft > 0,
        "icmp": condition.icmp,
        "opener": condition.role == _OPENER,
        "listener": condition.role == _LISTENER,
        "unknown": condition.state == _UNKNOWN,
    }
    return frozenset(word for word, holds in facts.items() if holds)


class Profile:
    """The rows of one system, in order of precedence."""

    def __init__(self, name: str) -> None:
        module = registry.member(__name__, name)
        self.name = name
        self.title: str = module.TITLE
        self.rows: tuple[Rule, ...] = module.ROWS
        self.of_call = {call: [row for row in self.rows if row.call == call] for call in (*CALLS, *POLL_BITS)}
        self.errno: dict[int, str] = module.ERRNO
        self.signal: str | None = module.SIGNAL
        self._next: dict[int, Next] = {}

    def next(self, packed: int) -> Next:
        """What each call returns for an end in this condition."""
        found = self._next.get(packed)
        if found is None:
            found = self._next[packed] = self._evaluate(unpack(packed))
        return found

    def _evaluate(self, condition: Condition) -> Next:
        possible = worlds(condition)
        calls = {call: self._call(call, possible, condition) for call in ("read", "write")}
        opener, listener = condition.role == _OPENER, condition.role == _LISTENER
        bits = [tuple(bit for bit in POLL_BITS if self._holds(bit, world)) for world in possible]
        return Next(
            calls["read"],
            calls["write"],
            self._call("connect", possible, condition) if opener else None,
            self._call("accept", possible, condition) if listener else None,
            cast("tuple[str, ...] | tuple[tuple[str, ...], ...]", single(bits)),
            single([self._outcome("so_error", world, condition)[0] for world in possible]),
        )

    def _call(self, call: str, possible: list[frozenset[str]], condition: Condition) -> Call:
        now, then, settled = [], [], []
        for world in possible:
            outcome, after = self._outcome(call, world, condition)
            now.append(outcome or "ok")
            then.append(self._outcome(call, after, condition)[0] or "ok")
            if outcome == "data" and "error" in after:
                # Another call may take the error before the data has been read.
                settled.append(self._outcome(call, after - PENDING, condition)[0] or "ok")
        first, second = single(now), single(then + settled)
        signal = self.signal if call == "write" and "EPIPE" in (*flat(first), *flat(second)) else None
        return Call(first, None if second == first else second, signal)

    def _outcome(self, call: str, world: frozenset[str], condition: Condition) -> tuple[str | None, frozenset[str]]:
        """What the call returns in this world, and the world after it."""
        row = next(row for row in self.of_call[call] if world.issuperset(row.when))
        if row.outcome == ERROR:
            left = world - PENDING | ({"failed-connect"} if call == "connect" else set())
            return self.errno[condition.error], left if row.takes else world
        if row.outcome == SOFT:
            return self.errno[condition.soft], world - {"soft"}
        if row.outcome == "data":
            return "data", world - {"unread"}
        if call == "connect" and row.outcome == "ok":
            return "ok", world | {"failed-connect"}
        return row.outcome, world

    def _holds(self, bit: str, world: frozenset[str]) -> bool:
        return next(row.outcome for row in self.of_call[bit] if world.issuperset(row.when)) is not None


def flat(value: Possible) -> tuple[str, ...]:
    """One outcome or several, as several."""
    return (value,) if isinstance(value, str) else value


def single(values: list) -> Possible:  # type: ignore[type-arg]
    """Several possibilities without repetition; one as itself."""
    unique = tuple(dict.fromkeys(values))
    return unique[0] if len(unique) == 1 else unique


@cache
def profile(name: str) -> Profile:
    """The profile of an operating system; KeyError if there is none of that name."""
    return Profile(name)
