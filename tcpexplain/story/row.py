"""One row of the story, and how a segment is labelled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tcpexplain.units import counted

if TYPE_CHECKING:
    from tcpexplain.model.calls import Packet, Side
    from tcpexplain.story.notes import Note

Kind = Literal["segment", "fold", "repeat", "icmp", "timer", "silence"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One end beside a row: the state it is in from here on (empty: unchanged), and what its calls return."""

    state: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the story.

    ``kind`` says what it is:

    segment  one packet from ``sender`` to the other end;
    fold     ``count`` plain packets (``sender``: the end that sent all the data in them, None for both);
    repeat   ``count`` repeated transmissions of the segment above it, by ``sender``;
    icmp     an ICMP error that arrives *at* ``sender``, the end whose segment drew it;
    timer    no packet: time passed at an end;
    silence  nothing for ``until - time`` seconds.
    """

    kind: Kind
    time: float
    """Seconds since the connection's first packet."""
    until: float
    """Where the row covers a span (fold, repeat, silence): its end; otherwise ``time``."""
    label: str
    """"SYN", "26 bytes FIN ACK", "19.9 s of silence"."""
    packet: int = 0
    """Packet number (the first of several); 0 where no packet is meant."""
    last: int = 0
    """The last packet number of several; otherwise ``packet``."""
    sender: Side | None = None
    flags: str = ""
    fate: str = "arrived"
    """arrived, lost, ignored (a RST that changed nothing) or unknown."""
    client: Cell = Cell()
    server: Cell = Cell()
    count: int = 1
    bytes: int = 0
    evidence: bool = False
    """Whether the verdict rests on it."""
    segment: Packet | None = field(default=None, repr=False)
    """The numbers behind a row of one packet."""

    def cell(self, side: Side) -> Cell:
        """The cell of one side."""
        return self.client if side == "client" else self.server

    @property
    def reset(self) -> bool:
        """Whether it is a RST."""
        return "R" in self.flags


def label(segment: Packet, *, was_closed: bool = False) -> str:
    """``SYN ACK``, ``26 bytes``, ``26 bytes FIN ACK``; the ACK that nearly every segment carries is named only where it is all."""
    if segment.icmp:
        return f"ICMP {segment.icmp}"
    if segment.probe:
        return "window probe" if was_closed else "keepalive probe"
    words = [counted(segment.length, "byte")] if segment.length else []
    words += [name for flag, name in (("S", "SYN"), ("F", "FIN"), ("R", "RST")) if flag in segment.flags]
    if "A" in segment.flags and (len(words) != 1 or not segment.length):
        words.append("ACK")
    text = " ".join(words) or "no flags"
    return text + (" again" if segment.retransmission else "")
