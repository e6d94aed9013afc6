"""One implementation: the hot functions find the same as machine code and as they are."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
from comparing import analysed, compare, compare_random, differences
from examples_of_traffic import generated

import tcpexplain
from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.memory import Arrays, Plain
from tcpexplain.native.library import library
from tcpexplain.parallel.blocks import Blocks
from tcpexplain.parallel.join import Share, share_analysed
from tcpexplain.readers import open_capture, open_stream
from tcpexplain.reports.json import connection_record

pytestmark = pytest.mark.skipif(library() is None, reason="there is no machine code of these sources: make native")

CAPTURES = sorted((Path(__file__).parents[2] / "captures").rglob("*.pcap*"))


@pytest.fixture(scope="module")
def arrays():
    return Arrays()


def told(path, monkeypatch, compiled):
    """All that reports are made of: records of JSON, and the segments of ladders."""
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", compiled)
    return [(connection_record(one), one.segments_seen) for one in islice(tcpexplain.read(path), 100)]


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_machine_code_finds_the_same_steps_resets_and_facts(path, arrays):
    compare(path, arrays)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_reports_of_machine_code_say_the_same(path, monkeypatch):
    assert told(path, monkeypatch, "0") == told(path, monkeypatch, "1")


@pytest.mark.parametrize("part", range(8))
def test_whatever_happens_to_a_connection_is_found_the_same(part, tmp_path, request):
    """One connection in a capture, or eight at a time, which takes a third of the time."""
    cases, together = (2500, 1) if request.config.getoption("--everything") else (250, 8)
    compare_random(range(part * cases, (part + 1) * cases), tmp_path, together)


@pytest.mark.parametrize("mix", ["web", "flood", "pool"])
def test_the_same_holds_for_generated_traffic(mix, arrays, tmp_path, fewer):
    compare(generated(tmp_path / "x.pcap", mix, packets=fewer(6000)), arrays)


@pytest.mark.parametrize("tell", [False, True], ids=["file", "pipe"])
def test_long_connections_are_condensed_in_the_same_way(tell, arrays, tmp_path, monkeypatch, fewer):
    monkeypatch.setattr("tcpexplain.analysis.analysis.BUDGET", 1500)
    monkeypatch.setattr(Analysis, "let_go", lambda _: 0)
    monkeypatch.setattr(Analysis, "begin_folding", lambda _: False)
    path = generated(tmp_path / "x.pcap", "pool", packets=fewer(20_000))
    plain, native = (analysed(path, memory, every=False, tell=tell) for memory in (Plain(), arrays))
    assert sum(bool(row.held) for row in plain.rows[: plain.streams]) > 10
    assert any(row.told for row in plain.rows) == tell
    assert not differences(plain, native)
    for stream in range(plain.streams):
        left = ([segment.packet for segment in one.left_of(stream)] for one in (plain, native))
        assert next(left) == next(left)


@pytest.mark.parametrize("mix", ["web", "pool", "flood"])
def test_expected_segments_are_folded_in_the_same_way(mix, arrays, tmp_path, monkeypatch, fewer):
    monkeypatch.setattr("tcpexplain.analysis.analysis.FOLDED", 2000)
    monkeypatch.setattr(Plain, "worth_folding", 0)
    path = generated(tmp_path / "x.pcap", mix, packets=fewer(9000 if mix == "flood" else 20_000))
    plain, native = (analysed(path, memory, every=False, tell=False) for memory in (Plain(), arrays))
    assert any(row.gone for row in plain.rows[: plain.streams]) == (mix != "flood")
    assert not differences(plain, native)


def in_halves(path, memory):
    """The capture twice, as two that overlap are read."""
    found = []
    for number in range(2):
        blocks = Blocks(memory, None)
        for frames in open_capture(path, columns=memory):
            blocks.feed(frames, number)
        blocks.end()
        found += blocks.found
    analysis, copies = share_analysed(Share(((tuple(found), True),), ((0, 1 << 62),) * 2, 1 << 61, every=True), memory)
    analysis.end = (
        max(int(one.time) for one in analysis.pool) if not memory.compiled else int(analysis.pool["time"].max())
    )
    analysis.finish()
    return analysis, copies


@pytest.mark.parametrize("mix", ["web", "flood"])
def test_captures_read_in_halves_are_the_same_and_at_once(mix, arrays, tmp_path):
    path = generated(tmp_path / "x.pcap", mix, packets=4000)
    (plain, copies), (native, as_many) = in_halves(path, Plain()), in_halves(path, arrays)
    assert copies == as_many == plain.segments == 4000
    assert not differences(plain, native)
    assert not differences(analysed(path, arrays), native)


@pytest.mark.parametrize("way", ["file", "open already"])
def test_a_capture_is_worked_on_where_its_size_says(way, tmp_path, monkeypatch):
    monkeypatch.setattr("tcpexplain.reading.workplace.LARGE", 2000)
    monkeypatch.delenv("TCPEXPLAIN_COMPILED", raising=False)
    path = generated(tmp_path / "x.pcap", "web", packets=3000)
    with path.open("rb") as file:
        capture = tcpexplain.read(path if way == "file" else [open_stream(file, "standard input")])
    assert capture.held.analysis.memory.compiled
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", "0")
    expected = tcpexplain.read(path)
    assert not expected.held.analysis.memory.compiled
    assert [(c.cause, c.final, c.packets) for c in capture] == [(c.cause, c.final, c.packets) for c in expected]


def test_a_small_report_does_not_need_numpy():
    code = (
        "import sys; from tcpexplain.cli.command import run; run([sys.argv[1]]); "
        "sys.exit(any(name in sys.modules for name in ('numpy', 'matplotlib')))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "TCPEXPLAIN_COMPILED"}
    path = CAPTURES[0].parent.parent / "crashed-client-2019" / "capture.pcap"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()
