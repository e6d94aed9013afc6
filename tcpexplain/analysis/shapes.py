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

from tcpexplain.hot.columns import as_array, column, endpoints, put, worth_arrays
from tcpexplain.tracking.talk import is_open
from tcpexplain.tracking.turns import ENDED, HEADS, LINE, NO_LINES, SIZES, SPEAKS, TEXT, VEILED
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.analysis.neighbourhood import EndColumns, Neighbourhood
    from tcpexplain.hot.array import Integers
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
        for shape, server in groups(tables, count, side):
            for place, told, alike in cut_in(server, shape):
                for name, value in zip(FIELDS, values_of(shape, side, told, alike), strict=True):
                    put(results.facts, name, {place: value})


def values_of(shape: int, side: int, told: Shaped, alike: int) -> tuple[int, ...]:
    """What is written of a connection that was cut, in the order of ``FIELDS``."""
    return shape, side, alike, told.size if shape == LENGTH else 0, told.came


FIELDS = ("shape", "shape_by", "shape_alike", "shape_bytes", "shape_came")


class ShapedServer(NamedTuple):
    """What the connections of a server say of a shape: how many say what, and which of them were cut."""

    cut: Group
    counts: list[int]
    """By verdict."""
    kinds: set[tuple[int, int]]
    """The sizes and heads of those that keep it or were cut: of more than two kinds two."""

    def add(self, place: int, told: Shaped) -> None:
        """One more connection."""
        self.counts[told.verdict] += 1
        if told.verdict == CUT:
            self.cut.append((place, told))
        if told.verdict in (CUT, KEEPS) and len(self.kinds) < 2:
            self.kinds.add((told.size, told.head))


def all_said(group: Iterable[tuple[int, Shaped]]) -> ShapedServer:
    """What some connections of a server say."""
    found = ShapedServer([], [0, 0, 0, 0], set())
    for place, told in group:
        found.add(place, told)
    return found


def cut_in(server: ShapedServer, shape: int) -> Iterator[tuple[int, Shaped, int]]:
    """Of the connections of one server: those whose last message was cut, and how many others show that.

    Where the shape is a length, all of them have to have the same.
    """
    if not is_shown(server.counts[KEEPS], server.counts[CUT], server.counts[OTHER]):
        return
    if shape == LENGTH and len(server.kinds) > 1:
        return
    for place, told in server.cut:
        yield place, told, server.counts[KEEPS]


def is_shown(keep: int, cut: int, other: int) -> bool:
    """Whether so many connections show a shape, of which some were cut; elementwise."""
    return (other == 0) & (keep >= NEEDED) & (cut > 0) & ((cut == 1) | (cut * SHARE <= keep))


def in_lists(tables: Tables, count: int, side: int) -> Iterator[tuple[int, ShapedServer]]:
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
                yield shape, all_said((place, told[place]) for _, place in group)


def in_columns(tables: Tables, count: int, side: int) -> Iterator[tuple[int, ShapedServer]]:
    """The same of very many: first what each server's say is counted, then those are looked for of which one was cut."""
    from tcpexplain.analysis.neighbourhood import SERVER, Neighbourhood
    from tcpexplain.analysis.tallies import Tally

    table = Neighbourhood(*(as_array(one[:count]) for one in tables))
    tallies = [Tally() for _ in SHAPES]
    for _, some in table.each():
        spoke = says(speaks, some, side)
        for (_, of), tally in zip(SHAPES, tallies, strict=True) if spoke.any() else ():
            verdict = says(of, some, side).verdict
            tally.add([one[spoke & (verdict != NOTHING)] for one in (*some.of(SERVER), verdict)])
    for (shape, of), tally in zip(SHAPES, tallies, strict=True):
        rows, counts = tally.result()
        servers = with_a_cut(rows, counts) if len(counts) else []
        if servers and len(servers[0]):
            yield from ((shape, one) for one in shaped_servers(table, of, side, servers))


def says(said: Callable[..., Any], some: EndColumns, side: int) -> Any:
    """What is said of columns."""
    return said(some.rows, some.facts, some.clients, some.servers, side)


def with_a_cut(rows: Sequence[Integers], counts: Integers) -> list[Integers]:
    """The servers of which one connection was cut, as the others show: of rows of server and verdict, and how often each came."""
    import numpy as np

    from tcpexplain.analysis.tallies import Tally, place_among

    servers = Tally()
    servers.add(rows[:-1])
    known = servers.result()[0]
    at = place_among(rows[:-1], known)
    often: list[Any] = [np.bincount(at, counts * (rows[-1] == one), len(known[0])) for one in (KEEPS, CUT, OTHER)]
    shown: Any = is_shown(often[0], often[1], often[2])
    return [one[shown] for one in known]


def shaped_servers(
    table: Neighbourhood, of: Callable[..., Any], side: int, servers: Sequence[Integers]
) -> list[ShapedServer]:
    """What the connections of each of some servers say; those that were cut one by one."""
    from tcpexplain.analysis.neighbourhood import SERVER
    from tcpexplain.analysis.tallies import place_among

    found = [all_said(()) for _ in servers[0]]
    for piece, some in table.each():
        spoke = says(speaks, some, side)
        at = place_among(some.of(SERVER), servers)
        these = (spoke & (at >= 0)).nonzero()[0]
        told = [one[these].tolist() for one in says(of, some, side)]
        for server, place, *fields in zip(at[these].tolist(), (these + piece.start).tolist(), *told, strict=True):
            found[server].add(place, Shaped(*fields))
    return found


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
