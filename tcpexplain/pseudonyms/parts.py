"""The parts of an analysis that hold addresses (keys, rows, segments, points) with others in their places."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from tcpexplain.hot.columns import column, copied, put_column
from tcpexplain.wire.segment import STRETCH, icmp_sender

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tcpexplain.hot.array import Records
    from tcpexplain.model.points import CapturePoint, Journey, Sight, United
    from tcpexplain.pseudonyms.names import Pseudonyms

ENDS = ("low", "high")
SENDER = ("ts_val", "ts_ecr", "sack_left", "sack_right")
"""The fields of an ICMP error that hold its sender's address (``wire.segment.Segment``)."""
HALF = (1 << 32) - 1


def renamed_key(key: tuple[int, ...], names: Pseudonyms) -> tuple[int, ...]:
    """A key (``wire.segment.Key``) with other addresses, each at its place, though the lower may be the higher now."""
    version, words = key[0], names.addresses.words
    return (version, *words(version, key[1], key[2]), *words(version, key[3], key[4]), *key[5:])


def renamed_rows(rows: Records, count: int, names: Pseudonyms) -> Any:
    """The rows of connections with other addresses."""
    found, words = copied(rows[:count]), cache(names.addresses.words)
    versions = column(found, "version")
    for end in ENDS:
        halves = (column(found, f"{end}_{half}") for half in ("hi", "lo"))
        others = [words(*one) for one in zip(versions, *halves, strict=True)]
        for half, values in zip(("hi", "lo"), zip(*others, strict=True), strict=True):
            put_column(found, f"{end}_{half}", list(values))
    return found


def renamed_segment(one: Any, version: int, names: Pseudonyms) -> Any:
    """A segment, or an ICMP error from another sender."""
    if not one.icmp or one.icmp == STRETCH or not any(icmp_sender(one)):
        return one
    found = copy(one)
    words = [int(getattr(one, name)) & HALF for name in SENDER]
    for name, value in zip(SENDER, sender(words, version, names), strict=True):
        setattr(found, name, value)
    return found


def sender(words: Sequence[int], version: int, names: Pseudonyms) -> Iterator[int]:
    """The four words of another address."""
    for word in names.addresses.words(version, words[0] << 32 | words[1], words[2] << 32 | words[3]):
        yield from (half(word >> 32), half(word))


def half(word: int) -> int:
    """The lowest 32 bits as a signed number."""
    return (word & HALF ^ 1 << 31) - (1 << 31)


def renamed_united(one: United, called: Mapping[str, str], names: Pseudonyms) -> United:
    """The points at which a connection was seen under other names; those that users gave to captures stay."""

    def name(point: str) -> str:
        first, blank, ends = point.partition(" ")
        for real in sorted(called, key=len, reverse=True):
            if point == real or point.startswith(f"{real} "):
                first, blank, ends = called[real], point[len(real) :][:1], point[len(real) + 1 :]
                break
        return names.sentence(first + blank + ends)

    return replace(
        one,
        points=tuple(renamed_point(point, name(point.name), names) for point in one.points),
        passages={packet: renamed_journey(journey, name) for packet, journey in one.passages.items()},
    )


def renamed_point(one: CapturePoint, name: str, names: Pseudonyms) -> CapturePoint:
    """A point with other addresses."""
    client, server = ((names.addresses.text(address), port) for address, port in (one.client, one.server))
    return replace(one, name=name, client=client, server=server)


def renamed_journey(one: Journey, name: Callable[[str], str]) -> Journey:
    """The way of a segment from one point to the other."""
    seen: Iterable[Sight] = (replace(sight, point=name(sight.point)) for sight in one.at)
    before, after = map(name, one.between)
    return replace(one, at=tuple(seen), between=(before, after))
