"""The kernel watched while a capture runs: read every tenth of a second, compared connection by connection, counted."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from tcpexplain.kernel.account import Account
from tcpexplain.kernel.lines import LOST, leap, parsed
from tcpexplain.kernel.tracefs import CALLS, EVENTS, Instance

if TYPE_CHECKING:
    from tcpexplain.kernel.journal import Journal
    from tcpexplain.model.connection import Connection

AT_ONCE = 1 << 20
"""Bytes that one read asks for; the kernel gives a page."""


class KernelWatch:
    """Watches while the block lasts.

    Parameters
    ----------
    journal
        Where every event is written down, to be kept with the capture; None: nowhere.
    """

    def __init__(self, journal: Journal | None = None) -> None:
        self.account = Account()
        self.journal = journal
        self.verdicts: dict[int, bool] = {}
        """By stream: whether the kernel did what was predicted."""
        self._instance = Instance((*EVENTS, *CALLS), "-watch")
        self._pipe = -1
        self._rest = b""

    def __enter__(self) -> Self:
        self._instance.__enter__()
        self._pipe = os.open(self._instance.path / "trace_pipe", os.O_RDONLY | os.O_NONBLOCK)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._pipe)
        if self.journal:
            self.journal.close()
        self._instance.__exit__()

    def ask(self) -> None:
        """Read what was traced since the last time."""
        ahead = leap()
        with suppress(BlockingIOError):
            while data := os.read(self._pipe, AT_ONCE):
                *lines, self._rest = (self._rest + data).split(b"\n")
                for line in lines:
                    self.hear(line.decode(errors="replace"), ahead)

    def hear(self, line: str, ahead: int) -> None:
        """One line of the trace."""
        lost = LOST.search(line)
        if lost:
            self.account.lost += int(lost[1])
        found = parsed(line, ahead)
        if found is None:
            return
        self.account.add(found)
        if self.journal:
            self.journal.write(found)

    def add_to(self, connection: Connection) -> None:
        """Give a connection what the kernel did with it, and count it."""
        connection.kernel = self.account.of(connection)
        if connection.kernel:
            self.verdicts[connection.stream] = not connection.kernel.differences

    @property
    def compared(self) -> int:
        """Connections of which the kernel's account is known."""
        return len(self.verdicts)

    @property
    def as_predicted(self) -> int:
        """Those in which it did what was predicted."""
        return sum(self.verdicts.values())
