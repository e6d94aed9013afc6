"""Where the states stand, and how transitions run between them."""

import pytest

from tcpexplain.machine.transitions import TRANSITIONS, State
from tcpexplain.picture.places import END, MARGIN, PLACES, ROUTES, WIDTH, box, name, route, target

PAIRS = sorted({(row.state, target(row.state, row.next)) for row in TRANSITIONS}, key=str)


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_every_row_of_the_table_has_a_route(pair):
    assert pair in ROUTES


def test_no_route_is_left_over():
    assert set(ROUTES) == set(PAIRS)


def test_every_state_stands_somewhere_and_closed_stands_twice():
    assert {*PLACES} == {*State, END}
    assert name(State.CLOSED) == name(END) == "CLOSED"


def test_states_stand_apart_and_outside_the_margins():
    boxes = [box(place) for place in PLACES]
    for at, one in enumerate(boxes):
        assert one.left > MARGIN
        assert one.right < WIDTH - MARGIN
        assert not any(one.grown(8).meets(other) for other in boxes[at + 1 :])


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_no_route_runs_through_a_state_or_a_margin(pair):
    for point in route(*pair).points(60):
        assert MARGIN < point.x < WIDTH - MARGIN
        hit = [place for place in PLACES if box(place).grown(-1).holds(point)]
        # UNKNOWN stands there only when a connection starts in the middle.
        assert not set(hit) - {State.UNKNOWN}, (point, hit)


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_routes_begin_and_end_at_their_states(pair):
    curve = route(*pair)
    assert box(pair[0]).grown(2).holds(curve.start)
    assert box(pair[1]).grown(2).holds(curve.end)


def test_a_connection_that_never_was_goes_back_to_the_upper_closed():
    assert target(State.SYN_SENT, State.CLOSED) is State.CLOSED
    assert target(State.ESTABLISHED, State.CLOSED) == END


def test_a_step_that_the_table_does_not_know_runs_straight():
    curve = route(State.ESTABLISHED, State.TIME_WAIT)
    assert box(State.ESTABLISHED).grown(1).holds(curve.start)
    assert box(State.TIME_WAIT).grown(1).holds(curve.end)
