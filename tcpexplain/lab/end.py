"""One end of a connection: its socket, and every call on it recorded with what it returned."""

from __future__ import annotations

import errno
import select
import socket
import struct
import subprocess
import time
from typing import TYPE_CHECKING, Any

from tcpexplain.lab.recorded_end import CallOutcome, RecordedEnd

if TYPE_CHECKING:
    from collections.abc import Callable


TCP = socket.IPPROTO_TCP
TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21  # include/uapi/linux/tcp.h
TCP_SEND_QUEUE = 2
POLLRDHUP = 0x2000
POLL_BITS = {
    "POLLIN": select.POLLIN,
    "POLLPRI": select.POLLPRI,
    "POLLOUT": select.POLLOUT,
    "POLLRDHUP": POLLRDHUP,
    "POLLERR": select.POLLERR,
    "POLLHUP": select.POLLHUP,
}
ASKED = select.POLLIN | select.POLLOUT | select.POLLPRI | POLLRDHUP


class LabEnd(RecordedEnd):
    """The ``side`` ("client" or "server") of one connection.

    Sockets are non-blocking unless a scenario says otherwise, so that EAGAIN is recorded where a program would wait.
    """

    def take(self, connected: socket.socket) -> None:
        """Let this end have a socket."""
        connected.setblocking(False)
        self.socket = connected

    def set(self, *options: tuple[int, int, int]) -> None:
        """Set socket options given as (level, name, value)."""
        for option in options:
            self.live().setsockopt(*option)

    def begin_at(self, number: int) -> None:
        """The initial sequence number of a socket that is not connected yet (TCP_REPAIR)."""
        self.set((TCP, TCP_REPAIR, 1), (TCP, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE))
        self.live().setsockopt(TCP, TCP_QUEUE_SEQ, struct.pack("=I", number))
        self.set((TCP, TCP_REPAIR, 0))

    # calls

    def send(self, size: int = 8) -> CallOutcome:
        """Write ``size`` bytes."""
        return self.call("send", lambda live: live.send(b"x" * size), size)

    def fill(self, size: int = 4096) -> None:
        """Write until the buffers are full: a partial write, then EAGAIN."""
        while self.send(size).returned > 0:
            pass

    def drain(self, size: int = 65536) -> None:
        """Read until there is nothing left, or an end, or an error."""
        while self.recv(size).returned > 0:
            pass

    def recv(self, size: int = 64) -> CallOutcome:
        """Read at most ``size`` bytes."""
        return self.call("recv", lambda live: len(live.recv(size)), size)

    def peek(self, size: int = 64) -> CallOutcome:
        """Read at most ``size`` bytes and leave them where they are (MSG_PEEK)."""
        return self.call("peek", lambda live: len(live.recv(size, socket.MSG_PEEK)), size)

    def poll(self) -> CallOutcome:
        """Ask for everything poll knows, without waiting."""
        outcome = CallOutcome()

        def ask(live: socket.socket) -> int:
            poller = select.poll()
            poller.register(live, ASKED)
            bits = dict(poller.poll(0)).get(live.fileno(), 0)
            outcome.revents = [name for name, bit in POLL_BITS.items() if bits & bit]
            return int(bool(bits))

        return self.call("poll", ask, outcome=outcome)

    def so_error(self) -> CallOutcome:
        """Ask for SO_ERROR: the errno it reports, and takes."""
        outcome = CallOutcome()

        def ask(live: socket.socket) -> int:
            number = live.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            outcome.errno = errno.errorcode.get(number, str(number)) if number else None
            return 0

        return self.call("so_error", ask, outcome=outcome)

    def connect(self) -> CallOutcome:
        """connect() on a non-blocking socket: EINPROGRESS, EALREADY, 0, EISCONN, or what went wrong."""
        return self.call("connect", self._connect)

    def connect_and_wait(self) -> CallOutcome:
        """connect() on a blocking socket."""
        self._settle()
        with self.wire.quiet():
            before = len(self.recording.packets)
        live = self.live()
        live.setblocking(True)
        outcome, start = CallOutcome(), time.time_ns()
        with self.errno_into(outcome):
            self._connect(live)
        end = time.time_ns()
        live.setblocking(False)
        with self.wire.quiet():
            after = len(self.recording.packets)
        self.record("connect", None, (start, end), (before, after), outcome)
        return outcome

    def _connect(self, live: socket.socket) -> int:
        assert self.remote  # noqa: S101 (the stage sets it before any call)
        live.connect(self.remote)
        return 0

    def shutdown_wr(self) -> CallOutcome:
        """shutdown(SHUT_WR)."""
        return self._shutdown("shutdown_wr", socket.SHUT_WR)

    def shutdown_rd(self) -> CallOutcome:
        """shutdown(SHUT_RD)."""
        return self._shutdown("shutdown_rd", socket.SHUT_RD)

    def shutdown_rdwr(self) -> CallOutcome:
        """shutdown(SHUT_RDWR)."""
        return self._shutdown("shutdown_rdwr", socket.SHUT_RDWR)

    def _shutdown(self, name: str, how: int) -> CallOutcome:
        def shut(live: socket.socket) -> int:
            live.shutdown(how)
            return 0

        return self.call(name, shut)

    def close(self, *, note: str = "") -> CallOutcome:
        """Close the only descriptor, unless the ``note`` says otherwise."""
        return self._end("close", lambda _: None, note=note)

    def close_linger0(self) -> CallOutcome:
        """close() with SO_LINGER {1, 0}."""

        def linger(live: socket.socket) -> None:
            live.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        return self._end("close_linger0", linger)

    def vanish(self) -> CallOutcome:
        """The kernel forgets the socket without a packet, as after a loss of power (TCP_REPAIR)."""

        def forget(live: socket.socket) -> None:
            live.setsockopt(TCP, TCP_REPAIR, 1)

        return self._end("vanish", forget)

    def kill(self) -> CallOutcome:
        """SIGKILL for the process that holds the socket."""
        return self._die("kill", lambda process: process.kill())

    def exit(self) -> CallOutcome:
        """The process that holds the socket returns from main() without closing anything."""
        return self._die("exit", lambda process: process.stdin.close())

    def shared(self) -> subprocess.Popen[bytes]:
        """A second process that has the descriptor too, as after fork()."""
        # cat ends with its input at the latest when this process does, so nothing is left behind
        return subprocess.Popen(
            ["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=[self.live().fileno()]
        )

    def _end(self, name: str, prepare: Callable[[socket.socket], None], *, note: str = "") -> CallOutcome:
        def end(live: socket.socket) -> int:
            prepare(live)
            live.close()
            return 0

        return self.call(name, end, note=note)

    def _die(self, name: str, end: Callable[[Any], None]) -> CallOutcome:
        """The socket moves into a process of its own, which then dies."""
        process = self.shared()
        self.live().close()

        def die(_: socket.socket) -> int:
            end(process)
            process.wait()
            return 0

        outcome = self.call(name, die)
        if process.stdin and not process.stdin.closed:
            process.stdin.close()
        return outcome

    def ask(self, letters: str) -> None:
        """Poll, read, write, SO_ERROR or connect in the order of ``letters`` (p r w e c)."""
        for letter in letters:
            {"p": self.poll, "r": self.recv, "w": self.send, "e": self.so_error, "c": self.connect}[letter]()
