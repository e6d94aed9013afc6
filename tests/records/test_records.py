"""What is written of a capture is the same, whether objects or columns tell it."""

from __future__ import annotations

from pathlib import Path

import pytest
from examples_of_traffic import generated

from tcpexplain.analyse import Analysis
from tcpexplain.capture import Capture
from tcpexplain.lazily import Explained
from tcpexplain.memory import Arrays, Plain, Switching
from tcpexplain.readers import open_capture
from tcpexplain.records import pieces
from tcpexplain.records.piece import CONNECTION
from tcpexplain.reports import json

CAPTURES = sorted((Path(__file__).parents[2] / "captures").rglob("*.pcap*"))


@pytest.fixture(scope="module")
def arrays():
    return Arrays()


def analysed(path, os="linux"):
    analysis = Analysis(os=os, every=True, memory=Plain())
    for frames in open_capture(path, columns=Switching()):
        analysis.feed(frames)
    analysis.finish()
    return analysis


def both(path, arrays, os="linux"):
    """The capture with objects, and the same analysis moved to arrays: the loop's code need not be compiled for that."""
    objects, columns = analysed(path, os), analysed(path, os)
    every = range(columns.streams)
    columns.results.keep_telling(every, len(every), columns.rows, columns.pool)
    columns.move_to(arrays)
    return (Capture(Explained(one, range(one.streams), None)) for one in (objects, columns))


def compare(path, arrays, **options):
    objects, columns = both(path, arrays, **options)
    assert columns.held.analysis.memory.compiled
    expected, found = (list(json.render(one).splitlines()) for one in (objects, columns))
    for one, other in zip(expected, found, strict=True):
        assert one == other
    assert json.render(objects, events=False) == json.render(columns, events=False)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_columns_tell_the_same_as_objects(path, arrays):
    compare(path, arrays)


@pytest.mark.parametrize("mix", ["web", "pool", "flood"])
def test_columns_tell_the_same_of_generated_traffic(mix, tmp_path, arrays):
    compare(generated(tmp_path / "x.pcap", mix, 10_000), arrays)


def test_columns_tell_the_same_of_another_system(arrays):
    path = next(path for path in CAPTURES if path.parent.name == "crashed-client-2019")
    compare(path, arrays, os="windows")


def test_every_column_has_a_value_of_every_connection(arrays):
    path = next(path for path in CAPTURES if path.parent.name == "mix2000")
    for capture in both(path, arrays):
        for piece in pieces(capture):
            assert set(piece.connections) == set(CONNECTION)
            assert {len(column) for column in piece.connections.values()} == {len(piece.resets)}
            assert len(piece.events.starts) == len(piece.resets) + 1


def test_some_connections_are_told_as_among_all(arrays):
    """Those that ``--why`` chooses do not lie together in the tables."""
    path = next(path for path in CAPTURES if path.parent.name == "mix2000")
    objects, columns = both(path, arrays)
    chosen = objects.fitting("failed")
    assert 1 < len(chosen) < len(objects)
    few = [Capture(capture.only(chosen)) for capture in (objects, columns)]
    assert json.render(few[0]) == json.render(few[1])
