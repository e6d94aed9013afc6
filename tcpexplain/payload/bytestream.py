"""The bytes that one end sent, in order, as far as a protocol wants to look at them.

A protocol reads a direction as a generator. It yields what it wants next (``take``, ``until``, ``skip``) and gets the bytes; what
it skips is counted and never looked at, so a body of a gigabyte costs no more than its segments' lengths, and bytes of it that
the snap length cut or the capture lacks do no harm. Bytes that a protocol wants and that are not there end its reading: what follows is unknown
until a segment begins with something that it knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

Want = tuple[int, bytes]
"""How many bytes, and what ends them: ``(n, b"")`` n bytes, ``(n, b"\\r\\n")`` up to that, n at most, ``(-n, b"")`` n bytes unseen."""

MOST = 1 << 16
"""Bytes of a head at most: no server takes longer ones."""
HELD = 256
"""Segments that wait for an earlier one at most; more, and that one is taken for missing."""
FAR = 1 << 62
"""Until the end of the stream."""


def take(count: int) -> Want:
    """The next bytes."""
    return count, b""


def until(mark: bytes, most: int = MOST) -> Want:
    """What there is up to a mark and with it; empty if there are ``most`` bytes without one."""
    return most, mark


HEAD = b"a line, or lines up to an empty one"
"""Stands for a mark."""


def line_or_head(most: int = MOST) -> Want:
    """The next line; with all that follow it up to an empty one, if they have passed already."""
    return most, HEAD


def skip(count: int) -> Want:
    """So many bytes that nobody looks at."""
    return -count, b""


def skip_all() -> Want:
    """Whatever comes until the end of the stream."""
    return -FAR, b""


class ByteStream:
    """One direction. Offsets count from its first byte of payload, or from where it was first seen."""

    __slots__ = (
        "buffer", "cut", "fin", "goal", "held", "lost", "mark", "packet", "position", "reach", "reading", "resumed", "seen", "time", "want",
    )  # fmt: skip

    def __init__(self) -> None:
        self.reading: Generator[Want, bytes, None] | None = None
        self.position = 0
        """Where the protocol reads."""
        self.reach = 0
        """Where the bytes end that have passed."""
        self.goal = 0
        """Up to where it skips."""
        self.want, self.mark = 0, b""
        self.buffer = b""
        """What has passed from ``position`` on and is still wanted."""
        self.held: dict[int, tuple[bytes, int, int, int]] = {}
        self.lost = False
        """Bytes that were wanted are not there."""
        self.cut = False
        """Those bytes were on the wire: the snap length cut them."""
        self.resumed = False
        """Reading began in the middle."""
        self.fin = -1
        """Where the end's FIN stands; -1: none was seen."""
        self.seen = False
        """The bytes that pass are those of a segment, not a gap."""
        self.packet = self.time = 0
        """Of the segment that is being read."""

    def feed(self, at: int, data: bytes, length: int, packet: int, time: int) -> None:
        """A segment with ``length`` bytes from offset ``at``, of which ``data`` was captured; copies of earlier ones count once."""
        if at > self.reach:
            known = self.held.get(at)
            if known is None or known[1] < length:
                self.held[at] = data, length, packet, time
            if len(self.held) > HELD:
                self.jump()
            return
        if at + length <= self.reach:
            return
        self.packet, self.time = packet, time
        self.seen = True
        self.pass_on(data[self.reach - at :], at + length - self.reach)
        while self.held and self.next_held():
            pass

    def next_held(self) -> bool:
        """Read on with a segment that has waited, if its turn has come."""
        at = min(self.held)
        if at > self.reach:
            return False
        data, length, self.packet, self.time = self.held.pop(at)
        if at + length > self.reach:
            self.seen = True
            self.pass_on(data[self.reach - at :], at + length - self.reach)
        return True

    def jump(self) -> None:
        """Bytes are missing in the capture: go on behind them."""
        at = min(self.held)
        gap, self.packet, self.time = at - self.reach, self.held[at][2], self.held[at][3]
        self.seen = False
        self.pass_on(b"", gap)
        while self.held and self.next_held():
            pass

    def finish(self) -> None:
        """No more will come: what waited is read."""
        while self.held:
            self.jump()

    def begin(self, reading: Generator[Want, bytes, None]) -> None:
        """Read with a protocol from here on."""
        self.reading = reading
        self.ask(None)

    def close(self) -> None:
        """Read no more. A protocol and what it reads lead to each other, and would stay in memory until Python looks for such circles."""
        reading, self.reading = self.reading, None
        if reading:
            reading.close()

    def ask(self, found: bytes | None) -> None:
        """Give the protocol what it wanted, and learn what it wants next."""
        reading = self.reading
        if reading is None:
            return
        try:
            self.want, self.mark = next(reading) if found is None else reading.send(found)
        except StopIteration:
            if self.reading is reading:
                self.reading = None
            return
        if self.want < 0:
            self.goal = self.position - self.want

    def pass_on(self, data: bytes, length: int) -> None:
        """The next ``length`` bytes have passed, of which ``data`` is here."""
        begin = self.reach
        self.reach = reach = begin + length
        if self.reading is None:
            self.position = reach
            return
        if self.buffer:
            begin -= len(self.buffer)
            data, self.buffer = self.buffer + data, b""
        while self.is_read:
            if self.want < 0:
                self.position = min(self.goal, reach)
                if self.position < self.goal:
                    return
                self.ask(b"")
                continue
            found = self.looked(data, self.position - begin)
            if found is None:
                self.keep(data, begin)
                return
            self.position += len(found)
            self.ask(found)
            if self.position == reach and self.want > 0:
                return
        self.position = reach

    @property
    def is_read(self) -> bool:
        """Whether a protocol reads it; what it is given may end that."""
        return self.reading is not None

    def looked(self, data: bytes, at: int) -> bytes | None:
        """What the protocol wants, of ``data`` from ``at`` on; None if it is not there."""
        mark = self.mark
        if mark is HEAD:
            place = data.find(b"\r\n", at)
            if place >= 0:
                end = data.find(b"\r\n\r\n", place) if place > at else -1
                return data[at : end + 4 if end >= 0 else place + 2]
        elif mark:
            place = data.find(mark, at)
            if place >= 0:
                return data[at : place + len(mark)]
        if at <= len(data) and len(data) - at >= self.want:
            return b"" if mark else data[at : at + self.want]
        return None

    def keep(self, data: bytes, begin: int) -> None:
        """What is wanted is not there yet, or never: ``data`` stands at ``begin``."""
        at, end = self.position - begin, begin + len(data)
        if self.position < end or self.position == self.reach:
            self.buffer = data[at:] if at < len(data) else b""
        if end < self.reach and self.position < self.reach:
            self.cut = self.seen
            self.lose()

    def has_passed(self, count: int) -> bool:
        """Skip so many bytes, if they have passed; a protocol that reads need not ask for them then."""
        if not 0 < count <= self.reach - self.position:
            return False
        self.position += count
        return True

    def lose(self) -> None:
        """What was wanted is not in the capture."""
        self.lost, self.buffer, self.want, self.mark = True, b"", 0, b""
        reading, self.reading = self.reading, None
        self.position = self.reach
        if reading is not None:
            reading.close()

    @property
    def remaining(self) -> int:
        """Bytes that are still to be skipped; 0 also if that is the rest of the stream."""
        left = self.goal - self.position
        return left if 0 < left < FAR // 2 else 0
