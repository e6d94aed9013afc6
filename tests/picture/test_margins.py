"""Notes stand in the margins, apart from each other, as near to their states as there is room."""

from itertools import combinations

from tcpexplain.machine.transitions import State
from tcpexplain.picture.margins import place_notes
from tcpexplain.picture.paths import Remark
from tcpexplain.picture.places import END, HEIGHT, MARGIN, PLACES, WIDTH
from tcpexplain.story import Note

LONG = Note("next write → ECONNRESET or EPIPE + SIGPIPE", "bad", "next")
SHORT = Note("close() or exit")


def test_a_note_stands_at_the_height_of_its_state():
    (note,) = place_notes([Remark("client", State.FIN_WAIT_1, (SHORT,))])
    assert note.box.middle.y == PLACES[State.FIN_WAIT_1].y
    assert note.box.right < MARGIN


def test_both_ends_told_the_same_get_one_note():
    (note,) = place_notes([Remark("client", State.TIME_WAIT, (SHORT,)), Remark("server", State.TIME_WAIT, (SHORT,))])
    assert note.sides == ("client", "server")


def test_both_ends_told_differently_get_two_notes_that_do_not_meet():
    one, other = place_notes([Remark("client", END, (LONG,)), Remark("server", END, (SHORT,))])
    assert not one.box.meets(other.box)


def test_notes_at_every_state_never_meet_and_stay_in_the_margins():
    for notes in ((SHORT,), (LONG,), (LONG, SHORT, LONG)):
        placed = place_notes([Remark(side, place, notes) for place in PLACES for side in ("client", "server")])
        assert placed
        for one, other in combinations(placed, 2):
            assert not one.box.meets(other.box)
        for note in placed:
            assert note.box.top >= 0
            assert note.box.bottom <= HEIGHT
            assert note.box.right < MARGIN or note.box.left > WIDTH - MARGIN


def test_what_does_not_fit_is_the_least_important():
    crowd = [Remark("client", place, (LONG, SHORT, LONG)) for place in PLACES] * 2
    placed = place_notes([Remark("server", END, (LONG,)), *crowd])
    assert any(note.heading == "CLOSED" and note.sides == ("server",) for note in placed)
