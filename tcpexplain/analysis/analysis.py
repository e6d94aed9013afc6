"""Segments in, connections out: the stages one after the other."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis import neighbours, siblings
from tcpexplain.analysis.ended import Ended
from tcpexplain.analysis.memory import Arrays, Plain, objects
from tcpexplain.analysis.results import ArrayResults, FewResults, PlainResults, hand_over
from tcpexplain.analysis.sequenced import SEQUENCED, occupies_sequence_space, sequenced
from tcpexplain.analysis.shortened import Shortened, joined
from tcpexplain.analysis.shown import FIRST, MOST, chosen, is_telling, telling_steps
from tcpexplain.analysis.systems import NOTHING_FORCED, Systems
from tcpexplain.hot.columns import Apart
from tcpexplain.hot.mapped import let_go
from tcpexplain.machine.coalesced import CoalescedEnd, Stretch
from tcpexplain.tracking.coalescing import fold_kept, link_spare
from tcpexplain.tracking.ended import finished, long_ones, release, slots_of, to_be_held, unfinished
from tcpexplain.tracking.entry import CONCLUDED, REPLACED, Counters, Entry
from tcpexplain.tracking.intake import BATCH, take
from tcpexplain.tracking.sought import FLAGS, SPARSE, flag, flagged
from tcpexplain.tracking.table import leave_chain, link_free, link_table, place_of
from tcpexplain.tracking.tracked import Decoded, Tracked
from tcpexplain.vantage.hidden import HIDDEN_DROPS
from tcpexplain.vantage.inferred import ROOM
from tcpexplain.wire.segment import FIN, SYN, Key, Segment
from tcpexplain.wire.skipped import SKIP_REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tcpexplain.hot.array import Column
    from tcpexplain.machine.facts import Facts
    from tcpexplain.model.links import Link
    from tcpexplain.model.points import United
    from tcpexplain.model.said import Said
    from tcpexplain.wire.frames import Frames

ROWS = 64
"""Connections that there is room for at first."""
LONG = 256
"""Segments of an open connection from which on what is settled of it is let go, when there is no more room."""
BUDGET = 1 << 18
"""Segments that are kept of connections that have closed; more only of those that are open."""
FOLDED = 1 << 16
"""Segments from which on what is expected joins a stretch, where it can be read again. Shorter captures stay as they are."""
STRETCHES = 64
"""Stretches that there is room for at first."""
QUIET = tuple(seconds * 1_000_000_000 for seconds in (60, 15, 4, 1))
"""Nanoseconds without a packet after which a connection that has closed is let go, when there is no more room: what comes
later is counted. Captures within the budget let nothing go."""


FORGOTTEN = Entry()
"""Stands for all connections that nobody will ask for."""
FORGOTTEN.first = FORGOTTEN.last = -1
FORGOTTEN.known = CONCLUDED | REPLACED


class Analysis:
    """Segments in, connections out: what a file, a pipe and the live interface have in common.

    Parameters
    ----------
    systems
        What the ends are taken for: it decides what becomes of them, and whose calls are predicted.
    events
        Whether connections have their events.
    every
        Whether all of them will be asked for: what that takes is kept, however large the capture. Of a small one all is kept anyway.
    tell
        Keep the segments that a cause may cite as evidence when a connection is evicted. Without them the verdicts are the
        same, and the packets are found by reading again.
    chosen
        Flags by the hash of a 4-tuple, cut to their number, which is a power of two: the segments of no other connection are taken. All
        of them if it is empty. What is taken stays in memory.
    memory
        Where to work; objects in lists if it is None.
    hold
        Segments at most that stay in memory, whatever becomes of their connections, because messages will be read of them.
    """

    IN_PARTS = False
    """Whether others work for it (``in_parts.py``)."""

    def __init__(
        self,
        *,
        systems: Systems = NOTHING_FORCED,
        events: bool = True,
        every: bool = False,
        tell: bool = True,
        chosen: Sequence[int] = (),
        memory: Plain | Arrays | None = None,
        hold: int = 0,
    ) -> None:
        self.systems = systems
        self.events = events
        self.every = every
        self.tell = every or tell
        self.chosen: Any = chosen
        self.hold = hold
        self.again: Any = None
        self.words: Mapping[int, Said] = {}
        """What the messages of connections say, by stream number, as far as they were read."""
        self.heard = False
        """Whether those of all have been read by whoever followed them."""
        self.aside: Any = None
        """Segments of connections whose messages will be read, where all others have left memory (``parallel.aside.SetAside``)."""
        self.tap: Any = None
        """Reads messages as the frames come, where they cannot be read again (``reading.tap.MessageTap``)."""
        self.files: tuple[str, ...] = ()
        """What the captures are called in short, if they are several; see ``evidence.places``."""
        self.united: Mapping[int, United] = {}
        """What is known of connections that were seen at several points, by their packets."""
        self.united_streams: Mapping[int, United] = {}
        """The same by stream number."""
        self.linked: Mapping[int, tuple[Link, ...]] = {}
        """The connections on the other side of a proxy, by stream number."""
        self.packets = self.start = self.end = 0
        self.unfinished = False
        """Whether connections are concluded only when one of them is asked for."""
        self.lossy = False
        """Whether the capturing system has dropped packets so far, as is known while it still captures."""
        self.shortened = Shortened(self)
        self.begin_in(memory or Plain())

    def begin_in(self, memory: Plain | Arrays) -> None:
        """Work there; nothing has been fed yet."""
        self.memory: Any = memory
        self.chosen = memory.column(list(self.chosen))
        self.results: Any = (
            ArrayResults(memory, events=self.every and self.events, forced=self.systems.forced)
            if isinstance(memory, Arrays)
            else PlainResults(memory, events=self.every and self.events, forced=self.systems.forced)
        )
        self.pool = self.memory.records(Segment, 0)
        self.rows = self.memory.records(Entry, 0)
        self.make_scratch()
        self.desks = self.memory.records(Counters, 1)
        self.desks[0].free = self.desks[0].spare = -1
        self.desks[0].may_hold = self.hold
        self.stretches, self.sides = self.memory.records(Stretch, 0), self.memory.records(CoalescedEnd, 0)
        self.table = self.memory.integers(1, -1)
        self.counts: Any = self.memory.integers(len(SKIP_REASONS))

    def make_scratch(self) -> None:
        """What ``take`` works with."""
        memory, batch = self.memory, self.memory.batch
        self.decoded = Decoded(memory.integers(2 * batch), memory.integers(batch), memory.records(Key, batch))
        self.flows = memory.flows(every=not len(self.chosen))

    @property
    def tracked(self) -> Tracked:
        """All that is known of the connections."""
        return Tracked(self.pool, self.stretches, self.sides, self.rows, self.table, self.desks, self.chosen)

    @property
    def desk(self) -> Any:
        """The loop's counters: free slots, spare stretches, rows, segments (see ``tracking.entry.Counters``)."""
        return self.desks[0]

    def rest(self) -> None:
        """Let the tables that lie in files leave memory until they are looked at again."""
        let_go(self.rows, self.results.facts, self.results.clients, self.results.servers)

    @property
    def segments(self) -> int:
        """TCP segments, and ICMP errors about one."""
        return int(self.desk.segments)

    @property
    def streams(self) -> int:
        """Connections so far."""
        return int(self.desk.rows)

    @property
    def skipped(self) -> Counter[str]:
        """Packets that are neither, by what they are instead."""
        return Counter({reason: int(count) for reason, count in zip(SKIP_REASONS, self.counts, strict=True) if count})

    def feed(self, frames: Frames, file: int = 0) -> None:
        """Take a batch of frames."""
        count = frames.count
        if not count:
            return
        if self.tap:
            self.tap.feed(frames, file)
        first, last = self.memory.extent(frames.time, count)
        self.start, self.end = min(self.start or first, first), max(self.end or last, last)
        self.packets += count
        # In the midst of a batch it never comes to an end: analyses that share one need not ask each other.
        self.desk.holds = int(self.desk.may_hold >= count)
        if not self.folding and self.segments >= max(FOLDED, self.memory.worth_folding * self.streams):
            self.begin_folding()
        self.take(frames, 0, count, file)

    def take(self, frames: Frames, at: int, count: int, file: int) -> None:
        """Take the frames ``at`` to ``count`` of a batch."""
        while True:
            at = self.memory.hot(take)(
                frames.batch, at, count, file, self.decoded, self.tracked, self.counts, self.flows
            )
            if at >= count:
                return
            self.make_room(count - at)

    def make_room(self, frames: int) -> None:
        """Free slots of connections that have ended, or add some; likewise stretches and rows."""
        desk = self.desk
        if self.folding and desk.spares < BATCH:
            self.add_stretches()
        if len(self.rows) - desk.rows < BATCH:
            self.add_rows()
        if desk.free < 0:
            self.find_slots(frames)

    def find_slots(self, frames: int) -> None:
        """Free slots, or add some for so many frames."""
        if not self.find_room() and not self.shorten():
            self.add_slots(max(min(frames, BUDGET), self.room))

    def add_slots(self, count: int) -> None:
        """Make room for so many segments more."""
        size = self.room
        self.pool = self.memory.grown(self.pool, Segment, size + count + ROOM)
        self.memory.hot(link_free)(self.pool, size, self.desks)

    @property
    def folding(self) -> bool:
        """Whether what is expected joins stretches."""
        return len(self.stretches) > 0

    def add_rows(self) -> None:
        """Make room for more connections, and a larger table for them if need be."""
        size = len(self.rows)
        self.rows = self.memory.grown(
            self.rows, Entry, min(max(self.memory.growth * size, ROWS), size + self.memory.most)
        )
        places = 1 << (2 * len(self.rows) - 1).bit_length()
        if places > len(self.table):
            self.table = self.memory.integers(places, -1)
            self.desk.mask = places - 1
            self.memory.hot(link_table)(self.rows, self.table, self.desks)

    def find_room(self) -> bool:
        """Free a quarter of the slots, if so many can be spared: once folding has begun, of open connections; from ``BUDGET`` on, of those that have closed.

        Where folding has not been worth its time, it is now.
        """
        if len(self.chosen):
            return False
        enough = self.room >= BUDGET
        needed = max(self.room // 4, 1)
        freed = self.condense() if enough or self.folding else 0
        if enough and freed < needed:
            freed += self.let_go()
        return freed >= needed or (enough and self.begin_folding())

    @property
    def room(self) -> int:
        """Slots for captured segments."""
        return max(len(self.pool) - ROOM, 0)

    @property
    def readable(self) -> bool:
        """Whether what leaves memory can be read again."""
        return not self.tell and not len(self.chosen)

    def begin_folding(self) -> bool:
        """Fold what is there, and what comes, unless that has begun or may not be; whether it has freed a slot."""
        if self.folding or not self.readable:
            return False
        at = 0
        while at < self.streams or not len(self.stretches):
            self.add_stretches()
            at = self.memory.hot(fold_kept)(self.rows, at, self.pool, self.stretches, self.sides, self.desks)
        return bool(self.desk.free >= 0)

    def add_stretches(self) -> None:
        """Make room for more stretches."""
        size = len(self.stretches)
        count = max(self.memory.growth * size, STRETCHES)
        self.stretches = self.memory.grown(self.stretches, Stretch, count)
        self.sides = self.memory.grown(self.sides, CoalescedEnd, 2 * count)
        self.memory.hot(link_spare)(self.stretches, size, self.desks)

    def let_go(self) -> int:
        """Conclude connections that have closed, those quiet for longest first; the number of slots that this frees."""
        freed = 0
        for quiet in QUIET:
            freed += self.let_go_since(self.end - quiet)
            if freed >= self.room // 4:
                break
        return freed

    def let_go_since(self, before: int) -> int:
        """Conclude connections that have closed and been quiet since ``before`` (ns), and let go of them; the number of slots that this frees."""
        due = self.conclude_closed(before)
        return self.release(due, hold=self.to_be_held(due) <= self.desk.may_hold)

    def conclude_closed(self, before: int) -> Any:
        """Conclude connections that have closed and been quiet since ``before`` (ns); which."""
        due = self.memory.integers(self.streams)
        count = self.memory.hot(finished)(self.rows, self.desks, before, due)
        if count:
            self.results.conclude(due, count, self.tracked, self.end, tell=self.tell)
        return due[:count]

    def to_be_held(self, due: Column) -> int:
        """How many segments of these connections had better stay, as their messages are to be read."""
        return int(self.memory.hot(to_be_held)(due, len(due), self.rows, *self.found)) if len(due) else 0

    @property
    def found(self) -> tuple[Any, Any, Any]:
        """Facts of all connections, of their clients, of their servers."""
        return self.results.facts, self.results.clients, self.results.servers

    def release(self, due: Column, hold: bool) -> int:
        """Let go of the segments of concluded connections, with ``hold`` but for those that are to be read; how many went.

        Where not all of these may stay, none of them does: the file is then read again anyway.
        """
        before = self.desk.vacant
        if len(due):
            self.memory.hot(release)(
                due, len(due), self.rows, *self.found, self.pool, self.stretches, self.desks, int(hold)
            )
        return int(self.desk.vacant - before)

    def condense(self) -> int:
        """Free what is settled of long connections that are still open; the number of slots. Not where all of it will be asked for."""
        if self.every or len(self.chosen):
            return 0
        due = self.memory.integers(self.streams)
        count = self.memory.hot(long_ones)(self.rows, self.desks, LONG, due)
        freed: int = self.results.condense(due, count, self.tracked, tell=self.tell)
        return freed

    def shorten(self) -> int:
        """Free what connections keep beyond their share; the number of slots. Of the beginning of those that will be shown there are copies then."""
        return self.shortened.shorten()

    def forget(self, stream: int) -> None:
        """Let go of a connection that nobody will ask for; what comes later on its 4-tuple begins another. Of lists only."""
        row = self.rows[stream]
        self.release([stream], hold=False)
        if not row.known & REPLACED:
            if self.tap:
                self.tap.forget(self.key(stream))
            leave_chain(stream, place_of(row, self.desk.mask), self.rows, self.table)
        self.shortened.heads.pop(stream, None)
        self.rows[stream] = FORGOTTEN
        self.flows = self.memory.flows(every=not len(self.chosen))
        self.results.drop(stream)

    def finish(self) -> None:
        """Conclude the connections that are left, whose segments stay, and compare all with their neighbours."""
        self.unfinished = False
        self.conclude_rest()
        neighbours.note(self.rows, self.results.facts, self.results.clients, self.results.servers, self.streams)
        siblings.note(self.rows, self.results.facts, self.results.clients, self.results.servers, self.streams)

    def conclude_rest(self) -> None:
        """Conclude the connections that are left."""
        self.shorten()
        due = self.memory.integers(self.streams)
        count = self.memory.hot(unfinished)(self.rows, self.desks, due)
        self.results.conclude(
            due, count, self.tracked, self.end, tell=self.every and self.memory.compiled,
        )  # fmt: skip
        self.results.outlast(self.end, self.streams)

    def on_flags(self, streams: Sequence[int]) -> tuple[Any, list[int]]:
        """Flags of the hashes of some connections (see ``chosen``), and all connections on these."""
        memory, count = self.memory, self.streams
        flags = memory.integers(max(FLAGS, 1 << (SPARSE * len(streams)).bit_length()))
        found = memory.integers(count)
        memory.hot(flag)(memory.column(list(streams)), self.rows, flags)
        number = memory.hot(flagged)(self.rows, count, flags, found)
        return flags, [int(stream) for stream in found[:number]]

    def key(self, stream: int) -> tuple[int, ...]:
        """The 4-tuple of a connection (``wire.segment.Key``)."""
        return tuple(self.memory.values(self.rows, stream)[: len(Key.FIELDS)])

    def segments_of(self, stream: int) -> list[Any]:
        """The segments of a connection, as far as they are kept."""
        if self.memory.compiled:
            return objects(self.records_of(stream), Segment)
        found, slot = [], self.rows[stream].first
        while slot >= 0:
            found.append(self.pool[slot])
            slot = self.pool[slot].next
        return found

    def records_of(self, stream: int) -> Any:
        """The same as records of an array, in native mode."""
        due, order = self.memory.column([stream]), self.memory.integers(int(self.rows["kept"][stream]))
        self.memory.hot(slots_of)(due, self.rows, self.pool, order)
        return self.memory.picked(self.pool, order)

    def sequenced_of(self, streams: Sequence[int]) -> Iterator[tuple[int, list[tuple[int, ...]]]]:
        """Of several connections: their segments that occupy sequence space, as ``SEQUENCED`` names their fields."""
        if not self.memory.compiled:
            for stream in streams:
                yield stream, [sequenced(one) for one in self.each_segment_of(stream) if occupies_sequence_space(one)]
            return
        np, due = self.memory.np, self.memory.column(list(streams))
        kept = self.rows["kept"][due]
        order = self.memory.integers(int(kept.sum()))
        self.memory.hot(slots_of)(due, self.rows, self.pool, order)
        says = (self.pool["length"][order] > 0) | (self.pool["flags"][order] & (SYN | FIN) > 0)
        says &= self.pool["icmp"][order] == 0
        counts = np.bincount(np.repeat(np.arange(len(due)), kept)[says], minlength=len(due)).tolist()
        every = zip(*(self.pool[name][order[says]].tolist() for name in SEQUENCED), strict=True)
        for stream, count in zip(streams, counts, strict=True):
            yield stream, list(islice(every, count))

    def each_segment_of(self, stream: int) -> Iterator[Segment]:
        """The segments of a connection one after the other, of which few are objects at a time."""
        if not self.memory.compiled:
            yield from self.segments_of(stream)
            return
        records = self.records_of(stream)
        for at in range(0, len(records), FIRST):
            yield from objects(records[at : at + FIRST], Segment)

    def shown_of(self, stream: int, facts: Facts) -> list[Segment]:
        """The segments of a connection that are made into objects: all, or of a very long one those that ``analysis.shown`` chooses."""
        if int(self.rows[stream].kept) <= MOST or not self.memory.compiled:
            segments = self.segments_of(stream)
            if len(segments) <= MOST:
                return segments
            telling = [place for place, one in enumerate(segments) if is_telling(one, facts)]
            return [segments[place] for place in chosen(len(segments), telling)]
        records = self.records_of(stream)
        columns: Any = Apart(records)
        some = self.memory.np.flatnonzero(is_telling(columns, facts))
        places = chosen(len(records), some.tolist())
        return objects(records[self.memory.column(places)], Segment)

    def left_of(self, stream: int) -> list[Any]:
        """What there is still of the segments of a connection of which some have left memory, if they cannot be read again."""
        left: list[Any] = self.results.telling_of(stream)
        return left + self.segments_of(stream) if self.tell else left

    def ended(self, stream: int, *, packets: bool = True) -> Ended:
        """One connection that has been concluded, with what is left of its packets, or only those its causes speak of, and steps."""
        if self.unfinished:
            self.finish()
        if not packets and self.memory.compiled:
            return self.told(stream, self.results.telling_of(stream), self.results, self.results.of(stream))
        found = self.results.of(stream)
        if stream in self.shortened.heads:
            return self.shortened.ended(stream, found)
        if self.rows[stream].first < 0 or self.rows[stream].gone:
            return self.told(stream, self.left_of(stream), self.results, found)
        if self.events and not self.results.events:
            whole = self.once(stream)
            for end, again in zip(found[1:], whole.of(stream)[1:], strict=True):
                end.condition = again.condition
            # What became of each segment, ``once`` has noted on those in the pool.
            return self.told(stream, self.shown_of(stream, found[0]), whole, found)
        return self.told(stream, self.shown_of(stream, found[0]), self.results, found)

    def told(
        self,
        stream: int,
        segments: list[Any],
        results: Any,
        found: tuple[Any, Any, Any],
        at: int | None = None,
        begun: Sequence[tuple[int, ...]] = (),
    ) -> Ended:
        """What ``results`` hold of a connection, as its stream number, or ``at``; ``begun`` are steps before those."""
        facts, client, server = found
        ends = (client, server) if facts.client == 0 else (server, client)
        place = stream if at is None else at
        steps = joined(begun, results.steps_of(place))
        happened = chosen(len(steps), telling_steps(steps) if len(steps) > MOST else ())
        return Ended(
            self.key(stream),
            stream,
            segments,
            facts,
            ends,
            [ends[0].iss, ends[1].iss],
            [steps[one] for one in happened] if len(happened) < len(steps) else steps,
            results.resets_of(place),
            self.united.get(int(segments[0].packet)) if self.united and segments else None,
            len(steps) - len(happened),
        )

    def once(self, stream: int) -> Any:
        """Steps and all of one connection."""
        if self.again is None or self.again.memory is not self.memory:
            self.again = (
                ArrayResults(self.memory, events=True, forced=self.systems.forced)
                if self.memory.compiled
                else FewResults(self.memory, events=True, forced=self.systems.forced)
            )
        results = self.again
        results.forget()
        if self.rows[stream].held:
            hand_over(self.results, results, stream)
        due = self.memory.column([stream])
        results.conclude(due, 1, self.tracked, self.end, tell=False)
        return results

    def has_all(self, stream: int) -> bool:
        """Whether the packets of a connection are still in memory."""
        row = self.rows[stream]
        return bool(row.first >= 0 and not row.gone and not row.late and not row.omitted)

    def ended_now(self, stream: int) -> Ended:
        """One connection as if the capture ended here; later packets may change the story."""
        results = self.results if self.rows[stream].known & CONCLUDED else self.once(stream)
        return self.told(stream, self.left_of(stream), results, self.doubted(results.of(stream)))

    def doubted(self, found: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        """What was found of a connection, as far as it can be known where packets were dropped."""
        if self.lossy:
            found[0].hidden |= HIDDEN_DROPS
        return found

    def move_to(self, memory: Arrays) -> None:
        """Go on in arrays."""
        if self.memory.compiled:
            return
        self.results = self.results.taken(memory, events=self.every and self.events)
        self.pool, self.rows = memory.taken(self.pool, Segment), memory.taken(self.rows, Entry)
        self.stretches, self.sides = memory.taken(self.stretches, Stretch), memory.taken(self.sides, CoalescedEnd)
        self.desks = memory.taken(self.desks, Counters)
        self.table, self.counts, self.chosen = (
            memory.column(self.table),
            memory.column(self.counts),
            memory.column(list(self.chosen)),
        )
        self.memory = memory
        self.make_scratch()
