"""IP fragments: which frames hold one, and what its header says (RFC 791, RFC 8200 section 4.5). ``search`` is hot."""

from __future__ import annotations

from struct import pack, unpack_from
from typing import TYPE_CHECKING

from tcpexplain.hot.inline import entry
from tcpexplain.hot.prefetch import fetch
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.frames import are_whole
from tcpexplain.wire.headers import transport
from tcpexplain.wire.skipped import LATER_FRAGMENT
from tcpexplain.wire.words import load16

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.wire.frames import Batch
    from tcpexplain.wire.segment import Key, Segment

FIELDS = 3
"""Numbers that ``search`` writes for each fragment: its row, where its IP header is in the buffer, what wraps it."""
SOON = 16
"""How many frames ahead the headers of one are asked for."""
LARGEST = 65_535
"""Bytes of an IP packet at most, of IPv6 without its header."""
MORE, IN_EIGHTS = 0x2000, 0x1FFF
"""IPv4's flag of those that are not the last; the offset in units of 8 bytes."""
V6_FRAGMENT = 44


def fits_search(batch: Batch, count: int, scratch: Array[Segment], keys: Array[Key], found: Array[int]) -> bool:
    """Whether the frames lie within the buffer, and there is room for all of them."""
    return are_whole(batch, 0, count) and len(scratch) > 0 and len(keys) > 0 and len(found) >= FIELDS * count


@entry(fits_search)
def search(batch: Batch, count: int, scratch: Array[Segment], keys: Array[Key], found: Array[int]) -> int:
    """Look for IP fragments in the first ``count`` frames, within tunnels too: how many there are, ``FIELDS`` numbers of each in ``found``."""
    buffer, starts, captureds, wires, links = batch.buffer, batch.start, batch.captured, batch.wire, batch.link
    n = 0
    for row in range(count):
        fetch(buffer, starts[min(row + SOON, count - 1)])
        start, link = starts[row], links[row]
        end = start + captureds[row]
        at = start + (link & 0xFF)
        if link < 0x100 and end - at >= 20 and at >= 2:
            # Nearly every frame, as in ``headers.decode``: whole IPv4 with TCP.
            (kind,) = load16(buffer, at - 2)
            (word,) = load16(buffer, at + 6)
            if kind == 0x0800 and word & 0x3FFF == 0 and buffer[at + 9] == 6 and buffer[at] == 0x45:
                continue
        reason, at, _ = transport(buffer, start, end, start + wires[row], link, True, scratch[0], keys[0])
        if reason == LATER_FRAGMENT:
            found[n] = row
            found[n + 1] = at
            found[n + 2] = keys[0].tunnel
            n += FIELDS
    return n // FIELDS


class Fragment(NamedTuple):
    """One fragment of an IP packet."""

    whose: tuple[bytes, int, int]
    """What all fragments of one packet share: addresses, identification, and protocol; of IPv6 without protocol."""
    head: bytes
    """The header of the whole packet but for its length."""
    offset: int
    """Where in the packet's payload it begins."""
    size: int
    """Bytes of payload, by its header."""
    data: bytes
    """Those that were captured."""
    more: bool
    """Whether it is not the last one."""

    @property
    def end(self) -> int:
        """Where in the packet's payload it ends."""
        return self.offset + self.size


def fragment_of(packet: bytes) -> Fragment | None:
    """The fragment whose IP header ``packet`` begins with; None if it says what no fragment can."""
    six = packet[0] >> 4 == 6
    found = v6_fragment(packet) if six else v4_fragment(packet)
    headers = len(found.head) - (40 if six else 0)
    if found.size <= 0 or (found.more and found.size % 8) or headers + found.end > LARGEST:
        return None
    return found


def v4_fragment(packet: bytes) -> Fragment:
    """Of IPv4."""
    header = (packet[0] & 15) * 4
    length, number, word = unpack_from(">HHH", packet, 2)
    head = packet[:6] + bytes(2) + packet[8:header]
    whose = (packet[12:20], number, packet[9])
    return Fragment(whose, head, (word & IN_EIGHTS) * 8, length - header, packet[header:length], more=bool(word & MORE))


def v6_fragment(packet: bytes) -> Fragment:
    """Of IPv6: what stands before the fragment header stays, and what it says of what follows moves to where that said "fragment"."""
    said, at = 6, 40
    while packet[said] != V6_FRAGMENT:
        said, at = at, at + (packet[at + 1] + 1) * 8
    word, number = unpack_from(">HI", packet, at + 2)
    end = 40 + unpack_from(">H", packet, 4)[0]
    head = packet[:said] + packet[at : at + 1] + packet[said + 1 : at]
    whose = (packet[8:40], number, -1)
    return Fragment(whose, head, word & 0xFFF8, end - at - 8, packet[at + 8 : end], more=bool(word & 1))


def joined(head: bytes, size: int, data: bytes) -> bytes:
    """The whole packet: header, of which the length is put right, and as much as was captured of ``size`` bytes of payload."""
    if head[0] >> 4 == 6:
        return head[:4] + pack(">H", len(head) - 40 + size) + head[6:] + data
    return head[:2] + pack(">H", len(head) + size) + head[4:] + data
