"""What the cause of each of many connections says, and what the applications saw, without an object for each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tcpexplain import causes
from tcpexplain.diagnosis.seen import seen
from tcpexplain.diagnosis.walk import Walk
from tcpexplain.hot.columns import listed
from tcpexplain.model.connection import outcomes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.diagnosis.slice import Slice
    from tcpexplain.evidence.cause import Explanation
    from tcpexplain.model.calls import Seen


def spoken_of(part: Slice, *, sentences: bool) -> Iterator[tuple[Walk, Explanation, tuple[Seen | None, Seen | None]]]:
    """Each connection as a case, which goes on to the next one, what its cause says, and what its client and its server saw first.

    ``sentences``: with why, lost and do; without them an explanation has functions in their places.
    """
    walk, ranked, some = Walk(part), causes.ranked(), slice(part.first, part.first + len(part))
    mains, sure = (listed(column[some]) for column in (part.verdicts.main, part.verdicts.certainty))
    ways = {main: partial(causes.explain, ranked[main]) if sentences else ranked[main].explain for main in set(mains)}
    for at, main in enumerate(mains):
        walk.to(at)
        told = ways[main](walk)
        found = told._replace(alternatives=()) if sure[at] == 0 else told
        yield walk, found, seen(walk, told.sees, ranked[main].SEVERITY, causes.CERTAINTIES[sure[at]])


def outcomes_of(part: Slice) -> Iterator[tuple[str, ...]]:
    """``model.connection.Connection.outcomes`` of each."""
    for _, told, met in spoken_of(part, sentences=False):
        yield outcomes(told.sees, met)
