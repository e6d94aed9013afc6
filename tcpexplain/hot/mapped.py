"""Tables that lie in a file without a name: what of them is not being looked at takes no memory of this process.

A table of a million connections is larger than all else that a report of them needs, and it is walked through from end to end, a
few times. What has been looked at is let go; the kernel keeps it as long as there is room, and reads it again if it was not.
"""

from __future__ import annotations

import mmap
import os
from itertools import pairwise
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from tcpexplain.hot.array import Integers, RecordArray, Records

LARGE = 1 << 24
"""Bytes from which on a table lies in a file."""
DROP = getattr(mmap, "MADV_DONTNEED", None)
PIECE = 1 << 12
"""Records that are looked at before they are let go."""


def mapped(kind: np.dtype[np.void], count: int, folder: str | None, large: int = 0) -> RecordArray:
    """``count`` records of a numpy type, all 0: in a file in the folder if they take ``large`` bytes (0: ``LARGE``) and there is room, else in memory."""
    import numpy as np

    size = count * kind.itemsize
    if size < (large or LARGE) or DROP is None or not hasattr(os, "posix_fallocate"):
        return np.zeros(count, kind)
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            # A disk that is full says so here; when a page is written, it would be a signal.
            os.posix_fallocate(file.fileno(), 0, size)
            return np.frombuffer(mmap.mmap(file.fileno(), size), kind)
    except OSError:
        return np.zeros(count, kind)


def let_go(*tables: object) -> None:
    """Let what was read or written of tables leave this process's memory, if they lie in files. Nothing is lost."""
    for table in tables:
        owner = file_of(table)
        if owner is not None and DROP is not None:
            owner.madvise(DROP)


def file_of(table: object) -> mmap.mmap | None:
    """The file of an array, or of a part of it; None if it lies in none."""
    owner: object = table
    while owner is not None and not isinstance(owner, mmap.mmap):
        owner = getattr(owner, "base", getattr(owner, "obj", None))
    return owner


def pieces(count: int, size: int = PIECE) -> Iterator[slice[int, int, None]]:
    """The parts, of ``size`` each, of so many records that are looked at one after the other."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def are_few(places: Integers) -> bool:
    """Whether they fit into a piece."""
    return len(places) <= PIECE


def near(places: Integers) -> Iterator[Integers | slice[int, int, None]]:
    """Which of some places lie near each other in a table: no more than fit into a piece of it."""
    import numpy as np

    if not len(places):
        return
    order = None if bool((places[1:] >= places[:-1]).all()) else np.argsort(places, kind="stable")
    ordered = places if order is None else places[order]
    ends = np.searchsorted(ordered, np.arange(0, int(ordered[-1]) + PIECE + 1, PIECE)).tolist()
    for start, stop in pairwise(ends):
        if start < stop:
            yield slice(start, stop) if order is None else order[start:stop]


def picked(column: Integers, places: Integers) -> Integers:
    """The values of a column at ``places``; of one in a file few are in memory at a time."""
    import numpy as np

    if file_of(column) is None:
        return column[places]
    found = np.empty(len(places), column.dtype)
    for some in near(places):
        found[some] = column[places[some]]
        let_go(column)
    return found


def field_of(records: Records, name: str, places: Integers) -> Integers:
    """One field of the records at ``places``, likewise."""
    return picked(cast("Integers", records[name]), places)


def put_at(records: RecordArray, name: str, places: Integers, values: Integers | int) -> None:
    """Write a field of the records at ``places``; of a table in a file few are in memory at a time."""
    column: Integers = records[name]
    for some in near(places):
        column[places[some]] = values if isinstance(values, int) else values[some]
        let_go(records)


def records_of(records: RecordArray, places: Integers) -> RecordArray:
    """Copies of the records at ``places``; of a table in a file few are in memory at a time."""
    import numpy as np

    found = np.empty(len(places), records.dtype)
    whole, copies = (one.view(f"V{records.dtype.itemsize}", np.ndarray) for one in (records, found))
    for some in near(places):
        copies[some] = whole[places[some]]
        let_go(records)
    return found


def column_of(records: Records, name: str) -> Integers:
    """A copy of one field; of many records in a file few are in memory at a time."""
    import numpy as np

    column: Integers = records[name]
    if file_of(records) is None or len(records) <= PIECE:
        return column.copy()
    found = np.empty_like(column)
    for piece in pieces(len(records)):
        found[piece] = column[piece]
        let_go(records)
    return found
