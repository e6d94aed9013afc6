"""Several connections that end at the same age, or after the same silence: what one alone cannot prove."""

from __future__ import annotations

import pytest

from tcpexplain.analysis.siblings import alike
from tcpexplain.units import NANOSECOND

SERVER, OTHER = (4, 0, 1, 80), (4, 0, 2, 80)


def seconds(*spans, server=SERVER, first=0):
    return [(server, round(span * NANOSECOND), place) for place, span in enumerate(spans, first)]


def test_spans_of_one_timer_are_alike():
    assert alike(seconds(60.0, 60.04, 59.99)) == {0: 2, 1: 2, 2: 2}


def test_the_odd_one_out_has_no_sibling():
    assert alike(seconds(60.0, 60.04, 12.3, 59.99)) == {0: 2, 1: 2, 3: 2}


def test_other_servers_have_timers_of_their_own():
    assert alike(seconds(60.0) + seconds(60.0, server=OTHER, first=1)) == {}


def test_long_timers_fire_later():
    assert set(alike(seconds(900.0, 903.0))) == {0, 1}


@pytest.mark.parametrize("spans", [(), (60.0,), (5.0, 6.0, 7.0)])
def test_nothing_is_alike(spans):
    assert alike(seconds(*spans)) == {}


def test_spans_of_every_length_are_no_timer():
    """A crowd without a gap is no cluster, however close its neighbours are."""
    assert alike(seconds(*(10 + place / 20 for place in range(200)))) == {}
