"""Times as logs write them."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from tcpexplain.errors import TcpexplainError
from tcpexplain.moments import DAY, NANOSECOND, aware, span, zone

START = int(datetime(2026, 11, 20, 13, 5, tzinfo=UTC).timestamp()) * NANOSECOND
END = START + 600 * NANOSECOND


def iso(nanoseconds):
    return aware(nanoseconds).isoformat().removesuffix("+00:00")


@pytest.mark.parametrize(
    ("written", "first"),
    [
        ("2026-11-20T13:10:20", "2026-11-20T13:10:20"),
        ("2026-11-20T13:10:20.635Z", "2026-11-20T13:10:20.635000"),
        ("2026-11-20 13:10:20,175", "2026-11-20T13:10:20.175000"),
        ("2026-11-20T21:10:20+08:00", "2026-11-20T13:10:20"),
        ("2026/11/20 21:10:20 +0800", "2026-11-20T13:10:20"),
        ("2026/11/20 13:10:20.123456", "2026-11-20T13:10:20.123456"),
        ("[20/Nov/2026:21:10:20 +0800]", "2026-11-20T13:10:20"),
        ("[20/Nov/2026:13:10:20.635]", "2026-11-20T13:10:20.635000"),
        ("20 Nov 2026 13:08:57.652", "2026-11-20T13:08:57.652000"),
        ("[Fri Nov 20 13:10:38.797106 2026]", "2026-11-20T13:10:38.797106"),
        ("Nov 20 13:09:07", "2026-11-20T13:09:07"),
        ("Nov  2 13:09:07", "2026-11-02T13:09:07"),
        ("13:10:20", "2026-11-20T13:10:20"),
        ("13:10", "2026-11-20T13:10:00"),
        ("21:10:20+08:00", "2026-11-20T13:10:20"),
        ("2026-11-20", "2026-11-20T00:00:00"),
        ("2026-11-20 13:09:07.175 UTC", "2026-11-20T13:09:07.175000"),
        ("1795180220", "2026-11-20T13:10:20"),
        ("1795180220.25", "2026-11-20T13:10:20.250000"),
    ],
)
def test_times_are_understood_as_logs_write_them(written, first):
    assert iso(span(written, UTC, START, END).first) == first


@pytest.mark.parametrize(
    "written", ["", "yesterday", "2026-13-01", "25:00", "2026-11-20 13:09:07 CST", "20 Foo 2026", "+01:00"]
)
def test_what_is_no_time_is_said(written):
    with pytest.raises(TcpexplainError) as raised:
        span(written, UTC, START, END)
    assert raised.value.code == "TE044"


@pytest.mark.parametrize(
    ("written", "length"),
    [("13:10", 60 * NANOSECOND), ("13:10:20", NANOSECOND), ("13:10:20.5", NANOSECOND // 10), ("2026-11-20", DAY)],
)
def test_a_time_means_all_that_is_written_like_it(written, length):
    found = span(written, UTC, START, END)
    assert found.last - found.first + 1 == length


def test_a_time_without_a_date_is_meant_on_the_day_of_the_capture():
    midnight = int(datetime(2026, 11, 20, 23, 55, tzinfo=UTC).timestamp()) * NANOSECOND
    late = midnight + 600 * NANOSECOND
    assert iso(span("00:03", UTC, midnight, late).first) == "2026-11-21T00:03:00"
    assert iso(span("23:57", UTC, midnight, late).first) == "2026-11-20T23:57:00"
    assert iso(span("Dec 31 23:59:00", UTC, midnight + 42 * DAY, late + 42 * DAY).first) == "2026-12-31T23:59:00"


def test_a_time_without_a_zone_is_in_the_zone_that_is_named():
    assert iso(span("2026-07-01 12:00", zone("Europe/Berlin")).first) == "2026-07-01T10:00:00"
    assert iso(span("2026-01-01 12:00", zone("Europe/Berlin")).first) == "2026-01-01T11:00:00"
    assert iso(span("12:00", zone("-05:00"), START, END).first) == "2026-11-20T17:00:00"
    assert zone(None) is zone("utc") is UTC


def test_the_zone_of_this_machine_has_its_summer_time(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        assert iso(span("2026-07-01 12:00", zone("local")).first) == "2026-07-01T10:00:00"
        assert iso(span("2026-01-01 12:00", zone("local")).first) == "2026-01-01T11:00:00"
        assert aware(START).astimezone(zone("local")).strftime("%H:%M %Z") == "14:05 CET"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_zones_that_are_not_known_are_said():
    for name in ("CST", "Mars/Phobos", ""):
        with pytest.raises(TcpexplainError) as raised:
            zone(name)
        assert raised.value.code == "TE044"
