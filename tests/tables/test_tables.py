"""What is written of a capture is the same, whether objects or columns tell it."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
from examples_of_traffic import generated

from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.memory import Arrays, Plain, Switching
from tcpexplain.analysis.systems import systems
from tcpexplain.diagnosis.explained import Explained
from tcpexplain.diagnosis.slice import slices
from tcpexplain.model.capture import Capture
from tcpexplain.readers import open_capture
from tcpexplain.reports import json, table
from tcpexplain.tables import chunks, from_arrays, parquet
from tcpexplain.tables.events import alike
from tcpexplain.tables.schema import FIELDS

CAPTURES = sorted((Path(__file__).parents[2] / "captures").rglob("*.pcap*"))


@pytest.fixture(scope="module")
def arrays():
    return Arrays()


def analysed(path, os="auto"):
    analysis = Analysis(systems=systems(os), every=True, memory=Plain())
    for frames in open_capture(path, columns=Switching()):
        analysis.feed(frames)
    analysis.finish()
    return analysis


def both(path, arrays, os="auto"):
    """The capture with objects, and the same analysis moved to arrays: the loop's code need not be compiled for that."""
    objects, columns = analysed(path, os), analysed(path, os)
    every = range(columns.streams)
    columns.results.keep_telling(every, len(every), columns.rows, columns.pool)
    columns.move_to(arrays)
    return (Capture(Explained(one, range(one.streams), None)) for one in (objects, columns))


def compare(path, arrays, **options):
    """Fail where columns tell anything else than objects; what they tell."""
    objects, columns = both(path, arrays, **options)
    assert columns.held.analysis.memory.compiled
    expected, found = (list(json.render(one).splitlines()) for one in (objects, columns))
    for one, other in zip(expected, found, strict=True):
        assert one == other
    assert json.render(objects, events=False) == json.render(columns, events=False)
    return columns


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_columns_tell_the_same_as_objects_and_in_short_all_but_the_sentences(path, arrays):
    columns = compare(path, arrays)
    for whole, short in zip(chunks(columns), chunks(columns, sentences=False), strict=True):
        assert set(whole.connections) - set(short.connections) == {"why", "lost", "do", "sure"}
        for name, cells in short.connections.items():
            assert listed(cells) == listed(whole.connections[name]), name


def listed(column):
    return column.tolist() if hasattr(column, "tolist") else list(column)


@pytest.mark.parametrize(("mix", "packets"), [("web", 8_000), ("pool", 4_000), ("flood", 2_000)])
def test_columns_tell_the_same_of_generated_traffic(mix, packets, tmp_path, arrays):
    compare(generated(tmp_path / "x.pcap", mix, packets), arrays)


def test_columns_tell_the_same_of_another_system(arrays):
    path = next(path for path in CAPTURES if path.parent.name == "crashed-client-2019")
    compare(path, arrays, os="windows")


@pytest.mark.needs("time")
def test_every_column_has_a_value_of_every_connection(arrays):
    path = next(path for path in CAPTURES if path.parent.name == "mix2000")
    for capture in both(path, arrays):
        for piece in chunks(capture):
            assert set(piece.connections) == {field.name for field in FIELDS}
            assert {len(column) for column in piece.connections.values()} == {len(piece.resets())}
            assert len(piece.events.starts) == len(piece.resets()) + 1


@pytest.mark.needs("time")
def test_some_connections_are_told_as_among_all(arrays):
    """Those that ``--why`` chooses do not lie together in the tables."""
    path = next(path for path in CAPTURES if path.parent.name == "mix2000")
    objects, columns = both(path, arrays)
    few = [capture.failed for capture in (objects, columns)]
    assert 1 < len(few[0]) < len(objects)
    assert json.render(few[0]) == json.render(few[1])


@pytest.mark.parametrize("what", ["connections", "events"])
def test_tables_are_the_same_too(what, tmp_path, arrays):
    path = generated(tmp_path / "x.pcap", "web", 5_000)
    objects, columns = (table.render(one, what=what) for one in both(path, arrays))
    assert objects.splitlines() == columns.splitlines()


@pytest.mark.needs("polars", "pyarrow")
@pytest.mark.parametrize("what", ["connections", "events"])
def test_parquet_holds_what_a_frame_of_objects_does(what, tmp_path, arrays, monkeypatch):
    """Whether few rows are written as a group, or many at once; lists of words are text there, separated by blanks."""
    import polars as pl

    path = generated(tmp_path / "x.pcap", "web", 5_000)
    objects, columns = both(path, arrays)
    expected = objects.to_polars(what).with_columns(pl.col(pl.List(pl.String)).list.join(" "))
    for name, enough in (("one", 1 << 17), ("many", 100)):
        monkeypatch.setattr(parquet, "ENOUGH", enough)
        monkeypatch.setattr("tcpexplain.diagnosis.slice.SOME", enough)
        target = tmp_path / f"{name}.{what}.parquet"
        table.write(columns, target)
        assert pl.read_parquet(target).equals(expected.cast(pl.read_parquet(target).schema))


@pytest.mark.needs("polars", "pyarrow")
@pytest.mark.parametrize(
    "what", ["connections", *(pytest.param(one, marks=pytest.mark.needs("time")) for one in ("events", "segments"))]
)
def test_parquet_lacks_nothing_and_no_more_than_it_says_it_may(what, tmp_path):
    import polars as pl

    target = tmp_path / f"x.{what}.parquet"
    for path in CAPTURES:
        capture = Capture(Explained(analysis := analysed(path), range(analysis.streams), None))
        table.write(capture, target)
        expected = capture.to_polars(what).with_columns(pl.col(pl.List(pl.String)).list.join(" "))
        found = pl.read_parquet(target)
        assert found.equals(expected.cast(found.schema)), path


@pytest.mark.needs("pyarrow")
def test_connections_may_be_numbered_otherwise(tmp_path, arrays):
    """A part of several that are analysed apart has numbers of its own."""
    import pyarrow.parquet as pyarrow

    path = generated(tmp_path / "x.pcap", "web", 2_000)
    _, columns = both(path, arrays)
    held = columns.held
    numbers = [7 + 3 * stream for stream in held.streams]
    told = (
        from_arrays.chunk(one, events=True, sentences=False)
        for one in slices(held.analysis, held.streams, held.verdicts, numbers)
    )
    parquet.write(told, {what: tmp_path / f"{what}.parquet" for what in ("connections", "events")})
    assert pyarrow.read_table(tmp_path / "connections.parquet")["stream"].to_pylist() == numbers
    assert set(pyarrow.read_table(tmp_path / "events.parquet")["stream"].to_pylist()) == set(numbers)


@pytest.mark.parametrize("count", [0, 1, 40, 5000, 100_000])
def test_rows_are_told_apart_whether_few_or_many_are_different(count):
    chance = Random(count)
    pairs = [(chance.getrandbits(62) - (1 << 61), chance.randrange(2)) for _ in range(count)] * 3
    columns = [np.array(column, np.int64) for column in (zip(*pairs, strict=True) if pairs else ((), ()))]
    found = alike(np, columns)
    assert len(found.examples) == len(set(pairs))
    assert [pairs[row] for row in found.examples[found.which].tolist()] == pairs
