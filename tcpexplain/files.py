"""How a report becomes a file: written beside it, flushed to the disk, then renamed, so that there is the old one or the new one."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def replaced(target: Path) -> Iterator[Path]:
    """A path to write to that becomes ``target`` when all is written; whatever goes wrong, the old file stays as it was.

    Folders, pipes and devices are written to as they are.

    Raises
    ------
    OSError
        If the file cannot be written, or not wholly: the disk is full.
    """
    if not target.suffix or (target.exists() and not target.is_file()):
        yield target
        return
    target = target.resolve()
    beside = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        yield beside
        flush(beside)
        if target.exists():
            from shutil import copymode

            copymode(target, beside)
        beside.replace(target)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def flush(path: Path) -> None:
    """Have the disk hold what was written."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
