"""Lines of the kernel's trace: who was running, when, and what is said of which socket."""

from __future__ import annotations

import errno
import re
import time
from ipaddress import ip_address
from typing import TYPE_CHECKING

from tcpexplain.model.connection import Address
from tcpexplain.model.kernel import KernelEvent
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from tcpexplain.model.kernel import Kind

LINE = re.compile(
    r"(?:\s*(?P<name>.*?)-(?P<thread>\d+)\s+(?:\([\s\d-]+\)\s+)?\[\d+\]\s+(?P<context>\S+)\s+|.*?)"
    r"(?P<seconds>\d+)\.(?P<micros>\d{6}): (?P<event>\w+)(?:: |\(| -> )(?P<rest>.*)"
)
"""``python3-7 [001] ..s2. 12.000345: inet_sock_set_state: family=AF_INET ...``, ``sys_connect(fd: 4, ...``, ``sys_accept4 -> 0x5``."""
PAIR = re.compile(r"(\w+)=(\S+)")
LOST = re.compile(r"\[LOST (\d+) EVENTS\]")
DESCRIPTOR = re.compile(r"fd: (?:0x)?([0-9a-f]+)")
STATES = {
    "CLOSE": "CLOSED",
    "SYN_RECV": "SYN-RECEIVED",
    "NEW_SYN_RECV": "SYN-RECEIVED",
    "FIN_WAIT1": "FIN-WAIT-1",
    "FIN_WAIT2": "FIN-WAIT-2",
}
KINDS: dict[str, Kind] = {
    "inet_sock_set_state": "state",
    "inet_sk_error_report": "error",
    "tcp_send_reset": "reset-sent",
    "tcp_receive_reset": "reset-received",
}


@frozen
class RunningThread:
    """The thread that was running; ``own``: it did this itself, and no packet that came while it ran."""

    thread: int
    name: str
    own: bool


@frozen
class SocketEvent:
    """What happened to the socket between two addresses; ``remote`` has port 0 where the kernel does not tell it."""

    traced: KernelEvent
    local: Address
    remote: Address
    running: RunningThread


@frozen
class Descriptor:
    """A connect() on descriptor ``fd`` that begins, or an accept() that returned it."""

    call: str
    fd: int
    running: RunningThread


def leap() -> int:
    """Nanoseconds by which TAI, the trace's clock, is ahead of UTC where the machine knows it."""
    return round(time.clock_gettime(time.CLOCK_TAI) - time.time()) * 10**9


def parsed(line: str, ahead: int) -> SocketEvent | Descriptor | None:
    """One line; None for what is about no TCP socket. ``ahead``: see ``leap``."""
    match = LINE.match(line)
    if match is None:
        return None
    running = RunningThread(int(match["thread"] or 0), match["name"] or "", (match["context"] or "..s")[2] == ".")
    if match["event"].startswith("sys_"):
        return descriptor(match["event"].removeprefix("sys_"), match["rest"], running)
    moment = int(match["seconds"]) * 10**9 + int(match["micros"]) * 1000 - ahead
    return socket_event(match["event"], dict(PAIR.findall(match["rest"])), moment, running)


def descriptor(call: str, rest: str, running: RunningThread) -> Descriptor | None:
    """A system call's descriptor."""
    if call == "connect":
        found = DESCRIPTOR.search(rest)
        return Descriptor(call, int(found[1], 16), running) if found else None
    try:
        fd = int(rest, 16)
    except ValueError:
        return None
    return Descriptor("accept", fd, running) if 0 <= fd < 1 << 31 else None


def socket_event(event: str, fields: dict[str, str], moment: int, running: RunningThread) -> SocketEvent | None:
    """What one of ``EVENTS`` says; None for other protocols and events."""
    kind = KINDS.get(event)
    if kind is None or fields.get("protocol", "IPPROTO_TCP") != "IPPROTO_TCP":
        return None
    number = int(fields.get("error", 0))
    traced = KernelEvent(
        moment,
        kind,
        previous=state_name(fields.get("oldstate", "")),
        state=state_name(fields.get("newstate", fields.get("state", ""))),
        reason=fields.get("reason", ""),
        error=errno.errorcode.get(number, str(number)) if number else "",
    )
    if kind == "reset-sent":
        return SocketEvent(traced, printed(fields["src"]), printed(fields["dest"]), running)
    six = fields.get("family") == "AF_INET6"
    local, remote = (
        Address(plain(fields[f"{end}addr{'v6' if six else ''}"]), int(fields[f"{end}port"])) for end in ("s", "d")
    )
    return SocketEvent(traced, local, remote, running)


def state_name(name: str) -> str:
    """RFC 9293's name for the kernel's ``TCP_...``."""
    short = name.removeprefix("TCP_")
    return "" if short == "UNKNOWN" else STATES.get(short, short.replace("_", "-"))


def plain(address: str) -> str:
    """An address as it is on the wire: a socket of IPv6 may speak IPv4."""
    found = ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def printed(text: str) -> Address:
    """``127.0.0.1:80``, ``[::1]:80``; port 0 where there is none."""
    host, _, port = text.rpartition(":")
    return Address(plain(host.strip("[]")), int(port)) if port.isdigit() and host else Address(text, 0)
