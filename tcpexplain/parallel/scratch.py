"""The folder for what workers leave to each other: it goes with its process, however that ends."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

SWEEP = 'while read -r _; do :; done; rm -rf -- "$1"'
"""What a shell does whose standard input ends when the last of our processes does: SIGKILL leaves none of them the time."""


class Scratch:
    """A new folder.

    Parameters
    ----------
    folder
        Where to make it; where temporary files go if None.

    Raises
    ------
    OSError
        If it cannot be made: the disk is full, or the place may not be written to.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
        where = Path(folder).resolve() if folder else Path(tempfile.gettempdir())
        self.path = str(where / f".tcpexplain-{token_hex(8)}")
        # First who removes it, then the folder: a process can end at any point.
        self.sweeper = sweeper(self.path)
        try:
            Path(self.path).mkdir(0o700)
        except OSError:
            self.remove()
            raise

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self.sweeper and self.sweeper.stdin:
            self.sweeper.stdin.close()
            self.sweeper.wait()
        self.sweeper = None


def sweeper(path: str) -> subprocess.Popen[bytes] | None:
    """A process that removes the folder when this one has ended; None where there is no shell. Ctrl-C does not reach it."""
    if os.name != "posix":
        return None
    with suppress(OSError):
        return subprocess.Popen(
            ["/bin/sh", "-c", SWEEP, "sh", path], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    return None


def new_file(folder: str, kind: str, first: str) -> Path:
    """An empty file of its own in the folder: another worker may have begun the same task, and died."""
    handle, name = tempfile.mkstemp(kind, first, folder)
    os.close(handle)
    return Path(name)
