"""What the messages of one server's connections have in common where no protocol is known: each ends a line, or all are of one length.

What an end says until the other speaks is a turn (``tracking.turns``). Where every turn of many connections is text that ends with a line,
and the other end took that for the end of the message, since it spoke or closed then, a connection whose last turn stops in the
middle of a line had it cut. Likewise where every turn has as many bytes, and its first segment too: an answer that begins with the same
segment and stops there is no other, shorter one. One connection that is different in any other way, and nothing is said.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.neighbourhood import ADDRESS, PORT, Neighbourhood
from tcpexplain.hot.columns import Apart, Picked, as_array, column, endpoints, put, worth_arrays
from tcpexplain.tracking.talk import is_open
from tcpexplain.tracking.turns import ENDED, HEADS, LINE, NO_LINES, SIZES, SPEAKS, TEXT, VEILED
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.machine.facts import EndFacts, Facts
    from tcpexplain.tracking.entry import Entry

    Tables = tuple[Any, Any, Any, Any]
    Group = list[tuple[int, "Shaped"]]

LINES, LENGTH, DISSECTED = 1, 2, 3
"""``Facts.shape``; the last is what tshark says of one connection alone (``diagnosis.incomplete``)."""
NEEDED, SHARE = 5, 10
"""Siblings that have a shape at least; and so many of them for each connection that was cut, where these are several."""
NOTHING, KEEPS, CUT, OTHER = range(4)
"""What a connection says of a shape: nothing; all turns have it; the last stops before; it has none."""
SPAN = 1 << 32


class Shaped(NamedTuple):
    """What a connection says of the shape of an end's messages; of columns of many, each field is one."""

    verdict: int
    """NOTHING, KEEPS, CUT, OTHER."""
    size: int
    """Bytes of its whole turns, if that is the shape."""
    head: int
    """Bytes of their first segments."""
    came: int
    """Bytes of its last turn."""


def note(analysis: Analysis) -> None:
    """Fill in ``shape`` and its like in the facts of connections whose last message was cut, as their siblings show."""
    count, results = analysis.streams, analysis.results
    tables: Tables = (analysis.rows, results.facts, results.clients, results.servers)
    groups = in_columns if worth_arrays(results.facts) else in_lists
    for side in (0, 1):
        for shape, group in groups(tables, count, side):
            for place, told, alike in cut_in(group, shape):
                for name, value in zip(FIELDS, values_of(shape, side, told, alike), strict=True):
                    put(results.facts, name, {place: value})


def values_of(shape: int, side: int, told: Shaped, alike: int) -> tuple[int, ...]:
    """What is written of a connection that was cut, in the order of ``FIELDS``."""
    return shape, side, alike, told.size if shape == LENGTH else 0, told.came


FIELDS = ("shape", "shape_by", "shape_alike", "shape_bytes", "shape_came")


def cut_in(group: Group, shape: int) -> Iterator[tuple[int, Shaped, int]]:
    """Of the connections of one server: those whose last message was cut, and how many others show that.

    Where the shape is a length, all of them have to have the same.
    """
    cut = [one for one in group if one[1].verdict == CUT]
    keeping = [told for _, told in group if told.verdict == KEEPS]
    if not is_shown(len(keeping), len(cut), sum(told.verdict == OTHER for _, told in group)):
        return
    if shape == LENGTH and len({(told.size, told.head) for told in [*keeping, *(told for _, told in cut)]}) > 1:
        return
    for place, told in cut:
        yield place, told, len(keeping)


def is_shown(keep: int, cut: int, other: int) -> bool:
    """Whether so many connections show a shape, of which some were cut; elementwise."""
    return (other == 0) & (keep >= NEEDED) & (cut > 0) & ((cut == 1) | (cut * SHARE <= keep))


def in_lists(tables: Tables, count: int, side: int) -> Iterator[tuple[int, Group]]:
    """A shape, and the connections of a server of which one may have been cut."""
    rows, facts, clients, servers = tables
    places = [one for one in range(count) if speaks(rows[one], facts[one], clients[one], servers[one], side)]
    if not places:
        return
    ends = endpoints(rows, column(facts, "client", places), places)
    by_server = sorted((server, place) for (_, server), place in zip(ends, places, strict=True))
    for shape, of in SHAPES:
        told = {one: of(rows[one], facts[one], clients[one], servers[one], side) for one in places}
        if any(one.verdict == CUT for one in told.values()):
            for _, group in groupby(by_server, itemgetter(0)):
                yield shape, [(place, told[place]) for _, place in group]


def in_columns(tables: Tables, count: int, side: int) -> Iterator[tuple[int, Group]]:
    """The same of very many, by sorting."""
    every = [as_array(table[:count]) for table in tables]
    columns: list[Any] = list(map(Apart, every))
    says: Any = speaks(columns[0], columns[1], columns[2], columns[3], side)
    places = says.nonzero()[0]
    some: list[Any] = [Picked(table, places) for table in every]
    by_server = None
    for shape, of in SHAPES:
        told: Any = of(some[0], some[1], some[2], some[3], side)
        if not (told.verdict == CUT).any():
            continue
        by_server = by_server or Sorted(Neighbourhood(*every), places)
        for group in by_server.groups(told.verdict):
            fields = (one[group].tolist() for one in told)
            yield (
                shape,
                [(place, Shaped(*one)) for place, *one in zip(places[group].tolist(), *fields, strict=True)],
            )


class Sorted:
    """Connections sorted by their servers."""

    def __init__(self, table: Neighbourhood, places: Any) -> None:
        self.np = table.np
        numbers = table.same(table.rows.version[places], *table.server(places, ADDRESS + PORT))
        self.order = numbers.argsort(kind="stable")
        self.starts = self.np.flatnonzero(self.np.diff(numbers[self.order], prepend=-1))
        self.ends = [*self.starts[1:].tolist(), len(places)]

    def groups(self, verdicts: Any) -> Iterator[Any]:
        """Those of a server whose others show that one was cut: where they stand in ``verdicts``."""
        ordered = verdicts[self.order]
        sums = [self.np.add.reduceat(ordered == one, self.starts, dtype=int) for one in (KEEPS, CUT, OTHER)]
        shown: Any = is_shown(sums[0], sums[1], sums[2])
        for at in shown.nonzero()[0].tolist():
            yield self.order[self.starts[at] : self.ends[at]]


def speaks(row: Entry, facts: Facts, client: EndFacts, server: EndFacts, side: int) -> bool:
    """An end has said something, nobody knows in what protocol, and nothing of it is missing; elementwise."""
    unknown = (facts.protocol == 0) & is_open(row.talk0) & is_open(row.talk1)
    return (
        unknown
        & (turned(facts, side, row.turns0, row.turns1) > 0)
        & (facts.midstream == 0)
        & (facts.missed == 0)
        & (client.inferred + server.inferred == 0)
    )


def turned(facts: Facts, side: int, low: int, high: int) -> int:
    """Of the lower and the higher end's, the one of the client (0) or server (1); elementwise."""
    is_low = facts.client == side
    return low * is_low + high * (is_low == 0)


def lines(row: Entry, facts: Facts, client: EndFacts, server: EndFacts, side: int) -> Shaped:
    """What a connection says of an end's messages being lines of text; elementwise."""
    turns = turned(facts, side, row.turns0, row.turns1)
    came = last_turn(row, facts, client, side)
    differs = ((turns & SPEAKS) > 0) & ((turns & (TEXT | LINE)) != (TEXT | LINE))
    stops = (turns & (TEXT | LINE | VEILED)) == TEXT
    verdict = judged(facts, (client, server), side, turns, differs, stops, (turns & NO_LINES) > 0)
    return Shaped(verdict, came * 0, came * 0, came)


def lengths(row: Entry, facts: Facts, client: EndFacts, server: EndFacts, side: int) -> Shaped:
    """What it says of their being of one length. One that was cut has had whole ones before; elementwise."""
    turns = turned(facts, side, row.turns0, row.turns1)
    size, came = turned(facts, side, row.size0, row.size1), last_turn(row, facts, client, side)
    had = turns >= ENDED
    differs = ((turns & SPEAKS) > 0) & had & (came != size)
    verdict = judged(facts, (client, server), side, turns, differs, came < size, (turns & (SIZES | HEADS)) > 0)
    return Shaped(verdict, size * had + came * (had == 0), turned(facts, side, row.head0, row.head1), came)


def last_turn(row: Entry, facts: Facts, client: EndFacts, side: int) -> int:
    """Bytes of an end's latest turn; elementwise. The sum with a wide field makes wide numbers of columns of narrow ones."""
    reach, turn = turned(facts, side, row.reach0, row.reach1), turned(facts, side, row.turn0, row.turn1)
    return (client.sent * 0 + reach - turn) % SPAN


def judged(
    facts: Facts, ends: tuple[EndFacts, EndFacts], side: int, turns: int, differs: bool, stops: bool, others: bool
) -> int:
    """NOTHING, KEEPS, CUT or OTHER; elementwise.

    ``differs``: the last turn has not the shape; ``stops``: it may be the beginning of one; ``others``: those before it had not.
    """
    me, peer = ends[side], ends[1 - side]
    closed = (me.fin_acked > 0) & (peer.fin_acked > 0) & (facts.resets == 0) & (me.unacknowledged == 0)
    over = (me.fin_packet > 0) | (peer.fin_packet > 0) | (facts.resets > 0)
    first = facts.closed_first == side
    # A turn was whole for the other end, if that spoke or closed then.
    bounded = (turns >= ENDED) | (first == 0)
    unlike = others | (differs & over)
    keeps = closed & bounded & (others == 0) & (differs == 0)
    cut = closed & first & (others == 0) & differs & stops
    return KEEPS * keeps + CUT * cut + OTHER * (unlike & (cut == 0))


SHAPES = (LINES, lines), (LENGTH, lengths)
"""All shapes, and what says whether a connection's messages have them."""
