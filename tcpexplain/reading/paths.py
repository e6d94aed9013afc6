"""Several captures in the order of their first packets, whatever tcpdump -C, -G or -W called them; directories and patterns."""

from __future__ import annotations

import os
from io import RawIOBase
from typing import TYPE_CHECKING, BinaryIO, cast

from tcpexplain.errors import (
    CaptureError,
    Warning,  # noqa: A004 (the word users see)
)
from tcpexplain.readers import CaptureFile, missing, open_stream
from tcpexplain.units import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from typing_extensions import Buffer

Given = str | os.PathLike[str] | CaptureFile

PATTERN = "*?["
"""What makes a name a pattern."""
NAMED = 3
"""Files left out that are named."""
SIP = 4096
"""Bytes read at once of a file of which only the first packet matters."""


def spread(given: Sequence[Given]) -> tuple[list[Given], list[Warning]]:
    """Put the captures of a directory or a pattern in its place and all in order; a warning says what else lies there.

    A file that is given twice is read once. Pipes and captures that are open already can be read only once: where there is
    one, the order stays.

    Raises
    ------
    CaptureError
        TE001 if a directory cannot be looked into, or holds no capture; if nothing fits a pattern.
    """
    captures: list[Given] = []
    warnings: list[Warning] = []
    for one in matching(given):
        if isinstance(one, CaptureFile) or not os.path.isdir(one or os.curdir):
            captures.append(one)
            continue
        from pathlib import Path

        found, others = inside(Path(one))
        captures += found
        if others:
            warnings.append(left_out(Path(one), others))
    if len(captures) > 1 and all(
        not isinstance(one, CaptureFile) and (os.path.isfile(one) or not is_stream(one)) for one in captures
    ):
        captures = sorted(once(captures), key=began)
    return captures, warnings


def is_stream(one: str | os.PathLike[str]) -> bool:
    """Whether it can be read only once: standard input, a FIFO, a device."""
    return os.fspath(one) == "-" or (os.path.exists(one) and not os.path.isdir(one))


def matching(given: Sequence[Given]) -> list[Given]:
    """What a pattern that the shell was kept from expanding fits, in its place; ``**`` also fits directories below."""
    found: list[Given] = []
    for one in given:
        if isinstance(one, CaptureFile) or not any(mark in os.fspath(one) for mark in PATTERN):
            found.append(one)
            continue
        from glob import glob
        from pathlib import Path

        names = [os.fspath(one)] if Path(one).exists() else sorted(glob(os.fspath(one), recursive=True))
        if not names:
            raise CaptureError(
                f"cannot open {one}", file=os.fspath(one), code="TE001", note="nothing fits this pattern"
            )
        found += names
    return found


def inside(folder: Path) -> tuple[list[Given], list[str]]:
    """The captures in a directory and below it, one folder a host or a day; the names of its other files."""
    try:
        files = sorted(path for path in folder.rglob("*") if path.is_file() and not is_hidden(path, folder))
        next(folder.iterdir(), None)
    except OSError as error:
        raise missing(folder, error) from None
    captures: list[Given] = [str(path) for path in files if is_capture(path)]
    if not captures:
        note = f"it holds {counted(len(files), 'file')}, none of them a capture" if files else "there is no file in it"
        raise CaptureError(f"no capture in {folder}", file=str(folder), code="TE001", note=note)
    known = set(captures)
    return captures, [str(path.relative_to(folder)) for path in files if str(path) not in known]


def is_hidden(path: Path, folder: Path) -> bool:
    """Whether its name, or that of a folder on the way to it, begins with a dot."""
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def once(captures: Sequence[Given]) -> list[Given]:
    """Each file under the first of its names."""
    known: dict[tuple[int, int], Given] = {}
    for one in captures:
        try:
            about = os.stat(cast("str", one))
        except OSError:
            # It has gone, or leads nowhere: whoever reads it will say so.
            known[0, len(known)] = one
            continue
        known.setdefault((about.st_dev, about.st_ino), one)
    return list(known.values())


def is_capture(path: Path) -> bool:
    """Whether a reader knows the file; one that cannot be opened counts, and whoever reads it will say why."""
    try:
        sipped(path).close()
    except CaptureError as error:
        return error.code != "TE002"
    return True


def began(path: Given) -> int:
    """Time of a capture's first packet, ns since 1970; 0 if it has none that can be read, or is open already."""
    if isinstance(path, CaptureFile):
        return 0
    from pathlib import Path

    try:
        capture = sipped(Path(path))
        try:
            return next((int(frames.time[0]) for frames in capture if frames.count), 0)
        finally:
            capture.close()
    except CaptureError:
        return 0


class Sips(RawIOBase):
    """A file that delivers a little at a time, so that its first packet is there before much of it was read."""

    def __init__(self, file: RawIOBase) -> None:
        self.file = file

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """A few thousand bytes."""
        return self.file.readinto(memoryview(buffer)[:SIP]) or 0

    def close(self) -> None:
        """Close the file too."""
        self.file.close()
        super().close()


def sipped(path: Path) -> CaptureFile:
    """A capture, opened for its first packet; see ``readers.open_capture`` for what it raises."""
    try:
        file = cast("RawIOBase", path.open("rb", buffering=0))
    except OSError as error:
        raise missing(path, error) from None
    return open_stream(cast("BinaryIO", Sips(file)), str(path))


def left_out(folder: Path, names: list[str]) -> Warning:
    """TE002: the files of a directory that were not read."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    what = "is no capture" if len(names) == 1 else "are no captures"
    return Warning(
        "TE002", f"{counted(len(names), 'file')} in {folder} {what}", f"left out: {', '.join(names[:NAMED])}{more}"
    )
