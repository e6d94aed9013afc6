"""The same as ``parallel.followed`` for captures that are small enough for lists of objects."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tcpexplain.identity.find import NamedSegment, followed, values
from tcpexplain.parallel.named import ECN, NUMBER
from tcpexplain.parallel.translated_lists import ListedOpenings
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.segment import RST, SYN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tcpexplain.identity.find import Place
    from tcpexplain.parallel.divide import Divided
    from tcpexplain.wire.segment import Segment

PRINT = (1 << 60) - 1


class Chosen(NamedTuple):
    """The segments that are followed, and the connections behind NAT for which there is no room."""

    segments: Iterator[NamedSegment]
    left_out: ListedOpenings | None


def in_lists(found: Sequence[Divided], taps: Sequence[int]) -> Chosen | None:
    """What is followed of lists."""
    opened: list[NamedSegment] = []
    resets: set[Place] = set()
    sizes: Counter[Place] = Counter()
    prints: Counter[Place] = Counter()
    for segment, key in every_segment(found):
        place = (taps[int(segment.file)], values(key))
        sizes[place] += 1
        prints[place] += print_of(segment)
        if segment.flags & RST:
            resets.add(place)
        elif segment.flags & SYN and not segment.icmp:
            opened.append(NamedSegment(segment, key))
    names, left_out = followed(opened, resets, sizes, prints, shared(sizes, opened, taps), taps)
    if not names and not left_out:
        return None
    chosen = (one for one in every_segment(found) if (taps[int(one.segment.file)], values(one.key)) in names)
    every = list(every_segment(found)) if left_out else []
    same = {place: (size, prints[place]) for place, size in sizes.items()} if left_out else {}
    return Chosen(chosen, ListedOpenings(every, taps, left_out, opened, same, names) if left_out else None)


def print_of(segment: Segment) -> int:
    """A number for what a segment is, the same at every point that it passes."""
    seq, ack = segment.seq & NUMBER, segment.ack & NUMBER
    return hash((seq, ack, segment.flags & ~ECN, segment.icmp, segment.length)) & PRINT


def every_segment(found: Sequence[Divided]) -> Iterator[NamedSegment]:
    """Those of all blocks, which are lists."""
    for one in found:
        for block in one.blocks:
            held: Any = block
            yield from (NamedSegment(segment, held.keys[segment.next]) for segment in held.segments)


def shared(places: Iterable[Place], opened: Sequence[NamedSegment], taps: Sequence[int]) -> list[Place]:
    """Captures and 4-tuples that several captures have, of which not all have a SYN: some began in the middle."""
    begun = {(taps[int(one.segment.file)], values(one.key)) for one in opened}
    often = Counter(key for _, key in places)
    middle = {key for file, key in places if often[key] > 1 and (file, key) not in begun}
    return sorted(((file, key) for file, key in places if key in middle), key=lambda place: (place[1], place[0]))
