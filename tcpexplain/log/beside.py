"""The calls of strace beside the packets: which connection and end each was made at."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tcpexplain.log.instant import SIDES
from tcpexplain.log.line import claim
from tcpexplain.log.score import ends_fit
from tcpexplain.model.log import CallBeside
from tcpexplain.units import NANOSECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcpexplain.log.addresses import Place
    from tcpexplain.log.choose import Choices
    from tcpexplain.log.records import LogEntry
    from tcpexplain.model.capture import Capture

MOST = 20_000
"""Calls that are placed."""
SLACK = 2 * NANOSECOND


def beside(capture: Capture, called: Sequence[LogEntry], choices: Choices, offset: int) -> tuple[CallBeside, ...]:
    """The calls with their connections and ends; those of sockets that are not in the capture are left out."""
    grouped: dict[tuple[Place, Place], list[LogEntry]] = defaultdict(list)
    for record in called[:MOST]:
        if record.called and record.called.stamp:
            grouped[record.called.own, record.called.peer].append(record)
    return tuple(one for records in grouped.values() for one in placed(capture, records, choices, offset))


def placed(capture: Capture, records: Sequence[LogEntry], choices: Choices, offset: int) -> Iterator[CallBeside]:
    """The calls of one socket."""
    said = claim(records[0])
    found = choices.of(said)
    looked = capture.only(list(capture.streams) if found is None else found)
    fitting = [(one, side) for one in looked for side in SIDES if ends_fit(said, one, side) == 1.0]
    for record in records:
        called = record.called
        if called is None or called.stamp is None:
            continue
        at = called.stamp.resolved(choices.near) + offset
        for one, side in fitting:
            if one.start - SLACK <= at <= one.start + round(one.duration * NANOSECOND) + SLACK:
                yield CallBeside(one.stream, side, at, called.told, called.fails)
                break
