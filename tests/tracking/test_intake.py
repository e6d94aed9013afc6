"""Most frames of plain code take a shorter way into their connections; what they leave behind is the same."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path

import pytest
from examples_of_traffic import generated

from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.memory import Plain
from tcpexplain.readers import open_capture
from tcpexplain.tracking.entry import Entry
from tcpexplain.wire.segment import Segment

CAPTURES = sorted((Path(__file__).parents[2] / "captures").rglob("*.pcap*"))
ROW, SEGMENT = (attrgetter(*(name for name, _ in kind.FIELDS)) for kind in (Entry, Segment))


class Strangers(Plain):
    """No connection is known by the bytes of its 4-tuple."""

    def flows(self, **_):
        return None


def taken(path, memory):
    """All connections and segments of a capture, before anything is concluded; how many flows were known."""
    analysis = Analysis(memory=memory, tell=False)
    for number, frames in enumerate(open_capture(path)):
        analysis.feed(frames, number % 3)
    rows = [ROW(row) for row in analysis.rows[: analysis.streams]]
    segments = [[SEGMENT(one) for one in analysis.segments_of(stream)] for stream in range(analysis.streams)]
    return rows, segments, analysis.skipped, len(analysis.flows or ())


def compare(path):
    """How many flows were known."""
    *expected, _ = taken(path, Strangers())
    *found, known = taken(path, Plain())
    assert expected == found
    return known


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.parent.name)
def test_a_familiar_frame_leaves_behind_what_any_does(path):
    compare(path)


@pytest.mark.parametrize("mix", ["web", "flood", "pool"])
def test_the_same_holds_for_generated_traffic(mix, tmp_path, fewer):
    assert compare(generated(tmp_path / "x.pcap", mix, packets=fewer(6000)))


def test_so_it_does_while_segments_are_folded(tmp_path, monkeypatch, fewer):
    monkeypatch.setattr("tcpexplain.analysis.analysis.FOLDED", 1000)
    monkeypatch.setattr(Plain, "worth_folding", 0)
    assert compare(generated(tmp_path / "x.pcap", "web", packets=fewer(6000)))


def test_so_it_does_where_connections_leave_memory_and_come_back(tmp_path, monkeypatch):
    monkeypatch.setattr("tcpexplain.analysis.analysis.BUDGET", 1500)
    monkeypatch.setattr("tcpexplain.analysis.analysis.QUIET", (0,))
    assert compare(generated(tmp_path / "x.pcap", "web", packets=6000))


def test_no_more_flows_are_known_than_there_is_room_for(tmp_path, monkeypatch, fewer):
    monkeypatch.setattr("tcpexplain.tracking.intake.FLOWS", 8)
    assert 0 < compare(generated(tmp_path / "x.pcap", "web", packets=fewer(6000))) <= 8
