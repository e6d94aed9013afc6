"""The messages of a part's connections, read by whoever follows them: their payload was left beside the segments."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tcpexplain.analysis.conversation import read_conversation
from tcpexplain.analysis.heard import ends_of, note, worth_hearing
from tcpexplain.analysis.memory import Arrays
from tcpexplain.analysis.sequenced import PACKET
from tcpexplain.parallel.buckets import bucket_of, sort_keys
from tcpexplain.parallel.carried import Payloads
from tcpexplain.wire.segment import Key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.hot.array import Integers, RecordArray
    from tcpexplain.model.said import Said
    from tcpexplain.parallel.carried import Carried
    from tcpexplain.payload.outcome import Outcome


def hear(analysis: Analysis, carried: Sequence[Carried], every: int) -> Iterator[tuple[int, Said]]:
    """Read the messages of all connections of a part that has been concluded, and add what they say to their facts; the words.

    ``every``: how many messages of a connection to tell one by one.
    """
    return note(analysis, outcomes(analysis, carried, every))


def outcomes(analysis: Analysis, carried: Sequence[Carried], every: int) -> Iterator[tuple[int, Outcome]]:
    """What follows from them, of connections of whose messages something is known."""
    np = Arrays().np
    files = [np.memmap(one.path, np.uint8, "r") if one.batches else np.zeros(0, np.uint8) for one in carried]
    streams = worth_hearing(analysis, everything=True)
    for bucket, some in by_bucket(analysis, streams).items():
        payloads = Payloads(np, files, carried, bucket)
        for stream, items in analysis.sequenced_of(some):
            said = zip(items, payloads.of([item[PACKET] for item in items]), strict=True)
            told = read_conversation(said, *ends_of(analysis, stream), every=every)
            if told is not None:
                yield stream, told
        payloads.let_go()


def by_bucket(analysis: Analysis, streams: Sequence[int]) -> dict[int, list[int]]:
    """Connections by their bucket."""
    found: dict[int, list[int]] = defaultdict(list)
    for stream, bucket in zip(streams, buckets_of(analysis, streams), strict=True):
        found[int(bucket)].append(stream)
    return found


def buckets_of(analysis: Analysis, streams: Sequence[int]) -> Sequence[int] | Integers:
    """The bucket of each."""
    memory, rows = analysis.memory, analysis.rows
    if not memory.compiled:
        return [bucket_of(rows[stream]) for stream in streams]
    keys: RecordArray = memory.records(Key, len(streams))
    buckets: Integers = memory.integers(len(streams))
    for name, _ in Key.FIELDS:
        keys[name] = rows[name][streams]
    memory.hot(sort_keys)(keys, len(streams), buckets)
    return buckets
