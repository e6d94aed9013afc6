"""4-tuples behind NAT for which there is no room to follow each segment: renamed as the client calls them, or left out, in columns.

Names of which all segments are the same are one connection: one of them stays. Where they are not the same, all get the 4-tuple that the client has,
and each packet is told once as in captures that have one 4-tuple in common (``parallel.copies``). No segment is held for it but SYNs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.memory import objects, undivided
from tcpexplain.hot.columns import distinct
from tcpexplain.hot.mapped import let_go, mapped
from tcpexplain.identity.find import NamedSegment, values
from tcpexplain.identity.openings import AT_ONCE, Decisions, begun, every_nth, translations
from tcpexplain.parallel.changes import among
from tcpexplain.parallel.followed import TRANSLATED, alike_numbers, blocks_of, name_of
from tcpexplain.parallel.named import ECN, NUMBER, columns, contents, key_numbers, mixed, rows_by_number
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.segment import ACK, RST, SYN, Key, Segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from tcpexplain.analysis.memory import Arrays
    from tcpexplain.hot.array import Integers, RecordArray
    from tcpexplain.identity.clocks import Clock
    from tcpexplain.identity.find import Place
    from tcpexplain.identity.member import Member, Name
    from tcpexplain.parallel.divide import Divided
    from tcpexplain.parallel.named import NameColumns


class LeftNames(NamedTuple):
    """The names of connections that are not followed, one connection behind the other."""

    names: Integers
    prints: Integers
    group: Integers


class Translated(NamedTuple):
    """What becomes of names, each as one number (``name_of``), in order; and of packets, by identity."""

    gone: Any = ()
    """Names for which others stand."""
    names: Any = ()
    """Names that get another 4-tuple: their place among ``keys``, and whether their two ends change places."""
    keys: Any = ()
    flipped: Any = ()
    dropped: Any = ()
    """Packets that another name of the same capture has."""
    unclear: int = 0
    """Connections that stay apart."""

    def made(self, arrays: Arrays, segments: RecordArray, keys: RecordArray, tap: int) -> tuple[Any, Any]:
        """Segments and 4-tuples of a capture as they are to be."""
        np = arrays.np
        names = name_of(np, key_numbers(keys, arrays), np.full(len(keys), tap, np.int64))
        kept = ~np.isin(names, self.gone)[segments["next"]] & ~among(arrays, segments["packet"], self.dropped)
        segments, keys = arrays.picked(segments, np.flatnonzero(kept)), arrays.picked(keys, np.arange(len(keys)))
        at = np.minimum(np.searchsorted(self.names, names), max(len(self.names) - 1, 0))
        renamed = np.flatnonzero(self.names[at] == names) if len(self.names) else at[:0]
        flipped = np.zeros(len(keys), bool)
        if len(renamed):
            undivided(keys)[renamed] = undivided(self.keys).take(at[renamed])
            flipped[renamed] = self.flipped[at[renamed]]
        segments["sender"] ^= flipped[segments["next"]]
        return segments, keys


def names_left(np: ModuleType, names: Sequence[NameColumns], taps: Sequence[int], chosen: Integers) -> LeftNames:
    """The names of the connections behind NAT of which not all are among the chosen ones."""
    parts = [(np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.int64))]
    count = 0
    for openings in rows_by_number(np, names, taps):
        some = alike_numbers(np, openings, names, taps)
        if some is not None:
            apart = np.bincount(some.group, ~np.isin(some.names, chosen)) > 0
            some = some.only(np, (some.kind == TRANSLATED) & apart)
            parts.append((some.names, some.prints, some.group + count))
            count += len(some.kind)
    return LeftNames(*map(np.concatenate, zip(*parts, strict=True)))


class GatheredOpenings:
    """The SYNs and SYN-ACKs of the connections that are not followed.

    Parameters
    ----------
    found, memory, taps
        The decoded captures, and for each the first file of the capture that it is a part of.
    left
        The names of these connections.
    chosen
        Names whose segments are followed, which stay what they are.
    folder
        Where their 4-tuples lie, if they are many.
    """

    def __init__(
        self,
        found: Sequence[Divided],
        memory: Arrays,
        taps: Sequence[int],
        left: LeftNames,
        chosen: Integers,
        folder: str,
    ) -> None:
        self.found, self.memory, self.taps, self.left, self.chosen = found, memory, taps, left, chosen
        np = memory.np
        self.every = distinct(left.names)
        self.at = np.searchsorted(self.every, left.names)
        self.keys = mapped(memory.types[Key], len(self.every), folder or None)
        self.segments = self.gathered(folder)
        self.bounds = np.searchsorted(self.segments["next"], np.arange(len(self.every) + 1))
        self.prints = np.zeros(len(self.every), np.uint64)
        self.prints[self.at] = left.prints
        self.numbers: dict[Place, int] = {}
        """Of the connections at hand, the place of each name among ``every``."""

    def gathered(self, folder: str) -> RecordArray:
        """Their segments, by the place of their names; ``next`` is that place."""
        memory, np, pieces = self.memory, self.memory.np, list[Any]()
        for one, block in blocks_of(self.found):
            segments, keys, where = contents(block, memory)
            names = name_of(np, key_numbers(keys, where), np.full(len(keys), self.taps[one.number], np.int64))
            place = np.minimum(np.searchsorted(self.every, names), len(self.every) - 1)
            known = self.every[place] == names
            undivided(self.keys)[place[known]] = undivided(keys)[known]
            flags = segments["flags"]
            opening = (flags & SYN != 0) & (flags & RST == 0) & (segments["icmp"] == 0) & known[segments["next"]]
            pieces.append(where.picked(segments, np.flatnonzero(opening)))
            pieces[-1]["next"] = place[pieces[-1]["next"]]
        every = memory.chained(pieces, Segment)
        found = mapped(memory.types[Segment], len(every), folder or None)
        undivided(found)[:] = undivided(every)[np.lexsort((every["packet"], every["next"]))]
        return found

    def groups(self, step: int = 1) -> Iterator[list[Member]]:
        """The names that are one connection, of each; of each ``step``-th connection."""
        np = self.memory.np
        starts = np.append(np.flatnonzero(np.diff(self.left.group, prepend=-1)), len(self.left.group))
        chosen = np.arange(0, len(starts) - 1, step)
        for begin in range(0, len(chosen), AT_ONCE):
            some = chosen[begin : begin + AT_ONCE]
            rows = np.concatenate([np.arange(starts[at], starts[at + 1]) for at in some.tolist()])
            yield from begun(self.of_names(distinct(self.at[rows])), self.taps)
            let_go(self.keys, self.segments)

    def of_names(self, places: Integers) -> Iterator[NamedSegment]:
        """The segments of some names."""
        np, memory = self.memory.np, self.memory
        keys = objects(memory.picked(self.keys, places), Key)
        self.numbers = {}
        rows = np.concatenate([np.arange(self.bounds[at], self.bounds[at + 1]) for at in places.tolist()])
        key_of = dict(zip(places.tolist(), keys, strict=True))
        for segment in objects(memory.picked(self.segments, rows), Segment):
            yield NamedSegment(segment, key_of[segment.next])
            self.numbers[self.taps[int(segment.file)], values(key_of[segment.next])] = int(segment.next)

    def sample(self) -> list[list[Member]]:
        """Some connections from all over the captures, which tell of the clocks."""
        count = int(self.left.group[-1]) + 1
        return list(self.groups(every_nth(count)))

    def number_of(self, name: Name) -> int:
        """The place of a name among ``every``."""
        return self.numbers[name.file, name.key]

    def print_of(self, name: Name) -> int:
        """A number for the segments of a name."""
        return int(self.prints[self.number_of(name)])

    def translated(self, clocks: Sequence[Clock]) -> Translated:
        """What becomes of all of them."""
        np = self.memory.np
        found = Decisions(np.isin(self.every, self.chosen).tolist())
        for one in translations(self.groups(), clocks, self.print_of):
            found.add(one, self.number_of)
        gone, names, client, flipped, pairs = (np.array(one, np.int64) for one in found.columns)
        pairs = pairs.reshape(-1, 2)
        # What another name is called by must not be renamed itself.
        loose = ~np.isin(client, names) & ~np.isin(client, gone) & ~np.isin(names, list(found.torn))
        order = np.flatnonzero(loose)[np.argsort(self.every[names[loose]])]
        return Translated(
            np.sort(self.every[gone]),
            self.every[names[order]],
            self.memory.picked(self.keys, client[order]),
            flipped[order] > 0,
            self.twins(pairs[np.isin(pairs[:, 1], names[loose])]),
            found.unclear + int((~loose).sum()),
        )

    def twins(self, pairs: Integers) -> Integers:
        """The packets of the second name of each pair that the first has, too, as often as it has them."""
        np, rows = self.memory.np, list[Any]()
        first = np.full(len(self.every), -1)
        first[pairs[:, 0]] = pairs[:, 0]
        first[pairs[:, 1]] = pairs[:, 0]
        for one, block in blocks_of(self.found) if len(pairs) else ():
            segments, keys, where = contents(block, self.memory)
            names = name_of(np, key_numbers(keys, where), np.full(len(keys), self.taps[one.number], np.int64))
            place = np.minimum(np.searchsorted(self.every, names), len(self.every) - 1)
            its = np.where(self.every[place] == names, first[place], -1)
            some = where.picked(segments, np.flatnonzero(its[segments["next"]] >= 0))
            owner = some["next"]
            rows.append((its[owner], place[owner], likenesses(np, some, where), some["packet"]))
        return repeated(np, *map(np.concatenate, zip(*rows, strict=True))) if rows else np.zeros(0, np.int64)


def likenesses(np: ModuleType, segments: RecordArray, memory: Any) -> Any:
    """A number for what NAT leaves of each segment (``identity.member.Likeness``)."""
    seq, ack, flags, length, stamp, icmp = columns(segments, memory, "seq", "ack", "flags", "length", "ts_val", "icmp")
    return mixed(np, (seq & NUMBER, np.where(flags & ACK != 0, ack, 0) & NUMBER, flags & ~ECN, length, stamp, icmp))


def repeated(np: ModuleType, first: Integers, name: Integers, image: Integers, packet: Integers) -> Integers:
    """Of segments, each with its name and the first name of its connection in the capture: the packets that this one has, too, as often."""
    name = np.where(name == first, -1, name)
    order = np.lexsort((packet, name, image, first))
    first, name, image, packet = first[order], name[order], image[order], packet[order]
    new = np.ones(len(first), bool)
    new[1:] = (first[1:] != first[:-1]) | (image[1:] != image[:-1])
    group = np.cumsum(new) - 1
    firsts = np.bincount(group, name < 0)[group] if len(group) else group
    new[1:] |= name[1:] != name[:-1]
    nth = np.arange(len(first)) - np.flatnonzero(new)[np.cumsum(new) - 1]
    found: Integers = np.sort(packet[(name >= 0) & (nth < firsts)])
    return found
