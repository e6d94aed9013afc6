"""The programs a story starts: built, run under strace where the scenario plays, and read afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tcpexplain.lab import strace

if TYPE_CHECKING:
    from tcpexplain.lab.recording import RecordedCall
    from tcpexplain.lab.stage import Stage, StagedConnection

BUILD = {".c": ("gcc", "-O1", "-o"), ".go": ("go", "build", "-o")}
STARTS = 0.4  # seconds a program under strace takes until it listens
PATIENCE = 20.0
SYN_BEFORE = 10**6  # nanoseconds: a connection of programs begins this long before its SYN


class Troupe:
    """Programs on one stage; use as a context manager, which waits for them and records their calls."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)
        self._running: list[tuple[subprocess.Popen[str], Path]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, trouble: type[BaseException] | None, *_: object) -> None:
        for process, _log in self._running:
            try:
                process.wait(timeout=0 if trouble else PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        self.stage.pause()
        record(self.stage, [log for _, log in self._running])
        self._folder.cleanup()

    def built(self, source: str) -> str:
        """The path of the program made from ``source``, a file of tcpexplain/lab/programs."""
        text = files("tcpexplain.lab") / "programs" / source
        target = self.folder / Path(source).stem
        if not target.exists():
            subprocess.run([*BUILD[Path(source).suffix], str(target), str(text)], check=True, capture_output=True)
        return str(target)

    def run(self, source: str, *arguments: str) -> subprocess.Popen[str]:
        """Build and start one of the lab's own programs."""
        return self.start(self.built(source), *arguments)

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start any program, traced, and give it time to begin."""
        log = self.folder / f"{len(self._running)}.strace"
        with self.stage.inside("server"):
            process = subprocess.Popen(
                [*strace.COMMAND, str(log), *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            )
        self._running.append((process, log))
        time.sleep(STARTS)
        return process


def record(stage: Stage, logs: list[Path]) -> None:
    """Make the stage's connections out of what the capture and the logs say."""
    with stage.wire.quiet():
        packets = list(stage.wire.recording.packets)
    for packet in packets:
        if packet.seen.flags == "S" and not any(c.client.local == packet.seen.sender for c in stage.connections):
            stage.witness(packet.seen.sender, packet.seen.receiver, packet.time - SYN_BEFORE)
    for path in logs:
        log = strace.Log()
        for (local, remote), call in [*log.read(path.read_text().splitlines()), *unnamed(log, stage.connections)]:
            for connection in stage.connections:
                if {local, remote} == {connection.client.local, connection.server.local}:
                    connection.calls.append(
                        placed(call, connection, local == connection.client.local, [packet.time for packet in packets])
                    )


def unnamed(log: strace.Log, connections: list[StagedConnection]) -> list[tuple[strace.Ends, RecordedCall]]:
    """Calls on sockets that were only connected: they belong to the connection whose SYN left during the call."""
    found: list[tuple[strace.Ends, RecordedCall]] = []
    for call in log.connecting.values():
        for connection in connections:
            local, remote = connection.client.local, connection.client.remote
            if local and remote and call.time <= connection.opened + SYN_BEFORE <= call.end:
                how, moment = log.ended
                found += [
                    ((local, remote), call),
                    ((local, remote), replace(call, call=how, time=moment, end=moment, returned=0, errno=None)),
                ]
    return found


def placed(call: RecordedCall, connection: StagedConnection, client: bool, times: list[int]) -> RecordedCall:
    """``call`` with its side and the number of packets captured before it began and before it ended."""
    counted = (sum(1 for time in times if time <= moment) for moment in (call.time, call.end))
    side = connection.client.side if client else connection.server.side
    return replace(call, side=side, before=next(counted), after=next(counted))
