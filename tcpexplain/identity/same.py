"""Whether two names are one connection: initial sequence numbers, timestamps, and segments that are alike."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tcpexplain.identity.member import Likeness, Member

ALIKE = 3
"""Segments that two names must have in common where neither the server's number nor a timestamp tells."""
ROUND = 1_000
"""What divides the numbers that programs make up, and of real ones each thousandth."""
SAME_CLOCK = 1_000
"""ns: a copy of a capture has the times of the original."""


def grouped(members: Iterable[Member]) -> list[list[Member]]:
    """The members that are one connection together, of those with the client's initial sequence number in common."""
    alike: defaultdict[int, list[Member]] = defaultdict(list)
    for member in members:
        alike[member.name.isn].append(member)
    return [group for of_number in alike.values() for group in joined(of_number) if is_seen_twice(group)]


def joined(members: list[Member]) -> list[list[Member]]:
    """Groups in which every member is one connection with another."""
    groups: list[list[Member]] = []
    for member in members:
        fits = [group for group in groups if any(are_one(member, other) for other in group)]
        if any(contradicts(member, other) for group in fits for other in group):
            groups.append([member])
            continue
        groups = [group for group in groups if group not in fits]
        groups.append([other for group in fits for other in group] + [member])
    return groups


def contradicts(one: Member, other: Member) -> bool:
    """Whether both saw a SYN of the server, with different numbers: something in between ends the connection and opens another."""
    mine, its = one.server_isn, other.server_isn
    return mine is not None and its is not None and mine != its


def are_one(one: Member, other: Member) -> bool:
    """Whether it is proved that two names are one connection."""
    if contradicts(one, other) or (one.name.file == other.name.file and one.name.key == other.name.key):
        return False
    if one.name.key != other.name.key and not may_be_translated(one, other):
        return False
    common = set(one.images) & set(other.images)
    if not common and not answers(one, other):
        return False
    if one.server_isn is not None and one.server_isn == other.server_isn:
        return True
    stamps = one.stamps & other.stamps
    if one.stamps and other.stamps:
        return bool(stamps)
    if one.name.key == other.name.key and len(common) >= ALIKE:
        return True
    return len(common) >= ALIKE and any(image.length for image in common)


def may_be_translated(one: Member, other: Member) -> bool:
    """Whether NAT may have made one name of another: it changes an address, and in one capture both names are seen only where it also routes.

    Programs that make captures up begin every connection with the same round number, which then proves nothing.
    """
    same_hosts = all(one.endpoint(side)[0] == other.endpoint(side)[0] for side in (0, 1))
    if same_hosts or one.name.isn % ROUND == 0:
        return False
    return one.name.file != other.name.file or routed(one, other) or answers(one, other)


def routed(one: Member, other: Member) -> bool:
    """Whether some segment came under one name with another TTL than under the other, or later where no TTL is known."""
    mine, its = (dict(zip(member.images, member.segments, strict=True)) for member in (one, other))
    pairs = [(mine[image], its[image]) for image in mine.keys() & its.keys()]
    return any(a.ttl != b.ttl if a.ttl and b.ttl else a.time != b.time for a, b in pairs)


def answers(one: Member, other: Member) -> bool:
    """Whether one name holds only what the server answered, to the very end that the other's SYN came from."""
    return bool(one.stamps & other.stamps) and one.endpoint(0) == other.endpoint(0)


def is_seen_twice(group: list[Member]) -> bool:
    """Whether there are several points: captures that continue one another, or are copies of one file, are none."""
    if len(group) < 2:
        return False
    if len({member.name.key for member in group}) > 1:
        return True
    return all(apart(one, other) for at, one in enumerate(group) for other in group[:at])


def apart(one: Member, other: Member) -> bool:
    """Whether two captures of one 4-tuple saw the same segments at different times."""
    mine, its = once(one), once(other)
    times = [abs(mine[image] - its[image]) for image in mine.keys() & its.keys()]
    return len(times) > 1 and max(times) > SAME_CLOCK


def once(member: Member) -> dict[Likeness, int]:
    """The times of images that a member has only once: which is which, leaves no doubt."""
    found: dict[Likeness, int] = {}
    often: set[Likeness] = set()
    for image, time in zip(member.images, member.times, strict=True):
        if image in found:
            often.add(image)
        found[image] = time
    return {image: time for image, time in found.items() if image not in often}
