"""The connections of an analysis, made into objects when they are asked for."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, overload

from tcpexplain import causes
from tcpexplain.analysis.systems import BY_CODE, predicted_of
from tcpexplain.diagnosis.assemble import connection, endpoints
from tcpexplain.diagnosis.ranking import Verdicts
from tcpexplain.hot.columns import column, distinct, listed, of_each, put, taken
from tcpexplain.hot.mapped import column_of
from tcpexplain.model.connections import Connections, Unpacked
from tcpexplain.model.said import SILENT
from tcpexplain.model.unread import UNREAD
from tcpexplain.model.wanted import SEVERITIES, plain
from tcpexplain.vantage.hidden import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.hot.array import Column
    from tcpexplain.model.connection import Address, Connection
    from tcpexplain.model.group import Group, HalfClosed
    from tcpexplain.model.kernel import KernelSaw
    from tcpexplain.model.wanted import Selection

KEPT = 4096
"""Objects that are kept, and connections that are read again at once."""


def tally(values: Any) -> Counter[int]:
    """How often each value of an array comes, the one first that comes first."""
    different = sorted(distinct(values).tolist(), key=lambda one: int((values == one).argmax()))
    return Counter({one: int((values == one).sum()) for one in different})


class Explained(Connections):
    """Connections of an analysis that has finished.

    Parameters
    ----------
    analysis
        What it found.
    streams
        The connections it is about.
    again
        Reads the captures again and keeps the segments of the streams that are flagged; None if they cannot be read twice.
    among
        The connections that these were chosen from by how they ended: what groups are compared with. Themselves if None.
    hear
        Reads the messages of connections of which they were not read; None if all were, or none is to be.
    beside
        Tells what the kernel did with a connection, where its account was kept.
    """

    def __init__(
        self,
        analysis: Analysis,
        streams: Sequence[int],
        again: Callable[[list[int]], Analysis] | None,
        among: Sequence[int] | None = None,
        hear: Callable[[Sequence[int]], None] | None = None,
        beside: Callable[[Connection], KernelSaw | None] | None = None,
    ) -> None:
        self.analysis = analysis
        self.streams = streams
        self.among = streams if among is None else among
        self.again = again
        self.hear = hear
        self.beside = beside
        self._made: dict[int, Connection] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled as objects, for a process that has neither the captures nor compiled code.
        return Unpacked, (tuple(self), self.groups(), self.half_closed())

    def __len__(self) -> int:
        return len(self.streams)

    @overload
    def __getitem__(self, index: int) -> Connection: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Connection, ...]: ...
    def __getitem__(self, index: int | slice) -> Connection | tuple[Connection, ...]:
        if isinstance(index, slice):
            return tuple(self.many(self.streams[index]))
        return next(self.many([self.streams[index]]))

    def __iter__(self) -> Iterator[Connection]:
        return self.many(self.streams)

    def many(self, streams: Sequence[int]) -> Iterator[Connection]:
        """Connections by their stream numbers."""
        for start in range(0, len(streams), KEPT):
            part = streams[start : start + KEPT]
            self.fetch([stream for stream in part if stream not in self._made])
            self.analysis.rest()
            yield from [self._made[stream] for stream in part]
            if len(streams) > KEPT:
                self._made.clear()

    def fetch(self, streams: Sequence[int]) -> None:
        """Make objects; what has left memory is read again."""
        gone = [stream for stream in streams if not self.analysis.has_all(stream)]
        source = self.analysis
        if gone and self.again:
            flags = [0] * (max(gone) + 1)
            for stream in gone:
                flags[stream] = 1
            source = self.again(flags)
        if self.hear:
            # Of what has just been brought back, it need not be brought back again.
            self.hear(streams)
        missing = set(gone)
        for stream in streams:
            self._made[stream] = self.make((source if stream in missing else self.analysis), stream)

    def make(self, source: Analysis, stream: int) -> Connection:
        """One object; its facts are those of the first reading, as they were counted."""
        ended = source.ended(stream)
        if source is not self.analysis:
            ended.adopt(*self.analysis.results.of(stream))
        made = connection(
            ended, events=self.analysis.events, files=self.analysis.files,
            words=self.analysis.words.get(stream, SILENT), linked=self.analysis.linked.get(stream, ()),
        )  # fmt: skip
        made.kernel = self.beside(made) if self.beside else None
        return made

    def learn(self, stream: int, found: Mapping[str, int]) -> Connection:
        """Add to the facts of a connection what others have found of it; how it is told now. What is counted of all is counted anew."""
        for name, value in found.items():
            put(self.analysis.results.facts, name, {stream: value})
        for known in ("verdicts", "by_cause"):
            self.__dict__.pop(known, None)
        self._made.pop(stream, None)
        return next(self.many([stream]))

    def records(self) -> Iterator[Connection]:
        """All connections as what is in memory tells them: events as far as they were kept, no packets that have left it."""
        analysis, verdicts = self.analysis, self.verdicts
        if not analysis.every and self.again and not all(analysis.has_all(stream) for stream in self.streams):
            yield from self
            return
        if self.hear:
            self.hear(self.streams)
        for place, stream in enumerate(self.streams):
            yield self._made.get(stream) or connection(
                analysis.ended(stream, packets=not analysis.every),
                events=analysis.events, packets=not analysis.every, verdict=verdicts.causes(place),
                files=analysis.files, words=self.analysis.words.get(stream, SILENT), linked=analysis.linked.get(stream, ()),
            )  # fmt: skip

    def where(self, wanted: Selection) -> Explained:
        """Those that are asked for; of each no more is made than that takes."""
        found, among = self.streams, self.among
        if (
            wanted.since is not None
            or wanted.until is not None
            or wanted.client
            or wanted.server
            or wanted.port is not None
        ):
            found = [stream for stream in found if self.alive_between(stream, wanted)]
            among = (
                found if among is self.streams else [stream for stream in among if self.alive_between(stream, wanted)]
            )
        if wanted.why:
            besides = set(self.for_reason(wanted.why))
            found = [stream for stream in found if stream in besides]
        if wanted.errno:
            seen = Explained(self.analysis, found, self.again, among, self.hear).outcomes()
            found = [
                stream
                for stream, outcomes in zip(found, seen, strict=True)
                if not wanted.errno.isdisjoint(map(plain, outcomes))
            ]
        return Explained(self.analysis, found, self.again, among, self.hear, self.beside)

    def outcomes(self) -> Iterator[tuple[str, ...]]:
        """What the applications of each see that is no success (``Connection.outcomes``); of a large capture no object is made."""
        if isinstance(self.analysis.results.facts, list):
            yield from (self.in_short(stream).outcomes for stream in self.streams)
            return
        from tcpexplain.diagnosis.slice import slices
        from tcpexplain.diagnosis.spoken import outcomes_of

        for part in slices(self.analysis, self.streams, self.verdicts):
            yield from outcomes_of(part)

    def alive_between(self, stream: int, wanted: Selection) -> bool:
        """Whether a connection was alive in the time asked for, and has the ends asked for."""
        facts = self.analysis.results.of(stream)[0]
        return wanted.alive(facts.start, facts.start + facts.duration) and wanted.between(*self.ends_of(stream))

    def ends_of(self, stream: int) -> tuple[Address, Address]:
        """The client and the server of one."""
        low, high = endpoints(self.analysis.key(stream))
        return (low, high) if self.analysis.results.of(stream)[0].client == 0 else (high, low)

    def ends(self) -> Iterator[tuple[Address, Address]]:
        """The client and the server of each."""
        return map(self.ends_of, self.streams)

    def for_reason(self, why: Container[str]) -> Iterator[int]:
        """Those that have one of some causes, or it besides, or one of some severities."""
        ranked = causes.ranked()
        severe = [cause.CODE in why or cause.SEVERITY in why for cause in ranked]
        besides = {place for place, cause in enumerate(ranked) if cause.CODE in why}
        found = zip(self.streams, listed(self.verdicts.main), self.verdicts.holding, strict=True)
        return (stream for stream, main, holding in found if severe[main] or not besides.isdisjoint(holding))

    def only(self, streams: Sequence[int]) -> Explained:
        """Some of them."""
        return Explained(self.analysis, streams, self.again, self.among, self.hear, self.beside)

    @cached_property
    def verdicts(self) -> Verdicts:
        """Cause and certainty of each."""
        return Verdicts(*self.columns())

    def columns(self) -> tuple[Any, Any, Any]:
        """Facts, and what is known of the client and of the server, of each."""
        results, places = self.analysis.results, self.places
        return taken(results.facts, places), taken(results.clients, places), taken(results.servers, places)

    @property
    def places(self) -> Sequence[int]:
        """Their stream numbers; a range if they are all."""
        every = self.analysis.streams
        return self.streams if len(self.streams) < every else range(every)

    def systems(self) -> Counter[tuple[str, str]]:
        """How many have their calls predicted as on which systems, the client's and the server's."""
        clients, servers = (of_each(predicted_of, ends) for ends in self.columns()[1:])
        pairs = Counter(zip(map(int, clients), map(int, servers), strict=True))
        return Counter({(BY_CODE[client], BY_CODE[server]): count for (client, server), count in pairs.items()})

    def codes(self) -> Counter[str]:
        """How many have each cause."""
        return self.verdicts.codes()

    @cached_property
    def by_cause(self) -> dict[int, Column]:
        """The stream numbers of the connections of each cause, by the cause's place in ``causes.ranked()``."""
        every, found = self.streams, self.verdicts.by_cause
        if every == range(len(every)):
            return found
        return {main: taken(every, places) for main, places in found.items()}

    def first_of_each(self) -> dict[str, Connection]:
        """The first connection of each cause."""
        ranked = causes.ranked()
        found: dict[str, Connection] = {}
        for main, connection_ in self.first_by_place().items():
            found.setdefault(ranked[main].CODE, connection_)
        return found

    def first_by_place(self) -> dict[int, Connection]:
        """The same by the cause's place in ``causes.ranked()``."""
        first = dict(
            sorted(((main, int(streams[0])) for main, streams in self.by_cause.items()), key=lambda item: item[1])
        )
        # What is left of one that has left memory is enough for a line about it, and saves reading a large capture again.
        self.fetch([one for one in first.values() if one not in self._made and self.analysis.has_all(one)])
        return {main: self.in_short(stream) for main, stream in first.items()}

    def in_short(self, stream: int) -> Connection:
        """A connection as it was made, or else as what is in memory tells it."""
        return self._made.get(stream) or self.brief(stream)

    def brief(self, stream: int) -> Connection:
        """A connection as what is in memory tells it."""
        analysis = self.analysis
        verdict = self.verdicts.causes(bisect_left(self.streams, stream))
        return connection(
            analysis.ended(stream), events=False, packets=False, verdict=verdict, files=analysis.files,
            words=self.analysis.words.get(stream, SILENT), linked=analysis.linked.get(stream, ()),
        )  # fmt: skip

    def streams_of_each(self, count: int) -> dict[str, list[int]]:
        """The stream numbers of the first ``count`` connections of each cause."""
        ranked = causes.ranked()
        some: dict[int, list[int]] = {}
        for stream, main in zip(self.streams, listed(self.verdicts.main), strict=True):
            taken = some.setdefault(main, [])
            if len(taken) < count:
                taken.append(stream)
        told: dict[str, list[int]] = {}
        for main, taken in some.items():
            told[ranked[main].CODE] = [*told.get(ranked[main].CODE, ()), *taken][:count]
        return told

    def some_of_each(self, count: int) -> dict[str, tuple[Connection, ...]]:
        """These connections."""
        some = self.streams_of_each(count)
        found = self.many([stream for streams in some.values() for stream in streams])
        return {code: tuple(islice(found, len(streams))) for code, streams in some.items()}

    def groups(self) -> tuple[Group, ...]:
        """One a cause, with what its connections have in common."""
        from tcpexplain.diagnosis.groups import groups

        return groups(self, self.analysis)

    def undecided(self) -> Counter[str]:
        """By cause, how many count as fine only because nothing shows that they are not."""
        found: Counter[str] = Counter()
        sure: Any = self.verdicts.certainty
        ranked = causes.ranked()
        for main, places in self.verdicts.by_cause.items():
            cause = ranked[main]
            if cause.SEVERITY == "fine":
                often = Counter(sure[place] for place in places) if isinstance(sure, list) else tally(sure[places])
                count = sum(
                    often[one] for one, word in enumerate(causes.CERTAINTIES) if causes.is_undecided(cause, word)
                )
                if count:
                    found[cause.CODE] += count
        return found

    def lost(self) -> Counter[str]:
        """By cause, how many bytes were never acknowledged though the connection ended."""
        from tcpexplain.diagnosis.ledger import lost_of_each

        ranked, found = causes.ranked(), Counter[str]()
        bytes_lost = lost_of_each(*self.columns())
        for main, count in zip(listed(self.verdicts.main), bytes_lost, strict=True):
            if count:
                found[ranked[main].CODE] += count
        return found

    def counted(self, name: str) -> Counter[int]:
        """How many connections have each value of a fact."""
        facts = taken(self.analysis.results.facts, self.places)
        return Counter(column(facts, name)) if isinstance(facts, list) else tally(column_of(facts, name))

    def unread(self) -> Counter[str]:
        """Of how many connections the messages could not be followed, by why."""
        return Counter({word: count for why, count in self.counted("unread").items() if (word := UNREAD[why])})

    def missing(self) -> Counter[str]:
        """Of how many connections the capture lacks what."""
        found: Counter[str] = Counter()
        for hidden, count in self.counted("hidden").items():
            for word in missing(hidden):
                found[word] += count
        return found

    def half_closed(self) -> tuple[HalfClosed, ...]:
        """By server: what one end had closed and the other not."""
        from tcpexplain.diagnosis.half_closed import half_closed

        return half_closed(self.analysis, self.streams)

    def worst(self, count: int) -> tuple[Connection, ...]:
        """Failed before suspicious before fine, then in order."""
        severities = self.verdicts.severities()
        order = sorted(
            range(len(self.streams)), key=lambda place: (SEVERITIES.index(severities[place]), self.streams[place])
        )
        return tuple(self.many([self.streams[place] for place in order[:count]]))
