"""Which names in the blocks of decoded captures are one connection, and the blocks with each connection once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tcpexplain.identity.clocks import Clock, clocks
from tcpexplain.identity.member import MASK, Member, Name
from tcpexplain.identity.path import put_right
from tcpexplain.identity.same import grouped
from tcpexplain.identity.unite import JoinedNames, unite
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.segment import ACK, RST, SYN

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from tcpexplain.wire.segment import Key, Segment

MOST = 8
"""Names with the same initial sequence number: more are a scanner's, that sends the same number to everybody."""
ALIKE = 300
"""Connections under one 4-tuple in several captures of which each segment's way is followed."""
SAME = 60
"""The same, of those of which every capture has the same segments: nothing was lost or made, they tell of clocks and delays alone."""
FOLLOWED = 150_000
"""Segments whose way is followed in all: a few seconds, and 300 MB."""
Place = tuple[int, tuple[int, ...]]
"""A capture, and a 4-tuple in it."""
LeftOut = tuple[int, tuple[Place, ...]]
"""A connection that is not followed: the client's initial sequence number, and its names."""


class NamedSegment(NamedTuple):
    """One decoded segment, where it lies, and its 4-tuple."""

    segment: Segment
    key: Key


class Identified(NamedTuple):
    """What was found: connections with several names, and the clock of each capture."""

    unions: tuple[JoinedNames, ...]
    clocks: tuple[Clock, ...]


def values(key: Any) -> tuple[int, ...]:
    """The fields of a 4-tuple."""
    return (
        int(key.version), int(key.low_hi), int(key.low_lo), int(key.high_hi), int(key.high_lo),
        int(key.low_port), int(key.high_port), int(key.tunnel),
    )  # fmt: skip


class Followed(NamedTuple):
    """Captures and 4-tuples whose segments are followed, and the connections behind NAT for which there is no room."""

    names: set[Place]
    left_out: tuple[LeftOut, ...] = ()


def followed(
    openings: Iterable[NamedSegment],
    resets: Container[Place],
    sizes: Mapping[Place, int],
    prints: Mapping[Place, int],
    shared: Iterable[Place],
    taps: Sequence[int],
) -> Followed:
    """Captures and 4-tuples of which others may be the same connection, by the client's initial sequence numbers, as far as there is room.

    Where NAT has changed an address first, then those of which captures have not the same segments, with a RST first, then the rest.
    Connections under the same 4-tuple in several captures are told once in any case, as soon as the clocks are right. ``prints``: a number for
    the segments of each; ``shared``: those that began before a capture; ``taps``: for each file the first one of its capture. ``parallel.followed`` does the same in columns.
    """
    known: defaultdict[int, dict[Place, None]] = defaultdict(dict)
    for segment, key in openings:
        known[client_number(segment)][taps[int(segment.file)], values(key)] = None
    several = [(number, tuple(names)) for number, names in known.items() if 2 <= len(names) <= MOST]
    several.sort(key=lambda one: (kind_of(one[1], prints), not any(name in resets for name in one[1])))
    chosen: set[Place] = set()
    segments, taken, left_out = 0, [0, 0, 0], list[LeftOut]()
    for number, names in several:
        kind = kind_of(names, prints)
        size = sum(sizes[name] for name in names)
        # One for which there is no room at all takes none from the others.
        segments += size if size <= FOLLOWED else 0
        taken[kind] += 1
        if max(size, segments) <= FOLLOWED and taken[kind] <= (len(several), ALIKE, SAME)[kind]:
            chosen.update(names)
        elif kind == 0:
            left_out.append((number, names))
    left = tuple(one for one in left_out if not chosen.issuperset(one[1]))
    return Followed(chosen | set(in_room(shared, sizes)), left)


def kind_of(names: Sequence[Place], prints: Mapping[Place, int]) -> int:
    """0: several 4-tuples; 1: one in several captures; 2: one of which each capture has the same segments."""
    if len({key for _, key in names}) > 1:
        return 0
    return 2 if len({prints[name] for name in names}) == 1 else 1


def in_room(shared: Iterable[Place], sizes: Mapping[Place, int]) -> Iterator[Place]:
    """As many of them as there is room for."""
    segments = 0
    for name in list(shared)[: 2 * ALIKE]:
        segments += sizes[name]
        if segments <= FOLLOWED:
            yield name


def client_number(segment: Segment) -> int:
    """The client's initial sequence number, of a SYN, or of what acknowledges it."""
    return int(segment.ack - 1 if segment.flags & ACK else segment.seq) & MASK


def identify(
    segments: Iterable[NamedSegment],
    spans: Sequence[tuple[int, int]],
    names: Sequence[str],
    deaf: frozenset[int],
    taps: Sequence[int],
    more: Sequence[Sequence[Member]] = (),
) -> Identified | None:
    """The connections with several names; None if there are none.

    Parameters
    ----------
    segments
        Those of some captures and 4-tuples (``followed``), those of each capture in its order.
    spans
        When each capture begins and ends, ns since 1970.
    names
        What the captures are called.
    deaf
        Captures that lack packets, as they say themselves: what is not in them proves nothing.
    taps
        For each file the first one of the capture that it is a part of; captures are meant by that one's number.
    more
        Other connections that tell of clocks, of which no segment is followed.
    """
    groups = grouped(members(segments, taps))
    if not groups and not more:
        return None
    found = clocks([*groups, *more], len(spans))
    right = [(clock.right(begin), clock.right(end)) for clock, (begin, end) in zip(found, spans, strict=True)]
    for group in groups:
        put_right(group, found)
    return Identified(
        tuple(unite(group, found, right, names, deaf) for group in groups), tuple(found[tap] for tap in taps)
    )


def members(decoded: Iterable[NamedSegment], taps: Sequence[int]) -> list[Member]:
    """The segments by name: a SYN with another number begins another connection on the same 4-tuple."""
    now: dict[Place, Member] = {}
    headless: defaultdict[Place, list[Segment]] = defaultdict(list)
    found: list[Member] = []
    for segment, key in decoded:
        place = (taps[int(segment.file)], values(key))
        member = now.get(place)
        opening = segment.flags & SYN and not segment.flags & RST and not segment.icmp
        if opening and (member is None or member.name.isn != client_number(segment)):
            client = int(segment.sender) ^ (1 if segment.flags & ACK else 0)
            member = now[place] = Member(Name(*place, client_number(segment)), client)
            found.append(member)
        if member is not None:
            member.take(segment)
        else:
            headless[place].append(segment)
    return found + [begun_later(place, segments, found) for place, segments in headless.items()]


def begun_later(place: tuple[int, tuple[int, ...]], segments: Sequence[Segment], found: Sequence[Member]) -> Member:
    """The member of a capture that begins in the middle: another one's first on the same 4-tuple says who the client is."""
    whole = next((one for one in found if one.name.key == place[1] and one.name.file != place[0]), None)
    guess = 0 if place[1][5] > place[1][6] else 1
    number = whole.name.isn if whole else -1 - abs(hash(place[1]))
    member = Member(Name(*place, number), whole.client if whole else guess)
    for segment in segments:
        member.take(segment)
    return member
