"""Where packets are, as people read it: their numbers, and where there are several files, in which."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from tcpexplain.wire.segment import file_of, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CITED = r"\bpacket (\d+)\b"
"""How a cause writes a packet: by its identity (``wire.segment.FILE_SHIFT``)."""


def short_names(names: Sequence[str]) -> tuple[str, ...]:
    """What several files are called where a packet is named: as much of the ends of their paths as tells them apart.

    A single file is not named: there is none.
    """
    if len(names) < 2:
        return ()
    from pathlib import PurePath

    ends = [PurePath(name).parts or (name,) for name in names]
    sizes = [1] * len(ends)
    while True:
        found = [str(PurePath(*parts[-size:])) for parts, size in zip(ends, sizes, strict=True)]
        often = Counter(found)
        longer = [
            size + 1 if often[name] > 1 and size < len(parts) else size
            for name, parts, size in zip(found, ends, sizes, strict=True)
        ]
        if longer == sizes:
            return tuple(found)
        sizes = longer


def placed(text: str, files: Sequence[str]) -> str:
    """A text with the numbers of the packets that it cites, each with its file where that is not the one named before it."""
    named = -1

    def place(found: re.Match[str]) -> str:
        nonlocal named
        packet = int(found[1])
        before, named = named, file_of(packet)
        number = f"packet {number_of(packet)}"
        return number if before == named else f"{number} of {files[named]}"

    return re.sub(CITED, place, text) if files else text


def numbers(packets: Iterable[int]) -> tuple[int, ...]:
    """The numbers of packets in their files."""
    return tuple(number_of(packet) for packet in packets)


def files_of(packets: Iterable[int], files: Sequence[str]) -> tuple[int, ...]:
    """The files they are in, by index; none where there is only one."""
    return tuple(file_of(packet) for packet in packets) if files else ()
