"""Calls that wait: made on a blocking socket, in a thread of their own, while something happens to it."""

from __future__ import annotations

import socket
import time
from threading import Thread
from typing import TYPE_CHECKING

from tcpexplain.lab.recorded_end import CallOutcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpexplain.lab.end import LabEnd

BEGUN = 0.03  # seconds until the call waits in the kernel
RETURNED = 5.0  # seconds after which it will not return any more
WAITED = "waited"
"""The note of such a call: what it returned is what the kernel said when it returned, not when it was entered."""


def receive(end: LabEnd, size: int, meanwhile: Callable[[], object], flags: int = 0) -> CallOutcome:
    """A read of at most ``size`` bytes that waits."""
    return waiting(end, "recv", lambda live: len(live.recv(size, flags)), size, meanwhile)


def receive_all(end: LabEnd, size: int, meanwhile: Callable[[], object]) -> CallOutcome:
    """A read that waits for all of ``size`` bytes (MSG_WAITALL)."""
    return receive(end, size, meanwhile, socket.MSG_WAITALL)


def send(end: LabEnd, size: int, meanwhile: Callable[[], object]) -> CallOutcome:
    """A write of ``size`` bytes that waits for room."""
    return waiting(end, "send", lambda live: live.send(bytes(size)), size, meanwhile)


def waiting(
    end: LabEnd, name: str, function: Callable[[socket.socket], int], size: int, meanwhile: Callable[[], object]
) -> CallOutcome:
    """Call ``function`` on ``end``'s socket, let ``meanwhile`` happen, and record what the call returned."""
    live, outcome, ended = end.live(), CallOutcome(), [0]
    with end.wire.quiet():
        before, start = len(end.recording.packets), time.time_ns()

    def work() -> None:
        with end.errno_into(outcome):
            outcome.returned = function(live)
        ended[0] = time.time_ns()

    live.setblocking(True)
    thread = Thread(target=work, daemon=True)
    thread.start()
    time.sleep(BEGUN)
    meanwhile()
    thread.join(RETURNED)
    live.setblocking(False)
    with end.wire.quiet():
        after = len(end.recording.packets)
    end.record(name, size, (start, ended[0] or time.time_ns()), (before, after), outcome, note=WAITED)
    return outcome
