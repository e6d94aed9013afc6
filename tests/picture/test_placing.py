"""Nothing on a state diagram covers anything else, whatever way the two ends take."""

import os
from itertools import combinations

import pytest

from tcpexplain.machine.graph import kind
from tcpexplain.machine.transitions import TRANSITIONS, State
from tcpexplain.picture.paths import Move
from tcpexplain.picture.places import HEIGHT, MARGIN, WIDTH
from tcpexplain.picture.placing import plan, some_packets

LONGEST = 9


def walks(state, taken=()):
    """All ways through the table from ``state``; back to LISTEN once at most, and not on after CLOSED."""
    yield taken
    if len(taken) == LONGEST or (taken and state is State.CLOSED):
        return
    for row in TRANSITIONS:
        again = row.next is State.LISTEN and any(earlier.next is State.LISTEN for earlier in taken)
        if row.state is state and not again:
            yield from walks(row.next, (*taken, row))


WALKS = [walk for start in (State.CLOSED, State.LISTEN, State.UNKNOWN) for walk in walks(start)]
PAIRS = len(WALKS) ** 2
ALL = int(os.environ.get("TCPEXPLAIN_PICTURES", "240"))
"""How many of all pairs are drawn (each takes some milliseconds, and there are millions); they are spread evenly."""


def moves(side, walk, first):
    """A walk as the moves of one end, in packets from ``first`` on."""
    found = {}
    for packet, row in enumerate(walk, first):
        key = (row.state, row.next, str(row.event))
        earlier = found[key].numbers if key in found else ()
        found[key] = Move(side, row.state, row.next, str(row.event), kind(row.event), (*earlier, str(packet)))
    return list(found.values())


def pair(index):
    """One of all pairs of walks."""
    # A step that shares no factor with their number visits them all, in an order that is not theirs.
    at = index * 1_000_003 % PAIRS
    return WALKS[at // len(WALKS)], WALKS[at % len(WALKS)]


def check(ways):
    placed = plan(ways)
    assert [marker.arrow.move for marker in placed.markers] == [arrow.move for arrow in placed.arrows]
    assert len(placed.arrows) == len(ways)
    assert {(label.text, label.bad) for label in placed.labels} == {(move.words, move.kind == "reset") for move in ways}
    boxes = [
        *((str(place), box) for place, box in placed.states.items()),
        *((marker.text, marker.box) for marker in placed.markers),
        *((label.text, label.box) for label in placed.labels),
    ]
    for (one, box), (other, second) in combinations(boxes, 2):
        assert not box.meets(second), (one, other)
    for words, box in boxes:
        assert box.left > MARGIN, words
        assert box.right < WIDTH - MARGIN, words
        assert box.top >= 0, words
        assert box.bottom <= HEIGHT, words


@pytest.mark.parametrize("first", [1, 98, 9_998, 123_456])
def test_no_pair_of_paths_makes_anything_cover_anything(first):
    share = ALL // 4
    for index in range(share):
        client, server = pair(index + first * share)
        check(moves("client", client, first) + moves("server", server, first))


def test_both_ends_on_the_same_path_do_not_cover_each_other():
    for walk in WALKS[:: max(len(WALKS) // 60, 1)]:
        check(moves("client", walk, 12_345) + moves("server", walk, 12_345))


def test_markers_lie_on_their_arrows():
    client, server = pair(7)
    for marker in plan(moves("client", client, 1) + moves("server", server, 1)).markers:
        assert any(marker.box.grown(1).holds(point) for point in marker.arrow.curve.points(200))


def test_unknown_stands_there_only_if_a_path_starts_in_it():
    assert State.UNKNOWN not in plan(()).states
    assert State.UNKNOWN in plan((), unknown=True).states


def test_words_that_hold_for_both_ends_are_said_once():
    walk = tuple(row for row in TRANSITIONS if row.state is State.CLOSED)
    (label,) = plan(moves("client", walk, 1) + moves("server", walk, 2)).labels
    assert label.side is None


def test_many_packets_of_one_move_are_counted():
    assert some_packets(["4"]) == "4"
    assert some_packets(["4", "9"]) == "4 9"
    assert some_packets(["4", "9", "11", "12"]) == "4 9 +2"
