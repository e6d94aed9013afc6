"""Compiles the hot functions ahead, in a process of its own beside an analysis that goes on without them.

Compiling takes half a minute once after installation. The process (`PROGRAM`) puts the result where
``native.translate.folder()`` says, so that no capture takes longer than it would without numba.
"""

from __future__ import annotations

import subprocess
import sys
import time
from shutil import rmtree
from typing import TYPE_CHECKING

from tcpexplain.native.translate import compiled, folder, keep

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FunctionType

PROGRAM = "tcpexplain.reading.warm_up"
"""The module that is run: it calls every hot function once, which takes all that reads captures."""
CHECK = "check"
"""The argument of the process that tries what another has compiled."""
STALE = 600
"""Seconds after which a process that compiles has died."""
KEPT = 3
"""Versions of compiled code that are kept."""
STARTED: list[subprocess.Popen[bytes]] = []
"""Processes that compile for this one, which does not wait for them: an object of one that is let go would warn of that."""


def beside() -> bool:
    """Start compiling in the background; False if somebody does, or if there is nowhere to put it."""
    claim = folder() / "compiling"
    try:
        folder().mkdir(parents=True, exist_ok=True)
        if (folder() / "failed").exists():
            return False
        if claim.exists() and time.time() - claim.stat().st_mtime > STALE:
            claim.unlink()
        claim.touch(exist_ok=False)
        started = subprocess.Popen(
            [sys.executable, "-m", PROGRAM],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        STARTED.append(started)
    except OSError:
        return False
    return True


def compile_all(functions: Sequence[FunctionType]) -> None:
    """Put hot functions that were compiled and called on disk, and say so once another process has run all of them from there."""
    folder().mkdir(parents=True, exist_ok=True)
    for function in functions:
        keep(function)
    checked = subprocess.run([sys.executable, "-m", PROGRAM, CHECK], capture_output=True, timeout=STALE, check=False)
    (folder() / ("failed" if checked.returncode else "complete")).touch()
    (folder() / "compiling").unlink(missing_ok=True)
    compiled.cache_clear()
    forget_old()


def forget_old() -> None:
    """Remove what older versions compiled."""
    versions = sorted(
        (path for path in folder().parent.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime
    )
    for path in versions[:-KEPT]:
        rmtree(path, ignore_errors=True)
