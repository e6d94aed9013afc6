"""Whether one connection may be in a capture twice, under two names, as NAT's two sides show it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from tcpexplain.hot.columns import as_array, column, of_each, true_places, worth_arrays
from tcpexplain.units import NANOSECOND

if TYPE_CHECKING:
    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.hot.array import Records
    from tcpexplain.machine.facts import Facts

HELD = 1_500_000
"""Packets up to which connections are compared: they are held in memory for that."""
TOGETHER = NANOSECOND // 4
"""ns between the first packets of two connections that are one behind NAT. Of 250,000 random numbers some are the same by chance."""


def may_be_several(analysis: Analysis) -> bool:
    """Whether two connections that began at the same time have the client's initial sequence number in common: they may be one."""
    if not analysis.streams > 1 or analysis.packets > HELD:
        return False
    facts, clients = analysis.results.facts[: analysis.streams], analysis.results.clients[: analysis.streams]
    if worth_arrays(facts):
        return are_several(as_array(facts), as_array(clients))
    begun = true_places(of_each(has_begun, facts))
    opened = pairwise(sorted(zip(column(clients, "iss", begun), column(facts, "start", begun), strict=True)))
    return any(one == other and time - before <= TOGETHER for (one, before), (other, time) in opened)


def are_several(facts: Records, clients: Records) -> bool:
    """The same of arrays, by sorting."""
    import numpy as np

    begun = of_each(has_begun, facts)
    numbers, starts = clients["iss"][begun], facts["start"][begun]
    order = np.lexsort((starts, numbers))
    return bool(((np.diff(numbers[order]) == 0) & (np.diff(starts[order]) <= TOGETHER)).any())


def has_begun(facts: Facts) -> int:
    """Whether a connection's initial sequence numbers were seen; elementwise."""
    return (facts.syns > 0) | (facts.syn_acks > 0)
