"""What is to be read, and what captures are called."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tcpexplain.readers import STDIN, CaptureFile
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.reading.single import Path


EVERY = 100_000
"""Messages of a connection that are told at most."""


class Request(NamedTuple):
    """What of ``reading.read`` decides how packets and payload are read."""

    given: Sequence[Path | CaptureFile]
    twice: bool
    """Whether all are files, which can be read again."""
    reader: str | None
    filter: str | None
    packets: int | None
    """After how many to stop."""
    messages: str
    every: bool

    @property
    def told_of_each(self) -> int:
        """How many messages of a connection are told one by one; -1: none is read."""
        return {"none": -1, "verdict": 0, "full": EVERY}[self.messages]


def named_points(
    asked: Sequence[Path | CaptureFile], given: Sequence[Path | CaptureFile], points: Sequence[str]
) -> tuple[str, ...]:
    """The names of captures in the order in which they are read; empty where there is none."""
    names = dict(zip(named(asked), points, strict=False))
    return tuple(names.get(name, "") for name in named(given)) if names else ()


def is_file(one: Path | CaptureFile) -> bool:
    """Whether it can be read more than once, and by another process: no pipe, and not open already. One that is not there counts."""
    if isinstance(one, CaptureFile) or one == "-":
        return False
    return not os.path.exists(one) or os.path.isfile(one)


def named(given: Sequence[Path | CaptureFile]) -> tuple[str, ...]:
    """How messages call captures."""
    return tuple(one.name if isinstance(one, CaptureFile) else STDIN if one == "-" else os.fspath(one) for one in given)
