"""A time axis on which pauses do not take all the room."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FEW = 40
"""So many moments, or fewer, are spread out: every gap gets a width by the fifth root of its length, pauses all the same."""
PAUSE = 1.0
"""Seconds: shorter gaps are not marked as pauses."""
STANDS_OUT = 0.1
"""Among many moments a pause is folded when it takes more than this share of the time that is left."""
PAUSE_WIDTH = 60.0
"""Pixels of a folded pause."""
MOST = 6
"""Pauses that are folded, at most."""


class Fold(NamedTuple):
    """A pause from ``start`` to ``end`` (seconds), drawn from ``left`` to ``right`` (pixels)."""

    start: float
    end: float
    left: float
    right: float


class Timescale:
    """Seconds to pixels: each gap between two moments has a width, and time runs evenly within it.

    Parameters
    ----------
    times
        The moments that will be drawn, in seconds.
    left, right
        The ends of the axis in pixels.
    """

    def __init__(self, times: Iterable[float], left: float, right: float) -> None:
        self.moments = sorted(set(times)) or [0.0]
        gaps = [end - start for start, end in pairwise(self.moments)]
        self.spread = len(self.moments) <= FEW
        widths = [min(gap, PAUSE) ** 0.2 for gap in gaps] if self.spread else _folded(gaps, right - left)
        scale = (right - left) / sum(widths) if widths else 0.0
        self.pixels = [left]
        for width in widths:
            self.pixels.append(self.pixels[-1] + width * scale)
        places = pairwise(zip(self.moments, self.pixels, strict=True))
        paused = {at for at, gap in enumerate(gaps) if gap >= PAUSE and (self.spread or gap in _pauses(gaps))}
        self.folds = [Fold(a[0], b[0], a[1], b[1]) for at, (a, b) in enumerate(places) if at in paused]

    def x(self, seconds: float) -> float:
        """Where a moment stands."""
        after = min(max(bisect_right(self.moments, seconds), 1), len(self.moments) - 1)
        if not after:
            return self.pixels[0]
        start, end = self.moments[after - 1], self.moments[after]
        return self.pixels[after - 1] + (self.pixels[after] - self.pixels[after - 1]) * (seconds - start) / (
            end - start
        )


def _pauses(gaps: Sequence[float]) -> set[float]:
    """The gaps that would leave too little room for the rest."""
    left, found = sum(gaps), set()
    for gap in sorted(gaps, reverse=True)[:MOST]:
        if gap < PAUSE or gap < STANDS_OUT * left:
            break
        found.add(gap)
        left -= gap
    return found


def _folded(gaps: Sequence[float], room: float) -> list[float]:
    """Widths in pixels: the pauses fixed, everything else true to scale."""
    pauses = _pauses(gaps)
    folded = sum(gap in pauses for gap in gaps)
    shown = sum(gap for gap in gaps if gap not in pauses) or 1.0
    rate = (room - PAUSE_WIDTH * folded) / shown
    return [PAUSE_WIDTH if gap in pauses else gap * rate for gap in gaps]
