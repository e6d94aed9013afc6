"""Colours that can be read."""

import pytest
from contrast import contrast

from tcpexplain.errors import TcpexplainError
from tcpexplain.picture.palette import THEMES, palette

WORDS = ("text", "muted", "client", "server", "bad", "warn")


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_stand_out_from_their_ground(theme, words):
    colours = THEMES[theme]
    grounds = [colours.background, colours.box]
    grounds += {"client": [colours.client_fill], "server": [colours.server_fill], "bad": [colours.bad_fill]}.get(
        words, []
    )
    for ground in grounds:
        assert contrast(getattr(colours, words), ground) >= 4.5, ground


@pytest.mark.parametrize("words", WORDS)
def test_words_without_a_ground_can_be_read_on_white_and_on_black(words):
    colour = getattr(THEMES["transparent"], words)
    assert contrast(colour, "#ffffff") >= 3.6
    assert contrast(colour, "#16181d") >= 3.6


@pytest.mark.parametrize("side", ["client", "server"])
@pytest.mark.parametrize("theme", THEMES)
def test_numbers_stand_out_from_their_markers(theme, side):
    assert contrast(THEMES[theme].on_marker, getattr(THEMES[theme], side)) >= 4


def test_an_unknown_theme_names_the_known_ones():
    with pytest.raises(TcpexplainError) as raised:
        palette("pink")
    assert raised.value.help == "themes: light, dark, transparent"
