"""The kernel's socket table: state, unread and unsent bytes of one connection's end, asked through sock_diag(7)."""

from __future__ import annotations

import socket
import struct
from contextlib import nullcontext
from typing import TYPE_CHECKING

from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from tcpexplain.lab.namespaces import Namespace
    from tcpexplain.lab.packets import IPv4Endpoint

# include/net/tcp_states.h; a timewait entry shows its substate
STATES = (
    "",
    "ESTABLISHED",
    "SYN_SENT",
    "SYN_RCVD",
    "FIN_WAIT_1",
    "FIN_WAIT_2",
    "TIME_WAIT",
    "CLOSED",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "CLOSING",
    "SYN_RCVD",
)
NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST = 4, 20, 1
HEADER = struct.Struct("=IHHII")  # struct nlmsghdr
REQUEST = struct.Struct("=BBBxI2s2s4s12x4s12xIII")  # struct inet_diag_req_v2
NO_COOKIE = 0xFFFFFFFF
ANSWER = struct.Struct("=BB2x2s2s4s12x4s12x12xIII")  # struct inet_diag_msg, up to the queues


class KernelSocket(NamedTuple):
    """One socket; CLOSED with nothing queued where the table has none."""

    state: str = "CLOSED"
    unread: int = 0
    unsent: int = 0


def _bytes(address: IPv4Endpoint) -> tuple[bytes, bytes]:
    return struct.pack("!H", address.port), socket.inet_aton(address.host)


def row(namespace: Namespace | None, local: IPv4Endpoint, remote: IPv4Endpoint) -> KernelSocket:
    """The row of the connection ``local`` - ``remote``; the empty row where the system has no sock_diag."""
    if not hasattr(socket, "AF_NETLINK"):
        return KernelSocket()
    (port, host), (other_port, other_host) = _bytes(local), _bytes(remote)
    question = REQUEST.pack(
        socket.AF_INET, socket.IPPROTO_TCP, 0, NO_COOKIE, port, other_port, host, other_host, 0, NO_COOKIE, NO_COOKIE
    )
    with namespace.entered() if namespace else nullcontext():
        table = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_SOCK_DIAG)
    with table:
        table.send(HEADER.pack(HEADER.size + len(question), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 0, 0) + question)
        answer = table.recv(4096)
    if HEADER.unpack_from(answer)[1] != SOCK_DIAG_BY_FAMILY:
        return KernelSocket()  # an error: there is no such socket
    _, state, _, found_port, _, _, _, unread, unsent = ANSWER.unpack_from(answer, HEADER.size)
    if found_port != other_port:
        return KernelSocket()  # the kernel offers the listener where there is no connection
    return KernelSocket(STATES[state], unread, unsent)
