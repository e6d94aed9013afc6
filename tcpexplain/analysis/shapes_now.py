"""The same as ``analysis.shapes`` while a capture goes on: what those that are still remembered show of a connection that has just ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.analysis.shapes import CUT, FIELDS, SHAPES, all_said, cut_in, speaks, values_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.analysis.ended import Ended

MOST = 100
"""Others that are asked at most, the latest."""
LOW, HIGH = (0, 1, 2, 5), (0, 3, 4, 6)
"""Where the version, address and port of each end stand in a key (``wire.segment.Key``)."""


def note_now(analysis: Analysis, ended: Ended) -> None:
    """Fill in ``shape`` and its like in the facts of a connection whose last message was cut, as others that have ended show."""
    for side in (0, 1):
        for shape, of in SHAPES:
            records = records_of(analysis, ended)
            if speaks(*records, side) and of(*records, side).verdict == CUT:
                group = [
                    (one.stream, of(*records_of(analysis, one), side))
                    for one in (ended, *others(analysis, ended, side))
                ]
                for stream, told, alike in cut_in(all_said(group), shape):
                    if stream == ended.stream:
                        for name, value in zip(FIELDS, values_of(shape, side, told, alike), strict=True):
                            setattr(ended.facts, name, value)


def records_of(analysis: Analysis, ended: Ended) -> tuple[Any, Any, Any, Any]:
    """The row, the facts, the client's and the server's of a connection."""
    facts = ended.facts
    return analysis.rows[ended.stream], facts, ended.tells[facts.client], ended.tells[1 - facts.client]


def server_of(ended: Ended) -> tuple[int, ...]:
    """The server's address and port."""
    return tuple(ended.key[place] for place in (HIGH if ended.facts.client == 0 else LOW))


def others(analysis: Analysis, ended: Ended, side: int) -> Iterator[Ended]:
    """The latest other connections to the same server of which an end has spoken in no known protocol."""
    server, left = server_of(ended), MOST
    for stream in range(analysis.streams - 1, -1, -1):
        key = analysis.key(stream)
        if stream == ended.stream or server not in (tuple(key[at] for at in LOW), tuple(key[at] for at in HIGH)):
            continue
        one = analysis.ended_now(stream)
        if analysis.tap:
            analysis.tap.tell(one)
        if server_of(one) == server and speaks(*records_of(analysis, one), side):
            yield one
            left -= 1
        if not left:
            return
