"""Connections behind NAT for which there is no room to follow every segment: their SYNs tell which names are one, and which is the client's."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from tcpexplain.identity.find import members
from tcpexplain.identity.path import in_path_order, put_right
from tcpexplain.identity.same import grouped
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from tcpexplain.identity.clocks import Clock
    from tcpexplain.identity.find import NamedSegment
    from tcpexplain.identity.member import Member, Name


AT_ONCE = 1 << 12
"""Connections whose SYNs are objects at a time."""
TELLING = 300
"""Connections that are asked how far the clocks lie apart."""


class Translation(NamedTuple):
    """What becomes of one name of a connection."""

    name: Name
    client: Name
    """The name that the client has for it."""
    flipped: bool
    """Whether the lower end of the one 4-tuple is the higher end of the other."""
    gone: bool
    """Whether another name has the same segments, and stands for it."""
    twin: Name | None
    """Another name that the same capture has for it: what both have is one segment."""


def translations(
    groups: Iterable[Sequence[Member]], clocks: Sequence[Clock], print_of: Callable[[Name], Hashable]
) -> Iterator[list[Translation] | None]:
    """What becomes of the names of each connection; None where SYNs do not tell.

    Parameters
    ----------
    groups
        The names that are one connection together, with no more than SYNs and SYN-ACKs.
    clocks
        Those of all captures.
    print_of
        A number for all segments of a name, which names of the same segments have in common.
    """
    for group in groups:
        if len({member.name.key for member in group}) > 1:
            put_right(group, clocks)
            path = in_path_order(group)
            yield None if may_be_foreign(path) else list(of_path(path, print_of))


def of_path(path: Sequence[Member], print_of: Callable[[Name], Hashable]) -> Iterator[Translation]:
    """The names beside the client's, in the order of the path."""
    first, kept = path[0], [path[0]]
    for member in path[1:]:
        if any(print_of(member.name) == print_of(other.name) for other in kept):
            yield Translation(member.name, first.name, flipped=False, gone=True, twin=None)
            continue
        twin = next((other.name for other in kept if other.name.file == member.name.file), None)
        kept.append(member)
        if member.name.key != first.name.key:
            yield Translation(member.name, first.name, member.client != first.client, gone=False, twin=twin)


def may_be_foreign(path: Sequence[Member]) -> bool:
    """Whether the SYN-ACKs may have come to the client under an address that it had not called: each segment tells, SYNs do not."""
    first, last = path[0], path[-1]
    if first.endpoint(0) != last.endpoint(0) or first.endpoint(1) == last.endpoint(1):
        return False
    return not any(image.side for image in first.images)


def begun(segments: Iterable[NamedSegment], taps: Sequence[int]) -> list[list[Member]]:
    """The names that are one connection together, of some SYNs and SYN-ACKs: in an order of their own."""
    found = sorted(members(segments, taps), key=lambda one: (one.name.file, int(one.segments[0].packet)))
    return sorted(grouped(found), key=lambda group: group[0].name.isn)


def every_nth(count: int) -> int:
    """Of so many connections, each how many-th is to tell of the clocks."""
    return -(-count // TELLING)


class Decisions:
    """What becomes of names, by their places: eight bytes for each that goes, some more for each that is renamed."""

    def __init__(self, fixed: Sequence[int]) -> None:
        self.fixed = fixed
        self.gone, self.names, self.client, self.flipped, self.pairs = (array("q") for _ in range(5))
        self.client_of = array("q", (-1,)) * len(fixed)
        self.torn: set[int] = set()
        """Names that are those of several clients, as NAT has used a port again: they stay as they are."""
        self.unclear = 0

    def add(self, some: Sequence[Translation] | None, number_of: Callable[[Name], int]) -> None:
        """Those of one connection."""
        places = [number_of(one.name) for one in some or ()]
        if some is None or any(self.fixed[place] for place in places):
            self.unclear += 1
            return
        for one, place in zip(some, places, strict=True):
            client = number_of(one.client)
            if self.client_of[place] not in {-1, client}:
                self.torn.add(place)
                self.unclear += 1
            elif self.client_of[place] < 0:
                self.client_of[place] = client
                if one.gone:
                    self.gone.append(place)
                else:
                    self.names.append(place)
                    self.client.append(client)
                    self.flipped.append(one.flipped)
                    self.pairs.extend((number_of(one.twin), place) if one.twin else ())

    @property
    def columns(self) -> tuple[array[int], ...]:
        """Those that go; those that are renamed, the client's name for each, and whether ends change places; pairs in one capture."""
        return self.gone, self.names, self.client, self.flipped, self.pairs
