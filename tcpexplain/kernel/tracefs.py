"""An instance of tracefs of our own, which changes nobody else's tracing and is gone when this process is, however it ends."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path("/sys/kernel/tracing")
EVENTS = ("sock/inet_sock_set_state", "sock/inet_sk_error_report", "tcp/tcp_send_reset", "tcp/tcp_receive_reset")
"""States, errors put into sockets, RSTs sent (with their reason since Linux 6.10) and accepted."""
CALLS = ("syscalls/sys_enter_connect", "syscalls/sys_exit_accept", "syscalls/sys_exit_accept4")
"""The descriptors that sockets have; kernels without them only lack that."""
BUFFER = "4096"
"""KiB of each processor's buffer: some 30,000 events between two looks."""
PREFIX = "tcpexplain-"

GUARD = """cat > /dev/null
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  rmdir "$0" 2> /dev/null; [ -d "$0" ] || exit 0; sleep 0.1
done"""
"""A shell that waits until our end of its standard input is closed, by whatever end of ours, and removes the instance."""


def unavailable() -> str:
    """Why the kernel's trace cannot be read here; empty if it can. Mounts tracefs if it is not mounted."""
    if not ROOT.parent.is_dir():
        return "the kernel's trace needs Linux"
    if os.geteuid() != 0:
        return "the kernel's trace needs root"
    if not (ROOT / "instances").is_dir():
        with suppress(OSError):
            subprocess.run(["mount", "-t", "tracefs", "none", str(ROOT)], check=False, capture_output=True)
    missing = [event for event in EVENTS if not (ROOT / "events" / event).is_dir()]
    if len(missing) == len(EVENTS):
        return f"there is no tracefs at {ROOT}"
    return f"this kernel does not trace {', '.join(missing)}" if missing else refused()


def refused() -> str:
    """Why no instance can be made here, as in a container that may only look at it; empty if one can."""
    trial = ROOT / "instances" / f"{PREFIX}{os.getpid()}-trial"
    try:
        trial.mkdir()
        trial.rmdir()
    except OSError as error:
        return f"the kernel's trace cannot be used here ({(error.strerror or str(error)).lower()})"
    return ""


class Instance:
    """Traces some events while the block lasts; a second one of this process has another ``name``."""

    def __init__(self, events: Sequence[str] = EVENTS, name: str = "") -> None:
        self.path = ROOT / "instances" / f"{PREFIX}{os.getpid()}{name}"
        self._events = events
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        for left in (ROOT / "instances").glob(f"{PREFIX}*"):
            pid = left.name.removeprefix(PREFIX).partition("-")[0]
            if not Path("/proc", pid).exists():  # its process and its guard were killed
                left.rmdir()
        self.path.mkdir(exist_ok=True)
        # In a session of its own: Ctrl-C is for us.
        command = ["sh", "-c", GUARD, str(self.path)]
        self._guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        (self.path / "trace_clock").write_text("tai")
        with suppress(OSError):
            (self.path / "buffer_size_kb").write_text(BUFFER)
        for event in self._events:
            if (ROOT / "events" / event).is_dir():
                (self.path / "events" / event / "enable").write_text("1")
        return self

    def __exit__(self, *_: object) -> None:
        (self.path / "events" / "enable").write_text("0")
        if self._guard and self._guard.stdin:
            self._guard.stdin.close()
            self._guard.wait()
