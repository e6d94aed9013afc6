"""Several captures in the order of their first packets, whatever tcpdump -C, -G or -W called them; directories of captures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tcpexplain.errors import CaptureError
from tcpexplain.quantity import counted
from tcpexplain.readers import CaptureFile, missing, open_capture
from tcpexplain.wire.frames import Warning  # noqa: A004 (the word users see)

if TYPE_CHECKING:
    from collections.abc import Sequence

Given = str | os.PathLike[str] | CaptureFile

NAMED = 3
"""Files left out that are named."""


def spread(given: Sequence[Given]) -> tuple[list[Given], list[Warning]]:
    """Put the captures of a directory in its place and all in order; a warning says what else lies there.

    Pipes and captures that are open already can be read only once: where there is one, the order stays.

    Raises
    ------
    CaptureError
        TE001 if a directory cannot be looked into, or holds no capture.
    """
    captures: list[Given] = []
    warnings = []
    for one in given:
        if isinstance(one, CaptureFile) or not Path(one).is_dir():
            captures.append(one)
            continue
        found, others = inside(Path(one))
        captures += found
        if others:
            warnings.append(left_out(Path(one), others))
    if len(captures) > 1 and all(not isinstance(one, CaptureFile) and Path(one).is_file() for one in captures):
        captures.sort(key=began)
    return captures, warnings


def inside(folder: Path) -> tuple[list[Given], list[str]]:
    """The captures in a directory, not below it; the names of its other files."""
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise missing(folder, error) from None
    captures: list[Given] = [str(path) for path in files if is_capture(path)]
    if not captures:
        note = f"it holds {counted(len(files), 'file')}, none of them a capture" if files else "there is no file in it"
        raise CaptureError(f"no capture in {folder}", file=str(folder), code="TE001", note=note)
    return captures, [path.name for path in files if str(path) not in captures]


def is_capture(path: Path) -> bool:
    """Whether a reader knows the file; one that cannot be opened counts, and whoever reads it will say why."""
    try:
        open_capture(path).close()
    except CaptureError as error:
        return error.code != "TE002"
    return True


def began(path: Given) -> int:
    """Time of a capture's first packet, ns since 1970; 0 if it has none that can be read, or is open already."""
    if isinstance(path, CaptureFile):
        return 0
    try:
        return next((int(frames.time[0]) for frames in open_capture(path) if frames.count), 0)
    except CaptureError:
        return 0


def left_out(folder: Path, names: list[str]) -> Warning:
    """TE002: the files of a directory that were not read."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    what = "is no capture" if len(names) == 1 else "are no captures"
    return Warning(
        "TE002", f"{counted(len(names), 'file')} in {folder} {what}", f"left out: {', '.join(names[:NAMED])}{more}"
    )
