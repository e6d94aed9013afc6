"""How numbers and times are written: ``19.9 s``, ``10 min 41 s``, ``301 kB``, ``1,624 connections``."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import lru_cache

NANOSECOND = 1_000_000_000
NO_BREAK_UNIT = r"(?<=\d) (?=(?:µs|ms|s|min|h|d|kB|MB|GB|TB|PB)\b)"
"""The blank between a number and its unit, at which no line ends."""


def duration(seconds: float) -> str:
    """``0.1 ms``, ``19.9 s``, ``11 min 3 s``, ``2 h 5 min``, ``3 d 4 h``: two units at most."""
    if seconds < 0.0009995:
        return f"{seconds * 1e6:.0f} µs" if seconds < 0.00009995 else f"{seconds * 1e3:.1f} ms"
    if seconds < 0.9995:
        return f"{seconds * 1e3:.1f} ms" if seconds < 0.009995 else f"{seconds * 1e3:.0f} ms"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for size, unit, smaller, name in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {unit} {rest} {name}" if rest else f"{whole // size} {unit}"
    raise AssertionError(seconds)  # 99.95 s and more are over a minute


def size(count: int) -> str:
    """``1 byte``, ``26 bytes``, ``301 kB``, ``1.2 GB``; decimal units, three figures."""
    if count < 10_000:
        return counted(count, "byte")
    value, units = count / 1000, iter(("kB", "MB", "GB", "TB", "PB"))
    unit = next(units)
    while value >= 999.5:
        value, unit = value / 1000, next(units)
    return f"{value:.1f} {unit}" if value < 99.95 else f"{value:.0f} {unit}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """``1 packet``, ``2,000 packets``."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def instant(nanoseconds: int, zone: tzinfo = UTC) -> str:
    """``2019-07-05 15:15:28``, of nanoseconds since 1970."""
    return _moment(nanoseconds, zone).strftime("%Y-%m-%d %H:%M:%S")


def clock(nanoseconds: int, digits: int = 3, zone: tzinfo = UTC) -> str:
    """``15:15:28.838``, of nanoseconds since 1970; so many ``digits`` of the second, at most 9."""
    return f"{_moment(nanoseconds, zone):%H:%M:%S}.{nanoseconds % NANOSECOND:09}"[: 9 + digits]


def zone_name(nanoseconds: int, zone: tzinfo = UTC) -> str:
    """What the zone of a clock is called at a moment: ``UTC``, ``CEST``, ``UTC+08:00``."""
    return _moment(nanoseconds, zone).strftime("%Z")


def iso(nanoseconds: int) -> str:
    """``2019-07-05T15:15:28.838856000Z``: UTC with nanoseconds."""
    second, rest = divmod(nanoseconds, NANOSECOND)
    minute, second = divmod(second, 60)
    return f"{_minute(minute)}:{second:02}.{rest:09}Z"


@lru_cache(4096)
def _minute(minute: int) -> str:
    """``2019-07-05T15:15`` in UTC, of minutes since 1970."""
    return datetime.fromtimestamp(60 * minute, tz=UTC).strftime("%Y-%m-%dT%H:%M")


def _moment(nanoseconds: int, zone: tzinfo) -> datetime:
    """The second: datetime would round nanoseconds."""
    return datetime.fromtimestamp(nanoseconds // NANOSECOND, tz=zone)


@lru_cache(65536)
def address(version: int, first: int, second: int) -> str:
    """An IPv4 or IPv6 address of two 64-bit words, an IPv4 address in the second; signed or unsigned."""
    if version == 4:
        return ".".join(str(second >> shift & 255) for shift in (24, 16, 8, 0))
    from ipaddress import IPv6Address

    return str(IPv6Address((first & 0xFFFFFFFFFFFFFFFF) << 64 | second & 0xFFFFFFFFFFFFFFFF))
