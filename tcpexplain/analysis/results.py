"""What the machine found, connection by connection: facts of all, steps and RSTs of those whose events are wanted."""

from __future__ import annotations

from copy import copy
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from tcpexplain.analysis.conclude import conclude, conclude_all
from tcpexplain.analysis.condense import condense, condense_all
from tcpexplain.analysis.found import FactColumns
from tcpexplain.analysis.memory import copied, objects, tuples
from tcpexplain.analysis.pieces import Places, gathered, places
from tcpexplain.analysis.telling import FILES, TELLING, sign_of_life, telling, tells
from tcpexplain.machine.coalesced import CoalescedEnd
from tcpexplain.machine.endpoint import Endpoint
from tcpexplain.machine.facts import EndFacts, Facts
from tcpexplain.machine.step import Book, ResetRow, Rows, StepRow
from tcpexplain.machine.workspace import SCAN, Workspace
from tcpexplain.vantage.inferred import most
from tcpexplain.vantage.sighting import Sighting
from tcpexplain.wire.segment import Segment

if TYPE_CHECKING:
    from tcpexplain.analysis.memory import Arrays, Plain
    from tcpexplain.hot.array import Array, Column, Integers, RecordArray, Records
    from tcpexplain.tracking.entry import Entry
    from tcpexplain.tracking.tracked import Tracked

STEPS, RESETS = 1 << 18, 1 << 14
"""Steps and RSTs in one piece of the native mode's."""
FULL = 8
"""What part of a piece must be in use for it to be kept as it is; what is less is copied."""
TABLES = (StepRow, ResetRow, Segment)
OWNERS = ("row", "row", "next")
"""The fields of them that say to which connection a record belongs."""


STEP = attrgetter(*(name for name, _ in StepRow.FIELDS))
"""A step of plain mode as a tuple."""


class PlainResults:
    """Objects by stream number."""

    def __init__(self, memory: Plain, *, events: bool, forced: int) -> None:
        self.memory = memory
        self.events, self.forced = events, forced
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.facts: list[Any] = []
        self.clients: list[Any] = []
        self.servers: list[Any] = []
        self.steps: dict[int, list[Any]] = {}
        self.resets: dict[int, list[Any]] = {}
        self.telling: dict[int, list[Any]] = {}
        self.held: list[Any] = []
        """Endpoints of connections that have been condensed, the lower and the higher by turns."""

    def keep_telling(self, due: Column, count: int, rows: Records, pool: Records) -> None:
        """Keep the segments that causes speak of, of connections that are about to leave memory."""
        for index in due[:count]:
            facts, slot, room = self.facts[index], rows[index].first, TELLING - 2
            alive = sign_of_life(rows[index], pool, facts)
            kept, files = [], set()
            while slot >= 0:
                one = pool[slot]
                ends = slot in (rows[index].first, alive) or one.next < 0
                if ends or (room > 0 and (tells(one, facts) or one.file % FILES not in files)):
                    kept.append(copy(one))
                    files.add(one.file % FILES)
                    room -= 1
                slot = one.next
            self.telling.setdefault(index, []).extend(kept)

    def telling_of(self, stream: int) -> list[Segment]:
        """What is left of the segments of a connection that has left memory."""
        return self.telling.get(stream, [])

    def conclude(self, due: Column, count: int, tracked: Tracked, end: int, *, tell: bool) -> None:
        """Take connections through the machine; ``end``: time of the capture's last packet, ``tell``: keep the segments that causes speak of."""
        self.make_places(len(tracked.rows))
        for index in due[:count]:
            steps, resets = Rows(StepRow), Rows(ResetRow)
            facts, work = self.before(
                index, tracked.rows[index], Book(steps, resets, [0, 0], int(self.events), self.forced)
            )
            conclude(index, tracked, facts, work, 0, end)
            self.put(index, facts, work.tells)
            if self.events:
                self.steps[index] = list(steps)
            self.resets[index] = list(resets)
        if tell:
            self.keep_telling(due, count, tracked.rows, tracked.pool)

    def before(self, index: int, row: Entry, book: Book) -> tuple[Facts, Workspace]:
        """Of a connection: facts so far, and what it is worked on with; what is held of it are its two endpoints."""
        n = row.kept
        room = n + most(n)
        facts, tells, held = Facts(), [EndFacts(), EndFacts()], [Endpoint(), Endpoint()]
        ends: list[Any] = [Endpoint(), Endpoint()]
        if row.held:
            facts, both = copy(self.facts[index]), [copy(self.clients[index]), copy(self.servers[index])]
            tells = both if facts.client == 0 else both[::-1]
            held = [copy(end) for end in self.held[2 * row.held - 2 : 2 * row.held]]
        return facts, Workspace(
            [0] * room, [0] * room, [0] * room, [0, 0], [0] * SCAN, [CoalescedEnd(), CoalescedEnd()],
            [Sighting(), Sighting()], ends, tells, held, book,
        )  # fmt: skip

    def put(self, index: int, facts: Facts, tells: Array[EndFacts]) -> None:
        """Keep what was found of a connection."""
        self.facts[index] = facts
        self.clients[index], self.servers[index] = tells[facts.client], tells[1 - facts.client]

    def make_places(self, count: int) -> None:
        """Have places for so many connections."""
        more = [None] * (count - len(self.facts))
        for column in (self.facts, self.clients, self.servers):
            column.extend(more)

    def condense(self, due: Column, count: int, tracked: Tracked, *, tell: bool) -> int:
        """Free the segments of open connections as far as they are settled; how many. ``tell``: keep those that causes speak of."""
        self.make_places(len(tracked.rows))
        freed = 0
        for index in due[:count]:
            row = tracked.rows[index]
            facts, work = self.before(index, row, Book(Rows(StepRow), Rows(ResetRow), [0, 0], 0, self.forced))
            gone = condense(index, tracked, facts, work, 0)
            if gone:
                row.held = row.held or len(self.held) // 2 + 1
                self.held[2 * row.held - 2 : 2 * row.held] = list(work.ends)  # type: ignore[call-overload]
                self.put(index, facts, work.tells)
                freed += gone
                if tell:
                    kept: Any = work.after[: telling(row, work.order, gone, tracked.pool, facts, work.after)]
                    self.telling.setdefault(index, []).extend(copy(tracked.pool[slot]) for slot in kept)
        return freed

    def outlast(self, end: int, count: int) -> None:
        """Set ``left``, ns from a connection's last packet to the end of the capture, for the first ``count``."""
        for facts in filter(None, self.facts[:count]):
            facts.left = end - facts.start - facts.duration

    def drop(self, stream: int) -> None:
        """Keep nothing of a connection."""
        if stream < len(self.facts):
            self.facts[stream] = self.clients[stream] = self.servers[stream] = None
        for table in (self.steps, self.resets, self.telling):
            table.pop(stream, None)

    def taken(self, memory: Arrays, *, events: bool) -> ArrayResults:
        """The same in columns; ``events``: go on keeping steps."""
        results = ArrayResults(memory, events=events, forced=self.forced)
        blank, blanks = Facts(), EndFacts()
        results.facts = memory.taken([one or blank for one in self.facts], Facts)
        results.clients = memory.taken([one or blanks for one in self.clients], EndFacts)
        results.servers = memory.taken([one or blanks for one in self.servers], EndFacts)
        results.held, results.used = memory.taken(self.held, Endpoint), memory.column([len(self.held) // 2, 0])
        for kind, (rows, table) in enumerate(((StepRow, self.steps), (ResetRow, self.resets))):
            every = [one for rows_of_one in table.values() for one in rows_of_one]
            if every:
                results.pieces[kind].append(memory.taken(every, rows))
        for stream, segments in self.telling.items():
            for one in segments:
                one.next = stream
        if self.telling:
            results.pieces[2].append(
                memory.taken([one for segments in self.telling.values() for one in segments], Segment)
            )
        return results

    def of(self, stream: int) -> tuple[Facts, EndFacts, EndFacts]:
        """Facts, the client's, the server's."""
        return self.facts[stream], self.clients[stream], self.servers[stream]

    def steps_of(self, stream: int) -> list[tuple[int, ...]]:
        """The steps of a connection, as tuples."""
        return [STEP(step) for step in self.steps.get(stream, [])]

    def resets_of(self, stream: int) -> list[ResetRow]:
        """The RSTs of a connection."""
        return self.resets.get(stream, [])


class FewResults(PlainResults):
    """Objects of a few connections, whatever their numbers are."""

    def forget(self) -> None:
        """Begin anew."""
        super().forget()
        self.facts, self.clients, self.servers = cast("Any", ({}, {}, {}))

    def make_places(self, count: int) -> None:
        """There is no need for any."""


class ArrayResults:
    """FactColumns by stream number; steps and RSTs in pieces, put in order when they are first asked for."""

    def __init__(self, memory: Arrays, *, events: bool, forced: int) -> None:
        self.memory = memory
        self.events, self.forced = events, forced
        self.facts = memory.records(Facts, 0)
        self.clients = memory.records(EndFacts, 0)
        self.servers = memory.records(EndFacts, 0)
        self.blank, self.blanks = memory.records(Facts, 1), memory.records(EndFacts, 1)
        self.held, self.used = memory.records(Endpoint, 0), memory.integers(2)
        """Endpoints of connections that have been condensed; how many connections they are, and how many segments wait to be put away."""
        self.pieces: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
        self.placed: list[Places | None] = [None, None, None]
        self.make_room(1024)

    def make_room(self, n: int) -> None:
        """Scratch for connections of ``n`` segments."""
        memory, integers = self.memory, self.memory.integers
        steps, resets = memory.records(StepRow, max(STEPS, 8 * n)), memory.records(ResetRow, max(RESETS, n))
        self.work = Workspace(
            integers(n), integers(n), integers(n), integers(2), integers(SCAN), memory.records(CoalescedEnd, 2),
            memory.records(Sighting, 2), memory.records(Endpoint, 2), memory.records(EndFacts, 2), self.held,
            Book(steps, resets, integers(2), int(self.events), self.forced),
        )  # fmt: skip

    @property
    def columns(self) -> FactColumns:
        """Where what is found goes."""
        return FactColumns(self.facts, self.clients, self.servers, self.blank, self.blanks)

    def conclude(self, due: Column, count: int, tracked: Tracked, end: int, *, tell: bool) -> None:
        """Take connections through the machine; ``end``: time of the capture's last packet, ``tell``: keep the segments that causes speak of."""
        self.make_places(len(tracked.rows))
        kept, used, at = self.memory.records(Segment, STEPS if tell else 0), self.memory.integers(1), 0
        while True:
            work = self.work._replace(held=self.held)
            at = self.memory.hot(conclude_all)(due, at, count, tracked, self.columns, work, kept, used, end)
            self.put_away()
            self.keep(kept, used)
            if at >= count:
                return
            needed = int(tracked.rows[due[at]].kept)
            if needed + most(needed) > len(self.work.order):
                self.make_room(2 * (needed + most(needed)))

    def condense(self, due: Column, count: int, tracked: Tracked, *, tell: bool) -> int:
        """Free the segments of open connections as far as they are settled; how many. ``tell``: keep those that causes speak of."""
        self.make_places(len(tracked.rows))
        rows: Any = tracked.rows
        longest = int(rows["kept"][due[:count]].max(initial=0))
        if longest > len(self.work.order):
            self.make_room(2 * longest)
        self.held = self.memory.grown(self.held, Endpoint, 2 * (int(self.used[0]) + count))
        kept = self.memory.records(Segment, count * TELLING if tell else 0)
        # The steps of what goes would have no room.
        work = self.work._replace(held=self.held, book=self.work.book._replace(whole=0))
        freed: int = self.memory.hot(condense_all)(due, count, tracked, self.columns, work, self.used, kept)
        self.keep(kept, self.used[1:])
        return freed

    def make_places(self, count: int) -> None:
        """Have places for so many connections."""
        self.facts = self.memory.grown(self.facts, Facts, count)
        self.clients = self.memory.grown(self.clients, EndFacts, count)
        self.servers = self.memory.grown(self.servers, EndFacts, count)

    def outlast(self, end: int, count: int) -> None:
        """Set ``left``, ns from a connection's last packet to the end of the capture, for the first ``count``."""
        outlasted(self.facts[:count], end)

    def forget(self) -> None:
        """Begin anew."""
        for kind, pieces in enumerate(self.pieces):
            pieces.clear()
            self.placed[kind] = None
        # New ones cost nothing until they are written to; to make the old ones longer would copy them.
        self.facts = self.memory.records(Facts, 0)
        self.clients, self.servers = self.memory.records(EndFacts, 0), self.memory.records(EndFacts, 0)

    def put_away(self) -> None:
        """Keep what the book holds, and empty it; or go on in a new one, which takes no memory until it is written to."""
        for kind, name in enumerate(("steps", "resets")):
            book: Any = self.work.book
            table, used = getattr(book, name), int(book.used[kind])
            if used > len(table) // FULL:
                self.pieces[kind].append(table[:used])
                self.work = self.work._replace(
                    book=book._replace(**{name: self.memory.records(TABLES[kind], len(table))})
                )
            elif used:
                self.pieces[kind].append(copied(table[:used]))
            if used:
                self.placed[kind] = None
        self.work.book.used[0] = self.work.book.used[1] = 0

    def keep(self, segments: RecordArray, used: Integers) -> None:
        """Keep the first ``used[0]`` segments, and begin anew."""
        if used[0]:
            self.pieces[2].append(copied(segments[: int(used[0])]))
            self.placed[2], used[0] = None, 0

    def telling_of(self, stream: int) -> list[Segment]:
        """What is left of the segments of a connection that has left memory."""
        return self.rows_of(2, stream)

    def places(self, kind: int) -> Places:
        """Where the steps (0), RSTs (1) or kept segments (2) of each connection are."""
        found: Places | None = self.placed[kind]
        if found is None:
            found = self.placed[kind] = places(self.memory.np, self.pieces[kind], OWNERS[kind], len(self.facts))
        return found

    def table(self, kind: int) -> Any:
        """All steps (0), RSTs (1) or segments kept (2), those of a connection together."""
        self.places(kind)
        pieces = self.pieces[kind]
        return self.memory.chained(pieces, TABLES[kind])

    def gathered(self, kind: int, streams: Integers) -> tuple[Any, Any]:
        """The steps, RSTs or kept segments of some connections, one after the other, and how many each has."""
        where = self.places(kind)
        return gathered(self.memory.np, self.pieces[kind], where, streams, self.memory.records(TABLES[kind], 0))

    def of(self, stream: int) -> tuple[Facts, EndFacts, EndFacts]:
        """Facts, the client's, the server's."""
        part = slice(stream, stream + 1)
        return (
            objects(self.facts[part], Facts)[0],
            objects(self.clients[part], EndFacts)[0],
            objects(self.servers[part], EndFacts)[0],
        )

    def records_of(self, kind: int, stream: int) -> Any:
        """The steps, RSTs or kept segments of a connection, as they are."""
        where = self.places(kind)
        if not self.pieces[kind]:
            return self.memory.records(TABLES[kind], 0)
        return self.pieces[kind][where.piece[stream]][where.start[stream] : where.end[stream]]

    def rows_of(self, kind: int, stream: int) -> list[Any]:
        """The RSTs or kept segments of a connection."""
        return objects(self.records_of(kind, stream), TABLES[kind])

    def steps_of(self, stream: int) -> list[tuple[int, ...]]:
        """The steps of a connection, as tuples."""
        return tuples(self.records_of(0, stream))

    def resets_of(self, stream: int) -> list[ResetRow]:
        """The RSTs of a connection."""
        return self.rows_of(1, stream)


def hand_over(given: Any, taker: Any, stream: int) -> None:
    """What some results say of the segments of a connection that are gone, for others to go on from."""
    taker.make_places(stream + 1)
    taker.facts[stream], taker.held = given.facts[stream], given.held
    taker.clients[stream], taker.servers[stream] = given.clients[stream], given.servers[stream]


def outlasted(facts: RecordArray, end: int) -> None:
    """Set ``left`` in columns of facts."""
    facts["left"] = end - facts["start"] - facts["duration"]
