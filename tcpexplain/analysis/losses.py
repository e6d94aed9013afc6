"""What files say of themselves that makes their connections doubtful: packets that the capturing system dropped, damage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.hot.columns import column, put
from tcpexplain.machine.transitions import State
from tcpexplain.vantage.hidden import HIDDEN_DROPS, HIDDEN_END

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.errors import Warning  # noqa: A004 (the word users see)

LOST, DAMAGED = "TE009", "TE007"
"""The capturing system dropped packets; from some byte of the file on nothing can be read."""
OVER = (int(State.CLOSED), int(State.TIME_WAIT))


def note(analysis: Analysis, warnings: Iterable[Warning]) -> None:
    """Note in the facts of all connections what the warnings about their files mean for them."""
    codes = {warning.code for warning in warnings}
    if LOST in codes:
        add(analysis, range(analysis.streams), HIDDEN_DROPS)
    if DAMAGED in codes:
        add(analysis, still_open(analysis), HIDDEN_END)


def add(analysis: Analysis, places: Iterable[int], bit: int) -> None:
    """Set a bit of ``hidden`` in the facts of some connections."""
    facts: Any = analysis.results.facts
    chosen = list(places)
    put(facts, "hidden", dict(zip(chosen, (known | bit for known in column(facts, "hidden", chosen)), strict=True)))


def still_open(analysis: Analysis) -> list[int]:
    """The connections of which an end had not closed."""
    both = (
        column(ends, "state", range(analysis.streams)) for ends in (analysis.results.clients, analysis.results.servers)
    )
    return [place for place, states in enumerate(zip(*both, strict=True)) if not all(state in OVER for state in states)]
