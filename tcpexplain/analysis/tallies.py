"""Rows of columns that have the same values: numbered, found again, counted; of very many no more than the different ones are held."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tcpexplain.hot.columns import SIGNED_MIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.hot.array import Flags, Integers

SLOTS = 1 << 22
"""Rows that are told from each other at once in ``Repeats``; of more, some are taken for others' twins until they are compared."""
ROOM = 1 << 15
"""Rows that wait until they are counted."""


def same(*columns: Integers) -> Integers:
    """A number for each row that rows with the same values share, in the order of the rows' values."""
    import numpy as np

    found: Integers = np.zeros(len(columns[0]), np.int64)
    size = 1
    for words in columns:
        if not len(words) or (width := int(words.max()) - (low := int(words.min())) + 1) == 1:
            continue
        if size * width >= 1 << 63:
            # They do not fit side by side into one number, so both are numbered anew.
            different, found = np.unique(found, return_inverse=True)
            values, words = np.unique(words, return_inverse=True)  # noqa: PLW2901
            size, width, low = len(different), len(values), 0
        found *= width
        found += words - low
        size *= width
    return found


def mixed(*columns: Integers) -> Integers:
    """A number for each row that rows with the same values share, and few others."""
    import numpy as np

    found = np.zeros(len(columns[0]), np.int64)
    for words in columns:
        found += words
        found *= SIGNED_MIX
        found ^= found >> 29
    return found


def among(values: Integers, chosen: Integers) -> Flags:
    """Which values are among ``chosen``, which is sorted."""
    import numpy as np

    found: Flags = np.zeros(len(values), bool)
    if len(chosen):
        found = chosen[np.searchsorted(chosen[:-1], values)] == values
    return found


def place_among(rows: Sequence[Integers], known: Sequence[Integers]) -> Integers:
    """Of each row its place among the ``known`` ones, which are different from each other; -1 if it is none of them."""
    import numpy as np

    count = len(known[0])
    if not count:
        return np.full(len(rows[0]), -1)
    numbers = same(*(np.concatenate(both) for both in zip(known, rows, strict=True)))
    order = np.argsort(numbers[:count])
    at = order[np.searchsorted(numbers[:count][order][:-1], numbers[count:])]
    found: Integers = np.where(numbers[at] == numbers[count:], at, -1)
    return found


class Tally:
    """The different rows of columns that come one piece after the other, in the order of their values, and how often each came."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Sequence[Integers], Integers]] = []
        self._count, self._limit = 0, ROOM

    def add(self, rows: Sequence[Integers], counts: Integers | None = None) -> None:
        """Count some more, each once or as often as is said."""
        import numpy as np

        if not rows or (self._waiting and not len(rows[0])):
            return
        self._waiting.append((rows, np.ones(len(rows[0]), np.int64) if counts is None else counts))
        self._count += len(rows[0])
        if self._count > self._limit:
            self.result()
            self._limit = ROOM + 2 * self._count

    def result(self) -> tuple[Sequence[Integers], Integers]:
        """The rows, as columns, and the counts."""
        import numpy as np

        if not self._waiting:
            return [], np.zeros(0, np.int64)
        rows = [np.concatenate(parts) for parts in zip(*(rows for rows, _ in self._waiting), strict=True)]
        counts = np.concatenate([counts for _, counts in self._waiting])
        if not len(counts):
            return rows, counts
        numbers = same(*rows)
        order = np.argsort(numbers)
        numbers = numbers[order]
        first = np.concatenate(([0], np.flatnonzero(numbers[1:] != numbers[:-1]) + 1))
        found = [words[order[first]] for words in rows], np.add.reduceat(counts[order], first)
        self._waiting, self._count = [found], len(first)
        return found

    def counter(self) -> Counter[tuple[int, ...]]:
        """The counts by the values of a row."""
        rows, counts = self.result()
        return Counter(dict(zip(zip(*(one.tolist() for one in rows), strict=True), counts.tolist(), strict=True)))


class Repeats:
    """Which rows may have the values of another row: all that do, and of very many a part of the others.

    All are noted before any is asked for.
    """

    def __init__(self) -> None:
        import numpy as np

        self._seen, self._again = np.zeros(SLOTS, bool), np.zeros(SLOTS, bool)

    def note(self, *columns: Integers) -> None:
        """Some more rows."""
        import numpy as np

        slots = mixed(*columns) & (SLOTS - 1)
        ordered = np.sort(slots)
        self._again[ordered[1:][ordered[1:] == ordered[:-1]]] = True
        self._again[slots[self._seen[slots]]] = True
        self._seen[slots] = True

    def fits(self, *columns: Integers) -> Flags:
        """Which of them."""
        found: Flags = self._again[mixed(*columns) & (SLOTS - 1)]
        return found


def counted_among(rows: Sequence[Integers], known: Sequence[Integers]) -> Integers:
    """How many rows each of the ``known`` ones has."""
    import numpy as np

    at = place_among(rows, known)
    found: Integers = np.bincount(at[at >= 0], minlength=len(known[0]))
    return found
