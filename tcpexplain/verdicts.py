"""The cause, and how certain it is, of all connections at once: the same conditions that judge one."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

from tcpexplain import causes
from tcpexplain.machine.facts import EndFacts, Facts

if TYPE_CHECKING:
    from collections.abc import Sequence

FEW = 4000
"""Up to here connections are judged one by one: it takes less time than importing numpy."""
PIECE = 1 << 15
"""Connections judged at once."""


class Verdicts:
    """By connection: ``main``, the place of its cause in ``causes.ranked()``; ``certainty``, of that in ``causes.CERTAINTIES``.

    ``facts``, ``clients`` and ``servers`` are columns of the same length, or lists of objects.
    """

    def __init__(self, facts: Any, clients: Any, servers: Any) -> None:
        self.main: Sequence[int]
        self.holding: Sequence[Sequence[int]]
        self.certainty: Sequence[int]
        if isinstance(facts, list) and len(facts) <= FEW:
            found = [judge(*one) for one in zip(facts, clients, servers, strict=True)]
            self.main, self.certainty = [main for main, _, _ in found], [certainty for _, certainty, _ in found]
            self.holding = [holding for _, _, holding in found]
        else:
            self.main, self.certainty, self.holding = judge_all(*columns(facts, clients, servers))

    def causes(self, place: int) -> tuple[Any, tuple[Any, ...]]:
        """The cause of one, and what else holds, as ``causes.diagnose`` has it."""
        ranked, main = causes.ranked(), int(self.main[place])
        return ranked[main], tuple(ranked[other] for other in self.holding[place] if other != main)

    def codes(self) -> Counter[str]:
        """How many connections have each cause."""
        ranked = causes.ranked()
        return Counter({ranked[main].CODE: count for main, count in sorted(Counter(listed(self.main)).items())})

    def severities(self) -> list[str]:
        """The severity of each."""
        words = [cause.SEVERITY for cause in causes.ranked()]
        return [words[main] for main in listed(self.main)]


def listed(values: Any) -> list[int]:
    """A list of Python's integers."""
    return values if isinstance(values, list) else list(values.tolist())


def judge(facts: Any, client: Any, server: Any) -> tuple[int, int, list[int]]:
    """One connection."""
    main, also = causes.diagnose(facts, client, server)
    ranked = causes.ranked()
    holding = [ranked.index(main), *(ranked.index(one) for one in also)]
    return holding[0], causes.CERTAINTIES.index(causes.certainty(main, facts, client, server)), holding


def columns(facts: Any, clients: Any, servers: Any) -> tuple[Any, Any, Any]:
    """Columns of lists of objects; of columns, themselves."""
    if not isinstance(facts, list):
        return facts, clients, servers
    from tcpexplain.memory import Arrays

    memory = Arrays()
    return memory.taken(facts, Facts), memory.taken(clients, EndFacts), memory.taken(servers, EndFacts)


def judge_all(facts: Any, clients: Any, servers: Any) -> tuple[Any, Any, list[Sequence[int]]]:
    """Columns of what ``judge`` says."""
    import numpy as np

    main, certainty, holding = np.zeros(len(facts), np.int16), np.zeros(len(facts), np.int8), []
    for start in range(0, len(facts), PIECE):
        part = slice(start, start + PIECE)
        main[part], certainty[part], held = judge_piece(np, facts[part], clients[part], servers[part])
        holding += held
    return main, certainty, holding


def judge_piece(np: Any, facts: Any, clients: Any, servers: Any) -> tuple[Any, Any, list[Sequence[int]]]:
    """Some thousand connections."""
    ranked = causes.ranked()
    main, certainty = np.full(len(facts), len(ranked) - 1, np.int16), np.full(len(facts), 2, np.int8)
    # Each field lies alone: conditions look at few of the fields, of all connections.
    apart = [Apart(one) for one in (facts, clients, servers)]
    left = np.ones(len(facts), bool)
    every = []
    for place, cause in enumerate(ranked):
        holds = np.broadcast_to(np.asarray(cause.when(*apart), bool), left.shape)
        every.append(holds)
        first = left & holds
        if cause.GROUP == causes.ALSO_ONLY or not first.any():
            continue
        main[first] = place
        certain, likely = (
            np.broadcast_to(np.asarray(ask(*apart), bool), holds.shape) for ask in (cause.certain, cause.likely)
        )
        certainty[first] = np.where(certain[first], 0, np.where(likely[first], 1, 2))
        left &= ~holds
    return main, certainty, [told(*one) for one in zip(main.tolist(), held_by(np, every), strict=True)]


@cache
def told(main: int, holding: tuple[int, ...]) -> tuple[int, ...]:
    """The places of a cause and of what is said besides it."""
    ranked = causes.ranked()
    return main, *(ranked.index(other) for other in causes.besides(ranked[main], (ranked[place] for place in holding)))


def held_by(np: Any, every: list[Any]) -> list[tuple[int, ...]]:
    """By connection: the places of the causes that hold. Few sets of them occur, so each is one object."""
    bits = np.zeros(len(every[0]), np.uint64)
    for place, holds in enumerate(every):
        bits |= holds.astype(np.uint64) << np.uint64(place)
    sets, which = np.unique(bits, return_inverse=True)
    found = [tuple(place for place in range(len(every)) if one >> place & 1) for one in sets.tolist()]
    return [found[one] for one in which.tolist()]


class Apart:
    """Fields of records, each as an array of its own when it is first asked for."""

    def __init__(self, records: Any) -> None:
        self._records = records

    def __getattr__(self, name: str) -> Any:
        column = self._records[name].copy()
        setattr(self, name, column)
        return column
