"""An analysis under other names: what reports take from it (keys, words, points, names of files) has them, all else is its own.

Facts and verdicts are those that were found under the real names: they are not found again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tcpexplain.evidence.places import short_names
from tcpexplain.pseudonyms.parts import HALF, SENDER, renamed_key, renamed_rows, renamed_segment, renamed_united, sender
from tcpexplain.wire.segment import STRETCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.analysis.ended import Ended
    from tcpexplain.model.points import United
    from tcpexplain.model.said import Said
    from tcpexplain.pseudonyms.names import Pseudonyms


class Renamed:
    """What stands for another object; what it does not have itself is that one's."""

    def __init__(self, real: Any, names: Pseudonyms) -> None:
        self._real, self._names = real, names

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class RenamedAnalysis(Renamed):
    """An ``analysis.analysis.Analysis`` under other names; ``paths``: the captures."""

    def __init__(self, real: Any, names: Pseudonyms, paths: Sequence[str]) -> None:
        super().__init__(real, names)
        self._paths = paths
        self._rows: Any = None
        self.files = short_names([names.file(path) for path in paths])
        called = dict(zip(real.files, self.files, strict=False))
        self.words = RenamedWords(real)
        self.united_streams = RenamedPoints(real, names, "united_streams", called)
        self.united = RenamedPoints(real, names, "united", called)
        self.results = RenamedResults(real, names)
        self.tap = RenamedTap(real) if real.tap else None

    @property
    def rows(self) -> Any:
        """The keys of all connections, once they are all there."""
        if self._rows is None:
            self._rows = renamed_rows(self._real.rows, self._real.streams, self._names)
        return self._rows

    def key(self, stream: int) -> tuple[int, ...]:
        """See ``Analysis.key``."""
        return renamed_key(self._real.key(stream), self._names)

    def ended(self, stream: int, *, packets: bool = True) -> Ended:
        """See ``Analysis.ended``."""
        return self._renamed(self._real.ended(stream, packets=packets))

    def ended_now(self, stream: int) -> Ended:
        """See ``Analysis.ended_now``."""
        return self._renamed(self._real.ended_now(stream))

    def _renamed(self, ended: Ended) -> Ended:
        version = ended.key[0]
        ended.key = renamed_key(ended.key, self._names)
        ended.segments = [renamed_segment(one, version, self._names) for one in ended.segments]
        if ended.united is not None and ended.segments:
            ended.united = self.united.get(int(ended.segments[0].packet))
        return ended

    def reader_again(self, again: Callable[[list[int]], Any] | None) -> Callable[[list[int]], RenamedAnalysis] | None:
        """What reads the packets of some connections once more, under the same names."""
        if again is None:
            return None
        return lambda chosen: RenamedAnalysis(again(chosen), self._names, self._paths)


class RenamedWords(Mapping[int, "Said"]):
    """What the messages of connections say, by stream number, without names; read as it is asked for."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getitem__(self, stream: int) -> Said:
        found: Said = self._real.words[stream]
        return found.unnamed()

    def __iter__(self) -> Iterator[int]:
        return iter(self._real.words)

    def __len__(self) -> int:
        return len(self._real.words)


class RenamedPoints(Mapping[int, "United"]):
    """What is known of connections that were seen at several points: ``which`` of the analysis; ``called``: files' other names."""

    def __init__(self, real: Any, names: Pseudonyms, which: str, called: Mapping[str, str]) -> None:
        self._real, self._names, self._which, self._called = real, names, which, called

    def __getitem__(self, place: int) -> United:
        return renamed_united(getattr(self._real, self._which)[place], self._called, self._names)

    def __iter__(self) -> Iterator[int]:
        return iter(getattr(self._real, self._which))

    def __len__(self) -> int:
        return len(getattr(self._real, self._which))


class RenamedResults(Renamed):
    """The tables of what was found, for columns."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real.results, name)

    def gathered(self, kind: int, streams: Any) -> tuple[Any, Any]:
        """See ``analysis.results.ArrayResults.gathered``; ICMP errors have other senders."""
        rows, counts = self._real.results.gathered(kind, streams)
        if "icmp" not in (rows.dtype.names or ()):
            return rows, counts
        rows = rows.copy()
        versions = self._real.rows["version"][streams].repeat(counts)
        for place in ((rows["icmp"] != 0) & (rows["icmp"] != STRETCH)).nonzero()[0].tolist():
            words = [int(rows[place][name]) & HALF for name in SENDER]
            for name, value in zip(SENDER, sender(words, int(versions[place]), self._names), strict=True):
                rows[place][name] = value
        return rows, counts


class RenamedTap:
    """What reads messages as they flow in, of an analysis that knows connections by their real names."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis

    def tell_beside_others(self, ended: Ended, analysis: object) -> Said:
        """See ``reading.tap.MessageTap.tell_beside_others``."""
        del analysis
        renamed, ended.key = ended.key, self._analysis.key(ended.stream)
        found: Said = self._analysis.tap.tell_beside_others(ended, self._analysis)
        ended.key = renamed
        return found.unnamed()
