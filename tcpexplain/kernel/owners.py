"""Whose socket it is: the process that connected, accepted or closed it, and its descriptor where the order of calls tells it."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tcpexplain.model.kernel import Process

if TYPE_CHECKING:
    from tcpexplain.kernel.lines import Descriptor, RunningThread, SocketEvent
    from tcpexplain.model.connection import Address

Ends = tuple["Address", "Address"]
MOST = 100_000
"""Sockets whose owners are remembered."""
WAITING = 4096
"""Sockets that wait for their accept() at most, of one listening address."""


class Owners:
    """Learns from the trace, line by line, in its order."""

    def __init__(self) -> None:
        self.known: OrderedDict[Ends, Process] = OrderedDict()
        self.calling: dict[int, int] = {}
        """By thread: the descriptor of the connect() it is in."""
        self.connecting: dict[int, Process] = {}
        """By thread: who opens a connection that has no port yet."""
        self.waiting: dict[Address, deque[Ends]] = {}
        """By listening address: connections that are made, and not yet accepted, in their order."""

    def call(self, one: Descriptor) -> None:
        """A connect() that begins, or an accept() that has returned."""
        if one.call == "connect":
            self.calling[one.running.thread] = one.fd
            return
        # Which listener it was is certain only if there is one with connections to give.
        if len(self.waiting) == 1:
            local, queue = next(iter(self.waiting.items()))
            self.learn(queue.popleft(), process(one.running, one.fd))
            if not queue:
                del self.waiting[local]

    def event(self, one: SocketEvent) -> None:
        """Something that happened to a socket."""
        ends, thread, traced = (one.local, one.remote), one.running.thread, one.traced
        if traced.kind != "state":
            return
        if traced.state == "SYN-SENT":
            self.connecting[thread] = process(one.running, self.calling.pop(thread, None))
            if one.local.port:
                self.learn(ends, self.connecting.pop(thread))
        elif traced.previous == "SYN-SENT" and thread in self.connecting:
            self.learn(ends, self.connecting.pop(thread))
        elif traced.previous == "SYN-RECEIVED" and traced.state == "ESTABLISHED":
            self.waits(ends)
        elif one.running.own and one.running.thread:
            self.learn(ends, process(one.running, None))
        if traced.state == "CLOSED":
            self.is_gone(ends)

    def waits(self, ends: Ends) -> None:
        """A connection to be accepted."""
        queue = self.waiting.setdefault(ends[0], deque(maxlen=WAITING))
        queue.append(ends)

    def is_gone(self, ends: Ends) -> None:
        """One that is closed is not accepted any more."""
        queue = self.waiting.get(ends[0])
        if queue and ends in queue:
            queue.remove(ends)
            if not queue:
                del self.waiting[ends[0]]

    def learn(self, ends: Ends, owner: Process) -> None:
        """Remember an owner; a descriptor that was known stays known."""
        before = self.known.get(ends)
        if before and owner.fd is None and before.pid == owner.pid:
            owner = replace(owner, fd=before.fd)
        self.known[ends] = owner
        self.known.move_to_end(ends)
        if len(self.known) > MOST:
            self.known.popitem(last=False)


def process(running: RunningThread, fd: int | None) -> Process:
    """The process of a thread."""
    return Process(process_of(running.thread), running.name, fd)


@lru_cache(1024)
def process_of(thread: int) -> int:
    """The number of a thread's process; its own if it is gone already."""
    try:
        status = Path("/proc", str(thread), "status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return thread
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("Tgid:")), thread)
