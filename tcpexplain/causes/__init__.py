"""From evidence to diagnosis: one file per cause, which knows no other; here they are ranked.

``docs/reference/causes.md`` is generated from the pages.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from tcpexplain import registry
from tcpexplain.evidence.cause import GROUPS, Case, Cause, Explanation, spoken
from tcpexplain.evidence.places import placed
from tcpexplain.vantage.hidden import HIDDEN, RESETS_ONLY
from tcpexplain.wire.diagnostic import reason_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tcpexplain.machine.facts import EndFacts, Facts

SEVERITIES = ("failed", "suspicious", "fine")
CERTAINTIES = ("certain", "likely", "possible")
ALSO_ONLY = GROUPS[-1]
TEXTS = ("title", "sees", "why", "sure", "lost", "do")
"""The texts of an explanation."""
UNDECIDED = ("Not captured", "Cannot be told")
"""Groups whose causes say what cannot be known."""


@cache
def ranked() -> tuple[Cause, ...]:
    """All causes, the ones that take precedence first."""
    found = cast("tuple[Cause, ...]", registry.members(__name__))
    milder = [cast("Cause", Milder(cause)) for cause in found if hasattr(cause, "milder")]
    return tuple(sorted((*found, *milder), key=lambda cause: (GROUPS.index(cause.GROUP), cause.RANK)))


class Milder:
    """A cause where it does less harm than by rule: its ``milder`` says where, and the severity is one step less."""

    milder: Callable[[Facts, EndFacts, EndFacts], int]

    def __init__(self, cause: Cause) -> None:
        self.cause = cause
        self.RANK = cause.RANK - 1
        self.SEVERITY = SEVERITIES[SEVERITIES.index(cause.SEVERITY) + 1]

    def __getattr__(self, name: str) -> object:
        found: object = getattr(self.cause, name)
        return found

    def when(self, facts: Facts, client: EndFacts, server: EndFacts) -> int:
        """Whether it holds, and does less harm."""
        return self.cause.when(facts, client, server) & self.milder(facts, client, server)


def diagnose(facts: Facts, client: EndFacts, server: EndFacts) -> tuple[Cause, tuple[Cause, ...]]:
    """The cause of one connection, and everything else that holds.

    ``undecided`` holds always, so there is one.
    """
    holding = [cause for cause in ranked() if holds(cause, facts, client, server)]
    main = next(cause for cause in holding if cause.GROUP != ALSO_ONLY)
    return main, besides(main, holding)


def besides(main: Cause, holding: Iterable[Cause]) -> tuple[Cause, ...]:
    """What else is said of a connection; not that it is fine, of one that is not."""
    fine = main.SEVERITY == "fine"
    return tuple(
        cause
        for cause in holding
        if cause.CODE != main.CODE
        and not getattr(cause, "LAST_RESORT", False)
        and (fine or cause.GROUP == ALSO_ONLY or getattr(cause, "ASIDE", False) or cause.SEVERITY != "fine")
    )


def holds(cause: Cause, facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """Whether a cause holds, elementwise: never where the capture cannot show it."""
    blind = getattr(cause, "BLIND", RESETS_ONLY)
    found = cause.when(facts, client, server)
    return found & shown(facts, blind) if blind else found


def doubt(cause: Cause) -> int:
    """What must be in the capture for the cause to be certain."""
    return int(getattr(cause, "DOUBT", HIDDEN))


def shown(facts: Facts, what: int) -> int:
    """Whether the capture shows all of ``what`` (``vantage.hidden.HIDDEN_*``), elementwise."""
    return (facts.hidden & what) == 0


def certainty(cause: Cause, facts: Facts, client: EndFacts, server: EndFacts) -> str:
    """certain, likely or possible."""
    if cause.certain(facts, client, server) and shown(facts, doubt(cause)):
        return "certain"
    return "likely" if cause.likely(facts, client, server) else "possible"


def is_undecided(cause: Cause, sure: str) -> bool:
    """Whether a connection counts as fine only because nothing shows that it is not."""
    return cause.SEVERITY == "fine" and (cause.GROUP in UNDECIDED or sure == "possible")


def explain(cause: Cause, case: Case) -> Explanation:
    """What the cause says of the connection, all of it as text, and what a RST says of itself."""
    said = cause.explain(case)
    texts = {name: spoken(getattr(said, name)) for name in TEXTS}
    if texts["lost"] and (case.client.unsized or case.server.unsized):
        texts["lost"] = "what was written then, which is not in the capture: only the RST that answers it is."
    reasons = [
        f"The RST in packet {item.packet} gives its reason: {reason_words(item.lead)}." for item in case.reasons()
    ]
    texts["why"] = " ".join((texts["why"], *reasons))
    if case.files:
        texts = {name: placed(text, case.files) for name, text in texts.items()}
    return Explanation(**texts, evidence=said.evidence, alternatives=said.alternatives)
