"""A connection that somebody watches: whether it has ended, and whether there is something new to tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tcpexplain.tracking.entry import FIN_HIGH, FIN_LOW, RESET

QUIET = 0.25
"""Seconds without a packet after which a connection that closed is explained: its last ACK comes within an RTT."""
BASES = 3
"""Bits of a row's ``known``: each end has sent something."""
PATIENCE = 30.0
"""Seconds after which an end that does not answer a SYN or a FIN is reported."""


@dataclass(slots=True)
class Watched:
    """One connection that has not been forgotten."""

    stream: int
    seen: int = 0
    changed: float = 0.0
    begun: float = 0.0
    answered: bool = False
    first_fin: float = 0.0
    ended: bool = False
    """Whether it is over as far as one can see."""
    told_at: int = -1
    told: str = ""
    silence_told: bool = False

    def look(self, row: Any, now: float) -> None:
        """Take note of what came since; ``row``: its ``tracking.table.Entry``."""
        if row.packets == self.seen:
            return
        self.begun = self.begun or now
        if not self.answered and row.known & BASES == BASES:
            self.answered, self.silence_told = True, False
        if row.known & (FIN_LOW | FIN_HIGH):
            self.first_fin = self.first_fin or now
        self.ended = bool(row.known & RESET or (row.known & FIN_LOW and row.known & FIN_HIGH))
        self.seen, self.changed = int(row.packets), now

    @property
    def over(self) -> bool:
        """Whether nothing more is expected of it."""
        return self.ended or (bool(self.told) and not self.answered)

    def due(self, now: float) -> bool:
        """Whether there is something new to tell."""
        if self.ended:
            return self.told_at != self.seen and now - self.changed >= QUIET
        since = self.first_fin or (now if self.answered else self.begun)
        return not self.silence_told and now - since >= PATIENCE
