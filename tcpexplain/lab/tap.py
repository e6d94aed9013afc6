"""A socket that sees every frame of one interface, with the kernel's time of each."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.lab.namespaces import Namespace

ETH_P_ALL, PACKET_OUTGOING, SO_TIMESTAMPNS = 3, 4, 35
ETHERNET = 14  # bytes of header
LARGEST = 1 << 17


class Tap:
    """Listens on ``interface`` of ``namespace`` until closed."""

    def __init__(self, namespace: Namespace, interface: str) -> None:
        with namespace.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
            self._socket.bind((interface, 0))
        self._socket.setblocking(False)

    def frames(self) -> Iterator[tuple[int, bool, bytes]]:
        """(nanoseconds since 1970, whether it leaves, frame) of everything seen since the last call."""
        while True:
            try:
                frame, ancillary, _, (_, _, direction, _, _) = self._socket.recvmsg(LARGEST, 256)
            except BlockingIOError:
                return
            seconds, nanoseconds = struct.unpack("ll", ancillary[0][2])
            yield seconds * 10**9 + nanoseconds, direction == PACKET_OUTGOING, frame

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()
