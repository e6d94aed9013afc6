"""One implementation: the hot functions find the same whether compiled or not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from examples_of_traffic import generated

import tcpexplain
from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.memory import Arrays, Plain, Switching
from tcpexplain.machine.facts import END_FIELDS, FIELDS
from tcpexplain.machine.step import RESET_FIELDS, STEP_FIELDS
from tcpexplain.native.build import compile_all
from tcpexplain.native.translate import available, ready
from tcpexplain.parallel.blocks import Blocks
from tcpexplain.parallel.join import Share, share_analysed
from tcpexplain.readers import open_capture, open_stream
from tcpexplain.reading.warm_up import every_hot_function
from tcpexplain.tracking.entry import ENTRY_FIELDS

pytestmark = pytest.mark.skipif(not available(), reason="numba is not installed")

CAPTURES = sorted((Path(__file__).parents[2] / "captures").rglob("*.pcap*"))
WORD = 1 << 32
PLACES = {"chain", "first", "last", "stretch"}
"""Where in memory something is: that grows otherwise in arrays."""


@pytest.fixture(scope="module", autouse=True)
def compiled_code(request):
    if not ready() and not request.config.getoption("--everything"):
        pytest.skip("compiling takes half a minute after every edit: left for --everything (make test-all)")
    if not ready():
        compile_all(every_hot_function())


@pytest.fixture(scope="module")
def arrays():
    return Arrays()


def analysed(path, memory, *, every=True, tell=True):
    columns = Switching()
    columns.now = memory
    analysis = Analysis(memory=memory, every=every, tell=tell)
    for frames in open_capture(path, columns=columns):
        analysis.feed(frames)
    analysis.finish()
    return analysis


def values(record, fields):
    """Sequence numbers are the same modulo 2**32: records hold them with a sign, objects as they stand in the header."""
    names = [name for name, _ in fields]
    found = list(
        zip(names, record if isinstance(record, tuple) else (int(getattr(record, name)) for name in names), strict=True)
    )
    return [(name, value % WORD if -WORD < 2 * value < 2 * WORD else value) for name, value in found]


def everything(analysis):
    """All rows, facts, steps and resets as plain numbers."""
    for stream in range(analysis.streams):
        yield [pair for pair in values(analysis.rows[stream], ENTRY_FIELDS) if pair[0] not in PLACES]
        facts, client, server = analysis.results.of(stream)
        yield values(facts, FIELDS)
        yield values(client, END_FIELDS)
        yield values(server, END_FIELDS)
        yield from (values(step, STEP_FIELDS) for step in analysis.results.steps_of(stream))
        yield from (values(reset, RESET_FIELDS) for reset in analysis.results.resets_of(stream))


def compare(path, arrays):
    plain, compiled = analysed(path, Plain()), analysed(path, arrays)
    assert plain.streams == compiled.streams
    assert plain.skipped == compiled.skipped
    for expected, found in zip(everything(plain), everything(compiled), strict=True):
        assert expected == found


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.parent.name)
def test_compiled_code_finds_the_same_steps_resets_and_facts(path, arrays):
    compare(path, arrays)


@pytest.mark.parametrize("mix", ["web", "flood", "pool"])
def test_the_same_holds_for_generated_traffic(mix, arrays, tmp_path):
    compare(generated(tmp_path / "x.pcap", mix, packets=6000), arrays)


@pytest.mark.parametrize("every", [True, False], ids=["all events", "folded"])
def test_going_over_to_arrays_in_the_middle_changes_nothing(every, arrays, tmp_path, monkeypatch):
    monkeypatch.setattr("tcpexplain.analysis.analysis.FOLDED", 1000)
    monkeypatch.setattr(Plain, "worth_folding", 0)
    path = generated(tmp_path / "x.pcap", "web", packets=60_000)
    columns, analysis = Switching(), Analysis(every=every, tell=every)
    for number, frames in enumerate(open_capture(path, columns=columns)):
        analysis.feed(frames)
        if number == 1:
            assert any(row.stretch for row in analysis.rows) != every
            columns.now = arrays
            analysis.move_to(arrays)
    analysis.finish()
    whole = analysed(path, arrays, every=every, tell=every)
    assert number > 2
    for expected, found in zip(everything(whole), everything(analysis), strict=True):
        assert expected == found


@pytest.mark.parametrize("tell", [False, True], ids=["file", "pipe"])
def test_long_connections_are_condensed_in_the_same_way(tell, arrays, tmp_path, monkeypatch):
    monkeypatch.setattr("tcpexplain.analysis.analysis.BUDGET", 1500)
    monkeypatch.setattr(Analysis, "let_go", lambda _: 0)
    monkeypatch.setattr(Analysis, "begin_folding", lambda _: False)
    path = generated(tmp_path / "x.pcap", "pool", packets=20_000)
    plain, compiled = (analysed(path, memory, every=False, tell=tell) for memory in (Plain(), arrays))
    assert sum(bool(row.held) for row in plain.rows[: plain.streams]) > 10
    assert any(row.told for row in plain.rows) == tell
    for expected, found in zip(everything(plain), everything(compiled), strict=True):
        assert expected == found
    for stream in range(plain.streams):
        left = ([segment.packet for segment in one.left_of(stream)] for one in (plain, compiled))
        assert next(left) == next(left)


@pytest.mark.parametrize("mix", ["web", "pool", "flood"])
def test_expected_segments_are_folded_in_the_same_way(mix, arrays, tmp_path, monkeypatch):
    monkeypatch.setattr("tcpexplain.analysis.analysis.FOLDED", 2000)
    monkeypatch.setattr(Plain, "worth_folding", 0)
    path = generated(tmp_path / "x.pcap", mix, packets=20_000)
    plain, compiled = (analysed(path, memory, every=False, tell=False) for memory in (Plain(), arrays))
    assert any(row.gone for row in plain.rows[: plain.streams]) == (mix != "flood")
    for expected, found in zip(everything(plain), everything(compiled), strict=True):
        assert expected == found


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
def test_captures_read_in_halves_are_the_same_compiled_and_plain_and_at_once(mix, arrays, tmp_path):
    path = generated(tmp_path / "x.pcap", mix, packets=4000)
    (plain, copies), (compiled, as_many) = in_halves(path, Plain()), in_halves(path, arrays)
    assert copies == as_many == plain.segments == 4000
    for expected, found in zip(everything(plain), everything(compiled), strict=True):
        assert expected == found
    for expected, found in zip(everything(analysed(path, arrays)), everything(compiled), strict=True):
        assert expected == found


LITTLE_ROOM = """
import sys
from tcpexplain.analysis import analysis
from tcpexplain.cli.command import run
analysis.FOLDED, analysis.BUDGET, analysis.LONG = 1000, 1500, 140
run([sys.argv[1]])
sys.exit("numba" in sys.modules)
"""


@pytest.mark.parametrize("mix", ["web", "pool"])
def test_all_that_a_large_capture_takes_is_on_disk(mix, tmp_path):
    path = generated(tmp_path / "x.pcap", mix, packets=20_000)
    environment = os.environ | {"TCPEXPLAIN_COMPILED": "1"}
    command = [sys.executable, "-c", LITTLE_ROOM, str(path)]
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_a_capture_that_was_opened_before_goes_over_too(tmp_path, monkeypatch):
    path = generated(tmp_path / "x.pcap", "web", packets=3000)
    expected = [(c.cause, c.final, c.packets) for c in tcpexplain.read(path)]
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", "1")
    with path.open("rb") as file:
        capture = tcpexplain.read([open_stream(file, "standard input")])
    assert [(c.cause, c.final, c.packets) for c in capture] == expected


def test_a_small_report_needs_neither_numpy_nor_numba():
    code = (
        "import sys; from tcpexplain.cli.command import run; run([sys.argv[1]]); "
        "sys.exit(any(name in sys.modules for name in ('numpy', 'numba', 'matplotlib')))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "TCPEXPLAIN_COMPILED"}
    path = CAPTURES[0].parent.parent / "crashed-client-2019" / "capture.pcap"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()
