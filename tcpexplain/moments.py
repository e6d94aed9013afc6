"""How logs write times, and which instant is meant: ``2026/11/20 21:10:20``, ``21:10:20``, ``20/Nov/2026:21:10:19 +0800``."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from tcpexplain.errors import TcpexplainError
from tcpexplain.units import NANOSECOND
from tcpexplain.values import frozen

DAY = 86_400 * NANOSECOND
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

NUMBERS = r"(?P<y1>\d{4})[-/.](?P<m1>\d\d?)[-/.](?P<d1>\d\d?)"
DAY_FIRST = r"(?P<d2>\d\d?)[ /-](?P<m2>[A-Za-z]{3})[ /-](?P<y2>\d{4})"
MONTH_FIRST = r"(?:[A-Za-z]{3},? )?(?P<m3>[A-Za-z]{3}) +(?P<d3>\d\d?)"
CLOCK = r"(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<rest>\d{1,9})\d*)?)?"
ZONE = r"(?: *(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d))?"
WRITTEN = rf"\[?(?:(?:{NUMBERS}|{DAY_FIRST}|{MONTH_FIRST})(?:[T:]| +|$))?(?:{CLOCK})?{ZONE}(?: (?P<y3>\d{{4}}))?\]?"
"""A date or none, a time of day or none, a zone or none, and the year where ``ctime`` puts it."""
SINCE_1970 = r"(?P<seconds>\d{9,10})(?:\.(?P<rest>\d{1,9}))?"


@frozen
class Span:
    """What a written time means: ``21:10:20`` is a whole second. Both in ns since 1970, the last one included."""

    first: int
    last: int


def span(text: str, zone: tzinfo = UTC, start: int = 0, end: int = 0) -> Span:
    """The span that a written time means.

    Parameters
    ----------
    text
        A time as logs write it; ISO 8601; or seconds since 1970.
    zone
        The zone of a time that names none.
    start, end
        The capture, ns since 1970. A time without a date is meant on the day that is nearest to it, a date without a year in
        the nearest year.

    Raises
    ------
    TcpexplainError
        TE044 if it is no time.
    """
    written = text.strip()
    if since := re.fullmatch(SINCE_1970, written):
        return _grain(int(since["seconds"]) * NANOSECOND, since["rest"], NANOSECOND)
    # Compiled when it is needed: that takes longer than a small capture does.
    found = re.fullmatch(WRITTEN, written) if written else None
    if not found or not (found["hour"] or found["d1"] or found["d2"] or found["d3"]):
        raise not_a_time(text)
    try:
        return _meant(found, _zone_of(found["zone"]) or zone, start, end)
    except (ValueError, OverflowError):
        raise not_a_time(text) from None


def _meant(found: re.Match[str], zone: tzinfo, start: int, end: int) -> Span:
    """The span of what was matched; ValueError where there is no such day."""
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    unit = DAY if not found["hour"] else NANOSECOND if found["second"] else 60 * NANOSECOND
    near = datetime.fromtimestamp(start / NANOSECOND, tz=zone)
    day, year = found["d1"] or found["d2"] or found["d3"], found["y1"] or found["y2"] or found["y3"]
    if not day:
        days = [near.date() + timedelta(days=more) for more in (0, 1, -1)]
        moments = [datetime(one.year, one.month, one.day, hour, minute, second, tzinfo=zone) for one in days]
    else:
        name = found["m2"] or found["m3"]
        month = MONTHS.index(name.lower()) + 1 if name else int(found["m1"])
        years = [int(year)] if year else [near.year, near.year - 1, near.year + 1]
        moments = [datetime(one, month, int(day), hour, minute, second, tzinfo=zone) for one in years]
    spans = [_grain(int(moment.timestamp()) * NANOSECOND, found["rest"], unit) for moment in moments]
    return min(spans, key=lambda one: max(start - one.last, one.first - max(end, start), 0))


def _grain(first: int, rest: str | None, unit: int) -> Span:
    """From the first nanosecond to the last that is written like this; ``rest``: the decimals of the second."""
    if rest:
        first, unit = first + int(rest.ljust(9, "0")), 10 ** (9 - len(rest))
    return Span(first, first + unit - 1)


def _zone_of(written: str | None) -> tzinfo | None:
    """``+01:00``, ``+0100``, ``Z``; None of None."""
    if written is None:
        return None
    if written in ("Z", "UTC", "GMT"):
        return UTC
    minutes = int(written[1:3]) * 60 + int(written[-2:])
    return timezone(timedelta(minutes=-minutes if written[0] == "-" else minutes))


class MachineZone(tzinfo):
    """The zone of this machine, with the summer time of the moment in question."""

    def utcoffset(self, moment: datetime | None) -> timedelta:
        """What to add to UTC."""
        return timedelta(seconds=self._of(moment).tm_gmtoff)

    def dst(self, moment: datetime | None) -> timedelta:
        """Included in the offset."""
        return timedelta(hours=1 if self._of(moment).tm_isdst > 0 else 0)

    def tzname(self, moment: datetime | None) -> str:
        """``CEST``."""
        return self._of(moment).tm_zone

    def fromutc(self, moment: datetime) -> datetime:
        """The local time of a time in UTC."""
        seconds = moment.replace(tzinfo=UTC).timestamp()
        return moment + timedelta(seconds=time.localtime(seconds).tm_gmtoff)

    def _of(self, moment: datetime | None) -> time.struct_time:
        """What the system says of a local time."""
        one = moment or datetime.now(UTC)
        return time.localtime(time.mktime((one.year, one.month, one.day, one.hour, one.minute, one.second, 0, 0, -1)))


def aware(nanoseconds: int) -> datetime:
    """An aware datetime in UTC, to the microsecond, of ns since 1970."""
    second, rest = divmod(nanoseconds, NANOSECOND)
    return datetime.fromtimestamp(second, tz=UTC).replace(microsecond=rest // 1000)


def zone(name: str | None) -> tzinfo:
    """A zone by its name: ``Europe/Berlin``, ``+08:00``, ``UTC``, ``local``; UTC of None.

    Raises
    ------
    TcpexplainError
        TE044 if there is none of this name.
    """
    if name is None or name.upper() in ("UTC", "GMT", "Z"):
        return UTC
    if name.lower() == "local":
        return MachineZone()
    if re.fullmatch(r"[+-]\d\d:?\d\d", name):
        return _zone_of(name) or UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise TcpexplainError(
            f"there is no time zone {name}",
            code="TE044",
            note="abbreviations such as CST are in use for several zones",
            help="--tz Europe/Berlin, --tz +08:00, --tz local",
        ) from None


def not_a_time(text: str) -> TcpexplainError:
    """TE044."""
    return TcpexplainError(
        f"{text} is not a time",
        code="TE044",
        help="as logs write it:  2026-11-21T12:00:00+01:00, 2026/11/20 21:10:20, 21:10:20\nUTC unless it names a zone, or --tz does",
    )
