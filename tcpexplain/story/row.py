"""One row of the story, and how a segment is labelled."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Literal

from tcpexplain.story.files import number
from tcpexplain.units import counted
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from tcpexplain.model.calls import End, Packet, Side
    from tcpexplain.model.points import Journey
    from tcpexplain.story.notes import Note

Kind = Literal["segment", "fold", "repeat", "icmp", "timer", "silence"]


@frozen
class Cell:
    """One end beside a row: the state it is in from here on (empty: unchanged), what its application did, what its next calls return."""

    state: str = ""
    did: tuple[Note, ...] = ()
    next: tuple[Note, ...] = ()
    """Predictions that differ from those in the rows above, or a quiet mark."""
    end: End | None = field(default=None, repr=False)
    """This end from here on; None if the row says nothing of it."""
    gone: bool = False
    """Whether its application has probably closed its descriptor, so that it makes no calls any more."""
    plain: bool = True
    """Whether calls only go on as they do while data flows: nothing fails, ends or begins."""

    @property
    def notes(self) -> tuple[Note, ...]:
        """All that stands beside the row."""
        return self.did + self.next


@frozen
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
    messages: int = 0
    """Messages that begin in it, as far as they were read."""
    evidence: bool = False
    """Whether the verdict rests on it."""
    segment: Packet | None = field(default=None, repr=False)
    """The numbers behind a row of one packet."""
    file: int = 0
    """The file of ``packet``, by index."""
    last_file: int = 0
    """That of ``last``."""
    way: Journey | None = field(default=None, repr=False)
    """Where the packet was seen, and what became of it between points of capture; None for a connection with one point."""
    astray: str = ""
    """What two points prove of its way, as the label has it: `` never at server``; empty if it passed them all, or nothing is known."""
    apart: bool = False
    """Whether the connection's packets are in several files, so that numbers must say in which."""

    @property
    def number(self) -> str:
        """The number of ``packet``, empty where none is meant; ``2:9`` where there are several files."""
        return number(self.packet, self.file, apart=self.apart) if self.packet else ""

    def numbers(self, to: str = "-") -> str:
        """The numbers of all packets of the row: ``9-12``, ``2:9-12``, ``1:98-2:5``; ``to`` stands between them."""
        if self.last in (0, self.packet) and self.last_file == self.file:
            return self.number
        return f"{self.number}{to}{number(self.last, self.last_file, apart=self.apart and self.last_file != self.file)}"

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
        return f"ICMP {segment.icmp}{f' from {segment.icmp_sender}' if segment.icmp_sender else ''}"
    if segment.probe:
        return "window probe" if was_closed else "keepalive probe"
    size = f"{segment.length:,}+ bytes" if segment.partial else counted(segment.length, "byte")
    words = [size] if segment.length or (segment.partial and "S" not in segment.flags) else []
    words += [name for flag, name in (("S", "SYN"), ("F", "FIN"), ("R", "RST")) if flag in segment.flags]
    if "A" in segment.flags and (len(words) != 1 or not segment.length):
        words.append("ACK")
    text = " ".join(words) or "no flags"
    return text + (" again" if segment.retransmission else "")
