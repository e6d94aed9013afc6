"""Names that somebody else chose: no formula, no control character and no turned direction of text reaches who reads a report."""

import pytest

from tcpexplain.picture.svg import clean
from tcpexplain.reports.table import safe
from tcpexplain.terminal.paper import columns_of


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_a_cell_that_begins_like_a_formula_is_text(text):
    assert safe(text) == "'" + text


def test_other_cells_stay_as_they_are():
    assert [safe(text) for text in ("", "clean", "10.0.0.1", "a=b")] == ["", "clean", "10.0.0.1", "a=b"]


def test_what_turns_text_or_drives_a_terminal_is_replaced():
    assert safe("a\u202eb\x1b[31m\n") == "a?b?[31m?"
    assert "\u202e" not in clean("a\u202egnp.pcap")
    assert clean("é → ü") == "é → ü"


@pytest.mark.parametrize(
    ("columns", "width"), [("²", 80), ("-5", 80), ("0", 80), ("", 80), ("9" * 30, 80), ("100", 100)]
)
def test_columns_that_are_no_number_are_not_believed(columns, width, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", columns)
    with (tmp_path / "out").open("w") as file:
        assert columns_of(file) == width
