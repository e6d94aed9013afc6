"""What the applications of many connections saw is the same from columns as of each connection as an object."""

from pathlib import Path

import pytest
from examples_of_traffic import generated
from shares import one_of

import tcpexplain as tx
from tcpexplain.diagnosis.explained import Explained
from tcpexplain.native.library import library

CAPTURES = sorted((Path(__file__).parents[2] / "captures").rglob("*.pcap*"))


@pytest.mark.parametrize("compiled", ["0", "1"], ids=["plain", "native"])
@pytest.mark.parametrize("path", one_of(2, CAPTURES), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_columns_know_the_outcomes_of_every_connection(path, compiled, monkeypatch):
    if compiled == "1" and library() is None:
        pytest.skip("there is no machine code of these sources: make native")
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", compiled)
    read = tx.read(path)
    assert isinstance(read.held, Explained)
    told = list(read.held.outcomes())
    assert told == [one.outcomes for one in read]


def test_of_a_large_capture_no_object_is_made(tmp_path, monkeypatch):
    if library() is None:
        pytest.skip("there is no machine code of these sources: make native")
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", "1")
    path = generated(tmp_path / "x.pcap", "web", packets=5000)
    read = tx.read(path)
    expected = [one.stream for one in read if "ECONNRESET" in one.outcomes]
    again = tx.read(path)
    monkeypatch.setattr("tcpexplain.diagnosis.explained.connection", None)
    found = again.where(errno="ECONNRESET").held
    assert list(found.streams) == expected
    assert 10 < len(expected) < len(read)
