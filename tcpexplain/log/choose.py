"""Which connections of a capture a line may be about: all of a few, of many those whose ends, outcome and time may fit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from tcpexplain.hot.columns import as_array, of_each, worth_arrays
from tcpexplain.log.brief import Brief, briefs
from tcpexplain.log.score import Siblings, all_fits
from tcpexplain.machine.facts import CONNECTION_REFUSED
from tcpexplain.runtimes import EOF, LOCAL, TIMER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.hot.array import Flags, Integers, RecordArray, Records
    from tcpexplain.log.addresses import Place
    from tcpexplain.log.line import Claim
    from tcpexplain.log.score import Fit
    from tcpexplain.model.capture import Capture
    from tcpexplain.wire.segment import Key

FEW = 400
"""Connections up to which all are looked at."""
COARSE = 2000
"""Connections of many whose facts are looked at for one line."""
CHOSEN = 24
"""Connections of these that are looked at closely: as many of those that fit by time as of those that fit but for the time."""
NEVER = 1 << 62


class Choices:
    """For each line, the connections of a capture to look at closely; what is found out of one serves for all lines.

    ``briefly``: all connections that were looked at, as their facts tell them, by their stream numbers.
    """

    def __init__(self, capture: Capture, near: int) -> None:
        analysis = getattr(capture.held, "analysis", None)
        self.analysis = None if len(capture) <= FEW else analysis
        self.streams, self.near = list(capture.streams), near
        self.briefly: dict[int, Brief] = {}
        self._looked_at: tuple[list[int], list[Brief], Siblings] = ([], [], Siblings(()))

    def of(self, claim: Claim) -> list[int] | None:
        """Stream numbers; None if they are so few that all are looked at."""
        if self.analysis is None:
            return None
        streams = self.streams
        if len(streams) > COARSE and worth_arrays(self.analysis.results.facts):
            streams = by_columns(self.analysis, streams, claim, self.near)
        looked, siblings = self.looked_at(streams)
        found = [fits for one in looked if (fits := all_fits(claim, one, 0, self.near, siblings))]
        return list(dict.fromkeys([*best(found, "score"), *best(found, "untimed")]))

    def looked_at(self, streams: list[int]) -> tuple[list[Brief], Siblings]:
        """Connections as their facts tell them, and what is usual among them; once where lines ask for the same ones."""
        if streams != self._looked_at[0]:
            unknown = [stream for stream in streams if stream not in self.briefly]
            self.briefly |= {one.stream: one for one in briefs(self.analysis, unknown)}
            looked = [self.briefly[stream] for stream in streams]
            self._looked_at = streams, looked, Siblings(looked)
        return self._looked_at[1:]


def best(found: Sequence[Sequence[Fit]], by: Literal["score", "untimed"]) -> list[int]:
    """The stream numbers of those that fit best; ``found``: what can be said for each connection."""
    scores = [(max(getattr(fit, by) for fit in fits), fits[0].connection.stream) for fits in found]
    return [stream for _, stream in sorted(scores, key=lambda one: (-one[0], one[1]))[:CHOSEN]]


def roles(claim: Claim) -> tuple[int, ...]:
    """The ends that may have written the line: 0 client, 1 server."""
    return (0, 1) if claim.known.role == "own" else (("client", "server").index(claim.known.role),)


def by_columns(analysis: Analysis, streams: list[int], claim: Claim, near: int) -> list[int]:
    """Of many: by columns, the best first."""
    import numpy as np

    results = analysis.results
    tables = (analysis.rows, results.facts, results.clients, results.servers)
    rows, facts, *ends = (as_array(table[: analysis.streams]) for table in tables)
    worth = np.zeros(len(rows))
    worth[streams] = 1.0
    for place in claim.places:
        worth *= np.where(of_each(partial(has_end, place), rows), 1.0, 0.02)
    when = np.full(len(rows), NEVER, np.int64)
    fitting = np.zeros(len(rows), bool)
    for side in roles(claim):
        time, met = met_by(np, facts, ends[side], ends[1 - side], claim, side)
        when = np.where(met & (time < when), time, when)
        fitting |= met
    worth *= np.where(fitting, 1.0, 0.05)
    said = claim.moment(near)
    if said is not None:
        apart = np.abs((facts["start"] + np.where(when == NEVER, facts["duration"], when) - said).astype(float)) / 1e9
        quarter = np.minimum(apart % 900, 900 - apart % 900)
        worth *= 1.0 / (1.0 + np.minimum(apart, 30 + quarter) / 5)
    best = np.argsort(-worth, kind="stable")[:COARSE]
    return [int(stream) for stream in best if worth[stream] > 0]


def has_end(place: Place, row: Key) -> int:
    """Whether a connection has this end; elementwise."""
    low, high = row.version > 0, row.version > 0
    if place.port is not None:
        low, high = low & (row.low_port == place.port), high & (row.high_port == place.port)
    if place.address is not None:
        version, upper, lower = place.words
        low &= (row.version == version) & (row.low_hi == upper) & (row.low_lo == lower)
        high &= (row.version == version) & (row.high_hi == upper) & (row.high_lo == lower)
    return low | high


def met_by(
    np: ModuleType, facts: Records, me: RecordArray, peer: RecordArray, claim: Claim, side: int
) -> tuple[Integers, Flags]:
    """When an end may have met one of the outcomes (ns since the connection began), and whether it may at all."""
    time = np.full(len(facts), NEVER, np.int64)
    met = np.zeros(len(facts), bool)
    for outcome in claim.known.outcomes:
        if outcome == EOF:
            now, this = np.maximum(me["eof_time"], me["late_data"]), peer["fin_time"] > 0
        elif outcome in (TIMER, LOCAL):
            own_reset = (facts["reset_by"] == side) & (facts["resets"] > 0)
            now = np.where(me["fin_time"] > 0, me["fin_time"], facts["reset_time"])
            this = (me["fin_time"] > 0) | own_reset | (peer["fin_time"] == 0)
        elif claim.known.call == "connect":
            now, this = (
                np.maximum(me["error_time"], 1),
                (facts["opening"] >= CONNECTION_REFUSED) | (me["error_time"] > 0),
            )
        else:
            now, this = me["error_time"], (me["error_time"] > 0) | (facts["resets"] > 0)
        time = np.where(this & (now < time), now, time)
        met |= this
    return time, met
