"""A case that walks from one connection of a part to the next, so that a cause can speak of each without an object being made."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.systems import predicted, profile_of
from tcpexplain.diagnosis.cursor import EndCursor, FactsCursor
from tcpexplain.evidence.cause import Case
from tcpexplain.units import address
from tcpexplain.wire.segment import RST

if TYPE_CHECKING:
    from tcpexplain.diagnosis.slice import Slice
    from tcpexplain.machine.step import ResetRow
    from tcpexplain.model.calls import Next
    from tcpexplain.model.points import United
    from tcpexplain.model.said import Said
    from tcpexplain.wire.segment import Segment


class Walk(Case):
    """The case of the connection ``at``; what few causes ask for is looked up when they do."""

    facts: Any
    client: Any
    server: Any

    def __init__(self, part: Slice) -> None:
        put = object.__setattr__
        put(self, "part", part)
        put(self, "files", part.files)
        put(self, "facts", FactsCursor(part.facts))
        put(self, "client", EndCursor(part.clients))
        put(self, "server", EndCursor(part.servers))
        put(self, "_sees", {})

    part: Slice
    _sees: dict[Any, str]

    def to(self, at: int) -> None:
        """Go to a connection."""
        self.facts.at = self.client.at = self.server.at = at

    @property
    def hosts(self) -> tuple[str, str]:
        """The addresses of both ends."""
        at, keys = self.facts.at, self.part.keys
        low, high = (
            address(keys["version"][at], keys[f"{end}_hi"][at], keys[f"{end}_lo"][at]) for end in ("low", "high")
        )
        return (low, high) if self.part.client[at] == 0 else (high, low)

    @property
    def next(self) -> tuple[Next, Next]:
        """What the calls of each end return after the last event."""
        client, server = (profile_of(end).next(end.condition) for end in (self.client, self.server))
        return client, server

    @property
    def united(self) -> United | None:
        """What is known because it was seen at several points of capture."""
        found: United | None = self.part.united[self.facts.at]
        return found

    @property
    def said(self) -> Said:
        """What its messages say."""
        found: Said = self.part.words[self.facts.at]
        return found

    @property
    def resets(self) -> tuple[ResetRow, ...]:
        """Its RSTs."""
        return tuple(self.part.resets_of(self.facts.at))

    @property
    def segments(self) -> tuple[Segment, ...]:
        """What is kept of its segments."""
        return tuple(self.part.segments_of(self.facts.at))

    def sees(self, side: int, *calls: str) -> str:
        """See ``Case.sees``; few ends differ in what their calls return."""
        end = self.end(side)
        key = (end.condition, predicted(end.forced, end.fingerprint), side, calls)
        found = self._sees.get(key)
        if found is None:
            found = self._sees[key] = super().sees(side, *calls)
        return found

    def reasons(self) -> list[Segment]:
        """See ``Case.reasons``."""
        return super().reasons() if self.facts.at in self._speaking else []

    @cached_property
    def _speaking(self) -> set[int]:
        """The connections in which a RST gives its reason."""
        segments = self.part.segments
        return set(segments.places[((segments.rows["flags"] & RST) > 0) & (segments.rows["lead"] != 0)].tolist())

    @cached_property
    def _packets(self) -> list[int]:
        """The packets of all segments."""
        found: list[int] = self.part.segments.rows["packet"].tolist()
        return found

    def first_packet(self) -> int:
        """See ``Case.first_packet``."""
        at, bounds = self.facts.at, self.part.segments.bounds
        return self._packets[bounds[at]] if bounds[at] < bounds[at + 1] else 0

    def last_packet(self) -> int:
        """See ``Case.last_packet``."""
        at, bounds = self.facts.at, self.part.segments.bounds
        return self._packets[bounds[at + 1] - 1] if bounds[at] < bounds[at + 1] else 0
