"""Several captures: in the memory of this process if they are small, else shared among workers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tcpexplain.errors import CaptureError
from tcpexplain.native.library import say_so_once, usable, wanted
from tcpexplain.parallel.copies import COPIES, OTHER_NAMES
from tcpexplain.parallel.crew import alone, cores
from tcpexplain.parallel.phases import ReadTogether, here, shared
from tcpexplain.readers import open_capture
from tcpexplain.reading.single import Found, refusal
from tcpexplain.reading.workplace import LARGE

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from tcpexplain.parallel.crew import Crew
    from tcpexplain.parallel.divide import CaptureToDecode
    from tcpexplain.parallel.wanted import Wanted

HELD = 1_500_000
"""Packets up to which one process keeps all in memory: about 250 MB."""
WORTH = 2_000_000
"""Packets from which on a second process gains more than its start costs."""


def together(
    files: Sequence[CaptureToDecode],
    wanted_of_all: Wanted,
    jobs: int,
    progress: Callable[[int, int], None] | None,
    crew: Crew | None = None,
    folder: str | os.PathLike[str] | None = None,
) -> Found:
    """Read several captures.

    Parameters
    ----------
    files
        In the order of their first packets.
    wanted_of_all
        What to find.
    jobs
        Processes; 0: as many as there are cores, if the captures are large.
    progress
        Called with the packets and bytes read so far.
    crew
        Who is to do it, if not processes of this machine.
    folder
        Where they leave what others need.

    Raises
    ------
    CaptureError
        What cannot be read, unless others of the files can.
    """
    packets = expected(files)
    what = wanted_of_all._replace(compiled=compiled_for(packets))
    if crew:
        with crew:
            there = [replace(file, path=str(Path(file.path).resolve())) for file in files]
            return found_together(shared(there, what, crew, progress, folder))
    jobs = jobs or (cores() if packets >= WORTH else 1)
    jobs = min(jobs, len(files))
    if jobs == 1 and packets <= HELD:
        return found_together(here(files, what, progress))
    with here_or_beside(jobs, compiled=what.compiled) as own:
        return found_together(shared(files, what, own, progress, folder))


def here_or_beside(jobs: int, *, compiled: bool) -> Crew:
    """Nobody but this process, or so many others."""
    if jobs == 1:
        return alone()
    from tcpexplain.parallel.processes import processes

    return processes(jobs, compiled=compiled)


def found_together(outcome: ReadTogether) -> Found:
    """What there is to say of several captures; those that cannot be read are warnings."""
    refused = [one.error for one in outcome.files if one.error]
    return Found(
        outcome.analysis,
        next((one.format for one in outcome.files if one.format), ""),
        tuple(name for one in outcome.files for name in one.link_types),
        [warning for one in outcome.files for warning in one.warnings] + [refusal(error) for error in refused],
        dict(outcome.analysis.skipped) | once(outcome),
        outcome.again,
        tuple(dict.fromkeys(name for one in outcome.files for name in one.interfaces)),
    )


def once(outcome: ReadTogether) -> dict[str, int]:
    """How many packets were left out because others stand for them, by what they are called."""
    united = sum(one.united for one in outcome.files)
    if len(outcome.files) == 1:
        return {OTHER_NAMES: united} if united else {}
    copies = outcome.copies + united
    return {COPIES: copies} if copies else {}


def expected(files: Sequence[CaptureToDecode]) -> int:
    """About how many packets the files hold, by the first bytes of the first that can be read."""
    size = sum(file.size for file in files)
    for file in files:
        try:
            capture = open_capture(file.path, file.reader)
            for frames in capture:
                if frames.count:
                    return frames.count * size // max(capture.position, 1)
        except CaptureError:
            continue
    return 0


def compiled_for(packets: int) -> bool:
    """Whether to work in machine code: on so many packets, or always."""
    if not wanted() and packets < LARGE:
        return False
    if not usable():
        say_so_once()
    return usable()
