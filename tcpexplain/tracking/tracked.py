"""All that is known of connections while their segments come in. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.coalesced import CoalescedEnd, Stretch
    from tcpexplain.tracking.entry import Counters, Entry
    from tcpexplain.wire.segment import Key, Segment


class Tracked(NamedTuple):
    """Segments, connections, and the table that leads to them.

    ``sides`` are two of each of ``stretches``, and nothing is folded if there are none. ``chosen`` flags the hashes of the
    4-tuples that are taken, cut to its length, which is a power of two; all are if it is empty. Of ``desks`` there is one.
    """

    pool: Array[Segment]
    stretches: Array[Stretch]
    sides: Array[CoalescedEnd]
    rows: Array[Entry]
    table: Array[int]
    desks: Array[Counters]
    chosen: Array[int]


class Decoded(NamedTuple):
    """Scratch for the frames that are decoded together: of as many places, as many 4-tuples and twice as many slots."""

    slots: Array[int]
    places: Array[int]
    keys: Array[Key]
