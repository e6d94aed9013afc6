"""Which files are parts of one capture (``tcpdump -C``, ``-G``): they do not overlap in time, and no segment is in two of them."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import islice
from re import compile as compiled
from typing import TYPE_CHECKING, Any

from tcpexplain.parallel.followed import blocks_of
from tcpexplain.parallel.named import ECN, NUMBER, columns, contents, mixed
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
TRIED = 64
"""Captures of a name that have ended of which a file may be the next part: those that ended last. Of thousands that hold the same, none is the one."""
FEW = 8
"""Parts of a capture up to which a file is compared with each: nothing has to be noted for that."""
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


class TapChain:
    """The parts of a capture that have been found so far, and which of them has which segment: there may be a hundred thousand."""

    def __init__(self, images: Images) -> None:
        self.images = images
        self.parts: list[int] = []
        self.owners: tuple[dict[int, int], dict[int, int]] = ({}, {})
        """By image, of marks and of data, the latest part that has it."""
        self.others: tuple[dict[int, set[int]], dict[int, set[int]]] = ({}, {})
        """The parts before that one, of images that several have."""
        self.looked_at = 0

    def look(self) -> None:
        """Take note of the parts that were added."""
        for part in self.parts[self.looked_at :]:
            for data, (owners, others) in enumerate(zip(self.owners, self.others, strict=True)):
                its = self.images.of(part, data=bool(data))
                for image in owners.keys() & its.keys():
                    others.setdefault(image, set()).add(owners[image])
                owners.update(dict.fromkeys(its, part))
        self.looked_at = len(self.parts)

    def alike(self, at: int) -> set[int]:
        """The parts that have anything that another file has."""
        self.look()
        found: set[int] = set()
        for data, (owners, others) in enumerate(zip(self.owners, self.others, strict=True)):
            for image in owners.keys() & self.images.of(at, data=bool(data)).keys():
                found.add(owners[image])
                found |= others.get(image, set())
        return found

    def goes_on(self, at: int) -> bool:
        """Whether no part has what another file has."""
        parts = self.parts if len(self.parts) <= FEW else self.alike(at)
        return not any(share(one, at, self.images) for one in parts)


class NamedCapture:
    """The captures whose parts have such names: those that still ran when the latest file began, and those that had ended."""

    def __init__(self, found: Sequence[Divided]) -> None:
        self.found = found
        self.running: list[tuple[int, int, TapChain]] = []
        self.ended: dict[tuple[object, ...], dict[int, TapChain]] = {}

    def add(self, chain: TapChain) -> None:
        """A capture with a new part."""
        last = chain.parts[-1]
        heappush(self.running, (self.found[last].end, last, chain))

    def before(self, at: int) -> Iterator[TapChain]:
        """Those of which a file may be the next part: they ended before it, and are of its kind."""
        while self.running and self.running[0][0] <= self.found[at].start:
            _, last, chain = heappop(self.running)
            self.ended.setdefault(kind(self.found[last]), {})[last] = chain
        yield from islice(reversed(self.ended.get(kind(self.found[at]), {}).values()), TRIED)

    def extend(self, chain: TapChain, at: int) -> None:
        """A file is the next part of one of them."""
        last = chain.parts[-1]
        del self.ended[kind(self.found[last])][last]
        chain.parts.append(at)
        self.add(chain)


def kind(one: Divided) -> tuple[object, ...]:
    """What the parts of a capture have in common beside their names."""
    return one.format, *one.link_types


def taps_of(found: Sequence[Divided], memory: Any) -> list[int]:
    """For each file the first one of the capture that it is a part of: itself, if it is whole."""
    taps = list(range(len(found)))
    if len(found) < 2:
        return taps
    images = Images(found, memory)
    groups: dict[str, NamedCapture] = {}
    chains: list[TapChain] = []
    for at in sorted((at for at, one in enumerate(found) if one.packets), key=lambda at: (found[at].start, at)):
        name = series(found[at].name)
        # Names tell whose part it is; where they do not, only one capture may be meant.
        group = next(iter(groups.values())) if len(chains) == 1 else groups.setdefault(name, NamedCapture(found))
        fits = list(islice((chain for chain in group.before(at) if chain.goes_on(at)), 2))
        if len(fits) == 1:
            group.extend(fits[0], at)
        else:
            chains.append(TapChain(images))
            chains[-1].parts.append(at)
            groups.setdefault(name, NamedCapture(found)).add(chains[-1])
    for chain in chains:
        first = min(chain.parts)
        for at in chain.parts:
            taps[at] = first
    return taps


def series(name: str) -> str:
    """What the names of the parts of a capture have in common: all but numbers."""
    return NUMBERS.sub("", name)


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
