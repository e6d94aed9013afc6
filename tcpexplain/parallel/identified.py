"""NamedSegment captures in which each connection stands once, however many names it has in them."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tcpexplain.analysis.memory import Arrays, objects
from tcpexplain.evidence.places import short_names
from tcpexplain.hot.columns import column, distinct, put
from tcpexplain.identity.find import Identified, NamedSegment, identify, values
from tcpexplain.identity.unite import lost_for_good
from tcpexplain.parallel.blocks import Blocks, Held, read
from tcpexplain.parallel.buckets import BUCKETS
from tcpexplain.wire.segment import RST, SYN, Key, Segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.identity.clocks import Clock
    from tcpexplain.identity.find import Place
    from tcpexplain.identity.unite import KeptSegment
    from tcpexplain.model.points import United
    from tcpexplain.parallel.blocks import Block
    from tcpexplain.parallel.divide import Divided

LOSSES = "TE009"
"""The warning that a capture lacks packets: what is not in it proves nothing."""


def identified(found: Sequence[Divided], memory: Any, points: Sequence[str], scratch: str = "") -> Identified | None:
    """What is one connection under several names; the captures' blocks hold it once then, and their times agree.

    Parameters
    ----------
    found
        The decoded captures; number ``n`` of them stands at place ``n``.
    memory
        Where they were decoded.
    points
        What the captures are to be called; their own short names where there are none.
    scratch
        Where blocks that are files are written anew.
    """
    names = [given or name for given, name in zip_longest(points, called(found), fillvalue="")]
    spans = [(one.start, one.end) for one in found]
    deaf = frozenset(place for place, one in enumerate(found) if any(w.code == LOSSES for w in one.warnings))
    opened = list(openings(found, memory))
    result = identify(
        opened,
        lambda wanted: of_names(found, memory, wanted),
        lambda: with_resets(found, memory),
        spans,
        names,
        deaf,
        shared(found, memory, opened),
    )
    if result:
        changes = Changes(
            {int(one.segment.packet): (one, union.key) for union in result.unions for one in union.kept},
            {packet for union in result.unions for packet in union.dropped},
        )
        for one, clock in zip(found, result.clocks, strict=True):
            rewrite(one, clock, changes, memory, scratch)
    return result


def called(found: Sequence[Divided]) -> tuple[str, ...]:
    """The short names of the captures; of a single one, none."""
    return short_names([one.name for one in found]) or ("",)


def contents(block: Block, memory: Any) -> tuple[Any, Any, Any]:
    """Segments and 4-tuples of a block, and the memory they are in: arrays, if they come from a file."""
    if isinstance(block, Held):
        return block.segments, block.keys, memory
    arrays = memory if memory.compiled else Arrays()
    return *read([block], arrays, 0, BUCKETS), arrays


def openings(found: Sequence[Divided], memory: Any) -> Iterator[NamedSegment]:
    """All segments with SYN."""
    for one in found:
        for block in one.blocks:
            yield from block_openings(*contents(block, memory))


def block_openings(segments: Any, keys: Any, memory: Any) -> Iterator[NamedSegment]:
    """Those of a block."""
    if memory.compiled:
        flags = segments["flags"]
        places = memory.np.flatnonzero((flags & SYN != 0) & (flags & RST == 0) & (segments["icmp"] == 0))
        chosen = memory.picked(segments, places)
        yield from map(NamedSegment, objects(chosen, Segment), objects(memory.picked(keys, chosen["next"]), Key))
        return
    for segment in segments:
        if segment.flags & SYN and not segment.flags & RST and not segment.icmp:
            yield NamedSegment(segment, keys[segment.next])


def with_resets(found: Sequence[Divided], memory: Any) -> set[Place]:
    """The captures and 4-tuples that have a RST."""
    return {(one.number, values(key)) for one in found for block in one.blocks for key in reset_keys(block, memory)}


def reset_keys(block: Block, memory: Any) -> Sequence[Any]:
    """Those of a block."""
    segments, keys, where = contents(block, memory)
    if where.compiled:
        places = distinct(segments["next"][segments["flags"] & RST != 0].astype(where.np.int64))
        return objects(where.picked(keys, places), Key)
    return [keys[segment.next] for segment in segments if segment.flags & RST]


def of_names(found: Sequence[Divided], memory: Any, wanted: set[Place]) -> Iterator[NamedSegment]:
    """The segments of some captures and 4-tuples."""
    for one in found:
        for block in one.blocks:
            segments, keys, where = contents(block, memory)
            keys = objects(keys, Key) if where.compiled else keys
            places = {place: key for place, key in enumerate(keys) if (one.number, values(key)) in wanted}
            if not places:
                continue
            if where.compiled:
                chosen = where.np.isin(segments["next"], list(places))
                segments = objects(where.picked(segments, where.np.flatnonzero(chosen)), Segment)
                segments.sort(key=lambda segment: int(segment.packet))
            yield from (NamedSegment(segment, places[segment.next]) for segment in segments if segment.next in places)


def shared(found: Sequence[Divided], memory: Any, opened: Sequence[NamedSegment]) -> set[Place]:
    """Captures and 4-tuples that several captures have, of which not all have a SYN: some began in the middle."""
    if len(found) < 2:
        return set()
    begun = {(int(one.segment.file), values(one.key)) for one in opened}
    names = [{values(key) for block in one.blocks for key in keys_of(block, memory)} for one in found]
    often = Counter(key for of_file in names for key in of_file)
    every = {(one.number, key) for one, of_file in zip(found, names, strict=True) for key in of_file if often[key] > 1}
    middle = {key for _, key in every - begun}
    return {(file, key) for file, key in every if key in middle}


def keys_of(block: Block, memory: Any) -> Sequence[Any]:
    """The 4-tuples of a block, as objects."""
    _, keys, where = contents(block, memory)
    return objects(keys, Key) if where.compiled else list(keys)


class Changes(NamedTuple):
    """What becomes of the packets of connections with several names, by identity."""

    kept: dict[int, tuple[KeptSegment, tuple[int, ...]]]
    """The segment as it is to be, and the 4-tuple that it is to have."""
    dropped: set[int]


def rewrite(one: Divided, clock: Clock, changes: Changes, memory: Any, scratch: str) -> None:
    """Leave out of a capture what another point stands for, name the rest as the client does, and put its clock right."""
    before = one.segments
    one.blocks = [changed(block, clock, changes, memory, scratch) for block in one.blocks]
    one.united = before - sum(block.how_many(0, BUCKETS) for block in one.blocks)
    one.start, one.end = (clock.right(one.start), clock.right(one.end)) if one.packets else (one.start, one.end)


def changed(block: Block, clock: Clock, changes: Changes, memory: Any, scratch: str) -> Block:
    """A block with the changes; one in a file is written anew."""
    segments, keys, where = contents(block, memory)
    if not where.compiled:
        return rewritten_objects(segments, keys, clock, changes)
    held = rewritten_arrays(segments, keys, clock, changes, where)
    if isinstance(block, Held):
        return held
    handle, name = tempfile.mkstemp(".blocks", "once-", scratch)
    os.close(handle)
    if not memory.compiled:
        held = Held(objects(held.segments, Segment), objects(held.keys, Key))
    return Blocks.of(memory, held).store(Path(name), len(held.segments), len(held.keys))


def rewritten_objects(segments: Any, keys: Any, clock: Clock, changes: Changes) -> Held:
    """A block of lists."""
    keys, places = list(keys), dict[tuple[int, ...], int]()
    left = [segment for segment in segments if segment.packet not in changes.dropped]
    for segment in left:
        own = changes.kept.get(segment.packet)
        if own is None:
            segment.time = clock.right(segment.time)
        else:
            segment.time, segment.sender = own[0].time, own[0].sender
            segment.next = place_of(own[1], keys, places)
    return Held(left, keys)


def rewritten_arrays(segments: Any, keys: Any, clock: Clock, changes: Changes, memory: Any) -> Held:
    """A block of arrays."""
    np, new, places = memory.np, list[Any](), dict[tuple[int, ...], int]()
    left = memory.picked(segments, np.flatnonzero(~np.isin(segments["packet"], list(changes.dropped))))
    times = left["time"]
    left["time"] = times + clock.offset + np.rint(clock.drift * (times - clock.since)).astype(np.int64)
    for row in np.flatnonzero(np.isin(left["packet"], list(changes.kept))).tolist():
        own, key = changes.kept[int(left["packet"][row])]
        left["time"][row], left["sender"][row] = own.time, own.sender
        left["next"][row] = len(keys) + place_of(key, new, places)
    return Held(left, memory.chained([keys, memory.taken(new, Key)], Key))


def place_of(fields: tuple[int, ...], keys: list[Any], places: dict[tuple[int, ...], int]) -> int:
    """Where a 4-tuple stands behind the others."""
    if fields not in places:
        key = Key()
        for (name, _), value in zip(Key.FIELDS, fields, strict=True):
            setattr(key, name, value)
        places[fields] = len(keys)
        keys.append(key)
    return places[fields]


def tell(analysis: Analysis, result: Identified) -> None:
    """Let the connections of an analysis that has finished know what their points prove."""
    analysis.united = {int(one.segment.packet): union.united for union in result.unions for one in union.kept}
    begun = {(min(one.time for one in union.kept), union.key): union.united for union in result.unions if union.kept}
    times = {time for time, _ in begun}
    starts = column(analysis.results.facts, "start", range(analysis.streams))
    found = {
        stream: united
        for stream, start in enumerate(starts)
        if start in times and (united := begun.get((start, analysis.key(stream))))
    }
    analysis.united_streams = found
    resets = column(analysis.results.facts, "reset_packet", list(found))
    for name, values_of in (
        ("made_between", [made(united, reset) for united, reset in zip(found.values(), resets, strict=True)]),
        ("lost_between", list(map(lost_for_good, found.values()))),
        ("untranslated", [united.untranslated[0] if united.untranslated else 0 for united in found.values()]),
    ):
        put(analysis.results.facts, name, dict(zip(found, values_of, strict=True)))


def made(united: United, packet: int) -> int:
    """1 if a segment never passed the end that it names as its sender."""
    one = united.passages.get(packet)
    return int(one is not None and one.fate == "made")
