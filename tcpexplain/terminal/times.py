"""The times in a ladder's margin: since the first packet, by the clock, or since the row above."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Literal

from tcpexplain.units import NANOSECOND
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.story import Row

TimeForm = Literal["relative", "clock", "delta"]

ROOMY = 100
"""Columns of a terminal whose ladder has room for the microseconds of a clock."""
LEGENDS = {"relative": "", "delta": "times: seconds since the row above"}


@frozen
class Times:
    """How times are told, and the zone of the clock."""

    form: TimeForm = "relative"
    zone: tzinfo = UTC

    def texts(self, rows: Sequence[Row], start: int, width: int) -> list[str]:
        """What stands in the margin of each row; ``start``: the first packet's time in nanoseconds since 1970."""
        if self.form == "relative":
            return [f"{row.time:.6f}" for row in rows]
        if self.form == "delta":
            ends = [rows[0].time, *(row.until for row in rows)] if rows else []
            return [f"{max(row.time - end, 0.0):.6f}" for row, end in zip(rows, ends, strict=False)]
        return [self.clock(start + round(row.time * NANOSECOND), 6 if width >= ROOMY else 3) for row in rows]

    def legend(self, start: int) -> str:
        """Which times these are; empty for those that need no word."""
        if self.form != "clock":
            return LEGENDS[self.form]
        zone = self._moment(start).strftime("%Z")
        return f"times: {zone}, {self._moment(start):%Y-%m-%d}"

    def clock(self, nanoseconds: int, digits: int = 3) -> str:
        """``15:15:28.838``."""
        return f"{self._moment(nanoseconds):%H:%M:%S}.{nanoseconds % NANOSECOND:09}"[: 9 + digits]

    def _moment(self, nanoseconds: int) -> datetime:
        """The second, by the clock that was asked for."""
        return datetime.fromtimestamp(nanoseconds // NANOSECOND, tz=self.zone)
