"""One connection as the loop leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.model.points import United


class Ended:
    """One connection as the loop leaves it: its segments, endpoints, facts, steps and resets."""

    __slots__ = ("facts", "isns", "key", "resets", "segments", "steps", "stream", "tells", "united", "unsaid")

    def __init__(
        self,
        key: tuple[int, ...],
        stream: int,
        segments: Sequence[Any],
        facts: Any,
        tells: Sequence[Any],
        isns: Sequence[int],
        steps: Sequence[Any],
        resets: Sequence[Any],
        united: United | None = None,
        unsaid: int = 0,
    ) -> None:
        self.key, self.stream, self.segments, self.facts, self.tells = key, stream, segments, facts, tells
        self.isns, self.steps, self.resets, self.united = isns, steps, resets, united
        self.unsaid = unsaid
        """Steps that are not among these: it has very many."""

    def adopt(self, facts: Any, client: Any, server: Any) -> None:
        """Take over facts that were found before."""
        self.facts, self.tells = facts, (client, server) if facts.client == 0 else (server, client)
