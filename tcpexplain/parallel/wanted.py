"""What is asked of the connections of many captures."""

from __future__ import annotations

from tcpexplain.analysis.systems import NOTHING_FORCED, Systems
from tcpexplain.tuples import NamedTuple


class Wanted(NamedTuple):
    """What is asked of the connections; see ``Analysis``."""

    systems: Systems = NOTHING_FORCED
    events: bool = True
    every: bool = False
    compiled: bool = False
    identify: bool = True
    points: tuple[str, ...] = ()
    """What the captures are called; by their file names, if not given."""
    messages: int = -1
    """How many messages of each connection are told one by one, if those of all are read by whoever follows them; else -1."""
