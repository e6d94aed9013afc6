"""How the log of a program will word what its calls return on a connection: the wordings of ``runtimes``, turned around."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.model.calls import Call, Side
    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection

SIDES: tuple[Side, Side] = ("client", "server")
CALLS = ("connect", "read", "write")

AT_HOME = {
    22: "openssh",
    3306: "mysql",
    5432: "postgresql",
    5672: "rabbitmq",
    6379: "redis",
    6432: "pgbouncer",
    9092: "kafka",
    27017: "mongodb",
    50051: "grpc",
}
"""The product that is recognised by the server's port where no line names it; at 80, 443, 8000 and 8080 it may be any of many. The ports
stand here, so that no product is imported to look for one."""


class Worded(NamedTuple):
    """What one end's call returns, and the words of its program."""

    side: Side
    product: str
    call: str
    outcome: str
    words: str

    def __str__(self) -> str:
        outcome = {"eof": "0 (EOF)", "timer": "its own timer"}.get(self.outcome, self.outcome)
        return f"{self.side} {self.call} → {outcome}: {self.product} logs “{self.words}”"


def worded(capture: Capture, connection: Connection) -> list[Worded]:
    """The words for every failure that the ends of a connection meet; none where no product is known."""
    found: list[Worded] = []
    for side in SIDES:
        name = product_at(capture, connection, side)
        if not name:
            continue
        from tcpexplain.runtimes import said_by

        for call, outcome in dict.fromkeys(failures(connection, side)):
            if words := said_by(name, call, outcome, side):
                found.append(Worded(side, name, call, outcome, filled(words, connection, side)))
    return found


def filled(words: str, connection: Connection, side: Side) -> str:
    """A wording with the addresses of this connection."""
    from tcpexplain.runtimes import VARIES

    other: Side = "server" if side == "client" else "client"
    known = {
        "<own>": connection.address(side),
        "<peer>": connection.address(other),
        "<client>": connection.client,
        "<server>": connection.server,
    }
    for name, address in known.items():
        words = words.replace(name, str(address))
    return VARIES.sub("…", words)


def product_at(capture: Capture, connection: Connection, side: Side) -> str:
    """The product at an end: the one that was named, that of a line of the log about it, or the one at home on the server's port."""
    if capture.runtime:
        return capture.runtime
    for line in capture.matches or ():
        if line.stream == connection.stream and line.side == side and line.product:
            return line.product
    return AT_HOME.get(connection.server.port, "") if side == "server" else ""


def failures(connection: Connection, side: Side) -> Iterator[tuple[str, str]]:
    """The call and outcome of the first failure of an end, and those that its next calls have."""
    seen = connection.seen[side]
    if seen is None:
        return
    yield seen.call, seen.outcome
    following = connection.facts.next[SIDES.index(side)]
    calls: dict[str, Call | None] = {"connect": following.connect, "read": following.read, "write": following.write}
    for name in CALLS:
        call = calls[name]
        for outcome in () if call is None else (call.now, call.then):
            for one in outcome if isinstance(outcome, tuple) else (outcome,):
                if one and one.isupper() and one not in ("EISCONN", "ENOTCONN", "EAGAIN"):
                    yield name, one
