"""With nothing but click and rich: what works without more does, and what does not says the one command that brings it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CAPTURES = Path(__file__).parents[2] / "captures"
SMALL = CAPTURES / "crashed-client-2019" / "capture.pcap"
LARGE = CAPTURES / "mix2000" / "mix2000.pcap"
KEPT = ("click", "rich", "pygments", "markdown_it", "mdurl", "typing_extensions", "tcpexplain")
PROGRAM = """
import sys
from importlib.metadata import packages_distributions
kept = sys.argv[1].split(",")
for name in packages_distributions():
    if name not in kept and not name.startswith("_") and name not in sys.modules:
        sys.modules[name] = None
from tcpexplain.cli.command import run
sys.exit(run(sys.argv[2:]))
"""


def ran(*words):
    command = [sys.executable, "-c", PROGRAM, ",".join(KEPT), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("suffix", ["html", "md", "json", "csv", "mmd", "svg", "txt"])
def test_reports_are_written(suffix, tmp_path):
    path = tmp_path / f"x.{suffix}"
    done = ran(SMALL, "-o", path)
    assert done.returncode == 0, done.stderr
    assert path.stat().st_size > 300


@pytest.mark.parametrize("words", [(), ("--json",), ("--stream", "0"), ("--why", "write-after-close")])
@pytest.mark.parametrize("path", [SMALL, LARGE], ids=["small", "2,000 connections"])
def test_captures_are_explained(path, words):
    done = ran(path, *words)
    assert done.returncode == 0, done.stderr
    assert not done.stderr


@pytest.mark.parametrize(
    ("words", "package"),
    [
        (("-o", "x.png"), "matplotlib"),
        (("-o", "x.dot"), "networkx"),
        (("-o", "x.parquet"), "tcpexplain[parquet]"),
        (("--decode",), "pyshark"),
    ],
)
@pytest.mark.needs("tshark")
def test_what_is_missing_is_said_with_what_brings_it(words, package, tmp_path):
    done = ran(SMALL, *(str(tmp_path / word) if word.startswith("x.") else word for word in words))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error[TE031]")
    assert f"pip install '{package}'" in done.stderr or f"pip install {package}\n" in done.stderr
