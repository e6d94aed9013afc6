"""What the connections of a group share of their way past several points of capture: between which two they failed, behind which translation."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tcpexplain.model.points import CapturePoint, United

MOST = 0.8
"""The share of a group's connections that were seen at several points from which on something is said of it."""
FATES = {"lost": "lost segments", "made": "got segments that were made"}
HOW_MANY = 2
"""Fewer connections have nothing in common."""


def on_the_path(united: Mapping[int, United], places: Iterable[int]) -> tuple[str, ...]:
    """Sentences without full stop."""
    if not united:
        return ()
    seen = [united[place] for place in map(int, places) if place in united]
    return tuple(filter(None, (failed_between(seen), translated(seen))))


def failed_between(seen: Sequence[United]) -> str:
    """``7 of 8 lost segments between client.pcap and server.pcap``: the two points between which most were hit."""
    hit = Counter(one for each in seen for one in {(way.fate, *between(each, way.between)) for way in each.odd})
    return said(hit, len(seen), lambda one: f"{FATES[one[0]]} between {one[1]} and {one[2]}")


def between(united: United, names: tuple[str, str]) -> tuple[str, ...]:
    """The captures of two points."""
    captures = {point.name: point.capture for point in united.points}
    return tuple(captures.get(name, name) for name in names)


def translated(seen: Sequence[United]) -> str:
    """``all 8 are behind the translation of 10.9.9.9:8000 to 10.2.0.2:8000``."""
    changes: Counter[tuple[str, ...]] = Counter(one for each in seen for one in changes_of(each.points))
    return said(changes, len(seen), lambda one: f"pass a translation of {one[0]} to {one[1]}")


def changes_of(points: Sequence[CapturePoint]) -> set[tuple[str, str]]:
    """The server's address and port, and the client's address, where the last point has another than the first."""
    first, last = points[0], points[-1]
    pairs = (
        (f"{first.server[0]}:{first.server[1]}", f"{last.server[0]}:{last.server[1]}"),
        (first.client[0], last.client[0]),
    )
    return {(one, other) for one, other in pairs if one != other}


def said(found: Counter[tuple[str, ...]], count: int, words: Callable[[tuple[str, ...]], str]) -> str:
    """What most of them have; of several the first in the order of letters."""
    if not found or count < HOW_MANY:
        return ""
    best, often = min(found.items(), key=lambda item: (-item[1], item[0]))
    if often < MOST * count:
        return ""
    who = f"all {often:,}" if often == count else f"{often:,} of {count:,}"
    return f"{who} that were seen at several points {words(best)}"
