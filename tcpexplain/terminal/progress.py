"""How far reading has come: one line on stderr for whoever waits longer than a second."""

from __future__ import annotations

import time
from typing import IO, TYPE_CHECKING

from tcpexplain.terminal.paper import columns_of
from tcpexplain.units import duration, size

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 1.0
"""Seconds before anything is shown."""
PACE = 0.2
"""Seconds between two updates."""


class Progress:
    """Writes over its own line; to be called with packets and bytes read so far.

    Parameters
    ----------
    file
        A terminal.
    total
        Bytes there are to read, 0 if unknown.
    clock
        Seconds, for tests.
    """

    def __init__(self, file: IO[str], total: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self.file = file
        self.total = total
        self.clock = clock
        self.begun = clock()
        self.next = self.begun + PATIENCE
        self.shown = False

    def __call__(self, packets: int, read: int) -> None:
        """Show how far it is, if it is time to."""
        now = self.clock()
        if now < self.next:
            return
        self.next = now + PACE
        self.shown = True
        text = self.line(packets, read, now - self.begun)
        self.file.write("\r" + text[: columns_of(self.file) - 1] + "\x1b[K")
        self.file.flush()

    def line(self, packets: int, read: int, spent: float) -> str:
        """``1,204,000 packets   350 MB of 1.2 GB   82.1 MB/s   10.4 s left``."""
        told = [f"{packets:,} packets", f"{packets / spent:,.0f}/s"]
        if read:
            told.append(f"{size(read)} of {size(self.total)}" if self.total else size(read))
            told.append(f"{size(round(read / spent))}/s")
        if 0 < read < self.total:
            told.append(f"{duration((self.total - read) * spent / read)} left")
        return "   ".join(told)

    def done(self) -> None:
        """Take the line away."""
        if self.shown:
            self.file.write("\r\x1b[K")
            self.file.flush()
        self.shown = False
