"""Columns of the connections of a part."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

from tcpexplain import causes
from tcpexplain.analysis.columns import columns_of
from tcpexplain.analysis.memory import objects
from tcpexplain.analysis.systems import BASES, BY_CODE, basis, predicted_of
from tcpexplain.diagnosis.assemble import also, reset
from tcpexplain.diagnosis.events import STATES
from tcpexplain.diagnosis.ledger import lost, perhaps_unread
from tcpexplain.diagnosis.retry import RULES, reason
from tcpexplain.diagnosis.seen import ended
from tcpexplain.diagnosis.spoken import spoken_of
from tcpexplain.evidence.cause import SIDES, Explanation
from tcpexplain.evidence.places import files_of, numbers
from tcpexplain.hot.columns import distinct
from tcpexplain.machine.facts import OPENINGS
from tcpexplain.machine.step import ResetRow
from tcpexplain.model.unread import UNREAD
from tcpexplain.tables.chunk import Chunk, Coded
from tcpexplain.tables.events import events as events_of
from tcpexplain.tables.identity import identity
from tcpexplain.vantage.hidden import missing
from tcpexplain.vantage.stacks import SYSTEMS
from tcpexplain.wire.segment import flag_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from tcpexplain.diagnosis.ranking import Holding
    from tcpexplain.diagnosis.slice import Slice
    from tcpexplain.model.calls import Reset


def chunk(part: Slice, *, events: bool, sentences: bool) -> Chunk:
    """Columns of the connections of a part."""
    return Chunk(slice_columns(part, sentences=sentences), partial(resets, part), events_of(part) if events else None)


def slice_columns(part: Slice, *, sentences: bool) -> dict[str, Any]:
    """The columns of ``tables.chunk.CONNECTION``; of what causes say all, or ``SHORT`` alone."""
    return fact_columns(part) | identity(part) | sides(part) | verdicts(part) | said(part, sentences=sentences)


@cache
def spelled(holding: tuple[int, ...]) -> tuple[str, str, tuple[str, ...]]:
    """Code and severity of the cause, and the codes of what else is said: ``holding`` are their places, the cause's first."""
    main, *besides = (causes.ranked()[place] for place in holding)
    return main.CODE, main.SEVERITY, also(besides)


def fact_columns(part: Slice) -> dict[str, Any]:
    """What stands in the facts."""
    facts = part.facts
    return {
        "stream": part.numbers,
        "start": facts["start"],
        "duration": facts["duration"] / 1e9,
        "last_seen": facts["start"] + facts["duration"],
        "packets": facts["packets"],
        "opening": Coded(OPENINGS, facts["opening"]),
        "closed_first": Coded((None, *SIDES), facts["closed_first"] + 1),
        "files": files(part),
        "events_omitted": [0] * len(part),
        "united": part.united,
        "linked": part.linked,
        "messages": part.words,
    }


def files(part: Slice) -> Sequence[tuple[int, ...]]:
    """The files of each connection's packets, as far as they are kept."""
    np, segments = part.np, part.segments
    if not segments.rows["file"].any():
        return [(0,)] * len(part)
    together = distinct(segments.places << 32 | segments.rows["file"].astype(np.int64))
    found: list[tuple[int, ...]] = [()] * len(part)
    for place, file in zip((together >> 32).tolist(), (together & 0xFFFFFFFF).tolist(), strict=True):
        found[place] += (file,)
    return [one or (0,) for one in found]


def sides(part: Slice) -> dict[str, Any]:
    """What is known of each end, and what became of its bytes."""
    found: dict[str, Any] = {}
    facts, client, server = columns_of(part.facts, part.clients, part.servers)
    for side, me, peer in ((0, client, server), (1, server, client)):
        name = SIDES[side]
        found |= {
            f"{name}_final": Coded(STATES, me.state),
            f"{name}_segments": me.segments,
            f"{name}_inferred": me.inferred,
            f"{name}_flags": flag_texts(part.np, me.flags),
            f"{name}_bytes_sent": me.sent,
            f"{name}_bytes_acknowledged": me.acknowledged,
            f"{name}_bytes_perhaps_unread": perhaps_unread(facts, me, peer, 1 - side),
            f"{name}_bytes_lost": lost(facts, client, server, me),
            f"{name}_os": Coded(BY_CODE, predicted_of(me)),
            f"{name}_fingerprint": Coded((None, *SYSTEMS[1:]), me.fingerprint),
            f"{name}_basis": Coded(BASES, basis(me.forced, me.fingerprint)),
        }
    return found


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
        "missing": hidden_words(part),
        "messages_unread": Coded(UNREAD, part.facts["unread"]),
    }


SHORT = ("title", "sees", "evidence", "alternatives")
"""What tables have of an explanation."""
POSSIBLE = causes.CERTAINTIES.index("possible")


def hidden_words(part: Slice) -> Coded:
    """What the capture cannot show of each."""
    hidden = part.facts["hidden"]
    different = distinct(hidden)
    return Coded([missing(one) for one in different.tolist()], part.np.searchsorted(different, hidden))


def flag_texts(np: ModuleType, flags: Any) -> Coded:
    """The flags that an end has sent, as letters."""
    different = distinct(flags)
    return Coded([flag_text(one) for one in different.tolist()], np.searchsorted(different, flags))


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


def retries(part: Slice) -> Any:
    """The place in ``RULES`` of the one that says whether the last request may be sent again."""
    ends = columns_of(part.facts, part.clients, part.servers)
    holding = part.np.array([rule.when(*ends) for rule in RULES])
    return holding.argmax(axis=0)


def resets(part: Slice) -> list[Sequence[Reset]]:
    """The RSTs of each connection."""
    found: list[Sequence[Reset]] = [()] * len(part)
    clients, bounds = part.client.tolist(), part.resets.bounds
    every = objects(part.resets.rows, ResetRow)
    for at in distinct(part.resets.places).tolist():
        ends = SIDES if clients[at] == 0 else SIDES[::-1]
        found[at] = tuple(reset(row, ends, part.files) for row in every[bounds[at] : bounds[at + 1]])
    return found
