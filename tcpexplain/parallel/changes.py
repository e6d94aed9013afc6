"""What becomes of decoded segments once it is known which connections are one, and how far the clocks lie apart: made as blocks are read."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.analysis.memory import Arrays
    from tcpexplain.hot.array import Integers, RecordArray
    from tcpexplain.identity.clocks import Clock
    from tcpexplain.identity.unite import KeptSegment


class Changes(NamedTuple):
    """The clocks of the captures, and segments of connections with several names; packets by their identity, in order."""

    clocks: tuple[Clock, ...] = ()
    """One of each file; none if times are right."""
    dropped: Any = ()
    """Packets for which others stand."""
    kept: Any = ()
    """Packets of which the next two tell."""
    times: Any = ()
    senders: Any = ()

    def made(self, arrays: Arrays, pool: RecordArray) -> RecordArray:
        """The segments as they are to be; 4-tuples stay as they are."""
        if not self.clocks:
            return pool
        packets: Integers = pool["packet"].copy()
        if len(self.dropped):
            left = arrays.np.flatnonzero(~among(arrays, packets, self.dropped))
            pool, packets = arrays.picked(pool, left), packets[left]
        put_right(arrays.np, pool, self.clocks)
        for place in arrays.np.flatnonzero(among(arrays, packets, self.kept)).tolist():
            at = arrays.np.searchsorted(self.kept, packets[place])
            pool["time"][place], pool["sender"][place] = self.times[at], self.senders[at]
        return pool


UNCHANGED = Changes()


def changes_of(arrays: Arrays, clocks: Sequence[Clock], kept: dict[int, KeptSegment], dropped: set[int]) -> Changes:
    """The changes as arrays."""
    packets = sorted(kept)
    return Changes(
        tuple(clocks),
        arrays.column(sorted(dropped)),
        arrays.column(packets),
        arrays.column([kept[packet].time for packet in packets]),
        arrays.column([kept[packet].sender for packet in packets]),
    )


def among(arrays: Arrays, packets: Integers, sought: Integers) -> Any:
    """Which packets are among some that are sorted."""
    np = arrays.np
    if not len(sought):
        return np.zeros(len(packets), bool)
    places = np.searchsorted(sought, packets)
    places[places == len(sought)] = 0
    return sought[places] == packets


def put_right(np: Any, pool: RecordArray, clocks: Sequence[Clock]) -> None:
    """The times of segments, by the first capture's clock."""
    files = pool["file"]
    begins = [*np.flatnonzero(np.diff(files, prepend=-1)).tolist(), len(pool)]
    for begin, end in pairwise(begins):
        clock, times = clocks[int(files[begin])], pool["time"][begin:end]
        right = right_times(np, times, clock)
        pool["time"][begin:end] = right


def right_times(np: Any, times: Integers, clock: Clock) -> Integers:
    """Times of one capture by the first capture's clock."""
    right: Integers = times + clock.offset
    if clock.drift:
        right += np.rint(clock.drift * (times - clock.since)).astype(np.int64)
    for begin, more in clock.steps:
        right[times >= begin] += more
    return right
