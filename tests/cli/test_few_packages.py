"""With nothing but click and rich: what works without more does, and what does not says the one command that brings it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CAPTURES = Path(__file__).parents[2] / "captures"
SMALL = CAPTURES / "crashed-client-2019" / "capture.pcap"
SOME = Path(__file__).parents[1] / "causes" / "programs" / "go-pool-race.pcap"
LARGE = CAPTURES / "mix2000" / "mix2000.pcap"
KEPT = ("click", "rich", "pygments", "markdown_it", "mdurl", "typing_extensions", "tcpexplain")
PROGRAM = """
import json, sys
from contextlib import redirect_stderr, redirect_stdout
from importlib.metadata import packages_distributions
from io import StringIO
kept = sys.argv[1].split(",")
for name in packages_distributions():
    if name not in kept and not name.startswith("_") and name not in sys.modules:
        sys.modules[name] = None
from tcpexplain.cli.command import run
found = []
for words in json.load(sys.stdin):
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        status = run(words)
    found.append((status, out.getvalue(), err.getvalue()))
json.dump(found, sys.stdout)
"""
SUFFIXES = ["html", "md", "json", "csv", "mmd", "svg", "txt"]
WAYS = [(), ("--json",), ("--stream", "0"), ("--why", "failed")]


@pytest.fixture(scope="module")
def ran():
    """Runs commands one after the other in a process that has few packages: status, output and errors of each."""

    def run(*commands):
        told = json.dumps([list(map(str, words)) for words in commands])
        program = [sys.executable, "-c", PROGRAM, ",".join(KEPT)]
        return json.loads(subprocess.run(program, input=told, capture_output=True, text=True, check=True).stdout)

    return run


def test_reports_are_written(ran, tmp_path):
    paths = [tmp_path / f"x.{suffix}" for suffix in SUFFIXES]
    for path, (status, _, errors) in zip(paths, ran(*((SMALL, "-o", path) for path in paths)), strict=True):
        assert status == 0, errors
        assert path.stat().st_size > 300, path


@pytest.mark.parametrize(
    "path",
    [SMALL, SOME, pytest.param(LARGE, marks=pytest.mark.needs("time"))],
    ids=["one connection", "a few", "2,000"],
)
def test_captures_are_explained(path, ran):
    commands = [(path, *words) for words in WAYS]
    for words, (status, out, errors) in zip(commands, ran(*commands), strict=True):
        assert (status, errors) == (0, ""), words
        assert out, words


MISSING = {
    ("-o", "x.png"): "matplotlib",
    ("-o", "x.dot"): "networkx",
    ("-o", "x.parquet"): "tcpexplain[parquet]",
    ("--decode",): "pyshark",
}
"""What cannot be written or read, and the package that brings it."""


@pytest.mark.needs("tshark")
def test_what_is_missing_is_said_with_what_brings_it(ran, tmp_path):
    commands = [(SMALL, *(tmp_path / word if word.startswith("x.") else word for word in words)) for words in MISSING]
    for package, (status, out, errors) in zip(MISSING.values(), ran(*commands), strict=True):
        assert (status, out) == (3, ""), package
        assert errors.startswith("error[TE031]")
        assert f"pip install '{package}'" in errors or f"pip install {package}\n" in errors
