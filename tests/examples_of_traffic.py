"""Captures made for a test: the benchmark's generator, smaller; what several tests ask for is made once."""

from __future__ import annotations

import atexit
import runpy
from functools import cache
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

GENERATOR = Path(__file__).parent.parent / "benchmarks" / "make_capture.py"


def generated(path: Path, mix: str, packets: int) -> Path:
    """A capture of so many packets at ``path``."""
    return Path(copyfile(made(mix, packets), path))


@cache
def made(mix: str, packets: int) -> Path:
    """The same in the folder of all that this process has made."""
    path = folder() / f"{mix}-{packets}.pcap"
    generator()(["--mix", mix, "--packets", str(packets), str(path)])
    return path


@cache
def folder() -> Path:
    """Where captures lie until the process ends."""
    made_here = TemporaryDirectory(prefix="tcpexplain-traffic-")
    atexit.register(made_here.cleanup)
    return Path(made_here.name)


@cache
def generator():
    """The generator's ``main``."""
    return runpy.run_path(str(GENERATOR))["main"]
