"""Where what is found of all connections goes, and what one after the other is begun with. Hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.inline import inlined
from tcpexplain.machine.arrival import measure
from tcpexplain.machine.endpoint import clear
from tcpexplain.machine.facts_of_connection import open_facts
from tcpexplain.machine.prediction import expect_more, expect_nothing, survey
from tcpexplain.machine.run import begin
from tcpexplain.machine.workspace import is_long_enough
from tcpexplain.tuples import NamedTuple
from tcpexplain.vantage.inferred import ROOM

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.machine.endpoint import Endpoint
    from tcpexplain.machine.facts import EndFacts, Facts
    from tcpexplain.machine.workspace import Workspace
    from tcpexplain.tracking.entry import Entry
    from tcpexplain.tracking.tracked import Tracked


class FactColumns(NamedTuple):
    """What is found of all connections, by their numbers: facts, those of the client, those of the server; and one of each that says nothing."""

    facts: Array[Facts]
    clients: Array[EndFacts]
    servers: Array[EndFacts]
    blank: Array[Facts]
    blanks: Array[EndFacts]


def fits_machine(tracked: Tracked, columns: FactColumns, work: Workspace) -> bool:
    """Whether what one connection after the other is worked on with is long enough."""
    if len(tracked.pool) < ROOM or len(tracked.sides) < 2 * len(tracked.stretches) or not is_long_enough(work):
        return False
    return min(len(columns.blank), len(columns.blanks)) > 0


def has_place(index: int, rows: Array[Entry], columns: FactColumns, held: Array[Endpoint]) -> bool:
    """Whether there is such a connection, a place for what is found of it, and what is held of it."""
    if not 0 <= index < min(len(rows), len(columns.facts), len(columns.clients), len(columns.servers)):
        return False
    return rows[index].held >= 0 and 2 * rows[index].held <= len(held)


def put(index: int, columns: FactColumns, tells: Array[EndFacts]) -> None:
    """Put what was found of both ends of a connection where it belongs: by then it is known which is the client."""
    client = columns.facts[index].client
    columns.clients[index] = tells[client]
    columns.servers[index] = tells[1 - client]


@inlined
def recall(row: Entry, columns: FactColumns, index: int, tells: Array[EndFacts]) -> None:
    """What is known of a connection before: nothing, or what ``condense`` has put down."""
    if row.held:
        client = columns.facts[index].client
        tells[client] = columns.clients[index]
        tells[1 - client] = columns.servers[index]
    else:
        columns.facts[index] = columns.blank[0]
        tells[0] = columns.blanks[0]
        tells[1] = columns.blanks[0]


@inlined
def begin_connection(row: Entry, tracked: Tracked, facts: Facts, work: Workspace) -> int:
    """The endpoints and facts of a connection before its first segment; ``order`` and what ``survey`` says of its segments."""
    pool, order, rtt, ends, forced = tracked.pool, work.order, work.rtt, work.ends, work.book.forced
    expect_nothing(work.sight)
    traits = survey(row.first, pool, tracked.sides, order, work.sight)
    clear(ends[0])
    clear(ends[1])
    rtt[0] = rtt[1] = 0
    measure(pool, order, row.kept, rtt)
    begin(ends, pool, order, row.kept)
    open_facts(facts, ends, pool[row.first], row.low_port, row.high_port)
    ends[facts.client].forced, ends[1 - facts.client].forced = forced & 15, forced >> 4
    return traits


def go_on(row: Entry, tracked: Tracked, work: Workspace, at: int) -> int:
    """The same for what is left of a connection that has been condensed: its endpoints are ``held[at]`` and the next."""
    ends, rtt = work.ends, work.rtt
    for side in range(2):
        ends[side] = work.held[at + side]
        rtt[side] = ends[side].rtt
    expect_more(work.sight, ends[0], ends[1])
    return survey(row.first, tracked.pool, tracked.sides, work.order, work.sight)
