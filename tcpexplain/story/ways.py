"""The way of a segment past several points of capture, as ladders show it: what was lost or made, where it was seen, how long it took."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from tcpexplain.tuples import NamedTuple
from tcpexplain.units import NANOSECOND, duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tcpexplain.model.connection import Connection
    from tcpexplain.model.points import CapturePoint, Journey

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SOON = 1e-6
"""Seconds: shorter delays are not worth a word."""


class Hop(NamedTuple):
    """A segment's way from one point to the next at which it was seen, in the order of travel."""

    here: str
    there: str
    seconds: float


def points_of(connection: Connection) -> tuple[CapturePoint, ...]:
    """The points of capture in the order of the path, the client's first; none where there is only one."""
    return connection.united.points if connection.united else ()


def strayed(way: Journey | None, names: Mapping[str, str]) -> str:
    """What two points of capture prove of a segment's way; empty where it passed them all, or nothing is known."""
    if way is None or not way.fate:
        return ""
    before, after = way.between
    return f" never at {names.get(after, after)}" if way.fate == "lost" else f" not sent at {names.get(before, before)}"


def short_names(points: Sequence[CapturePoint]) -> dict[str, str]:
    """What labels call the points, by their names: those of one capture by their place on the path, ``2 router``."""
    return {
        point.name: point.name if point.name == point.capture else numbered
        for point, numbered in zip(points, called(points), strict=True)
    }


def titled(point: CapturePoint) -> str:
    """The same without what only says that it is a capture."""
    return point.capture.removesuffix(".gz").removesuffix(".pcapng").removesuffix(".pcap")


def hops(way: Journey | None) -> Iterator[Hop]:
    """From each point at which a segment was seen to the next; times that step back, as clocks are not exact, are no time."""
    seen = way.at if way and way.side == 0 else way.at[::-1] if way else ()
    for one, other in pairwise(seen):
        yield Hop(one.point, other.point, max(other.time - one.time, 0) / NANOSECOND)


def seen_at(way: Journey | None, names: Mapping[str, str]) -> str:
    """``seen at client, 210 µs later at server``; empty where there is one point, or nothing is known."""
    if way is None or not way.at:
        return ""
    first = way.at[0] if way.side == 0 else way.at[-1]
    later = "".join(f", {delay(hop.seconds)} later at {names.get(hop.there, hop.there)}" for hop in hops(way))
    return f"seen at {names.get(first.point, first.point)}{later}"


def delay(seconds: float) -> str:
    """A delay in words: ``210 µs``."""
    return duration(seconds) if seconds >= SOON else "under 1 µs"


def numbers(points: Sequence[CapturePoint]) -> list[str]:
    """What tells points apart: of several files the number that their packets bear (``1``, or ``2a`` and ``2b`` of one file), else the place on the path."""
    files = [point.file for point in points]
    if len(set(files)) == 1:
        return [str(place) for place in range(1, len(files) + 1)]
    return [
        f"{file + 1}{LETTERS[files[:place].count(file)]}" if files.count(file) > 1 else str(file + 1)
        for place, file in enumerate(files)
    ]


def called(points: Sequence[CapturePoint]) -> list[str]:
    """``1 client``, ``2 router``, ``3 router``: short names, told apart by their numbers."""
    return [f"{number} {titled(point)}" for number, point in zip(numbers(points), points, strict=True)]


def described(points: Sequence[CapturePoint]) -> list[str]:
    """A line for each point: its number and name, what the ends are called there, and what its clock shows."""
    return [
        f"{number} {point.capture}: {', '.join(_notes(point))}"
        for number, point in zip(numbers(points), points, strict=True)
    ]


def _notes(point: CapturePoint) -> Iterator[str]:
    """The ends' addresses, the clock, and the delay from the first point."""
    yield f"{_end(point.client)} > {_end(point.server)}"
    if abs(point.clock_offset) >= SOON:
        yield f"clock {duration(abs(point.clock_offset))} {'behind' if point.clock_offset > 0 else 'ahead'}"
    if point.delay:
        yield f"{delay(point.delay)} on"


def _end(end: tuple[str, int]) -> str:
    """An address and a port."""
    host, port = end
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
