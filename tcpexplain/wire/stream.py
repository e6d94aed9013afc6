"""The bytes of a capture: a source whose first bytes can be looked at, and a window that slides over it."""

from __future__ import annotations

import os
from contextlib import suppress
from io import RawIOBase
from stat import S_ISREG
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

SIZE, PIPE = 1 << 21, 1 << 20
"""Bytes read at once: so many that stay in a processor's caches until their headers are read; this beats mmap. And those that a
pipe may hold at most, unless the administrator has said otherwise (fs.pipe-max-size)."""


def reading(file: BinaryIO | RawIOBase) -> Callable[[Buffer], int | None]:
    """``readinto`` that does not wait for more than is there, while a capture flows.

    A buffered reader has ``readinto1`` for this, but CPython's waits when it is given a buffer larger than its own.
    """
    if not hasattr(file, "read1"):
        readinto: Callable[[Buffer], int | None] = file.readinto  # type: ignore[union-attr]
        return readinto

    def read_once(buffer: Buffer) -> int:
        view = memoryview(buffer)
        data = file.read1(len(view))
        view[: len(data)] = data
        return len(data)

    return read_once


def widen(file: BinaryIO | RawIOBase) -> None:
    """Let a pipe hold as much as it may, where that can be said (Linux, F_SETPIPE_SZ in fcntl(2)); 64 KiB is usual."""
    with suppress(ImportError, AttributeError, OSError, ValueError):
        from fcntl import F_SETPIPE_SZ, fcntl

        fcntl(file.fileno(), F_SETPIPE_SZ, PIPE)


class Source(RawIOBase):
    """A file or pipe read in whatever pieces it delivers, whose first bytes can be looked at before; ``ready``: those that have been read already."""

    def __init__(self, file: BinaryIO | RawIOBase, ready: bytes = b"") -> None:
        widen(file)
        self._file = file
        self._ready = ready
        self._readinto = reading(file)
        self.lent: bytearray | None = None
        """A buffer that was filled from here, and is still being read: its window leaves it as it is."""

    def peek(self, size: int) -> bytes:
        """The next ``size`` bytes, fewer at the end of the file, without taking them."""
        piece = bytearray(size)
        while len(self._ready) < size and (got := self._readinto(memoryview(piece)[: size - len(self._ready)])):
            self._ready += piece[:got]
        return self._ready[:size]

    @property
    def position(self) -> int:
        """Bytes of the file that were read; 0 where it does not tell (a pipe)."""
        with suppress(OSError, ValueError, AttributeError):
            return self._file.tell()
        return 0

    @property
    def size(self) -> int:
        """Bytes of a regular file; 0 where that is not known (a pipe, what is decompressed)."""
        with suppress(OSError, ValueError, AttributeError):
            about = os.fstat(self._file.fileno())
            return about.st_size if S_ISREG(about.st_mode) else 0
        return 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """What the file delivers at once; 0 at its end."""
        if not self._ready:
            return self._readinto(buffer) or 0
        view = memoryview(buffer)
        size = min(len(self._ready), len(view))
        view[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def close(self) -> None:
        """Close the file too."""
        if not self.closed:
            self._file.close()
        super().close()


class Window:
    """A buffer over a source: the bytes from ``at`` to ``end`` are there and not used yet."""

    def __init__(self, source: BinaryIO | RawIOBase, size: int = SIZE) -> None:
        self.source = source
        # For a small file a small buffer, with room for a byte more than it has: to clear a large one takes longer than to read it.
        known = getattr(source, "size", 0)
        self.buffer = bytearray(min(size, known + 1) if known else size)
        self.at = self.end = 0
        self.offset = 0
        """Where in the file the buffer starts."""
        self.other = bytearray()

    def __len__(self) -> int:
        return self.end - self.at

    def fill(self) -> bool:
        """Read once more, behind what is left; False at the end of the source. A full buffer is doubled."""
        left = self.end - self.at
        if self.at:
            rest = self.buffer[self.at : self.end]
            if self.buffer is getattr(self.source, "lent", None):
                self.buffer, self.other = self.spare(), self.buffer
            self.buffer[:left] = rest
            self.offset += self.at
            self.at, self.end = 0, left
        if left == len(self.buffer):
            # A new one: arrays over the old one forbid resizing it.
            self.buffer = self.buffer + bytearray(left)
        got: int = self.source.readinto(memoryview(self.buffer)[left:])  # type: ignore[union-attr]
        self.end += got or 0
        return bool(got)

    def spare(self) -> bytearray:
        """A buffer as long that nobody reads."""
        return self.other if len(self.other) == len(self.buffer) else bytearray(len(self.buffer))

    def need(self, size: int) -> bool:
        """Read until ``size`` bytes are there; False if the source ends before."""
        while len(self) < size:
            if not self.fill():
                return False
        return True

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes, which are there."""
        self.at += size
        return bytes(self.buffer[self.at - size : self.at])
