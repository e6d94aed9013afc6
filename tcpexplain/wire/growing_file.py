"""A file that is read while it is written."""

from __future__ import annotations

import threading
from io import FileIO, RawIOBase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer


TICK = 0.1
"""Seconds after which what has come is passed on."""
PCAP_HEADER = 24


class Following(RawIOBase):
    """A file that is read while it is written, and those that follow it; at its end one waits, until it is ``whole``."""

    def __init__(self) -> None:
        self.whole = threading.Event()
        self.files: list[FileIO] = []

    def readable(self) -> bool:
        """Always."""
        return True

    def go_on(self, following: FileIO) -> None:
        """Another file follows, which has its header already; the first one's is enough for all."""
        if self.files:
            following.seek(PCAP_HEADER)
        self.files.append(following)

    def readinto(self, buffer: Buffer) -> int:
        """What has been written since; 0 at the end of the last file."""
        while True:
            last = self.whole.is_set() and len(self.files) == 1
            followed = len(self.files) > 1
            if got := self.files[0].readinto(buffer):
                return int(got)
            if followed:
                self.files.pop(0).close()
            elif last or self.closed:
                return 0
            else:
                self.whole.wait(TICK / 2)

    def close(self) -> None:
        """Close the files."""
        for file in self.files:
            file.close()
        super().close()
