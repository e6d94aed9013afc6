"""Libraries of hot functions made for tests, and what translates them."""

from __future__ import annotations

import subprocess
import sys
from inspect import getmodule
from pathlib import Path

from tcpexplain.analysis.memory import NAMES
from tcpexplain.native.library import Library

ROOT = Path(__file__).parents[1]
PACKAGING = ROOT / "packaging"
sys.path.insert(0, str(PACKAGING))


def checked_library(folder: Path) -> Path:
    """The library with every check that C can make, in ``folder``; AssertionError with what the compiler says if it cannot be made."""
    command = [sys.executable, str(PACKAGING / "native.py"), "--checked", "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.stderr
    return Path(done.stdout.strip())


def sanitizers() -> dict[str, str]:
    """What a Python process needs in its environment that loads such a library."""
    names = ("libasan.so", "libubsan.so")
    paths = [subprocess.check_output(["gcc", f"-print-file-name={name}"], text=True).strip() for name in names]
    return {"LD_PRELOAD": " ".join(paths), "ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"}


def translation(*functions) -> str:
    """C of some functions, each an entry point."""
    from translator.boundary import Boundary
    from translator.entries import RECORDS, groups, protocols
    from translator.unit import Unit

    boundary = Boundary(Unit(RECORDS, groups(), protocols(*filter(None, map(getmodule, functions))), ROOT))
    for function in functions:
        boundary.add(function)
    return boundary.unit.text(boundary.text())


def native(folder: Path, *functions, checked: bool = False) -> dict:
    """Some functions as machine code, by their names."""
    from compilers import compiled, library_name

    source, made = folder / "hot.c", folder / library_name()
    source.write_text(translation(*functions))
    compiled(source, made, checked=checked)
    found = Library(made)
    return {one.__name__: found.function(one, NAMES) for one in functions}
