"""From evidence to diagnosis: one file per cause, which knows no other; here they are ranked.

``docs/reference/causes.md`` is generated from the pages.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from tcpexplain import registry
from tcpexplain.evidence.cause import GROUPS, Case, Cause, Explanation
from tcpexplain.wire.diagnostic import reason_words

if TYPE_CHECKING:
    from collections.abc import Iterable

CERTAINTIES = ("certain", "likely", "possible")
ALSO_ONLY = GROUPS[-1]


@cache
def ranked() -> tuple[Cause, ...]:
    """All causes, the ones that take precedence first."""
    found = cast("tuple[Cause, ...]", registry.members(__name__))
    return tuple(sorted(found, key=lambda cause: (GROUPS.index(cause.GROUP), cause.RANK)))


def diagnose(facts: Any, client: Any, server: Any) -> tuple[Cause, tuple[Cause, ...]]:
    """The cause of one connection, and everything else that holds.

    ``still-open`` holds when nothing else does, so there always is one.
    """
    holding = [cause for cause in ranked() if cause.when(facts, client, server)]
    main = next(cause for cause in holding if cause.GROUP != ALSO_ONLY)
    return main, besides(main, holding)


def besides(main: Cause, holding: Iterable[Cause]) -> tuple[Cause, ...]:
    """What else is said of a connection; not that it is fine, of one that is not."""
    fine = main.SEVERITY == "fine"
    return tuple(
        cause
        for cause in holding
        if cause is not main and (fine or cause.GROUP == ALSO_ONLY or cause.SEVERITY != "fine")
    )


def certainty(cause: Cause, facts: Any, client: Any, server: Any) -> str:
    """certain, likely or possible."""
    if cause.certain(facts, client, server):
        return "certain"
    return "likely" if cause.likely(facts, client, server) else "possible"


def explain(cause: Cause, case: Case) -> Explanation:
    """What the cause says of the connection, and what a RST says of itself."""
    said = cause.explain(case)
    reasons = [
        f"The RST in packet {item.packet} gives its reason: {reason_words(item.mss)}." for item in case.reasons()
    ]
    return said._replace(why=" ".join((said.why, *reasons))) if reasons else said
