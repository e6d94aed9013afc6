"""Tables of many connections as conditions take them, which are written for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tcpexplain.hot.columns import Apart

if TYPE_CHECKING:
    from tcpexplain.hot.array import Records
    from tcpexplain.machine.facts import EndFacts, Facts


def columns_of(facts: Records, clients: Records, servers: Records) -> tuple[Facts, EndFacts, EndFacts]:
    """Arrays of records as if they were one connection's: each field is a column, and what a condition says of it an array.

    The type is that of one connection, for which conditions are written: they use no more than ``&``, ``|``, comparisons and
    arithmetic, which both have.
    """
    return cast("tuple[Facts, EndFacts, EndFacts]", (Apart(facts), Apart(clients), Apart(servers)))
