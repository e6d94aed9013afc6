"""ICMP errors whose quote the snap length cut before its addresses: the packet that they quote is looked up and put in its place.

An error says which packet it is about by the first bytes of that packet (RFC 792). Of 54 captured bytes the quote has twelve: its
length and identification, and whom it is sent to is the quoted packet's sender. These three tell which of the packets captured before it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.wire.changes import Change, with_changes
from tcpexplain.wire.icmp import error_v4
from tcpexplain.wire.link import link_layer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tcpexplain.wire.frames import Frames

SHORT = 14 + 4 + 20 + 8 + 28
"""Captured bytes, VLAN tag included, that hold a whole quote: only below it can one be cut."""
KNOWN = 1 << 16
"""Packets that are remembered at most."""
QUOTE = 28
"""Bytes of a packet that an error quotes at least: the IPv4 header and the first 8 bytes of TCP's."""
ICMP, TCP = 1, 6

Identity = tuple[bytes, bytes, bytes]
"""Source address, total length and identification of a packet, as they stand in its IPv4 header."""


def completed(batches: Iterable[Frames]) -> Iterator[Frames]:
    """The same batches; ICMP errors with a cut quote quote the packet that they are about, where that was captured."""
    known: dict[Identity, bytes] = {}
    for frames in batches:
        if frames.count and is_short(frames):
            yield with_changes(frames, whole_quotes(frames, known))
        else:
            yield frames


def is_short(frames: Frames) -> bool:
    """Whether the snap length of a batch is so small that quotes are cut."""
    return bool(max(frames.captured[: frames.count]) < SHORT)


def whole_quotes(frames: Frames, known: dict[Identity, bytes]) -> dict[int, Change]:
    """The errors of a batch with whole quotes, by row; ``known``: the first bytes of the packets captured so far."""
    changes = {}
    for row in range(frames.count):
        start = int(frames.start[row])
        end = start + int(frames.captured[row])
        at = link_layer(frames.buffer, start, end, int(frames.link[row]))
        packet = bytes(frames.buffer[at:end]) if at >= 0 else b""
        if len(packet) < QUOTE or packet[0] != 0x45:
            continue
        if packet[9] == TCP:
            if len(known) >= KNOWN:
                known.clear()
            known[packet[12:16], packet[2:4], packet[4:6]] = packet[:QUOTE]
        elif packet[9] == ICMP and (quote := quote_of(packet, known)):
            frame = bytes(frames.buffer[start:at]) + packet[:QUOTE] + quote
            changes[row] = Change(frame, int(frames.wire[row]), int(frames.link[row]))
    return changes


def quote_of(packet: bytes, known: dict[Identity, bytes]) -> bytes:
    """What a cut ICMP error would quote, if the packet that it is about was captured; empty if it is whole, none, or about another."""
    quoted = packet[QUOTE:]
    if (
        not 6 <= len(quoted) < QUOTE
        or quoted[0] != 0x45
        or not error_v4(packet[20], packet[21])
        or not any(quoted[4:6])
    ):
        return b""
    return known.get((packet[16:20], quoted[2:4], quoted[4:6]), b"")
