"""One capture divided among threads: whatever one analysis finds, several find together, and number it as one does."""

from pathlib import Path

import pytest
from comparing import analysed, differences
from examples_of_traffic import generated
from shares import one_of

import tcpexplain
from tcpexplain.analysis.in_parts import AnalysisInParts
from tcpexplain.analysis.memory import Arrays
from tcpexplain.native.library import library
from tcpexplain.readers import open_capture
from tcpexplain.reading.ahead import TwoSets, ahead, at_once
from tcpexplain.reading.single import read_again
from tcpexplain.reports import json
from tcpexplain.tracking.entry import CONCLUDED
from tcpexplain.vantage.inferred import ROOM

pytestmark = pytest.mark.skipif(library() is None, reason="there is no machine code of these sources: make native")

CAPTURES = sorted((Path(__file__).parents[2] / "captures").rglob("*.pcap*"))
LARGER = {"FOLDED": 1000, "BUDGET": 1500, "QUIET": (300_000_000, 50_000_000, 10_000_000, 0)}
"""As if captures of some thousand packets were large."""


@pytest.fixture(scope="module")
def arrays():
    return Arrays()


def make_small(monkeypatch):
    """From now on connections are folded, condensed and let go after some thousand segments."""
    for name, value in LARGER.items():
        monkeypatch.setattr(f"tcpexplain.analysis.analysis.{name}", value)


@pytest.fixture
def _small_room(monkeypatch):
    make_small(monkeypatch)


def divided(path, parts, **settings):
    """The analysis of a capture by so many threads."""
    analysis, columns = AnalysisInParts(parts, **settings), TwoSets()
    for frames, _ in ahead(open_capture(path, columns=columns), columns):
        analysis.feed(frames)
    analysis.finish()
    return analysis


def segments(analysis):
    """The packets that are kept of each connection."""
    return [[one.packet for one in analysis.segments_of(stream)] for stream in range(analysis.streams)]


@pytest.mark.parametrize("path", one_of(12, CAPTURES), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_parts_find_what_one_finds_in_every_capture(path, arrays):
    one, several = analysed(path, arrays), divided(path, 3, every=True)
    assert (one.skipped, one.segments, one.streams) == (several.skipped, several.segments, several.streams)
    assert not differences(one, several)
    assert segments(one) == segments(several)


@pytest.mark.usefixtures("_small_room")
@pytest.mark.parametrize(("mix", "parts"), [("web", 3), ("pool", 2), ("flood", 2)])
def test_so_they_do_where_room_is_short(mix, parts, arrays, tmp_path):
    path = generated(tmp_path / "x.pcap", mix, packets=9000)
    one, several = analysed(path, arrays, every=False, tell=False), divided(path, parts, tell=False)
    assert mix == "pool" or int((one.rows["known"] & CONCLUDED > 0).sum()) > 100
    assert not differences(one, several)
    assert segments(one) == segments(several)
    assert [one.left_of(stream) == [] for stream in range(9)] == [several.left_of(stream) == [] for stream in range(9)]


@pytest.mark.usefixtures("_small_room")
@pytest.mark.parametrize("mix", ["web", "pool", "flood"])
def test_the_free_slots_are_as_many_as_are_counted(mix, arrays, tmp_path):
    analysis = analysed(generated(tmp_path / "x.pcap", mix, packets=9000), arrays, every=False, tell=False)
    slot, free = int(analysis.desk.free), 0
    while slot >= 0:
        slot, free = int(analysis.pool["next"][slot]), free + 1
    assert free == analysis.desk.vacant == len(analysis.pool) - ROOM - int(analysis.rows["kept"].sum())


@pytest.mark.usefixtures("_small_room")
@pytest.mark.parametrize("messages", ["verdict", "full"])
def test_two_jobs_give_the_json_of_one(messages, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", "1")
    monkeypatch.setattr("tcpexplain.reading.read.HELD_BACK", 500)
    path, told = generated(tmp_path / "x.pcap", "web", packets=9000), []
    for jobs in (1, 2):
        json.write(tcpexplain.read(path, jobs=jobs, messages=messages, every=messages == "full"), None)
        told.append(capsys.readouterr().out)
    assert told[0].count("\n") > 100
    assert told[0] == told[1]


def test_connections_that_have_left_memory_come_back_with_all_their_packets(arrays, tmp_path, monkeypatch):
    path = generated(tmp_path / "x.pcap", "web", packets=9000)
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", "1")
    whole = analysed(path, arrays)
    make_small(monkeypatch)
    first = analysed(path, arrays, every=False, tell=False)
    gone = [stream for stream in range(first.streams) if not first.has_all(stream)][::7]
    assert len(gone) > 20
    found = read_again([path], None, None, None, first, [int(stream in gone) for stream in range(max(gone) + 1)])
    for stream in gone:
        assert [one.packet for one in found.segments_of(stream)] == [one.packet for one in whole.segments_of(stream)]
        assert found.ended(stream).stream == stream


def test_a_batch_stays_as_it_is_while_the_next_is_read(tmp_path):
    path = generated(tmp_path / "x.pcap", "web", packets=40_000)
    columns = TwoSets()
    given = [content(frames) for frames, _ in ahead(open_capture(path, columns=columns), columns)]
    assert given == [content(frames) for frames, _ in at_once(open_capture(path, columns=Arrays()))]
    assert len(given) > 2


def content(frames):
    """A batch as numbers and bytes, taken some time after it was given."""
    some = slice(frames.count)
    start, captured = frames.start[some].tolist(), frames.captured[some].tolist()
    data = [bytes(frames.buffer[at : at + size]) for at, size in zip(start, captured, strict=True)]
    return frames.time[some].tolist(), frames.packet[some].tolist(), data
