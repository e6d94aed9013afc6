"""A time axis on which pauses do not take all the room."""

from itertools import pairwise

import pytest

from tcpexplain.picture.timescale import PAUSE_WIDTH, Timescale


def test_the_ends_of_time_are_the_ends_of_the_axis():
    scale = Timescale([0.0, 0.001, 20.0], 100, 900)
    assert (scale.x(0.0), scale.x(20.0)) == pytest.approx((100, 900))


def test_time_never_runs_backwards_nor_off_the_axis():
    for times in ([0, 0.00003, 0.0001, 0.1, 20], [n * 0.01 for n in range(100)] + [700, 700.1], [5.0], [5.0, 5.0]):
        scale = Timescale(times, 100, 900)
        places = [scale.x(time) for time in sorted(times)]
        assert all(one <= other for one, other in pairwise(places))
        assert places[0] == pytest.approx(100)
        assert places[-1] <= 900.001


def test_a_short_gap_beside_a_long_pause_is_still_seen():
    scale = Timescale([0.0, 0.0001, 20.0], 0, 800)
    assert scale.x(0.0001) > 50


def test_among_many_moments_a_pause_has_a_fixed_width_and_the_rest_is_true_to_scale():
    times = [n * 0.01 for n in range(60)] + [30 + n * 0.01 for n in range(60)]
    scale = Timescale(times, 0, 1000)
    (fold,) = scale.folds
    assert fold.right - fold.left == pytest.approx(PAUSE_WIDTH)
    assert scale.x(0.2) - scale.x(0.1) == pytest.approx(scale.x(30.3) - scale.x(30.2))


def test_nothing_at_all_stands_at_the_left():
    assert Timescale([], 100, 900).x(3.0) == 100
