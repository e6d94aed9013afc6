"""What one end of a connection records: each call with what it returned, and its row of the kernel's socket table."""

from __future__ import annotations

import contextlib
import errno
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tcpexplain.lab import table
from tcpexplain.lab.recording import RecordedCall, Snapshot

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from tcpexplain.lab.packets import IPv4Endpoint
    from tcpexplain.lab.recording import Recording, Wire

SETTLE = 0.02
"""Seconds before a call, in which what the one before it has sent arrives."""


@dataclass(slots=True)
class CallOutcome:
    """What a call returned; ``signal`` came with it."""

    returned: int = 0
    errno: str | None = None
    signal: str | None = None
    revents: list[str] | None = None


class RecordedEnd:
    """The ``side`` ("client" or "server") of one connection, whose calls are recorded."""

    def __init__(self, wire: Wire, side: str, calls: list[RecordedCall], snapshots: list[Snapshot]) -> None:
        self.wire, self.side, self.calls, self.snapshots = wire, side, calls, snapshots
        self.socket: socket.socket | None = None
        self.local: IPv4Endpoint | None = None
        self.remote: IPv4Endpoint | None = None
        self.gap = SETTLE

    @property
    def recording(self) -> Recording:
        """What passes on this end's wire."""
        return self.wire.recording

    def live(self) -> socket.socket:
        """The socket of this end."""
        assert self.socket is not None  # noqa: S101 (scenarios use ends that have a socket)
        return self.socket

    def _settle(self) -> None:
        time.sleep(self.gap)
        self.snapshot()

    def snapshot(self) -> None:
        """Note this end's row of the kernel's socket table."""
        if self.local and self.remote:
            with self.wire.quiet():
                before = len(self.recording.packets)
            found = table.row(self.wire.namespace(self.side), self.local, self.remote)
            self.snapshots.append(Snapshot(time.time_ns(), before, self.side, *found))

    def call(
        self,
        name: str,
        function: Callable[[socket.socket], int],
        size: int | None = None,
        *,
        outcome: CallOutcome | None = None,
        note: str = "",
        live: socket.socket | None = None,
    ) -> CallOutcome:
        """Call ``function`` on this end's socket (or on ``live``) and record what it returned."""
        self._settle()
        outcome = outcome or CallOutcome()
        live = live or self.live()
        with self.wire.quiet():
            before, start = len(self.recording.packets), time.time_ns()
            with self.errno_into(outcome):
                outcome.returned = function(live)
            end = time.time_ns()
        self.record(name, size, (start, end), (before, len(self.recording.packets)), outcome, note=note)
        return outcome

    @contextlib.contextmanager
    def errno_into(self, outcome: CallOutcome) -> Any:
        """Catch errno and SIGPIPE; a blocked signal stays pending even where it is ignored, so it can be seen."""
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})
        try:
            yield
        except OSError as error:
            outcome.returned, outcome.errno = -1, errno.errorcode.get(error.errno or 0, str(error))
        finally:
            if signal.SIGPIPE in signal.sigpending():
                signal.sigwait({signal.SIGPIPE})
                outcome.signal = "SIGPIPE"
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def record(
        self,
        name: str,
        size: int | None,
        times: tuple[int, int],
        packets: tuple[int, int],
        outcome: CallOutcome,
        *,
        note: str = "",
    ) -> None:
        """Note a call: ``times`` (nanoseconds) and captured ``packets`` when it was entered and when it returned."""
        self.calls.append(
            RecordedCall(
                self.side,
                name,
                size,
                *times,
                *packets,
                outcome.returned,
                outcome.errno,
                outcome.signal,
                outcome.revents,
                note,
            )
        )
