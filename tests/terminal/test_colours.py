"""Colours that can be read on the grounds that terminals have, and none where nobody knows what they look like."""

import io
import re

import pytest
from contrast import contrast
from examples import crashed_client
from rich.color import Color, ColorSystem

from tcpexplain.reports import text
from tcpexplain.terminal.colours import SIXTEEN, STYLES, looks
from tcpexplain.terminal.paper import Paper

PLAIN = {"black": "#000000", "white": "#ffffff"}
SOLARIZED = {"dark": "#002b36", "light": "#fdf6e3"}
COLOURED = {name: style.split()[-1] for name, style in STYLES.items() if "#" in style}

BRIGHT_RED = {
    "VGA": ("#000000", "#ff5555"),
    "xterm, black": ("#000000", "#ff0000"),
    "xterm, white": ("#ffffff", "#ff0000"),
    "Solarized dark": ("#002b36", "#cb4b16"),
    "Solarized light": ("#fdf6e3", "#cb4b16"),
    "Windows": ("#0c0c0c", "#e74856"),
    "macOS Basic": ("#ffffff", "#e50000"),
}
"""The ground of terminals, and what they show as the ninth of their sixteen colours."""


def as_256(colour):
    """What a terminal of 256 colours shows for a colour: its cube and its greys look the same everywhere."""
    number = Color.parse(colour).downgrade(ColorSystem.EIGHT_BIT).number
    assert number >= 16, "the first sixteen look as the user likes"
    if number >= 232:
        return "#" + 3 * f"{8 + 10 * (number - 232):02x}"
    steps = (0, 95, 135, 175, 215, 255)
    return "#" + "".join(f"{steps[(number - 16) // power % 6]:02x}" for power in (36, 6, 1))


@pytest.mark.parametrize("shown", [str, as_256], ids=["16 million", "256"])
@pytest.mark.parametrize("style", COLOURED)
def test_words_stand_out_from_plain_grounds_and_from_solarized(style, shown):
    colour = shown(COLOURED[style])
    for ground in PLAIN.values():
        assert round(contrast(colour, ground), 1) >= 4, ground
    for ground in SOLARIZED.values():
        assert contrast(colour, ground) >= 3, ground


@pytest.mark.parametrize("terminal", BRIGHT_RED)
def test_the_one_of_the_sixteen_colours_that_is_used_stands_out_everywhere(terminal):
    assert contrast(*BRIGHT_RED[terminal]) >= 3
    used = {word for style in SIXTEEN.values() for word in style.split()} - {"bold", "italic"}
    assert used == {"bright_red"}


def test_a_terminal_of_sixteen_colours_gets_no_other(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("COLORTERM", raising=False)
    file = io.StringIO()
    text.compose(Paper(80), crashed_client()).print(file, "always")
    codes = {code for codes in re.findall(r"\x1b\[([\d;]*)m", file.getvalue()) for code in codes.split(";")}
    assert codes == {"0", "1", "3", "91"}  # reset, bold, italic, bright red
    assert looks("truecolor") is looks("256") is STYLES


def test_what_happened_and_what_comes_next_differ_in_more_than_colour():
    assert STYLES["note"] != STYLES["next"]
    assert {"italic"} == set(STYLES["next"].split()) & set(SIXTEEN["badnext"].split())
