"""Numbers as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpexplain.units import clock, counted, duration, instant, iso, size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 µs"),
        (0.000035, "35 µs"),
        (0.00013, "0.1 ms"),
        (0.0421, "42 ms"),
        (0.9999, "1.0 s"),
        (19.895, "19.9 s"),
        (60.02, "60.0 s"),
        (99.96, "1 min 40 s"),
        (641.0, "10 min 41 s"),
        (663.0, "11 min 3 s"),
        (600.0, "10 min"),
        (7875.0, "2 h 11 min"),
        (200_000.0, "2 d 7 h"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


@given(st.floats(0, 1e8))
def test_every_duration_is_short(seconds):
    assert len(duration(seconds)) <= 13


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (26, "26 bytes"),
        (9_999, "9,999 bytes"),
        (24_616, "24.6 kB"),
        (301_184, "301 kB"),
        (999_600, "1.0 MB"),
        (1_234_567_890, "1.2 GB"),
    ],
)
def test_sizes(count, text):
    assert size(count) == text


@given(st.integers(0, 10**15))
def test_every_size_is_short(count):
    assert len(size(count)) <= 11


def test_counts():
    assert counted(1, "packet") == "1 packet"
    assert counted(2000, "TCP connection") == "2,000 TCP connections"
    assert counted(2, "entry", "entries") == "2 entries"


def test_moments_are_utc_and_keep_their_nanoseconds():
    moment = 1_562_339_728_838_856_001
    assert instant(moment) == "2019-07-05 15:15:28"
    assert clock(moment) == "15:15:28.838"
    assert iso(moment) == "2019-07-05T15:15:28.838856001Z"
