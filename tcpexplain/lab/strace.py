"""Real programs on the stage: started under strace, their system calls on TCP sockets read from its log."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tcpexplain.lab.packets import IPv4Endpoint
from tcpexplain.lab.recording import RecordedCall

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COMMAND = (
    "strace",
    "-f",
    "-yy",
    "-s",
    "0",
    "--absolute-timestamps=format:unix,precision:ns",
    "--syscall-times=ns",
    "-e",
    "trace=%network,read,readv,write,writev,close",
    "-o",
)
LINE = re.compile(r"(?P<task>\d+) +(?P<time>\d+\.\d+) (?P<rest>.*)")
SYSCALL = re.compile(
    r"(?P<name>\w+)\((?P<arguments>.*)\) += (?P<returned>-?\d+)(?:<(?P<made>.*?)>)?(?: (?P<errno>E\w+) \(.*?\))? <[\d.]+>$"
)
LASTED = re.compile(r"<([\d.]+)>$")
SOCKET = re.compile(r"(\d+)<TCP:\[([\d.]+):(\d+)->([\d.]+):(\d+)\]>")
DESCRIPTOR = re.compile(r"(\d+)<TCP:\[\d+\]>")
SIZE = re.compile(r", (\d+)(?:, \w+)*(?:, (?:NULL|0x\w+), \S+)?$")
NAMES = {
    "send": "send",
    "sendto": "send",
    "sendmsg": "send",
    "write": "send",
    "writev": "send",
    "recv": "recv",
    "recvfrom": "recv",
    "recvmsg": "recv",
    "read": "recv",
    "readv": "recv",
    "connect": "connect",
    "close": "close",
}
SHUTDOWNS = {"SHUT_WR": "shutdown_wr", "SHUT_RD": "shutdown_rd", "SHUT_RDWR": "shutdown_rdwr"}
PRINTING = 1_000_000  # nanoseconds: strace looks up the socket's ends between the time it prints and the call itself
NEVER = 1 << 63
COUNTED = ("send", "sendto", "write", "recv", "recvfrom", "read")  # their last numbers are bytes, not pieces

Event = tuple[str, int, str, int]  # task, nanoseconds, text, nanoseconds when it was over (0: not known)
Ends = tuple[IPv4Endpoint, IPv4Endpoint]  # local, remote


@dataclass(slots=True)
class Log:
    """What one program's strace log says: its calls by the ends of their sockets; sides and packets are not known to it.

    ``connecting`` are the calls whose socket the log never names: the program used it for nothing else.
    """

    calls: list[tuple[Ends, RecordedCall]] = field(default_factory=list)
    opened: dict[str, Ends] = field(default_factory=dict)
    connecting: dict[str, RecordedCall] = field(default_factory=dict)
    lingering: set[str] = field(default_factory=set)
    last: dict[str, int] = field(default_factory=dict)  # task: its latest call
    ended: tuple[str, int] = ("exit", 0)  # how, when

    def read(self, lines: Iterable[str]) -> list[tuple[Ends, RecordedCall]]:
        """All calls, in the order of the log."""
        for task, time, rest, over in bounded(list(whole_events(lines))):
            if rest.startswith("--- SIGPIPE") and task in self.last:
                ends, call = self.calls[self.last[task]]
                self.calls[self.last[task]] = ends, replace(call, signal="SIGPIPE")
            elif rest.startswith("+++ killed by"):
                self._ends("kill", time)
            elif rest.startswith("+++ exited"):
                self._ends("exit", time)
            elif found := SYSCALL.match(rest):
                self._syscall(task, time, over, found)
        return self.calls

    def _syscall(self, task: str, time: int, over: int, found: re.Match[str]) -> None:
        name, arguments = found["name"], found["arguments"]
        if name in ("accept", "accept4"):
            made = SOCKET.match(f"{found['returned']}<{found['made']}>")
            if made:
                self._open(made)
                self._add(task, made[1], self._call("accept", time, over, found))
            return
        if name == "connect" and (unnamed := DESCRIPTOR.match(arguments)):
            self.connecting[unnamed[1]] = self._call("connect", time, over, found)
            return
        socket = SOCKET.match(arguments)
        if not socket:
            return
        self._open(socket)
        kind = self._kind(name, arguments, socket[1])
        if kind:
            self._add(task, socket[1], self._call(kind, time, over, found))
        if name == "close":
            self.opened.pop(socket[1], None)

    def _kind(self, name: str, arguments: str, descriptor: str) -> str:
        if name == "setsockopt" and "SO_LINGER, {l_onoff=1, l_linger=0}" in arguments:
            self.lingering.add(descriptor)
        if name == "shutdown":
            return SHUTDOWNS[arguments.rsplit(" ", 1)[1]]
        if name == "close" and descriptor in self.lingering:
            return "close_linger0"
        return "so_error" if name == "getsockopt" and "SO_ERROR" in arguments else NAMES.get(name, "")

    def _open(self, socket: re.Match[str]) -> None:
        descriptor = socket[1]
        self.opened[descriptor] = IPv4Endpoint(socket[2], int(socket[3])), IPv4Endpoint(socket[4], int(socket[5]))
        if call := self.connecting.pop(descriptor, None):
            self.calls.append((self.opened[descriptor], call))

    def _call(self, kind: str, time: int, end: int, found: re.Match[str]) -> RecordedCall:
        size = SIZE.search(found["arguments"]) if found["name"] in COUNTED else None
        returned, errno = int(found["returned"]), found["errno"]
        if kind == "so_error":
            errno = reported(found["arguments"])
        if kind in ("accept", "close") and returned > 0:
            returned = 0
        # these may wait; what they tell their program, they tell when they return
        start = end if kind in ("recv", "accept") and errno != "EAGAIN" else time
        asked = int(size[1]) if size else returned if kind == "recv" else None
        return RecordedCall("", kind, asked, start, end, 0, 0, returned, errno)

    def _add(self, task: str, descriptor: str, call: RecordedCall) -> None:
        self.last[task] = len(self.calls)
        self.calls.append((self.opened[descriptor], call))

    def _ends(self, kind: str, time: int) -> None:
        self.ended = kind, time
        self.calls += [(ends, RecordedCall("", kind, None, time, time, 0, 0, 0)) for ends in self.opened.values()]
        self.opened.clear()


def reported(arguments: str) -> str | None:
    """The errno in ``getsockopt(..., SO_ERROR, [ECONNREFUSED], [4])``."""
    found = re.search(r"\[(E\w+)\]", arguments)
    return found[1] if found else None


def bounded(events: list[Event]) -> Iterator[Event]:
    """Every event with the time by which it was over: where the log does not say, that of the same task's next one."""
    following: dict[str, int] = {}
    rows = []
    for task, time, rest, over in reversed(events):
        lasted = round(float(found[1]) * 1e9) if (found := LASTED.search(rest)) else 0
        rows.append((task, time, rest, over or min(following.get(task, NEVER), time + lasted + PRINTING)))
        following[task] = time
    yield from reversed(rows)


def whole_events(lines: Iterable[str]) -> Iterator[Event]:
    """Every event of the log, calls that were interrupted in it put together again."""
    begun: dict[str, tuple[int, str]] = {}
    for line in lines:
        found = LINE.match(line.rstrip())
        if not found:
            continue
        task, rest = found["task"], found["rest"]
        seconds, _, fraction = found["time"].partition(".")
        now = int(seconds) * 10**9 + int(fraction.ljust(9, "0"))
        if rest.endswith("<unfinished ...>"):
            begun[task] = now, rest.removesuffix("<unfinished ...>")
        elif rest.startswith("<... ") and task in begun:
            time, head = begun.pop(task)
            yield task, time, head.rstrip() + rest.partition(" resumed>")[2], now
        else:
            yield task, now, rest, 0
