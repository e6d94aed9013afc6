"""One connection from several names: its segments under the client's, and what its points prove."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tcpexplain.identity.fates import passage
from tcpexplain.identity.joining import wholes
from tcpexplain.identity.path import in_path_order
from tcpexplain.model.points import CapturePoint, Journey, United
from tcpexplain.tuples import NamedTuple
from tcpexplain.units import address
from tcpexplain.wire.segment import ACK, RST, SYN
from tcpexplain.wire.seqnum import offset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.identity.clocks import Clock
    from tcpexplain.identity.joining import Whole
    from tcpexplain.identity.member import Member
    from tcpexplain.wire.segment import Segment


class KeptSegment(NamedTuple):
    """A segment of the union, its time by the first capture's clock, and which end of ``key`` sent it."""

    segment: Segment
    time: int
    sender: int


class JoinedNames(NamedTuple):
    """One connection under the client's name for it, and the segments that other names had of it and that are left out."""

    key: tuple[int, ...]
    kept: tuple[KeptSegment, ...]
    dropped: frozenset[int]
    """Packets, by identity."""
    united: United
    translated: bool
    """Whether its names have several 4-tuples."""


def unite(
    group: Sequence[Member],
    clocks: Sequence[Clock],
    spans: Sequence[tuple[int, int]],
    names: Sequence[str],
    deaf: frozenset[int],
) -> JoinedNames:
    """The union of the members of a group, whose times are right already."""
    for member in group:
        member.note_losses(deaf=member.name.file in deaf)
    path = in_path_order(group)
    called = point_names(path, names)
    every = wholes(path)
    foreign, refused = untranslated(every, path)
    own = [whole for whole in every if whole not in foreign and whole not in refused]
    passages = came_later([passage(whole, path, called, spans) for whole in every], every)
    if foreign:
        passages = [replace(one, fate="", between=("", ""), again=False) for one in passages]
    first = path[0]
    kept = tuple(KeptSegment(*whole.sent, whole.image.side ^ first.client) for whole in own)
    chosen = {int(one.segment.packet) for one in kept}
    dropped = {int(one.packet) for member in path for one in (*member.segments, *member.repeated)} - chosen
    united = United(
        tuple(point(member, name, clocks) for member, name in zip(path, called, strict=True)),
        {one.packet: one for one in passages},
        tuple(int(whole.sent[0].packet) for whole in foreign),
        tuple(int(whole.sent[0].packet) for whole in refused),
    )
    return JoinedNames(first.name.key, kept, frozenset(dropped), united, len({member.name.key for member in path}) > 1)


def came_later(passages: list[Journey], every: Sequence[Whole]) -> list[Journey]:
    """The passages, those that were lost with whether a later copy came."""
    found: list[Journey] = []
    for at, (one, whole) in enumerate(zip(passages, every, strict=True)):
        again = one.fate == "lost" and any(
            other.image.side == whole.image.side and offset(other.image.seq, whole.image.seq) <= 0
            and offset(other.image.seq + other.size, whole.image.seq + whole.size) >= 0
            and not other.image.icmp and later.fate != "lost" and not other.image.flags & RST
            for later, other in zip(passages[at + 1 :], every[at + 1 :], strict=True)
        )  # fmt: skip
        found.append(replace(one, again=True) if again else one)
    return found


def untranslated(every: Sequence[Whole], path: Sequence[Member]) -> tuple[list[Whole], list[Whole]]:
    """SYN-ACKs that the client got under another address than it had called, and the RSTs that its kernel answered with.

    The client's own address is the same under both names, so nothing between them would have translated it for the client.
    """
    first, last = path[0], path[-1]
    if first.endpoint(0) != last.endpoint(0) or first.endpoint(1) == last.endpoint(1):
        return [], []
    if any(image.side for image in first.images):
        return [], []
    refused = [one for one in every if not one.image.side and one.image.flags & RST and 0 not in one.where]
    foreign = [one for one in every if one.image.side]
    answered = any(one.image.flags & (SYN | ACK) == SYN | ACK for one in foreign)
    return (foreign, refused) if refused and answered else ([], [])


def point(member: Member, name: str, clocks: Sequence[Clock]) -> CapturePoint:
    """A member as reports name it."""
    clock = clocks[member.name.file]
    at = int(member.segments[0].time)
    return CapturePoint(
        name=name,
        file=member.name.file,
        client=written(member, 0),
        server=written(member, 1),
        clock_offset=round((clock.right(at) - at) / 1e9, 9),
        drift=round(clock.drift * 1e6, 3),
        delay=round(member.place / 1e9, 9) if member.measured else None,
        packets=len(member.segments) + len(member.repeated),
        clock_steps=tuple((begin, round(-more / 1e9, 9)) for begin, more in clock.steps),
    )


def written(member: Member, side: int) -> tuple[str, int]:
    """An end's address and port, as they are at a member."""
    words, port = member.endpoint(side)
    return address(member.name.key[0], *words), port


def point_names(path: Sequence[Member], names: Sequence[str]) -> list[str]:
    """What the members are called: as their captures, with their addresses where a capture has several of them."""
    often = [sum(other.name.file == member.name.file for other in path) for member in path]
    found: list[str] = []
    for member, count in zip(path, often, strict=True):
        (client, client_port), (server, server_port) = written(member, 0), written(member, 1)
        legs = f"{client}:{client_port} > {server}:{server_port}"
        name = names[member.name.file]
        found.append(name if count == 1 and name else f"{name} {legs}".strip())
    return found


def lost_for_good(united: United) -> int:
    """Bits of the ends of which something was lost on the way and did not come later: 1 the client, 2 the server."""
    return sum(1 << side for side in range(2) if any(one.side == side for one in united.lost))
