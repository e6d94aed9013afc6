"""One connection as the loop leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.machine.facts import EndFacts, Facts
    from tcpexplain.machine.step import ResetRow
    from tcpexplain.model.points import United
    from tcpexplain.wire.segment import Segment


class Ended:
    """One connection as the loop leaves it: its segments, endpoints, facts, steps and resets."""

    __slots__ = ("facts", "isns", "key", "resets", "segments", "steps", "stream", "tells", "united", "unsaid")

    def __init__(
        self,
        key: tuple[int, ...],
        stream: int,
        segments: Sequence[Segment],
        facts: Facts,
        tells: Sequence[EndFacts],
        isns: Sequence[int],
        steps: Sequence[tuple[int, ...]],
        resets: Sequence[ResetRow],
        united: United | None = None,
        unsaid: int = 0,
    ) -> None:
        self.key, self.stream, self.segments, self.facts, self.tells = key, stream, segments, facts, tells
        self.isns, self.steps, self.resets, self.united = isns, steps, resets, united
        self.unsaid = unsaid
        """Steps that are not among these: it has very many."""

    def adopt(self, facts: Facts, client: EndFacts, server: EndFacts) -> None:
        """Take over facts that were found before."""
        self.facts, self.tells = facts, (client, server) if facts.client == 0 else (server, client)
