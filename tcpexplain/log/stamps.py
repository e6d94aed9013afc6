"""The time in a line: with or without zone, year, date or fraction of a second."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from tcpexplain.units import NANOSECOND
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

MONTHS = {
    name: at
    for at, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
ZONES = {"z": 0, "utc": 0, "gmt": 0, "cet": 3600, "cest": 7200, "eet": 7200, "eest": 10800, "msk": 10800, "jst": 32400, "pst": -28800, "pdt": -25200, "edt": -14400, "bst": 3600}  # fmt: skip
"""Names that mean one thing only; CST, EST and IST mean several."""
DAY = 86_400


@frozen
class Stamp:
    """A time as it is written; what is not written is None."""

    hour: int
    minute: int
    second: int
    nanosecond: int = 0
    precision: int = NANOSECOND
    """Nanoseconds of the last digit that is there."""
    year: int | None = None
    month: int | None = None
    day: int | None = None
    zone: int | None = None
    """Seconds east of UTC."""
    bracketed: bool = False
    """Whether it is of an access log's form."""

    @property
    def aware(self) -> bool:
        """Whether it says its zone."""
        return self.zone is not None

    @lru_cache(maxsize=4096)  # noqa: B019 (a few thousand small values, each asked for once a connection)
    def resolved(self, near: int) -> int:
        """Nanoseconds since 1970, taken for UTC if it names no zone; what is missing is chosen so that it lies closest to ``near``."""
        beside = datetime.fromtimestamp(near // NANOSECOND, tz=UTC)
        years = [self.year] if self.year else [beside.year - 1, beside.year, beside.year + 1]
        found = [self._in(year, self.month or beside.month, self.day or beside.day) for year in years]
        whole = [one for one in found if one is not None]
        if self.day is None:
            whole = [one + shift * DAY * NANOSECOND for one in whole for shift in (-1, 0, 1)]
        return min(whole, key=lambda one: abs(one - near), default=near)

    def _in(self, year: int, month: int, day: int) -> int | None:
        """The same in this year; None if there is no such day."""
        try:
            datetime(year, month, day, tzinfo=UTC)
        except ValueError:
            return None
        seconds = timegm((year, month, day, self.hour, self.minute, self.second)) - (self.zone or 0)
        return seconds * NANOSECOND + self.nanosecond


_CLOCK = r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d):(?P<second>[0-6]\d)(?:[.,](?P<fraction>\d{1,9}))?"
_ZONE = r"(?: ?(?P<zone>Z\b|[+-]\d\d:?\d\d\b|\[?[A-Z]{3,4}\b))?"
_MONTH = r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?<!\d)(?P<year>\d{{4}})[-/](?P<month>\d\d)[-/](?P<day>\d\d)[T _,]{{1,2}}{_CLOCK}{_ZONE}",
        rf"\[(?P<day>\d\d)/{_MONTH}/(?P<year>\d{{4}}):{_CLOCK}{_ZONE}\]",
        rf"\b{_MONTH} +(?P<day>\d{{1,2}}) {_CLOCK}(?: (?P<year>\d{{4}})\b)?{_ZONE}",
        rf"\b(?P<day>\d{{1,2}})[ -]{_MONTH}[ -](?P<year>\d{{4}})[ :]{{1,2}}{_CLOCK}{_ZONE}",
        rf"\b{_MONTH} (?P<day>\d{{1,2}}), (?P<year>\d{{4}}),? {_CLOCK} ?(?P<half>[AP]M)?",
        rf"\b[IWEF](?P<month>[01]\d)(?P<day>[0-3]\d) {_CLOCK}",
        rf"(?<!\d)(?P<short>\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d) +{_CLOCK}",
        rf"(?<!\d)(?P<day>\d\d)[./](?P<month>\d\d)[./](?P<year>\d{{4}}) {_CLOCK}{_ZONE}",
        rf"(?<![\d:.T/-]){_CLOCK}(?![\d:]){_ZONE}",
    )
)
"""ISO and Go; access logs and HAProxy; syslog and Apache httpd; RFC 1123 and Redis; java.util.logging; klog; old MySQL; day first; the clock alone."""
_EPOCH = re.compile(r"(?:^|[\s\[\"=:(])(?P<seconds>1[0-9]{9})(?:\.(?P<fraction>\d{1,9}))?(?=$|[\s\]\",:)])")
LOOK = 300
"""Characters of a line in which its time stands."""


def stamps(text: str) -> list[Stamp]:
    """All times in the first characters of a line; each place is read once, in its fullest form."""
    head = text[:LOOK]
    taken: list[tuple[int, int]] = []
    found: list[tuple[int, Stamp]] = []
    for form in FORMS:
        for match in form.finditer(head):
            start, end = match.span()
            if any(start < right and left < end for left, right in taken):
                continue
            taken.append((start, end))
            found.append((start, _read(match)))
    if not found:
        found += _epochs(head)
    return [stamp for _, stamp in sorted(found, key=lambda one: one[0])]


def _read(match: re.Match[str]) -> Stamp:
    """One match of one form."""
    parts = match.groupdict()
    month, half = parts.get("month"), parts.get("half")
    fraction = parts.get("fraction") or ""
    hour = int(parts["hour"])
    if half:
        hour = hour % 12 + (12 if half == "PM" else 0)
    year = parts.get("year") or (f"20{parts['short']}" if parts.get("short") else None)
    return Stamp(
        hour,
        int(parts["minute"]),
        int(parts["second"]),
        int(f"{fraction:0<9}") if fraction else 0,
        10 ** (9 - len(fraction)),
        int(year) if year else None,
        None if month is None else int(month) if month.isdecimal() else MONTHS[month.lower()],
        int(parts["day"]) if parts.get("day") else None,
        offset_of(parts.get("zone")),
        bracketed=match[0].startswith("[") and "/" in match[0],
    )


def offset_of(zone: str | None) -> int | None:
    """Seconds east of UTC of ``Z``, ``+0800``, ``CET``; None of what means several or nothing."""
    if not zone:
        return None
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
        return seconds if zone[0] == "+" else -seconds
    return ZONES.get(zone.strip("[").lower())


def _epochs(head: str) -> Iterator[tuple[int, Stamp]]:
    """Seconds since 1970 where nothing else is a time."""
    for match in _EPOCH.finditer(head):
        fraction = match["fraction"] or ""
        yield (
            match.start(),
            at_epoch(int(match["seconds"]) * NANOSECOND + int(f"{fraction:0<9}" or 0), 10 ** (9 - len(fraction))),
        )
        return


def at_epoch(nanoseconds: int, precision: int = 1) -> Stamp:
    """The stamp of nanoseconds since 1970."""
    moment = datetime.fromtimestamp(nanoseconds // NANOSECOND, tz=UTC)
    rest = nanoseconds % NANOSECOND
    return Stamp(moment.hour, moment.minute, moment.second, rest, precision, moment.year, moment.month, moment.day, 0)


def best(found: list[Stamp], *, start: bool) -> Stamp | None:
    """The one that tells when: of a product that writes the beginning, its own form; else with zone, then with a date, then the finest."""
    own = [stamp for stamp in found if start and stamp.bracketed]
    return max(
        own or found,
        key=lambda stamp: (
            stamp.aware and stamp.precision < NANOSECOND,
            stamp.day is not None,
            stamp.aware,
            -stamp.precision,
        ),
        default=None,
    )
