"""Which files are parts of one capture (``tcpdump -C``, ``-G``): they do not overlap in time, and no segment is in two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

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
FIELDS = ("seq", "ack", "flags", "length", "ts_val")


class Images(NamedTuple):
    """What the SYNs and FINs, and the segments with payload, of a file are as numbers that NAT does not change, with their times in ns."""

    marks: dict[int, int]
    data: dict[int, int]
    thinned: bool


def taps_of(found: Sequence[Divided], memory: Any) -> list[int]:
    """For each file the first one of the capture that it is a part of: itself, if it is whole."""
    taps = list(range(len(found)))
    if len(found) < 2:
        return taps
    known: dict[int, Images] = {}
    chains: list[list[int]] = []
    for at in sorted((at for at, one in enumerate(found) if one.packets), key=lambda at: (found[at].start, at)):
        before = sorted(
            (chain for chain in chains if follows(found[chain[-1]], found[at])), key=lambda chain: -found[chain[-1]].end
        )
        for chain in before:
            if continues(chain, at, found, known, memory):
                chain.append(at)
                break
        else:
            chains.append([at])
    for chain in chains:
        for at in chain:
            taps[at] = min(chain)
    return taps


def follows(one: Divided, other: Divided) -> bool:
    """Whether a file may be the next part of a capture."""
    return one.end <= other.start and one.link_types == other.link_types and one.format == other.format


def continues(chain: Sequence[int], at: int, found: Sequence[Divided], known: dict[int, Images], memory: Any) -> bool:
    """Whether no part of a capture has what another file has."""
    for place in (*chain, at):
        if place not in known:
            known[place] = images_of(found[place], memory)
    return not any(share(known[place], known[at]) for place in chain)


def share(one: Images, other: Images) -> bool:
    """Whether two files saw the same segments. Two interfaces of one host show a packet twice, and a cut may lie between."""
    if any(apart(one.marks, other.marks)):
        return True
    mine, its = one.data, other.data
    if one.thinned != other.thinned:
        mine, its = thin(mine), thin(its)
    return sum(apart(mine, its)) > max(CHANCE, min(len(mine), len(its)) // SHARE)


def apart(one: dict[int, int], other: dict[int, int]) -> Iterator[bool]:
    """For each image that both have, whether the times are not those of two interfaces."""
    return (abs(one[image] - other[image]) > BESIDE for image in one.keys() & other.keys())


def thin(images: dict[int, int]) -> dict[int, int]:
    """One of ``SOME``."""
    return {image: time for image, time in images.items() if image % SOME == 0}


def images_of(one: Divided, memory: Any) -> Images:
    """Those of a file."""
    marks: dict[int, int] = {}
    data: dict[int, int] = {}
    thinned = one.segments > ALL
    for _, block in blocks_of([one]):
        segments, _, where = contents(block, memory)
        if where.compiled:
            marks |= numbered(segments, where, segments["flags"] & (SYN | FIN) != 0, thinned=False)
            data |= numbered(segments, where, segments["length"] > 0, thinned=thinned)
        else:
            marks |= {image(item): item.time for item in segments if item.flags & (SYN | FIN)}
            data |= {image(item): item.time for item in segments if item.length}
    return Images(marks, thin(data) if thinned else data, thinned)


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
