"""Where frames are in a pcap file is noted while it is read by several threads: what is read once more of it, is read from there."""

import pytest
from comparing import analysed
from examples_of_traffic import generated

import tcpexplain
from tcpexplain.analysis.memory import Arrays
from tcpexplain.errors import CaptureError
from tcpexplain.native.library import library
from tcpexplain.readers import open_capture
from tcpexplain.reading import frame_index, single
from tcpexplain.reading.ahead import TwoSets, ahead
from tcpexplain.reading.frame_index import FrameIndex
from tcpexplain.reports import json

pytestmark = pytest.mark.skipif(library() is None, reason="there is no machine code of these sources: make native")

HEADER = 24
"""Bytes of the header of a pcap file."""


@pytest.fixture
def path(tmp_path):
    return generated(tmp_path / "x.pcap", "web", packets=9000)


@pytest.fixture
def first(path, monkeypatch):
    """What was found of a capture that does not fit into memory."""
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", "1")
    for name, value in {"FOLDED": 1000, "BUDGET": 1500, "QUIET": (300_000_000, 50_000_000, 10_000_000, 0)}.items():
        monkeypatch.setattr(f"tcpexplain.analysis.analysis.{name}", value)
    return analysed(path, Arrays(), every=False, tell=False)


def index_of(path):
    """Where all its frames are."""
    index, columns = FrameIndex(), TwoSets()
    for _ in ahead(open_capture(path, columns=columns), columns, index):
        pass
    return index


def brought_back(path, first, index):
    """The packets of every fortieth connection that has left memory, by its number."""
    gone = [stream for stream in range(first.streams) if not first.has_all(stream)][::40]
    flags = [int(stream in gone) for stream in range(max(gone) + 1)]
    found = single.read_again([path], None, None, None, first, flags, frames=True, index=index)
    return {stream: [(one.packet, one.time) for one in found.segments_of(stream)] for stream in gone}


def bytes_read(monkeypatch):
    """The sizes of what is read of parts of files from now on."""
    sizes, readinto = [], frame_index.FileParts.readinto

    def counted(spans, buffer):
        sizes.append(readinto(spans, buffer))
        return sizes[-1]

    monkeypatch.setattr(frame_index.FileParts, "readinto", counted)
    return sizes


def test_connections_come_back_as_they_do_when_all_is_read_and_little_is_read_for_them(path, first, monkeypatch):
    sizes = bytes_read(monkeypatch)
    told = brought_back(path, first, index_of(path))
    assert len(told) > 3
    assert 0 < sum(sizes) < path.stat().st_size / 8
    sizes.clear()
    assert told == brought_back(path, first, None)
    assert not sizes


@pytest.mark.usefixtures("first")
def test_two_threads_tell_the_same_by_it_as_one_tells_without(path, monkeypatch, capsys):
    monkeypatch.setattr("tcpexplain.reading.read.HELD_BACK", 100)
    monkeypatch.setattr(frame_index, "FEW", 1)
    sizes, told = bytes_read(monkeypatch), []
    for jobs in (1, 2):
        json.write(tcpexplain.read(path, jobs=jobs), None)
        told.append((capsys.readouterr().out, sum(sizes) > 0))
    assert told[0][0].count("\n") > 100
    assert told[0][0] == told[1][0]
    assert [some for _, some in told] == [False, True]


def test_where_many_are_wanted_all_is_read(path, first, monkeypatch):
    monkeypatch.setattr(frame_index, "FEW", 9000)
    sizes = bytes_read(monkeypatch)
    assert brought_back(path, first, index_of(path))
    assert not sizes


def test_a_capture_that_has_changed_is_said_to_be_another(path, first):
    index = index_of(path)
    path.write_bytes(path.read_bytes()[:HEADER] + bytes(path.stat().st_size - HEADER))
    with pytest.raises(CaptureError, match="no longer what was read") as error:
        brought_back(path, first, index)
    assert error.value.code == "TE001"


def test_nothing_is_noted_of_more_frames_than_there_is_room_for(path, monkeypatch):
    monkeypatch.setattr(frame_index, "MOST", 8999)
    index = index_of(path)
    assert (index.is_whole, index.batches) == (False, [])


def test_nothing_is_noted_where_times_go_backwards(path):
    data = bytearray(path.read_bytes())
    data[HEADER : HEADER + 4] = (int.from_bytes(data[HEADER : HEADER + 4], "little") + 1).to_bytes(4, "little")
    path.write_bytes(data)
    assert not index_of(path).is_whole


def test_parts_of_a_file_are_read_one_behind_the_other_in_whatever_pieces(tmp_path):
    path = tmp_path / "letters"
    path.write_bytes(b"abcdefghij")
    spans, pieces, buffer = (
        frame_index.FileParts(path.open("rb", buffering=0), [(0, 2), (4, 8), (9, 10)]),
        [],
        bytearray(3),
    )
    while got := spans.readinto(buffer):
        pieces.append(bytes(buffer[:got]))
    spans.close()
    assert pieces == [b"abe", b"fgh", b"j"]
