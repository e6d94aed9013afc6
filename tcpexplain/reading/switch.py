"""When an analysis goes over to compiled code: by the size of the capture, and once that code is there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tcpexplain.analysis.memory import Arrays
from tcpexplain.native.translate import available, ready, wanted

if TYPE_CHECKING:
    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.analysis.memory import Switching

LARGE = 16_000
"""Packets from which on compiled code is faster, its start counted in: 10,000 take as long either way, 20,000 two thirds as long."""
FRAME = 1000
"""Bytes of a packet, at most on average, by which a file is known to be large before a packet of it has been read."""


class Gear:
    """Looks after every batch whether to shift.

    Parameters
    ----------
    analysis, columns
        What is to go over to arrays: the analysis, and the columns its readers use.
    size
        Bytes of all captures, 0 if that is not known.
    """

    def __init__(self, analysis: Analysis, columns: Switching, size: int) -> None:
        self.analysis, self.columns, self.size = analysis, columns, size
        self.asked = False
        said = wanted()
        self.idle = said is False or not available()
        if not self.idle and (said or (size > LARGE * FRAME and ready())):
            self.go()

    def shift(self, position: int) -> None:
        """After a batch, ``position`` bytes into the captures: go over if the capture is large and compiled code is ready."""
        if self.idle or self.expected(position) < LARGE:
            return
        if ready():
            self.go()
        elif not self.asked:
            self.asked = True
            compile_beside()

    def expected(self, position: int) -> int:
        """Packets of all captures, by the bytes of those so far."""
        packets = self.analysis.packets
        return packets * self.size // position if self.size and position else packets

    def go(self) -> None:
        """Go on with compiled code."""
        self.idle = True
        self.columns.now = memory = Arrays()
        self.analysis.move_to(memory)


def compile_beside() -> None:
    """Have the hot functions compiled for later batches and the next captures."""
    from tcpexplain.native.build import beside

    if beside() and sys.stderr.isatty():
        sys.stderr.write("compiling for large captures, once; this one begins without\n")
