"""The kernel's own account: state changes, errors put on sockets, RSTs sent (with the reason) and accepted.

Read from an instance of tracefs of our own; no BPF, no change of anybody else's tracing.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tcpexplain.lab.packets import IPv4Endpoint

ROOT = Path("/sys/kernel/tracing")
EVENTS = ("sock/inet_sock_set_state", "sock/inet_sk_error_report", "tcp/tcp_send_reset", "tcp/tcp_receive_reset")
LINE = re.compile(r"(?P<seconds>\d+)\.(?P<micros>\d{6}): (?P<event>\w+): (?P<rest>.*)")
PAIR = re.compile(r"(\w+)=(\S+)")
STATES = {
    "TCP_CLOSE": "CLOSED",
    "TCP_SYN_RECV": "SYN_RCVD",
    "TCP_NEW_SYN_RECV": "SYN_RCVD",
    "TCP_FIN_WAIT1": "FIN_WAIT_1",
    "TCP_FIN_WAIT2": "FIN_WAIT_2",
}


@dataclass(frozen=True, slots=True)
class Traced:
    """One line of the trace: ``kind`` is the tracepoint's name, ``time`` nanoseconds since 1970 (rounded to microseconds)."""

    time: int
    kind: str
    local: IPv4Endpoint
    remote: IPv4Endpoint
    previous: str = ""
    state: str = ""
    reason: str = ""
    error: str = ""


def state_name(name: str) -> str:
    """The truth files' word for the kernel's ``TCP_...``."""
    return STATES.get(name, name.removeprefix("TCP_"))


def available() -> str:
    """Empty, or why the kernel's trace cannot be read here."""
    if not ROOT.parent.is_dir():
        return "the kernel's trace needs Linux"
    if os.geteuid() != 0:
        return "the kernel's trace needs root"
    if not (ROOT / "instances").is_dir():
        with contextlib.suppress(OSError):
            subprocess.run(["mount", "-t", "tracefs", "none", str(ROOT)], check=False, capture_output=True)
    missing = [event for event in EVENTS if not (ROOT / "events" / event).is_dir()]
    return f"this kernel does not trace {', '.join(missing)}" if missing else ""


class Trace:
    """Tracing while the block lasts; ``rows()`` gives what was traced since ``clear()``."""

    def __init__(self) -> None:
        self._instance = ROOT / "instances" / f"tcpexplain-{os.getpid()}"

    def __enter__(self) -> Self:
        for left in (ROOT / "instances").glob("tcpexplain-*"):
            if not Path("/proc", left.name.removeprefix("tcpexplain-")).exists():  # its process was killed
                left.rmdir()
        self._instance.mkdir(exist_ok=True)
        (self._instance / "trace_clock").write_text("tai")
        for event in EVENTS:
            (self._instance / "events" / event / "enable").write_text("1")
        return self

    def __exit__(self, *_: object) -> None:
        for event in EVENTS:
            (self._instance / "events" / event / "enable").write_text("0")
        self._instance.rmdir()

    def clear(self) -> None:
        """Forget what was traced so far."""
        (self._instance / "trace").write_text("")

    def rows(self) -> list[Traced]:
        """What was traced, in the order of time."""
        leap = (
            round(time.clock_gettime(time.CLOCK_TAI) - time.time()) * 10**9
        )  # TAI runs ahead of UTC where the machine knows it
        found = (LINE.search(line) for line in (self._instance / "trace").read_text().splitlines())
        rows = (parsed(match, leap) for match in found if match)
        return [row for row in rows if row]


def parsed(match: re.Match[str], leap: int) -> Traced | None:
    """One line as a row; None for other families and protocols."""
    time_ns = int(match["seconds"]) * 10**9 + int(match["micros"]) * 1000 - leap
    fields = dict(PAIR.findall(match["rest"]))
    if match["event"] == "tcp_send_reset":
        return Traced(
            time_ns,
            "tcp_send_reset",
            _endpoint(fields["src"]),
            _endpoint(fields["dest"]),
            state="" if fields["state"] == "UNKNOWN" else state_name(fields["state"]),
            reason=fields["reason"],
        )
    if fields.get("family") != "AF_INET" or fields.get("protocol", "IPPROTO_TCP") != "IPPROTO_TCP":
        return None
    local, remote = (
        IPv4Endpoint(fields["saddr"], int(fields["sport"])),
        IPv4Endpoint(fields["daddr"], int(fields["dport"])),
    )
    return Traced(
        time_ns,
        match["event"],
        local,
        remote,
        previous=state_name(fields.get("oldstate", "")),
        state=state_name(fields.get("newstate", "")),
        error=errno.errorcode.get(int(fields.get("error", 0)), ""),
    )


def _endpoint(text: str) -> IPv4Endpoint:
    host, _, port = text.rpartition(":")
    return IPv4Endpoint(host, int(port) if port.isdigit() else 0)
