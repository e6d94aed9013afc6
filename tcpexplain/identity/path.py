"""The order of points on the way: how far from the client each of them is."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from tcpexplain.identity.clocks import ways
from tcpexplain.identity.same import once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.identity.clocks import Clock
    from tcpexplain.identity.member import Member


def put_right(group: Sequence[Member], clocks: Sequence[Clock]) -> None:
    """Let the members' times be those of the first capture's clock."""
    for member in group:
        clock = clocks[member.name.file]
        member.times = [clock.right(time) for time in member.times]


def in_path_order(group: Sequence[Member]) -> list[Member]:
    """The members from the client to the server, by time, or by hops where times do not tell."""
    first = group[0]
    for member in group:
        member.place, member.measured = place(first, member)
    order = sorted(group, key=lambda member: member.place)
    nearest = order[0].place
    for member in order:
        member.place -= nearest
    return order


def place(first: Member, member: Member) -> tuple[float, bool]:
    """Ns from one member to another, towards the server; whether both directions say so."""
    if member is first:
        return 0.0, True
    mine, its = once(first), once(member)
    found = [(mine[image], image.side, its[image] - mine[image]) for image in mine.keys() & its.keys()]
    way = ways(found)
    delay = way.delay
    if delay is None:
        delay = float(way.there if way.there is not None else -(way.back or 0))
    if abs(delay) < 1:
        delay = float(hops(first, member))
    return delay, way.delay is not None


def hops(first: Member, member: Member) -> int:
    """Routers from one member to another, by the TTL that the client's segments have left, or the server's."""
    toward = [
        median([segment.ttl for segment, image in zip(one.segments, one.images, strict=True) if image.side == side])
        for side in range(2)
        for one in (first, member)
        if all(any(image.side == side for image in both.images) for both in (first, member))
    ]
    return int(toward[0] - toward[1]) if len(toward) > 1 else 0
