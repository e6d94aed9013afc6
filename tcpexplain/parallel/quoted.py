"""ICMP errors with a cut quote whose packet is in another file: those files are read once more, so that where a capture is cut does not matter.

What a quote of 12 bytes is about is looked up among the packets before it (``wire.quotes``). A file that begins between the two has
only the error. Few captures have such: only then is the packet looked for in the files before, and the error's file decoded again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tcpexplain.errors import CaptureError
from tcpexplain.readers import open_capture
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.quotes import QUOTE, identity_of, packets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tcpexplain.parallel.divide import CaptureToDecode, Divided
    from tcpexplain.wire.quotes import Identity


class SoughtQuote(NamedTuple):
    """A capture in which packets are looked for: with each, the times of the errors that are about it (ns)."""

    file: CaptureToDecode
    times: dict[Identity, tuple[int, ...]]


class SeenSegment(NamedTuple):
    """When the last such packet before an error came (ns), and its first bytes."""

    time: int
    packet: bytes


QuotesFound = dict[tuple["Identity", int], SeenSegment]


def look(sought: SoughtQuote) -> QuotesFound:
    """What a capture has of what is sought, by identity and time of the error."""
    found: QuotesFound = {}
    try:
        for frames in open_capture(sought.file.path, sought.file.reader, filter=sought.file.filter):
            for row, _, _, packet in packets_of(frames):
                identity = identity_of(packet)
                if identity not in sought.times:
                    continue
                time = int(frames.time[row])
                for error in sought.times[identity]:
                    if time <= error:
                        found[identity, error] = SeenSegment(time, packet[:QUOTE])
    except CaptureError:
        pass  # it has been told of when the file was decoded
    return found


def with_quotes(
    tasks: Sequence[CaptureToDecode],
    found: list[Divided],
    find: Callable[[list[SoughtQuote]], list[QuotesFound]],
    divide: Callable[[list[CaptureToDecode]], list[Divided]],
) -> list[Divided]:
    """The same captures; those with errors about packets of others are decoded again, knowing these.

    Parameters
    ----------
    tasks, found
        The captures, and what is in them, in the same order.
    find, divide
        Run ``look`` and ``divide_file`` on several.
    """
    times = errors_of(found)
    if not times or len(found) == 1:
        return found
    last = max(error for several in times.values() for error in several)
    places = [at for at, one in enumerate(found) if one.packets and one.start <= last]
    seen = dict(zip(places, find([SoughtQuote(tasks[at], times) for at in places]), strict=True))
    again = {}
    for at, one in enumerate(found):
        others = [has for place, has in seen.items() if place != at]
        if quoted := latest(one.lacking, others):
            again[at] = replace(tasks[at], quoted=quoted)
    renewed = dict(zip(again, divide(list(again.values())), strict=True))
    return [renewed.get(at, one) for at, one in enumerate(found)]


def errors_of(found: Sequence[Divided]) -> dict[Identity, tuple[int, ...]]:
    """What errors are about that their own files lack, and when the errors came."""
    times: dict[Identity, tuple[int, ...]] = {}
    for one in found:
        for identity, error in one.lacking:
            times[identity] = (*times.get(identity, ()), error)
    return times


def latest(
    lacking: Sequence[tuple[Identity, int]], others: Sequence[QuotesFound]
) -> tuple[tuple[Identity, bytes], ...]:
    """The packets that errors are about, of all files but their own: each the last before its error."""
    quoted = []
    for key in lacking:
        seen = [has[key] for has in others if key in has]
        if seen:
            quoted.append((key[0], max(seen, key=lambda one: one.time).packet))
    return tuple(quoted)
