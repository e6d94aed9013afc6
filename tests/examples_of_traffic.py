"""Captures made for a test: the benchmark's generator, smaller."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

GENERATOR = Path(__file__).parent.parent / "benchmarks" / "make_capture.py"


def generated(path: Path, mix: str, packets: int, *options: str) -> Path:
    """A capture of so many packets at ``path``."""
    command = [sys.executable, str(GENERATOR), str(path), "--mix", mix, "--packets", str(packets), *options]
    subprocess.run(command, check=True, capture_output=True)
    return path
