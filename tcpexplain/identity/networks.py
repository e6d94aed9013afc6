"""Captures of networks that use the same addresses: one 4-tuple at one time, and a connection of its own in each of them.

Private addresses (RFC 1918) are used again in every cloud and cluster. Two captures that have the same 4-tuple at the same time,
each with other initial sequence numbers of the client, saw two connections; mixed, neither would make sense. What a capture has only the
middle of belongs where the sequence numbers of both ends go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

NUMBER = 0xFFFFFFFF
WIDTH = 22
"""Bits of a range of sequence numbers, 4 MiB: those of one connection go on in the same range, or in the next."""


RANGES = 1 << 32 - WIDTH


Pair = tuple[int, int]
"""Two captures that saw some connection begin."""


class SeenName(NamedTuple):
    """A 4-tuple as one capture has it."""

    tap: int
    opened: frozenset[int]
    """The initial sequence numbers of the clients that called on it there."""
    first: int
    last: int
    """Times of its first and last segment there, ns since 1970."""
    ranges: frozenset[int] = frozenset()
    """Where the sequence numbers of its two ends lie (``range_of``); found only where some capture has no SYN."""


class Networks(NamedTuple):
    """For captures and 4-tuples the number of the network, of those that are not the first's; and how many nothing tells the network of."""

    marks: dict[tuple[int, Hashable], int]
    unclear: int = 0


def apart(names: Mapping[Hashable, Sequence[SeenName]], allied: AbstractSet[Pair]) -> Networks:
    """Which captures' 4-tuples are of other networks than the first capture's that has it."""
    marks: dict[tuple[int, Hashable], int] = {}
    unclear = 0
    for key, several in names.items():
        found, left = networks(several, allied)
        marks |= {(one.tap, key): number for number, network in enumerate(found) for one in network if number}
        unclear += left
    return Networks(marks, unclear)


def networks(names: Sequence[SeenName], allied: AbstractSet[Pair] = frozenset()) -> tuple[list[list[SeenName]], int]:
    """The captures of one 4-tuple by network, the first one's first; and of how many nothing tells the network.

    ``allied``: the pairs of captures that saw some connection begin together.
    """
    found: list[list[SeenName]] = []
    for several in of_one_connection([name for name in names if name.opened]):
        fits = [network for network in found if not any(differ(one, other) for one in several for other in network)]
        if fits:
            fits[0].extend(several)
        else:
            found.append(several)
    unclear = 0
    for name in sorted((name for name in names if not name.opened), key=lambda name: name.tap):
        fits = homes(name, found, allied)
        unclear += len(fits) > 1
        if len(fits) == 1:
            fits[0].append(name)
        else:
            found.append([name])
    return sorted(found, key=lambda network: min(one.tap for one in network)), unclear


def of_one_connection(names: Iterable[SeenName]) -> list[list[SeenName]]:
    """Those together that saw the same connection begin."""
    found: list[list[SeenName]] = []
    for name in sorted(names, key=lambda name: name.tap):
        fits = [several for several in found if any(name.opened & other.opened for other in several)]
        joined = [other for several in fits for other in several] + [name]
        found = [joined if fits and several is fits[0] else several for several in found if several not in fits[1:]]
        if not fits:
            found.append(joined)
    return found


def differ(one: SeenName, other: SeenName) -> bool:
    """Whether two captures saw different connections at one time."""
    known = one.opened and other.opened and not one.opened & other.opened
    return bool(known) and beside(one, other)


def beside(one: SeenName, other: SeenName) -> bool:
    """Whether two captures had the 4-tuple at one time."""
    return one.first <= other.last and other.first <= one.last


def homes(name: SeenName, found: Sequence[list[SeenName]], allied: AbstractSet[Pair]) -> list[list[SeenName]]:
    """The networks that a capture without SYN may belong to: by its numbers, or else by the captures that share connections with it."""
    fits = [network for network in found if not any(contradicts(name, other) for other in network)]
    near = [network for network in fits if any(goes_on(name, other) for other in network)] or fits
    beside_it = [network for network in near if any((name.tap, other.tap) in allied for other in network)]
    return beside_it if len(near) > 1 and len(beside_it) == 1 else near


def contradicts(one: SeenName, other: SeenName) -> bool:
    """Whether two captures had other numbers of the 4-tuple at one time."""
    return beside(one, other) and near_ends(one, other).count(False) > 0


def goes_on(one: SeenName, other: SeenName) -> bool:
    """Whether the numbers of the ends that both captures have seen lie near each other."""
    near = near_ends(one, other)
    return bool(near) and all(near)


def near_ends(one: SeenName, other: SeenName) -> list[bool]:
    """For each end that both captures have seen whether its sequence numbers lie near each other."""
    return [
        any((at + more) % RANGES in its for at in mine for more in (-1, 0, 1))
        for mine, its in zip(by_end(one), by_end(other), strict=True)
        if mine and its
    ]


def by_end(name: SeenName) -> tuple[set[int], set[int]]:
    """The ranges of the lower end's numbers, and of the higher end's."""
    return {at for at in name.ranges if at < RANGES}, {at - RANGES for at in name.ranges if at >= RANGES}


def range_of(sender: Any, seq: Any) -> Any:
    """Which range of 4 MiB a segment's number lies in, and whose it is."""
    return sender * RANGES + ((seq & NUMBER) >> WIDTH)
