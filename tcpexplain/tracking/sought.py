"""Frames that are left to others: whose connections are not asked for, or another analysis has. Hot.

A frame's 4-tuple is known by its hash, which most frames show without being decoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import entry, inlined
from tcpexplain.tracking.entry import HIGH_BITS
from tcpexplain.tracking.table import hash_of, hashed
from tcpexplain.wire.words import load_typed_ipv4_tcp

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array, Bytes
    from tcpexplain.tracking.entry import Counters, Entry

FLAGS = 1 << 16
"""Hashes are cut to so many different ones at least."""
SPARSE = 64
"""So many for each connection that is asked for: of the others about one in as many is taken too."""


@inlined
def hash_ahead(buffer: Bytes, start: int, end: int, link: int) -> int:
    """The hash of a frame's 4-tuple where it is TCP behind IPv4 without options, as nearly every one is; -1: it has to be decoded."""
    at = start + (link & 0xFF)
    if link >= 0x100 or end - at < 40:
        return -1
    kind, first, length, _, fragment, _, protocol, low, high, source, destination, _, _, _, _, _ = load_typed_ipv4_tcp(
        buffer, at - 2
    )
    if kind != 0x0800 or first != 0x45 or protocol != 6 or length < 40 or fragment & 0xBFFF:
        return -1
    if low < high or (low == high and source <= destination):
        return hashed(0, low, 0, high, source << 16 | destination)
    return hashed(0, high, 0, low, destination << 16 | source)


@inlined
def is_foreign(where: int, desk: Counters, chosen: Array[int]) -> bool:
    """Whether the connections of a hash are not asked for, or another analysis has them."""
    if len(chosen):
        place = where & len(chosen) - 1
        if not chosen[place]:
            return True
    return desk.parts > 1 and (where >> HIGH_BITS) % desk.parts != desk.part


def fits_flag(due: Array[int], rows: Array[Entry], chosen: Array[int]) -> bool:
    """Whether there are such connections, and flags."""
    for i in range(len(due)):
        if not 0 <= due[i] < len(rows):
            return False
    return len(chosen) > 0 and len(chosen) & len(chosen) - 1 == 0


@entry(fits_flag)
def flag(due: Array[int], rows: Array[Entry], chosen: Array[int]) -> None:
    """Flag the hashes of the connections ``due``."""
    for i in range(len(due)):
        place = hash_of(rows[due[i]]) & len(chosen) - 1
        chosen[place] = 1


def fits_flagged(rows: Array[Entry], count: int, chosen: Array[int], found: Array[int]) -> bool:
    """Whether there are so many connections, and room for all of them."""
    return 0 <= count <= min(len(rows), len(found)) and len(chosen) > 0 and len(chosen) & len(chosen) - 1 == 0


@entry(fits_flagged)
def flagged(rows: Array[Entry], count: int, chosen: Array[int], found: Array[int]) -> int:
    """Fill ``found`` with the connections among the first ``count`` whose hashes are flagged; their number."""
    n = 0
    for index in range(count):
        place = hash_of(rows[index]) & len(chosen) - 1
        if chosen[place]:
            found[n] = index
            n += 1
    return n
