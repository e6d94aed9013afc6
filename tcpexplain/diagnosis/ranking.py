"""The cause, and how certain it is, of all connections at once: the same conditions that judge one."""

from __future__ import annotations

from collections import Counter
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from tcpexplain import causes
from tcpexplain.hot.columns import Apart, as_array, distinct, listed, places_by_value, worth_arrays
from tcpexplain.hot.mapped import let_go, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from tcpexplain.evidence.cause import Cause
    from tcpexplain.hot.array import Column, Integers, RecordArray, Records
    from tcpexplain.machine.facts import EndFacts, Facts

BITS = 64
"""Causes that have a bit each in one number."""
WORD = 8
"""Bytes of a word: records are made of whole ones, and no field lies across two (``wire.segment.dtype``)."""
BLOCK = 512
"""Records that are turned round at once."""

JUDGED = 1 << 14
"""Connections that are judged at once: of fewer, numpy's calls take longer than what they do; more leave the cache."""


class Verdicts:
    """By connection: ``main``, the place of its cause in ``causes.ranked()``; ``certainty``, of that in ``causes.CERTAINTIES``.

    ``facts``, ``clients`` and ``servers`` have the same length.
    """

    def __init__(self, facts: Records, clients: Records, servers: Records) -> None:
        self.main: Column
        self.holding: Sequence[Sequence[int]] | Holding
        self.certainty: Column
        if not worth_arrays(facts):
            found = [judge(facts[at], clients[at], servers[at]) for at in range(len(facts))]
            self.main, self.certainty = [main for main, _, _ in found], [certainty for _, certainty, _ in found]
            self.holding = [holding for _, _, holding in found]
        else:
            self.main, self.certainty, self.holding = judge_all(*map(as_array, (facts, clients, servers)))

    def causes(self, place: int) -> tuple[Cause, tuple[Cause, ...]]:
        """The cause of one, and what else holds, as ``causes.diagnose`` has it."""
        ranked, main = causes.ranked(), int(self.main[place])
        return ranked[main], tuple(ranked[other] for other in self.holding[place] if other != main)

    def codes(self) -> Counter[str]:
        """How many connections have each cause."""
        ranked = causes.ranked()
        found: Counter[str] = Counter()
        for main, places in sorted(self.by_cause.items()):
            found[ranked[main].CODE] += len(places)
        return found

    @cached_property
    def by_cause(self) -> dict[int, Column]:
        """The places of the connections of each cause, by the cause's place; a list or an array, as ``main`` is."""
        return places_by_value(self.main)

    def severities(self) -> list[str]:
        """The severity of each."""
        words = [cause.SEVERITY for cause in causes.ranked()]
        return [words[main] for main in listed(self.main)]


def judge(facts: Facts, client: EndFacts, server: EndFacts) -> tuple[int, int, list[int]]:
    """One connection."""
    main, also = causes.diagnose(facts, client, server)
    ranked = causes.ranked()
    holding = [ranked.index(main), *(ranked.index(one) for one in also)]
    return holding[0], causes.CERTAINTIES.index(causes.certainty(main, facts, client, server)), holding


def judge_all(facts: Records, clients: Records, servers: Records) -> tuple[Any, Any, Holding]:
    """Columns of what ``judge`` says."""
    import numpy as np

    words = -(-len(causes.ranked()) // BITS)
    certainty = np.full(len(facts), 2, np.int8)
    which: Any = np.empty(len(facts), np.int32)
    places: dict[int, int] = {}
    for part in pieces(len(facts), JUDGED):
        bits = np.zeros((words, len(certainty[part])), np.uint64)
        judge_piece(bits, certainty[part], [Bundled(one[part]) for one in (facts, clients, servers)])
        let_go(facts, clients, servers)
        different, of_each = different_sets(bits)
        which[part] = np.array([places.setdefault(one, len(places)) for one in different], np.int32)[of_each]
    # Few sets of causes occur, and the set tells which of them is the cause: what follows is done once a set.
    sets = [tuple(place for place in range(one.bit_length()) if one >> place & 1) for one in places]
    mains = [main_of(one) for one in sets]
    holding = Holding([spoken_of(*one) for one in zip(mains, sets, strict=True)], which)
    return np.array(mains, np.int16)[which], certainty, holding


def different_sets(bits: NDArray[np.uint64]) -> tuple[list[int], Integers]:
    """The different columns of some rows of words, each as one integer, and which of them each column is."""
    import numpy as np

    sets, which = [0], np.zeros(bits.shape[1], np.int64)
    for at, row in enumerate(bits):
        words = distinct(row)
        both = which * len(words) + np.searchsorted(words, row)
        different = distinct(both)
        sets = [sets[one // len(words)] | int(words[one % len(words)]) << BITS * at for one in different.tolist()]
        which = np.searchsorted(different, both)
    return sets, which


def judge_piece(bits: NDArray[np.uint64], certainty: NDArray[np.int8], tables: Sequence[Any]) -> None:
    """Some thousand connections: a bit of ``bits`` for each cause that holds, and how certain the first of them is."""
    import numpy as np

    left = np.ones(len(certainty), bool)
    for place, cause in enumerate(causes.ranked()):
        holds = np.broadcast_to(np.asarray(causes.holds(cause, *tables), bool), left.shape)
        if not holds.any():
            continue
        bits[place // BITS] |= holds * np.uint64(1 << place % BITS)
        if cause.GROUP == causes.ALSO_ONLY:
            continue
        first = np.flatnonzero(left & holds)
        if len(first):
            likely = holds if cause.likely is cause.when else cause.likely(*tables)
            certain, likely = (
                np.broadcast_to(np.asarray(one, bool), left.shape)[first]
                for one in (cause.certain(*tables) & causes.shown(tables[0], causes.doubt(cause)), likely)
            )
            certainty[first] = np.where(certain, 0, np.where(likely, 1, 2))
            left[first] = False


def main_of(holding: tuple[int, ...]) -> int:
    """The cause among those that hold."""
    ranked = causes.ranked()
    return next((place for place in holding if ranked[place].GROUP != causes.ALSO_ONLY), len(ranked) - 1)


@cache
def spoken_of(main: int, holding: tuple[int, ...]) -> tuple[int, ...]:
    """The places of a cause and of what is said besides it."""
    ranked = causes.ranked()
    return main, *(ranked.index(other) for other in causes.besides(ranked[main], (ranked[place] for place in holding)))


class Holding:
    """By connection: the places of its cause and of what is said besides it; ``which`` of the ``different`` ones each has."""

    def __init__(self, different: list[tuple[int, ...]], which: Integers) -> None:
        self.different, self.which = different, which

    def __len__(self) -> int:
        return len(self.which)

    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, slice):
            return [self.different[one] for one in self.which[at].tolist()]
        return self.different[self.which[at]]

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        return iter(self[:])


class Bundled(Apart):
    """Fields as arrays, or as the one value that they have throughout: then conditions are answered once for all.

    Most facts are the same of thousands of connections: nothing about TLS, no RST, no ICMP. Nearly all fields are asked
    for, so the records are turned round at once instead of being walked through for each.
    """

    def __init__(self, records: RecordArray) -> None:
        super().__init__(records)
        self._words = turned(records)
        self._layout: Mapping[str, tuple[Any, ...]] = records.dtype.fields or {}

    def column(self, name: str) -> Any:
        """One field."""
        kind, offset = self._layout[name][:2]
        column = self._words[offset // WORD].view(kind)[offset % WORD // kind.itemsize :: WORD // kind.itemsize]
        return column[0] if (column == column[0]).all() else column


def turned(records: RecordArray) -> Integers:
    """The words of records, the first of all of them together, then the second; few records at a time stay in the cache."""
    import numpy as np

    words = records.view(np.int64).reshape(len(records), -1)
    found = np.empty(words.shape[::-1], np.int64)
    for start in range(0, len(words), BLOCK):
        found[:, start : start + BLOCK] = words[start : start + BLOCK].T
    return found
