"""The kernel's socket table: state, unread and unsent bytes of one connection's end."""

from __future__ import annotations

import socket
import struct
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tcpexplain.lab.namespaces import Namespace
    from tcpexplain.lab.packets import Address

TABLE = Path("/proc/thread-self/net/tcp")
# include/net/tcp_states.h; a timewait entry shows its substate
STATES = ("", "ESTABLISHED", "SYN_SENT", "SYN_RCVD", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT", "CLOSED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "SYN_RCVD")


class Row(NamedTuple):
    """One socket; CLOSED with nothing queued where the table has none."""

    state: str = "CLOSED"
    unread: int = 0
    unsent: int = 0


def _hexadecimal(address: Address) -> str:
    word = struct.unpack("=I", socket.inet_aton(address.host))[0]
    return f"{word:08X}:{address.port:04X}"


def row(namespace: Namespace | None, local: Address, remote: Address) -> Row:
    """The row of the connection ``local`` - ``remote`` in /proc/net/tcp."""
    if not TABLE.exists():
        return Row()
    wanted = [_hexadecimal(local), _hexadecimal(remote)]
    with namespace.entered() if namespace else nullcontext():
        lines = TABLE.read_text().splitlines()[1:]
    for fields in map(str.split, lines):
        if fields[1:3] == wanted:
            unsent, unread = fields[4].split(":")
            return Row(STATES[int(fields[3], 16)], int(unread, 16), int(unsent, 16))
    return Row()
