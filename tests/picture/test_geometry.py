"""Boxes, curves, and words that fit."""

import pytest

from tcpexplain.machine.transitions import State, Trigger
from tcpexplain.picture.geometry import Box, Curve, Point, broken, text_width


def test_boxes_that_only_touch_do_not_meet():
    assert not Box(0, 0, 10, 10).meets(Box(10, 0, 20, 10))
    assert Box(0, 0, 10, 10).meets(Box(9, 9, 20, 20))


def test_a_curve_moved_aside_keeps_its_distance():
    moved = Curve(Point(0, 0), Point(5, 0), Point(10, 0)).beside(3)
    assert [abs(point.y) for point in moved] == [3, 3, 3]


WORDS = [
    *(str(state) for state in State),
    *(str(event) for event in Trigger),
    "1234567",
    "12 345 +9",
    "26 bytes FIN ACK",
    "[2001:db8:85a3:8d3:1319:8a2e:370:7348]:65535",
    "retransmitted 15 times over 12 min 4 s",
]


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("words", WORDS)
def test_words_never_take_more_room_than_was_reserved(words, bold):
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans", size=100, weight="bold" if bold else "normal")
    needed, _, _ = text_to_path.get_text_width_height_descent(words, font, ismath=False)
    assert needed <= text_width(words, 100, bold=bold) <= 1.3 * needed


def test_monospaced_words_have_equal_letters():
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans Mono", size=100)
    needed, _, _ = text_to_path.get_text_width_height_descent("write() → EPIPE", font, ismath=False)
    assert needed <= text_width("write() → EPIPE", 100, mono=True) < 1.05 * needed


def test_a_broken_note_keeps_a_signal_with_its_plus():
    assert broken("write() → EPIPE + SIGPIPE", 21) == ["write() → EPIPE", "\xa0\xa0+\xa0SIGPIPE"]


def test_a_short_note_is_one_line():
    assert broken("read() → 0  (EOF)", 21) == ["read() → 0\xa0(EOF)"]
