"""What the columns of a part are made of, each reckoned once and when it is asked for."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, cast

from tcpexplain import causes
from tcpexplain.analysis.columns import columns_of
from tcpexplain.diagnosis.assemble import also
from tcpexplain.diagnosis.retry import RULES, reason
from tcpexplain.diagnosis.seen import ended
from tcpexplain.diagnosis.spoken import spoken_of
from tcpexplain.evidence.cause import Explanation
from tcpexplain.evidence.places import files_of, numbers
from tcpexplain.hot.columns import distinct
from tcpexplain.tables.chunk import Coded
from tcpexplain.tables.identity import identity
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.diagnosis.ranking import Holding
    from tcpexplain.diagnosis.slice import Slice
    from tcpexplain.hot.array import Integers
    from tcpexplain.machine.facts import EndFacts, Facts
    from tcpexplain.model.links import Link
    from tcpexplain.model.points import United
    from tcpexplain.model.said import Said

SHORT = ("title", "sees", "evidence", "alternatives")
"""What tables have of an explanation."""
POSSIBLE = causes.CERTAINTIES.index("possible")


class OneEndFacts(NamedTuple):
    """What is known of one end of a connection, or in columns of many."""

    facts: Facts
    me: EndFacts
    peer: EndFacts
    side: int
    """0: the client; 1: the server."""


class PartColumns:
    """Some connections of an analysis in arrays, as ``tables.schema`` asks for them; ``sentences``: with all that their causes say."""

    facts: Facts
    """Every field is a column."""
    numbers: Sequence[int]
    united: Sequence[United | None]
    linked: Sequence[tuple[Link, ...]]
    words: Sequence[Said]

    def __init__(self, part: Slice, *, sentences: bool) -> None:
        self.part, self.sentences = part, sentences
        self.facts, client, server = columns_of(part.facts, part.clients, part.servers)
        self.ends = (client, server)
        self.numbers, self.united, self.linked, self.words = part.numbers, part.united, part.linked, part.words

    def end(self, side: int) -> OneEndFacts:
        """What is known of an end of each: every field is a column."""
        return OneEndFacts(self.facts, self.ends[side], self.ends[1 - side], side)

    @cached_property
    def found(self) -> dict[str, Any]:
        """The columns that are found together, by their names."""
        return identity(self.part) | verdicts(self.part) | said(self.part, sentences=self.sentences)

    @cached_property
    def files(self) -> Sequence[tuple[int, ...]]:
        """The files of each connection's packets, as far as they are kept."""
        np, segments = self.part.np, self.part.segments
        if not segments.rows["file"].any():
            return [(0,)] * len(self.part)
        together = distinct(segments.places << 32 | segments.rows["file"].astype(np.int64))
        found: list[tuple[int, ...]] = [()] * len(self.part)
        for place, file in zip((together >> 32).tolist(), (together & 0xFFFFFFFF).tolist(), strict=True):
            found[place] += (file,)
        return [one or (0,) for one in found]


@cache
def spelled(holding: tuple[int, ...]) -> tuple[str, str, tuple[str, ...]]:
    """Code and severity of the cause, and the codes of what else is said: ``holding`` are their places, the cause's first."""
    main, *besides = (causes.ranked()[place] for place in holding)
    return main.CODE, main.SEVERITY, also(besides)


def verdicts(part: Slice) -> dict[str, Any]:
    """The cause, and what else is said of each."""
    found, some = part.verdicts, slice(part.first, part.first + len(part))
    holding = cast("Holding", found.holding)
    sure = part.np.asarray(found.certainty[some])
    mains = [causes.ranked()[one[0]] for one in holding.different]
    fine = [main.SEVERITY == "fine" for main in mains]
    doubtful = [causes.is_undecided(main, "certain") for main in mains]
    words, which = [spelled(one) for one in holding.different], holding.which[some]
    return {
        "cause": Coded([word[0] for word in words], which),
        "severity": Coded([word[1] for word in words], which),
        "also": Coded([word[2] for word in words], which),
        "certainty": Coded(causes.CERTAINTIES, sure),
        "undecided": (part.np.array(doubtful, bool)[which] | (part.np.array(fine, bool)[which] & (sure == POSSIBLE))),
    }


def said(part: Slice, *, sentences: bool) -> dict[str, Any]:
    """What the causes say, and whether the last request may be sent again."""
    rules = retries(part)
    found: list[Explanation] = []
    because, met, over = [], [], []
    for (walk, told, both), rule in zip(spoken_of(part, sentences=sentences), rules.tolist(), strict=True):
        found.append(told)
        met.append(both)
        over.append(ended(walk))
        because.append(reason(RULES[rule], walk.facts, walk.client, walk.server))
    explained = dict(zip(Explanation._fields, zip(*found, strict=True), strict=True))
    evidence = explained["evidence"]
    explained["evidence"] = tuple(map(numbers, evidence))
    return {name: explained[name] for name in (Explanation._fields if sentences else SHORT)} | {
        "evidence_files": [files_of(packets, part.files) for packets in evidence],
        "retry": Coded([rule.verdict for rule in RULES], rules),
        "retry_because": because,
        "client_seen": [one for one, _ in met],
        "server_seen": [one for _, one in met],
        "failed_at": [min((one.at for one in both if one and one.at is not None), default=None) for both in met],
        "ended": over,
    }


def retries(part: Slice) -> Integers:
    """The place in ``RULES`` of the one that says whether the last request may be sent again."""
    ends = columns_of(part.facts, part.clients, part.servers)
    holding = part.np.array([rule.when(*ends) for rule in RULES])
    first: Integers = holding.argmax(axis=0)
    return first
