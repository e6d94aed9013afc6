"""Connections that had left memory, brought back into another analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.wire.segment import Key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.analysis.ended import Ended
    from tcpexplain.wire.segment import Segment

NAMED = tuple(name for name, _ in Key.FIELDS if name != "tunnel")
"""The fields that tell one 4-tuple from another; they come first."""


class Recalled:
    """Connections that were brought back, by the stream numbers they have among all."""

    def __init__(self, analysis: Analysis, places: dict[int, int]) -> None:
        self.analysis, self.places = analysis, places
        self.excerpt: Any = None
        """The frames of them all, where these are at hand (``reading.excerpt.Excerpt``)."""

    def segments_of(self, stream: int) -> list[Segment]:
        """The segments of one of them."""
        return self.analysis.segments_of(self.places[stream])

    def each_segment_of(self, stream: int) -> Iterator[Segment]:
        """See ``Analysis.each_segment_of``."""
        return self.analysis.each_segment_of(self.places[stream])

    def sequenced_of(self, streams: Sequence[int]) -> Iterator[tuple[int, list[tuple[int, ...]]]]:
        """See ``Analysis.sequenced_of``."""
        found = self.analysis.sequenced_of([self.places[stream] for stream in streams])
        return ((stream, one) for stream, (_, one) in zip(streams, found, strict=True))

    def ended(self, stream: int) -> Ended:
        """One of them with all its packets and steps."""
        found = self.analysis.ended(self.places[stream])
        found.stream = stream
        return found
