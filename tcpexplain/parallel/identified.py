"""Decoded captures in which each connection stands once, however many names it has in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.memory import objects
from tcpexplain.evidence.places import short_names
from tcpexplain.hot.columns import put
from tcpexplain.identity.find import Decoded, Identified, identify, values
from tcpexplain.identity.unite import lost_for_good
from tcpexplain.parallel.blocks import Held
from tcpexplain.wire.segment import RST, SYN, Key, Segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.identity.clocks import Clock
    from tcpexplain.identity.unite import Kept
    from tcpexplain.parallel.divide import Divided

LOSSES = "TE009"
"""The warning that a capture lacks packets: what is not in it proves nothing."""


def identified(found: Sequence[Divided], memory: Any, points: Sequence[str]) -> Identified | None:
    """What is one connection under several names; the captures' blocks hold it once then, and their times agree.

    Parameters
    ----------
    found
        The decoded captures, in memory; number ``n`` of them stands at place ``n``.
    memory
        Where they were decoded.
    points
        What the captures are to be called; their own short names where there are none.
    """
    names = [*points, *called(found)[len(points) :]]
    spans = [(one.start, one.end) for one in found]
    deaf = frozenset(place for place, one in enumerate(found) if any(w.code == LOSSES for w in one.warnings))
    result = identify(openings(found, memory), lambda wanted: of_names(found, memory, wanted), spans, names, deaf)
    if result:
        kept = {int(one.segment.packet): (one, union.key) for union in result.unions for one in union.kept}
        dropped = {packet for union in result.unions for packet in union.dropped}
        for one, clock in zip(found, result.clocks, strict=True):
            rewrite(one, clock, kept, dropped, memory)
    return result


def called(found: Sequence[Divided]) -> tuple[str, ...]:
    """The short names of the captures; of a single one, none."""
    return short_names([one.name for one in found]) or ("",)


def openings(found: Sequence[Divided], memory: Any) -> Iterator[Decoded]:
    """All segments with SYN."""
    for one in found:
        for block in one.blocks:
            yield from block_openings(block, memory)


def block_openings(block: Any, memory: Any) -> Iterator[Decoded]:
    """Those of a block."""
    if memory.compiled:
        flags = block.segments["flags"]
        places = memory.np.flatnonzero((flags & SYN != 0) & (flags & RST == 0) & (block.segments["icmp"] == 0))
        chosen = memory.picked(block.segments, places)
        keys = objects(memory.picked(block.keys, chosen["next"]), Key)
        yield from map(Decoded, objects(chosen, Segment), keys)
        return
    for segment in block.segments:
        if segment.flags & SYN and not segment.flags & RST and not segment.icmp:
            yield Decoded(segment, block.keys[segment.next])


def of_names(found: Sequence[Divided], memory: Any, wanted: set[tuple[int, tuple[int, ...]]]) -> Iterator[Decoded]:
    """The segments of some captures and 4-tuples."""
    for one in found:
        for block in one.blocks:
            keys = objects(block.keys, Key) if memory.compiled else block.keys
            places = {place: key for place, key in enumerate(keys) if (one.number, values(key)) in wanted}
            if not places:
                continue
            segments = block.segments
            if memory.compiled:
                chosen = memory.np.isin(segments["next"], list(places))
                segments = objects(memory.picked(segments, memory.np.flatnonzero(chosen)), Segment)
            yield from (Decoded(segment, places[segment.next]) for segment in segments if segment.next in places)


def rewrite(
    one: Divided, clock: Clock, kept: dict[int, tuple[Kept, tuple[int, ...]]], dropped: set[int], memory: Any
) -> None:
    """Leave out of a capture what another point stands for, name the rest as the client does, and put its clock right."""
    change = rewrite_arrays if memory.compiled else rewrite_objects
    before = one.segments
    one.blocks = [change(block, clock, kept, dropped, memory) for block in one.blocks]
    one.united = before - sum(len(block.segments) for block in one.blocks if isinstance(block, Held))
    one.start, one.end = (clock.right(one.start), clock.right(one.end)) if one.packets else (one.start, one.end)


def rewrite_objects(
    block: Any, clock: Clock, kept: dict[int, tuple[Kept, tuple[int, ...]]], dropped: set[int], memory: Any
) -> Held:
    """A block of lists."""
    del memory
    keys = list(block.keys)
    places: dict[tuple[int, ...], int] = {}
    segments = [segment for segment in block.segments if segment.packet not in dropped]
    for segment in segments:
        own = kept.get(segment.packet)
        if own is None:
            segment.time = clock.right(segment.time)
        else:
            segment.time, segment.sender = own[0].time, own[0].sender
            segment.next = place_of(own[1], keys, places)
    return Held(segments, keys)


def rewrite_arrays(
    block: Any, clock: Clock, kept: dict[int, tuple[Kept, tuple[int, ...]]], dropped: set[int], memory: Any
) -> Held:
    """A block of arrays."""
    np = memory.np
    keys: list[Any] = []
    places: dict[tuple[int, ...], int] = {}
    packets = block.segments["packet"]
    segments = memory.picked(block.segments, np.flatnonzero(~np.isin(packets, list(dropped))))
    times = segments["time"]
    segments["time"] = times + clock.offset + np.rint(clock.drift * (times - clock.since)).astype(np.int64)
    for row in np.flatnonzero(np.isin(segments["packet"], list(kept))).tolist():
        own, key = kept[int(segments["packet"][row])]
        segments["time"][row], segments["sender"][row] = own.time, own.sender
        segments["next"][row] = len(block.keys) + place_of(key, keys, places)
    return Held(segments, memory.chained([block.keys, memory.taken(keys, Key)], Key))


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
    of_packet = {int(one.segment.packet): union.united for union in result.unions for one in union.kept}
    analysis.united = of_packet
    made: dict[int, int] = {}
    lost: dict[int, int] = {}
    foreign: dict[int, int] = {}
    for stream in range(analysis.streams):
        first = int(analysis.pool[int(analysis.rows[stream].first)]["packet"]) if analysis.memory.compiled else int(
            analysis.pool[analysis.rows[stream].first].packet
        )  # fmt: skip
        united = of_packet.get(first)
        if united is None:
            continue
        facts = analysis.results.of(stream)[0]
        reset = united.passages.get(int(facts.reset_packet))
        made[stream] = int(reset is not None and reset.fate == "made")
        lost[stream] = lost_for_good(united)
        foreign[stream] = united.untranslated[0] if united.untranslated else 0
    for name, column in (("made_between", made), ("lost_between", lost), ("untranslated", foreign)):
        put(analysis.results.facts, name, {stream: value for stream, value in column.items() if value})
