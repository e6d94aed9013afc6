"""The times in a ladder's margin."""

import pytest
from examples import crashed_client

from tcpexplain.moments import zone
from tcpexplain.reports import text
from tcpexplain.terminal.paper import Paper
from tcpexplain.terminal.times import Times


def told(form, width=80, *, local=False):
    return text.compose(Paper(width), crashed_client(), None, Times(form, zone("local" if local else None))).plain()


def test_a_clock_says_its_zone_once():
    page = told("clock")
    assert "\n  9 15:15:48.839 CLOSED" in page
    assert page.count("times: UTC, 2019-07-05") == 1


def test_a_wide_clock_has_microseconds():
    assert "\n  9 15:15:48.839603 CLOSED" in told("clock", 120)


def test_a_local_clock_is_this_machines(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        page = told("clock", local=True)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert "\n  9 17:15:48.839 CLOSED" in page
    assert "times: CEST, 2019-07-05" in page


def test_delta_is_the_time_since_the_row_above():
    assert "\n  9  0.000133 CLOSED" in told("delta")


@pytest.mark.parametrize("form", ["clock", "delta", "relative"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_too_long(form, width):
    assert max(len(line) for line in told(form, width).splitlines()) <= width
