"""Which files are parts of one capture (``tcpdump -C``, ``-G``): they do not overlap in time, and no segment is in two of them."""

from __future__ import annotations

from re import compile as compiled
from typing import TYPE_CHECKING, Any

from tcpexplain.parallel.followed import ECN, NUMBER, blocks_of, columns, contents, mixed
from tcpexplain.wire.segment import FIN, SYN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcpexplain.parallel.divide import Divided

ALL = 100_000
"""Segments of a file up to which all are compared, beyond it one of ``SOME``."""
SOME = 16
CHANCE = 2
"""Segments with payload that parts have in common because they were sent again just then."""
SHARE = 100
"""Or one of so many."""
BESIDE = 10_000_000
"""ns within which interfaces of one host show the same packet."""
NUMBERS = compiled(r"\d+")
FIELDS = ("seq", "ack", "flags", "length", "ts_val")


class Images:
    """What the segments of the files are as numbers that NAT does not change, with their times in ns; found when they are asked for."""

    def __init__(self, found: Sequence[Divided], memory: Any) -> None:
        self.found, self.memory = found, memory
        self.known: dict[tuple[int, bool], dict[int, int]] = {}

    def marks(self, at: int) -> dict[int, int]:
        """Those of the SYNs and FINs of a file."""
        return self.of(at, data=False)

    def data(self, at: int) -> dict[int, int]:
        """Those of the segments with payload, of a large file some."""
        return self.of(at, data=True)

    def of(self, at: int, *, data: bool) -> dict[int, int]:
        """Either."""
        if (at, data) not in self.known:
            self.known[at, data] = images_of(self.found[at], self.memory, data=data, thinned=data and self.is_large(at))
        return self.known[at, data]

    def is_large(self, at: int) -> bool:
        """Whether only some of a file's are compared."""
        return self.found[at].segments > ALL


def taps_of(found: Sequence[Divided], memory: Any) -> list[int]:
    """For each file the first one of the capture that it is a part of: itself, if it is whole."""
    taps = list(range(len(found)))
    if len(found) < 2:
        return taps
    images = Images(found, memory)
    chains: list[list[int]] = []
    for at in sorted((at for at, one in enumerate(found) if one.packets), key=lambda at: (found[at].start, at)):
        named = [chain for chain in chains if series(found[chain[0]].name) == series(found[at].name)]
        # Names tell whose part it is; where they do not, only one capture may be meant.
        before = [chain for chain in named or chains[: len(chains) == 1] if follows(found[chain[-1]], found[at])]
        fits = [chain for chain in before if continues(chain, at, images)]
        if len(fits) == 1:
            fits[0].append(at)
        else:
            chains.append([at])
    for chain in chains:
        for at in chain:
            taps[at] = min(chain)
    return taps


def series(name: str) -> str:
    """What the names of the parts of a capture have in common: all but numbers."""
    return NUMBERS.sub("", name)


def follows(one: Divided, other: Divided) -> bool:
    """Whether a file may be the next part of a capture."""
    return one.end <= other.start and one.link_types == other.link_types and one.format == other.format


def continues(chain: Sequence[int], at: int, images: Images) -> bool:
    """Whether no part of a capture has what another file has."""
    return not any(share(one, at, images) for one in chain)


def share(one: int, other: int, images: Images) -> bool:
    """Whether two files saw the same segments. Two interfaces of one host show a packet twice, and a cut may lie between."""
    if any(apart(images.marks(one), images.marks(other))):
        return True
    mine, its = images.data(one), images.data(other)
    if images.is_large(one) != images.is_large(other):
        mine, its = thin(mine), thin(its)
    return sum(apart(mine, its)) > max(CHANCE, min(len(mine), len(its)) // SHARE)


def apart(one: dict[int, int], other: dict[int, int]) -> Iterator[bool]:
    """For each image that both have, whether the times are not those of two interfaces."""
    return (abs(one[image] - other[image]) > BESIDE for image in one.keys() & other.keys())


def thin(images: dict[int, int]) -> dict[int, int]:
    """One of ``SOME``."""
    return {image: time for image, time in images.items() if image % SOME == 0}


def images_of(one: Divided, memory: Any, *, data: bool, thinned: bool) -> dict[int, int]:
    """Those of a file: of its data, or of its SYNs and FINs."""
    found: dict[int, int] = {}
    for _, block in blocks_of([one]):
        segments, _, where = contents(block, memory)
        if where.compiled:
            chosen = segments["length"] > 0 if data else segments["flags"] & (SYN | FIN) != 0
            found |= numbered(segments, where, chosen, thinned=thinned)
        else:
            found |= {
                image(item): item.time for item in segments if (item.length if data else item.flags & (SYN | FIN))
            }
    return thin(found) if thinned else found


def numbered(segments: Any, where: Any, chosen: Any, *, thinned: bool) -> dict[int, int]:
    """A number and the time of each of some segments of arrays."""
    segments = segments[chosen]
    seq, ack, flags, length, stamp = columns(segments, where, *FIELDS)
    numbers = mixed(where.np, (seq & NUMBER, ack & NUMBER, flags & ~ECN, length, stamp & NUMBER))
    some = numbers % where.np.uint64(SOME) == 0 if thinned else slice(None)
    return dict(zip(numbers[some].tolist(), segments["time"][some].tolist(), strict=True))


def image(item: Any) -> int:
    """A number for a segment."""
    return hash((item.seq & NUMBER, item.ack & NUMBER, item.flags & ~ECN, item.length, item.ts_val & NUMBER))
