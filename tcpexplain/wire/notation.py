"""The notation of the ladder figures in RFC 9293 section 3: what a line may say (``notation_read`` reads it, ``notation_written`` writes it).

::

        client                                                 server
    1.  CLOSED                                                 LISTEN
    2.  SYN-SENT     --> <SEQ=100><CTL=SYN>                --> SYN-RECEIVED
    3.  ESTABLISHED  <-- <SEQ=300><ACK=101><CTL=SYN,ACK>   <-- SYN-RECEIVED
        client connect = ok
    cause: syn-unanswered

An arrow at both ends: the segment leaves and arrives. ``...`` at the far end: it is still under way; ``...`` at the near end: here it
arrives (figure 13). ``lost`` at the far end: it never arrives. Beyond the RFC: ``LEN`` (also ``DATA``), ``TEXT`` (the first bytes of the payload, as
a Python string has them; it is as long unless ``LEN`` says more), ``WND``, ``TSV``, ``TSE``, ``TTL``, ``ID``,
``OPT=MSS:1460,WS:7,SACKOK,SACK:200-300``, ``ICMP=3/1`` (the arrow is the error's, ``SEQ`` the quoted segment's), seconds after the line's number,
what calls return (``client write = EPIPE, SIGPIPE``), the cause, ``name=value`` for anything else, and addresses behind the names.
"""

from __future__ import annotations

import re
from typing import Literal

from tcpexplain.values import frozen
from tcpexplain.wire.segment import ACK, CWR, ECE, FIN, PSH, RST, SYN, URG

Arrival = Literal["arrives", "under way", "late", "lost"]
"""``late``: this line is only the arrival of a segment under way."""

FLAGS = {"SYN": SYN, "FIN": FIN, "RST": RST, "PSH": PSH, "URG": URG, "ECE": ECE, "CWR": CWR, "ACK": ACK}

ARROWS: dict[tuple[str, str], tuple[bool, Arrival]] = {
    ("-->", "-->"): (True, "arrives"),
    ("-->", "..."): (True, "under way"),
    ("...", "-->"): (True, "late"),
    ("-->", "lost"): (True, "lost"),
    ("<--", "<--"): (False, "arrives"),
    ("...", "<--"): (False, "under way"),
    ("<--", "..."): (False, "late"),
    ("lost", "<--"): (False, "lost"),
}
"""Arrows left and right: whether the segment goes from left to right, and how it fares."""

_STATE = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*")


@frozen
class LadderSegment:
    """A segment of a ladder, or an ICMP error about one; None: not said."""

    from_left: bool
    arrival: Arrival = "arrives"
    seq: int = 0
    ack: int | None = None
    flags: int = 0
    length: int = 0
    window: int | None = None
    ts_val: int | None = None
    ts_ecr: int | None = None
    options: tuple[str, ...] = ()
    ttl: int | None = None
    ip_id: int | None = None
    icmp: tuple[int, int] | None = None
    text: bytes = b""
    """The first bytes of the payload."""


@frozen
class LadderLine:
    """One line: what stands left and right, and the segment between; ``time`` in nanoseconds from the ladder's beginning."""

    left: str = ""
    right: str = ""
    segment: LadderSegment | None = None
    number: int | None = None
    time: int | None = None

    @property
    def states(self) -> tuple[str | None, str | None]:
        """The states it names left and right; user calls, timers and remarks stand in parentheses and are none."""
        return (
            self.left if _STATE.fullmatch(self.left) else None,
            self.right if _STATE.fullmatch(self.right) else None,
        )


@frozen
class ExpectedCall:
    """What a call of one end returns after a line (its index): ``outcomes`` as written, ``call`` perhaps with "then"."""

    line: int
    name: str
    call: str
    outcomes: tuple[str, ...]


@frozen
class LadderNotation:
    """A ladder: who stands left and right (name, and address with port or an empty string), its lines, and what is expected."""

    lines: tuple[LadderLine, ...]
    left: tuple[str, str] = ("client", "")
    right: tuple[str, str] = ("server", "")
    calls: tuple[ExpectedCall, ...] = ()
    causes: tuple[str, ...] = ()
    certainty: str = ""
    meta: tuple[tuple[str, str], ...] = ()
