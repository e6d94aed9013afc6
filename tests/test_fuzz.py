"""A share of ``make fuzz``: captures that nobody would make are read the same in all ways, and what was found once stays mended."""

import importlib
import subprocess
import sys
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from fuzzing import files, talks
from fuzzing.captures import ways

from tcpexplain.errors import CaptureError
from tcpexplain.native.library import library

TESTS = Path(__file__).parent
CORPUS = tomllib.loads((TESTS / "fuzzing" / "corpus.toml").read_text(encoding="utf-8"))["found"]
SEEDS = [(one["target"], seed) for one in CORPUS for seed in one.get("seeds", ())]
compiled = pytest.mark.skipif(library() is None, reason="there is no machine code of these sources: make native")


@compiled
@pytest.mark.parametrize("part", range(3))
def test_a_capture_is_read_the_same_in_all_ways(part, tmp_path, monkeypatch, request):
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", "1")
    cases = 500 if request.config.getoption("--everything") else 4
    found = {seed: ways(seed, tmp_path) for seed in range(part * cases, (part + 1) * cases)}
    assert not {seed: differs for seed, differs in found.items() if differs}


@compiled
def test_two_processes_read_it_so_too(tmp_path, monkeypatch):
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", "1")
    assert not ways(8101683, tmp_path, processes=True)


@compiled
@pytest.mark.parametrize(("target", "seed"), SEEDS)
def test_what_was_found_stays_mended(target, seed, tmp_path, monkeypatch):
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", "1")
    found = (
        ways(seed, tmp_path) if target == "captures" else importlib.import_module(f"fuzzing.{target}").batch(seed)[1]
    )
    assert not found


@pytest.mark.parametrize("name", [one["file"] for one in CORPUS if "file" in one])
def test_so_do_files(name):
    """Each is read, or refused with an error that has a code."""
    with suppress(CaptureError):
        files.read((TESTS / "fuzzing" / "found" / name).read_bytes())


def test_every_file_that_was_found_says_what_it_was():
    kept = {path.name for path in (TESTS / "fuzzing" / "found").iterdir()}
    assert kept == {one["file"] for one in CORPUS if "file" in one}
    assert all(one["what"] for one in CORPUS)


@compiled
def test_a_difference_is_noticed():
    """Of a capture and of the same without its last packets."""
    rows, sizes = talks.capture(1)
    one, other = (
        talks.analysed([talks.pcap(rows[:last], sizes[:last])], talks.ARRAYS(), every=True) for last in (9000, 4000)
    )
    assert talks.differing(one, other)


@pytest.mark.needs("gcc")
def test_make_fuzz_tries_every_target_for_a_minute():
    done = subprocess.run(
        [sys.executable, str(TESTS / "fuzz.py"), "--seconds", "60", "--first", "77"], capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing was found" in done.stdout
    assert all(f" {target}\n" in done.stdout for target in ("captures", "talks", "files", "payloads", "talks, checked"))
