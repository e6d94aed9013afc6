"""In which files the packets of a connection are, where a capture is several: numbers begin anew in each of them."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.model.calls import Reset
    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection, Finding

NAMED = 8
"""Files that a legend names at most."""


def files_of(connection: Connection) -> tuple[int, ...]:
    """The files, by index, of the packets that a ladder shows; none where the capture is a single file."""
    if not connection.file_names:
        return ()
    shown = {segment.file for segment in connection.segments_seen}
    return tuple(sorted(shown | {event.file for event in connection.events if event.basis != "timer"}))


def are_apart(connection: Connection) -> bool:
    """Whether the packets are in several files, so that their numbers must say in which."""
    return len(files_of(connection)) > 1


def number(packet: int, file: int, *, apart: bool) -> str:
    """``9``; ``2:9`` for the one of the second file where there is a choice."""
    return f"{file + 1}:{packet}" if apart else str(packet)


def names_of(capture: Capture) -> list[str]:
    """The names of a capture's files without their folders, which say more of a machine than of the capture."""
    from pathlib import Path

    return list(dict.fromkeys(Path(name).name for name in capture.files))


def legend(connection: Connection) -> str:
    """What the numbers of packets mean; empty where the capture is a single file."""
    files, names = files_of(connection), connection.file_names
    if len(files) < 2:
        return f"packet numbers are those of {names[files[0]]}" if files else ""
    first, *others = files[:NAMED]
    told = [f"{first + 1}:n is packet n of {names[first]}", *(f"{file + 1}:n of {names[file]}" for file in others)]
    more = f" and so on for {len(files) - NAMED} more files" if len(files) > NAMED else ""
    return ", ".join(told) + more


def evidence_of(one: Finding | Reset) -> Iterator[tuple[int, int]]:
    """File and number of each packet that a verdict, or what is said of a RST, rests on."""
    return zip(one.evidence_files or repeat(0), one.evidence, strict=False)


def evidence_words(finding: Finding, most: int | None = None) -> list[str]:
    """The same in words: ``9``; ``9 of b.pcap`` where there are several files, each with its first packet."""
    told, named = [], -1
    for file, packet in list(evidence_of(finding))[:most]:
        told.append(f"{packet} of {finding.file_names[file]}" if finding.file_names and file != named else str(packet))
        named = file
    return told
