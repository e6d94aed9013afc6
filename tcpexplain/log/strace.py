"""strace's output as a log: what each call on a TCP socket returned, with the ends of the socket, which later lines name by number only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tcpexplain.log.addresses import NOWHERE, Place, place
from tcpexplain.log.stamps import Stamp, stamps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LINE = re.compile(
    r"^(?:\[pid +)?(?P<pid>\d+)?\]? *(?P<time>\d{10}\.\d+|\d\d:\d\d:\d\d(?:\.\d+)?)? *(?P<rest>(?:[a-z_0-9]+\(|<\.\.\. [a-z_0-9]+ resumed>).*)$"
)
CALL = re.compile(
    r"^(?P<name>[a-z_0-9]+)\((?P<fd>\d+)?(?P<said><(?:->|[^<>])*>)?(?P<args>.*)\) += +(?P<result>-?\d+)(?:<(?P<made>(?:->|[^<>])*)>)?(?: (?P<errno>E[A-Z]+))?"
)
SOCKET = re.compile(r"TCP(?:v6)?:\[(?P<own>.+?:\d+)->(?P<peer>.+?:\d+)\]")
ADDRESS = re.compile(r'sin6?_port=htons\((?P<port>\d+)\).*?(?:inet_addr\("|inet_pton\(AF_INET6, ")(?P<address>[^"]+)"')
UNFINISHED = " <unfinished ...>"
RESUMED = re.compile(r"^<\.\.\. [a-z_0-9]+ resumed>")
READS = ("read", "readv", "recv", "recvfrom", "recvmsg")
WRITES = ("write", "writev", "send", "sendto", "sendmsg", "sendfile")
SHOWN = (*READS, *WRITES, "connect", "accept", "accept4", "close", "shutdown")
NO_FAILURES = ("EAGAIN", "EWOULDBLOCK", "EINPROGRESS", "EINTR", "EALREADY", "ENOTCONN")


@dataclass(slots=True)
class Called:
    """One call on a TCP socket that returned."""

    number: int
    """Of its line, from 1."""
    text: str
    name: str
    fd: int
    result: int
    errno: str
    own: Place = NOWHERE
    peer: Place = NOWHERE
    stamp: Stamp | None = None

    @property
    def fails(self) -> bool:
        """Whether it returned an error of the connection."""
        return bool(self.errno) and self.errno not in NO_FAILURES

    @property
    def told(self) -> str:
        """``read = 26``, ``write = -1 EPIPE``."""
        return f"{self.name}() = {self.result}" + (
            f" {self.errno}" if self.errno else " (EOF)" if self.result == 0 and self.name in READS else ""
        )

    @property
    def line(self) -> str:
        """The line, with the ends of its socket."""
        if "<TCP" in self.text or not (self.own or self.peer):
            return self.text
        return (
            f"{self.text}  <TCP:[{self.own or '?:0'}->{self.peer}]>"
            if self.own and self.peer
            else f"{self.text}  peer {self.peer}"
        )


def is_strace(rows: list[str]) -> bool:
    """Whether lines are strace's."""
    some = [row for row in rows[:200] if row.strip()]
    return sum(is_call(row) for row in some) * 2 > len(some) > 0


def is_call(row: str) -> bool:
    """Whether a line is a call with its result, or the beginning or the end of one."""
    found = LINE.match(row)
    return bool(
        found and (CALL.match(found["rest"]) or found["rest"].endswith(UNFINISHED) or RESUMED.match(found["rest"]))
    )


def calls(rows: Iterable[str]) -> Iterator[Called]:
    """The calls on TCP sockets that returned, with what is known of their ends."""
    begun: dict[str, tuple[int, str]] = {}
    sockets: dict[tuple[str, int], tuple[Place, Place]] = {}
    for number, row in enumerate(rows, 1):
        found = LINE.match(row)
        if not found:
            continue
        pid, rest, first = found["pid"] or "", found["rest"], number
        if rest.endswith(UNFINISHED):
            begun[pid] = (number, rest.removesuffix(UNFINISHED))
            continue
        if RESUMED.match(rest) and pid in begun:
            first, start = begun.pop(pid)
            rest = start + RESUMED.sub("", rest)
        if call := CALL.match(rest):
            yield from _known(call, first, rest, stamps(row[: row.find("(")]) if found["time"] else [], sockets, pid)


def _known(
    call: re.Match[str],
    number: int,
    text: str,
    when: list[Stamp],
    sockets: dict[tuple[str, int], tuple[Place, Place]],
    pid: str,
) -> Iterator[Called]:
    """The call if it is on a TCP socket; and what it tells of one."""
    name = call["name"]
    if name not in SHOWN or (call["fd"] is None and not name.startswith("accept")):
        return
    fd, result = int(call["fd"] or -1), int(call["result"])
    ends = SOCKET.search(call["made"] or call["said"] or "")
    address = ADDRESS.search(call["args"])
    if name.startswith("accept"):
        fd = result
    process = ""  # Threads share their descriptors, and processes mostly inherit them.
    if ends:
        sockets[process, fd] = (place(ends["own"]), place(ends["peer"]))
    elif address and (name == "connect" or name.startswith("accept")):
        sockets[process, fd] = (NOWHERE, place(address["address"], address["port"]))
    known = sockets.get((process, fd))
    if known is None:
        return
    if name == "close" and result == 0:
        sockets.pop((process, fd), None)
    yield Called(
        number, f"{pid} {text}".strip(), name, fd, result, call["errno"] or "", *known, when[0] if when else None
    )
