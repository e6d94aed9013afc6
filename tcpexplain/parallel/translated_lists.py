"""The same as ``parallel.translated`` for captures that are small enough for lists of objects."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from tcpexplain.identity.find import NamedSegment, values
from tcpexplain.identity.openings import AT_ONCE, Decisions, begun, every_nth, translations
from tcpexplain.parallel.named import ECN, NUMBER
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.segment import ACK

if TYPE_CHECKING:
    from collections.abc import Container, Hashable, Iterable, Iterator, Mapping, Sequence

    from tcpexplain.identity.clocks import Clock
    from tcpexplain.identity.find import LeftOut, Place
    from tcpexplain.identity.member import Member, Name
    from tcpexplain.wire.segment import Key, Segment


class TranslatedPlaces(NamedTuple):
    """What becomes of names and of packets: see ``parallel.translated.Translated``."""

    gone: frozenset[Place] = frozenset()
    renamed: Mapping[Place, tuple[tuple[int, ...], bool]] = {}
    dropped: frozenset[int] = frozenset()
    unclear: int = 0

    def made(self, segments: Sequence[Segment], keys: Sequence[Key], tap: int) -> tuple[list[Segment], list[Key]]:
        """Segments and 4-tuples of a capture as they are to be."""
        names = [(tap, values(key)) for key in keys]
        left = [one for one in segments if names[one.next] not in self.gone and int(one.packet) not in self.dropped]
        for one in left:
            one.sender ^= names[one.next] in self.renamed and self.renamed[names[one.next]][1]
        return left, [self.key_of(key, name) for key, name in zip(keys, names, strict=True)]

    def key_of(self, key: Key, name: Place) -> Key:
        """The 4-tuple that a name gets."""
        if name in self.renamed:
            for (field, _), value in zip(key.FIELDS, self.renamed[name][0], strict=True):
                setattr(key, field, value)
        return key


class ListedOpenings:
    """The SYNs and SYN-ACKs of the connections that are not followed.

    Parameters
    ----------
    every
        All segments of all captures.
    taps
        For each file the first one of the capture that it is a part of.
    left
        The connections, by the client's initial sequence number.
    opened, prints
        All SYNs and SYN-ACKs, and numbers for the segments of each name.
    chosen
        Names whose segments are followed, which stay what they are.
    """

    def __init__(
        self,
        every: Sequence[NamedSegment],
        taps: Sequence[int],
        left: Iterable[LeftOut],
        opened: Iterable[NamedSegment],
        prints: Mapping[Place, Hashable],
        chosen: Container[Place],
    ) -> None:
        self.chosen = chosen
        self.segments, self.taps, self.prints = every, taps, prints
        self.left = sorted(left)
        self.every = sorted({name for _, names in self.left for name in names})
        self.place = {name: at for at, name in enumerate(self.every)}
        self.opened: defaultdict[Place, list[NamedSegment]] = defaultdict(list)
        for one in opened:
            self.opened[taps[int(one.segment.file)], values(one.key)].append(one)

    def groups(self, step: int = 1) -> Iterator[list[Member]]:
        """The names that are one connection, of each; of each ``step``-th connection."""
        chosen = self.left[::step]
        for begin in range(0, len(chosen), AT_ONCE):
            names = dict.fromkeys(name for _, some in chosen[begin : begin + AT_ONCE] for name in some)
            yield from begun((one for name in names for one in self.opened[name]), self.taps)

    def sample(self) -> list[list[Member]]:
        """Some connections from all over the captures, which tell of the clocks."""
        return list(self.groups(every_nth(len(self.left))))

    def number_of(self, name: Name) -> int:
        """The place of a name among ``every``."""
        return self.place[name.file, name.key]

    def print_of(self, name: Name) -> Hashable:
        """A number for the segments of a name."""
        return self.prints[name.file, name.key]

    def translated(self, clocks: Sequence[Clock]) -> TranslatedPlaces:
        """What becomes of all of them."""
        found = Decisions([name in self.chosen for name in self.every])
        for one in translations(self.groups(), clocks, self.print_of):
            found.add(one, self.number_of)
        bound = {*found.names, *found.gone}
        rows = list(zip(found.names, found.client, found.flipped, strict=True))
        renamed = {
            self.every[name]: (self.every[client][1], bool(flipped))
            for name, client, flipped in rows
            if client not in bound and name not in found.torn
        }
        twins = zip(found.pairs[::2], found.pairs[1::2], strict=True)
        pairs = [one for twin in twins if self.every[twin[1]] in renamed for one in twin]
        unclear = found.unclear + len(rows) - len(renamed)
        return TranslatedPlaces(
            frozenset(self.every[at] for at in found.gone), renamed, frozenset(self.twins(pairs)), unclear
        )

    def twins(self, pairs: Sequence[int]) -> Iterator[int]:
        """The packets of the second name of each pair that the first has, too, as often as it has them."""
        first = {self.every[name]: self.every[name] for name in pairs[::2]}
        first |= {self.every[name]: self.every[twin] for twin, name in zip(pairs[::2], pairs[1::2], strict=True)}
        firsts = Counter[tuple[object, ...]]()
        seconds: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
        for segment, key in self.segments if pairs else ():
            name = (self.taps[int(segment.file)], values(key))
            if first.get(name) == name:
                firsts[name, *likeness(segment)] += 1
            elif name in first:
                seconds[name, first[name], *likeness(segment)].append(int(segment.packet))
        for (_, *image), packets in seconds.items():
            yield from packets[: firsts[tuple(image)]]


def likeness(segment: Any) -> tuple[int, ...]:
    """What NAT leaves of a segment."""
    ack = segment.ack & NUMBER if segment.flags & ACK else 0
    return (segment.seq & NUMBER, ack, segment.flags & ~ECN, segment.length, segment.ts_val, segment.icmp)
