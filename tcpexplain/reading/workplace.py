"""Where captures are worked on, chosen once, before the first packet is taken: objects and plain code, or arrays and machine code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.analysis.memory import Arrays, Switching
from tcpexplain.native.library import say_so_once, usable, wanted
from tcpexplain.reading.ahead import TwoSets

if TYPE_CHECKING:
    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.wire.frames import Frames

LARGE = 2_500
"""Packets from which on machine code is faster, its start counted in, which is numpy's."""
FRAME = 2000
"""Bytes of a packet, at most on average, by which a file is known to be large before a packet of it has been read."""


class Workplace:
    """Arrays for captures that are large, or of unknown size; else objects.

    Parameters
    ----------
    analysis
        What is to work there; nothing has been fed to it.
    size
        Bytes of all captures, 0 if that is not known.
    by_two
        Whether the next batch is read by a thread of its own; only where there is machine code.
    """

    def __init__(self, analysis: Analysis, size: int, *, by_two: bool = False) -> None:
        self.analysis, self.size = analysis, size
        self.columns = Switching()
        self.two: TwoSets | None = None
        """Columns in which one batch is read while another is worked on, where several work on it."""
        self.chosen = wanted() is False
        if analysis.IN_PARTS or by_two:
            self.chosen, self.two = True, TwoSets()
            self.columns.now = self.two
            if not analysis.IN_PARTS:
                analysis.begin_in(self.two)
        if not self.chosen and (wanted() or not size or size > LARGE * FRAME):
            self.choose()

    def placed(self, frames: Frames, position: int) -> Frames:
        """A batch where it is to be worked on, ``position`` bytes into the captures: the first one shows how large they are."""
        if self.chosen:
            return frames
        if frames.count * self.size < LARGE * position:
            self.chosen = bool(frames.count)
            return frames
        self.choose()
        return self.columns.now.copied(frames) if self.columns.now.compiled else frames

    def choose(self) -> None:
        """Work in arrays, if there is machine code for them."""
        self.chosen = True
        if usable():
            self.columns.now = memory = Arrays()
            self.analysis.begin_in(memory)
        else:
            say_so_once()
