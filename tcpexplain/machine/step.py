"""What the loop writes down: a step for every change, a row for every RST, the facts of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

SEEN, INFERRED, TIMER = range(3)
BASES = ("seen", "inferred", "timer")

STEP_FIELDS = (
    ("row", "i8"),  # the connection
    ("next", "i8"),  # its next step, -1: none
    ("packet", "i8"),
    ("time", "i8"),  # ns since 1970
    ("file", "i4"),
    ("seq", "i4"),  # relative to the sender's ISN, modulo 2**32
    ("ack", "i4"),  # relative to the peer's
    ("has_ack", "i1"),
    ("sender", "i1"),
    ("basis", "i1"),
    ("flags", "i2"),
    ("length", "i4"),
    ("previous0", "i1"),  # end 0: state before, state, condition
    ("state0", "i1"),
    ("previous1", "i1"),
    ("state1", "i1"),
    ("condition0", "i4"),
    ("condition1", "i4"),
)

RESET_FIELDS = (
    ("row", "i8"),
    ("next", "i8"),
    ("packet", "i8"),
    ("time", "i8"),
    ("answers", "i8"),  # packet it answers, 0: none
    ("file", "i4"),
    ("by", "i1"),
    ("origin", "i1"),
    ("accepted", "i1"),  # 1, 0, -1 not proved
    ("shape", "i1"),
    ("reason", "i1"),
    ("other", "i1"),  # the reason it may be instead, -1: none
    ("odd_ttl", "i1"),  # its TTL is not its pretended sender's
    ("exact", "i1"),  # its sequence number is its pretended sender's next
)


class Record:
    """A record of plain attributes, all zero at first; ``fields`` as for a structured array."""

    __slots__ = ("__dict__",)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, fields: tuple[tuple[str, str], ...]) -> None:
        for name, _ in fields:
            setattr(self, name, 0)
