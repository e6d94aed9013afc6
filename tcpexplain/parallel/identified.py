"""Decoded captures in which each connection stands once, however many names it has in them."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.memory import Arrays, objects
from tcpexplain.errors import Warning  # noqa: A004 (the word users see)
from tcpexplain.evidence.places import short_names
from tcpexplain.hot.columns import column, put
from tcpexplain.identity.find import Identified, identify
from tcpexplain.identity.unite import lost_for_good
from tcpexplain.parallel.blocks import Blocks, Held
from tcpexplain.parallel.buckets import BUCKETS
from tcpexplain.parallel.changes import UNCHANGED, Changes, changes_of, right_times
from tcpexplain.parallel.followed import columns_followed, names_of, segments_followed
from tcpexplain.parallel.followed_lists import in_lists
from tcpexplain.parallel.named import contents
from tcpexplain.parallel.networks import each_for_itself, set_apart
from tcpexplain.parallel.scratch import new_file
from tcpexplain.parallel.taps import taps_of
from tcpexplain.parallel.translated import GatheredOpenings, Translated, names_left
from tcpexplain.parallel.translated_lists import TranslatedPlaces
from tcpexplain.tuples import NamedTuple
from tcpexplain.units import counted
from tcpexplain.wire.segment import Key, Segment, file_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.identity.clocks import Clock
    from tcpexplain.identity.find import NamedSegment
    from tcpexplain.identity.unite import KeptSegment
    from tcpexplain.model.points import United
    from tcpexplain.parallel.blocks import Block
    from tcpexplain.parallel.divide import Divided
    from tcpexplain.parallel.named import NameColumns
    from tcpexplain.parallel.wanted import Wanted

IN_VAIN = 3
"""Copies that were lost for good before a RST was made: the RST is what came of that."""
LOSSES = "TE009"
"""The warning that a capture lacks packets: what is not in it proves nothing."""


def identified_or_apart(
    found: Sequence[Divided], memory: Any, wanted: Wanted, scratch: str = ""
) -> tuple[Identified | None, Changes]:
    """What ``identified`` finds, or nothing of the kind, if it is not asked for: then each capture is told for itself."""
    if wanted.identify:
        return identified(found, memory, wanted.points, scratch)
    each_for_itself(found, memory, taps_of(found, memory), arrays=on_arrays(found, memory))
    return None, UNCHANGED


def identified(
    found: Sequence[Divided], memory: Any, points: Sequence[str], scratch: str = ""
) -> tuple[Identified | None, Changes]:
    """What is one connection under several names; the captures' blocks hold it once then, and their times agree.

    Blocks in files stay as they are where no 4-tuple changes: what is to become of them when they are read is the second result.

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
    taps = taps_of(found, memory)
    spans = whole_spans(found, taps)
    deaf = frozenset(taps[place] for place, one in enumerate(found) if any(w.code == LOSSES for w in one.warnings))
    columns = on_arrays(found, memory)
    known = set_apart(found, memory, taps, arrays=columns)
    chosen = in_columns(found, memory, taps, known, scratch) if columns else in_lists(found, taps)
    if not chosen:
        return None, UNCHANGED
    more = chosen.left_out.sample() if chosen.left_out else []
    result = identify(chosen.segments, spans, names, deaf, taps, more)
    if not result:
        return None, UNCHANGED
    translated = chosen.left_out.translated(result.clocks) if chosen.left_out else None
    if translated and translated.unclear:
        found[0].warnings = (*found[0].warnings, not_followed(translated.unclear))
    kept = {int(one.segment.packet): (one, union.key) for union in result.unions for one in union.kept}
    dropped = {packet for union in result.unions for packet in union.dropped}
    if scratch and not translated and not any(union.translated for union in result.unions):
        note_changes(found, result.clocks, dropped)
        arrays = memory if memory.compiled else Arrays()
        return result, changes_of(arrays, result.clocks, {packet: one for packet, (one, _) in kept.items()}, dropped)
    for one, clock, tap in zip(found, result.clocks, taps, strict=True):
        rewrite(one, clock, ChangedNames(kept, dropped, translated, tap), memory, scratch)
    return result, UNCHANGED


def note_changes(found: Sequence[Divided], clocks: Sequence[Clock], dropped: Iterable[int]) -> None:
    """What the captures tell of themselves once what is dropped has gone, and their clocks are right."""
    often = Counter(map(file_of, dropped))
    for one, clock in zip(found, clocks, strict=True):
        one.united = often[one.number]
        put_right(one, clock)


def called(found: Sequence[Divided]) -> tuple[str, ...]:
    """The short names of the captures; of a single one, none."""
    return short_names([one.name for one in found]) or ("",)


def on_arrays(found: Sequence[Divided], memory: Any) -> bool:
    """Whether the blocks are arrays, here or in files."""
    return memory.compiled or not all(isinstance(block, Held) for one in found for block in one.blocks)


class ChosenRows(NamedTuple):
    """The same as ``parallel.followed_lists.Chosen``, of arrays."""

    segments: Iterator[NamedSegment]
    left_out: GatheredOpenings | None


def in_columns(
    found: Sequence[Divided], memory: Any, taps: Sequence[int], known: Sequence[NameColumns] | None, scratch: str
) -> ChosenRows | None:
    """What is followed of arrays; None if nothing is."""
    arrays = memory if memory.compiled else Arrays()
    known = known or [names_of(one, arrays) for one in found]
    names, left_out = columns_followed(found, arrays, taps, known)
    if not len(names) and not left_out:
        return None
    left = names_left(arrays.np, known, taps, names) if left_out else None
    openings = GatheredOpenings(found, arrays, taps, left, names, scratch) if left and len(left.names) else None
    return ChosenRows(segments_followed(found, arrays, names, taps), openings)


def not_followed(count: int) -> Warning:
    """TE023: connections behind NAT of which SYNs alone do not tell what they are."""
    return Warning(
        "TE023",
        f"{counted(count, 'connection')} behind NAT stay apart under each of their names",
        "there is no room to follow their segments, and their SYNs alone do not tell which name is the client's",
        "compare a part of them:  tcpdump -r client.pcap -w part.pcap port 443",
    )


def whole_spans(found: Sequence[Divided], taps: Sequence[int]) -> list[tuple[int, int]]:
    """When each capture begins and ends, with all its parts; each stands at the place of its first file."""
    parts: list[list[Divided]] = [[] for _ in found]
    for one, tap in zip(found, taps, strict=True):
        if one.packets:
            parts[tap].append(one)
    return [
        (min(one.start for one in some), max(one.end for one in some)) if some else (found[at].start, found[at].end)
        for at, some in enumerate(parts)
    ]


class ChangedNames(NamedTuple):
    """What becomes of the packets of connections with several names, by identity."""

    kept: dict[int, tuple[KeptSegment, tuple[int, ...]]]
    """The segment as it is to be, and the 4-tuple that it is to have."""
    dropped: set[int]
    translated: Translated | TranslatedPlaces | None = None
    tap: int = 0


def rewrite(one: Divided, clock: Clock, changes: ChangedNames, memory: Any, scratch: str) -> None:
    """Leave out of a capture what another point stands for, name the rest as the client does, and put its clock right."""
    before = one.segments
    one.blocks = [changed(block, clock, changes, memory, scratch) for block in one.blocks]
    one.united = before - sum(block.how_many(0, BUCKETS) for block in one.blocks)
    # What segments carry lies in the buckets of the 4-tuples that they had: it is read from the capture.
    one.carried = None
    put_right(one, clock)


def put_right(one: Divided, clock: Clock) -> None:
    """When a capture begins and ends, by the first one's clock."""
    one.start, one.end = (clock.right(one.start), clock.right(one.end)) if one.packets else (one.start, one.end)


def changed(block: Block, clock: Clock, changes: ChangedNames, memory: Any, scratch: str) -> Block:
    """A block with the changes; one in a file is written anew."""
    segments, keys, where = contents(block, memory)
    if not where.compiled:
        return rewritten_objects(segments, keys, clock, changes)
    held = rewritten_arrays(segments, keys, clock, changes, where)
    if isinstance(block, Held):
        return held
    if not memory.compiled:
        held = Held(objects(held.segments, Segment), objects(held.keys, Key))
    return Blocks.of(memory, held).store(new_file(scratch, ".blocks", "once-"), len(held.segments), len(held.keys))


def rewritten_objects(segments: Any, keys: Any, clock: Clock, changes: ChangedNames) -> Held:
    """A block of lists."""
    keys, places = list(keys), dict[tuple[int, ...], int]()
    if isinstance(changes.translated, TranslatedPlaces):
        segments, keys = changes.translated.made(segments, keys, changes.tap)
    left = [segment for segment in segments if segment.packet not in changes.dropped]
    for segment in left:
        own = changes.kept.get(segment.packet)
        if own is None:
            segment.time = clock.right(segment.time)
        else:
            segment.time, segment.sender = own[0].time, own[0].sender
            segment.next = place_of(own[1], keys, places)
    return Held(left, keys)


def rewritten_arrays(segments: Any, keys: Any, clock: Clock, changes: ChangedNames, memory: Any) -> Held:
    """A block of arrays."""
    np, new, places = memory.np, list[Any](), dict[tuple[int, ...], int]()
    if isinstance(changes.translated, Translated):
        segments, keys = changes.translated.made(memory, segments, keys, changes.tap)
    left = memory.picked(segments, np.flatnonzero(~np.isin(segments["packet"], list(changes.dropped))))
    left["time"] = right_times(np, left["time"], clock)
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
    """1 if a segment never passed the end that it names as its sender; 2 if copies of something had been lost in vain before it: that came first."""
    one = united.passages.get(packet)
    if one is None or one.fate != "made":
        return 0
    before = Counter(way.side for way in united.lost if way.at[0].time < one.at[0].time)
    return 2 if max(before.values(), default=0) >= IN_VAIN else 1
