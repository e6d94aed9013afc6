"""ICMP errors whose quote the snap length cut before its addresses: the packet that they quote is looked up and put in its place.

An error says which packet it is about by the first bytes of that packet (RFC 792). Of 54 captured bytes the quote has twelve: its
length and identification, and whom it is sent to is the quoted packet's sender. These three tell which of the packets captured before it is.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tcpexplain.hot.inline import entry
from tcpexplain.wire.changes import Change, with_changes
from tcpexplain.wire.frames import are_whole
from tcpexplain.wire.icmp import error_v4
from tcpexplain.wire.link import link_layer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tcpexplain.wire.frames import Batch, Columns, Frames

SHORT = 14 + 4 + 20 + 8 + 28
"""Captured bytes, VLAN tag included, that hold a whole quote: only below it can one be cut."""
KNOWN = 1 << 16
"""Packets that are remembered at most."""
QUOTE = 28
"""Bytes of a packet that an error quotes at least: the IPv4 header and the first 8 bytes of TCP's."""
ICMP, TCP, FIRST_BYTE = 1, 6, 0x45
"""Protocols in an IPv4 header, and its first byte where it has no options."""

Identity = tuple[bytes, bytes, bytes]
"""Source address, total length and identification of a packet, as they stand in its IPv4 header."""


def completed(batches: Iterable[Frames], columns: Columns, before: Before) -> Iterator[Frames]:
    """The same batches; ICMP errors with a cut quote quote the packet that they are about, where that was captured."""
    for frames in batches:
        if frames.count and is_short(frames):
            if columns.hot(first_icmp)(frames.batch, frames.count) < frames.count:
                before.index()
                yield with_changes(frames, whole_quotes(frames, before))
                continue
            before.keep(frames)
        yield frames


def is_short(frames: Frames) -> bool:
    """Whether the snap length of a batch is so small that quotes are cut."""
    captured = frames.captured[: frames.count]
    return bool((captured.max() if hasattr(captured, "max") else max(captured)) < SHORT)


def fits_first_icmp(batch: Batch, count: int) -> bool:
    """Whether there are so many frames, all within their buffer."""
    return are_whole(batch, 0, count)


@entry(fits_first_icmp)
def first_icmp(batch: Batch, count: int) -> int:
    """The first frame with an ICMP message over IPv4; ``count`` if there is none."""
    for row in range(count):
        end = batch.start[row] + batch.captured[row]
        at = link_layer(batch.buffer, batch.start[row], end, batch.link[row])
        if at >= 0 and end - at >= QUOTE and batch.buffer[at] == FIRST_BYTE and batch.buffer[at + 9] == ICMP:
            return row
    return count


class Before:
    """The packets captured so far: they are looked through only once there is an error that may be about one."""

    def __init__(self) -> None:
        self.known: dict[Identity, bytes] = {}
        self.lacking: dict[Identity, int] = {}
        """What errors are about that was not captured before them in this file, and when the first of them came (ns)."""
        self.kept: deque[tuple[bytes, Sequence[int], Sequence[int], Sequence[int]]] = deque()
        self.packets = 0

    def keep(self, frames: Frames) -> None:
        """Remember a batch without an error, its own bytes alone, and no more than ``KNOWN`` packets in all."""
        some = slice(frames.count)
        start, captured, link = (list(map(int, one[some])) for one in (frames.start, frames.captured, frames.link))
        first = min(start)
        last = max(begin + size for begin, size in zip(start, captured, strict=True))
        self.kept.append((bytes(frames.buffer[first:last]), [begin - first for begin in start], captured, link))
        self.packets += frames.count
        while self.packets > KNOWN:
            self.packets -= len(self.kept.popleft()[1])

    def index(self) -> None:
        """Make known the first bytes of each."""
        for buffer, *rows in self.kept:
            for start, captured, link in zip(*rows, strict=True):
                at = link_layer(buffer, start, start + captured, link)
                remember(buffer[at : start + captured] if at >= 0 else b"", self.known)
        self.kept.clear()
        self.packets = 0

    def about(self, identity: Identity, time: int) -> bytes:
        """The first bytes of the packet that an error is about; empty, and noted, if it was not captured."""
        if identity not in self.known and len(self.lacking) < KNOWN:
            self.lacking.setdefault(identity, time)
        return self.known.get(identity, b"")


def identity_of(packet: bytes) -> Identity | None:
    """By what an error would know a packet, if it may be about one."""
    if len(packet) < QUOTE or packet[0] != FIRST_BYTE or packet[9] != TCP:
        return None
    return packet[12:16], packet[2:4], packet[4:6]


def remember(packet: bytes, known: dict[Identity, bytes]) -> None:
    """A packet that an error may be about."""
    identity = identity_of(packet)
    if identity is None:
        return
    if len(known) >= KNOWN:
        known.clear()
    known[identity] = packet[:QUOTE]


def whole_quotes(frames: Frames, before: Before) -> dict[int, Change]:
    """The errors of a batch with whole quotes, by row. Only a frame that was cut can have a cut quote: what is whole is as it was sent."""
    changes = {}
    for row, start, at, packet in packets_of(frames):
        remember(packet, before.known)
        if len(packet) == frames.wire[row] - (at - start) or (about := cut_quote(packet)) is None:
            continue
        if quote := before.about(about, int(frames.time[row])):
            frame = bytes(frames.buffer[start:at]) + packet[:QUOTE] + quote
            changes[row] = Change(frame, int(frames.wire[row]), int(frames.link[row]))
    return changes


def packets_of(frames: Frames) -> Iterator[tuple[int, int, int, bytes]]:
    """The rows of a batch: where the frame begins and where its packet does, and the bytes of that as far as they are there."""
    for row in range(frames.count):
        start = int(frames.start[row])
        end = start + int(frames.captured[row])
        at = link_layer(frames.buffer, start, end, int(frames.link[row]))
        yield row, start, at, bytes(frames.buffer[at:end]) if at >= 0 else b""


def cut_quote(packet: bytes) -> Identity | None:
    """Which packet a cut ICMP error is about; None if it is no error, quotes enough, or does not say."""
    quoted = packet[QUOTE:]
    if (
        not 6 <= len(quoted) < QUOTE
        or packet[0] != FIRST_BYTE
        or packet[9] != ICMP
        or quoted[0] != FIRST_BYTE
        or not error_v4(packet[20], packet[21])
        or not any(quoted[4:6])
    ):
        return None
    return packet[16:20], quoted[2:4], quoted[4:6]
