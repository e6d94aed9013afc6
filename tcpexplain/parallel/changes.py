"""What becomes of decoded segments once it is known which connections are one, and how far the clocks lie apart: made as blocks are read."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.segment import FILE_SHIFT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    """Which packets are among some that are sorted: by a flag for each packet of a file up to the last that is sought."""
    np = arrays.np
    found = np.zeros(len(packets), bool)
    for begin, end in runs(np, packets >> FILE_SHIFT) if len(sought) else ():
        origin = int(packets[begin]) >> FILE_SHIFT << FILE_SHIFT
        first, last = np.searchsorted(sought, (origin, origin + (1 << FILE_SHIFT)))
        if first < last:
            numbers = sought[first:last] - origin
            flags = np.zeros(int(numbers[-1]) + 2, bool)
            flags[numbers] = True
            found[begin:end] = flags[np.minimum(packets[begin:end] - origin, len(flags) - 1)]
    return found


def put_right(np: Any, pool: RecordArray, clocks: Sequence[Clock]) -> None:
    """The times of segments, by the first capture's clock."""
    for begin, end in runs(np, pool["file"]):
        pool["time"][begin:end] = right_times(np, pool["time"][begin:end], clocks[int(pool["file"][begin])])


def runs(np: Any, files: Integers) -> Iterator[tuple[int, int]]:
    """The places of rows that follow each other and are of one file."""
    return pairwise([*np.flatnonzero(np.diff(files, prepend=-1)).tolist(), len(files)])


def right_times(np: Any, times: Integers, clock: Clock) -> Integers:
    """Times of one capture by the first capture's clock."""
    right: Integers = times + clock.offset
    if clock.drift:
        right += np.rint(clock.drift * (times - clock.since)).astype(np.int64)
    for begin, more in clock.steps:
        right[times >= begin] += more
    return right
