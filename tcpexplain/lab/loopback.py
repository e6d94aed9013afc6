"""The loopback of a namespace of our own, captured frame by frame."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import TYPE_CHECKING

from tcpexplain.lab.namespaces import Namespace
from tcpexplain.lab.pcapfile import LINKTYPE_ETHERNET
from tcpexplain.lab.recording import Packet, Passage, Recording
from tcpexplain.lab.seen import look

if TYPE_CHECKING:
    from collections.abc import Iterator

ETH_P_ALL, PACKET_OUTGOING, SO_TIMESTAMPNS = 3, 4, 35


class Loopback:
    """Both ends on 127.0.0.1; each frame is captured once, when it leaves.

    Without ``own_namespace`` the machine's own loopback is used, and nothing is captured.
    """

    def __init__(self, *, own_namespace: bool = True) -> None:
        self.recording = Recording(LINKTYPE_ETHERNET, "both (loopback)")
        self.addresses = {"client": "127.0.0.1", "server": "127.0.0.1"}
        self.sides: dict[int, str] = {}
        self._namespace = Namespace() if own_namespace else None
        self._tap = tap(self._namespace) if self._namespace else None

    def namespace(self, side: str) -> Namespace | None:  # noqa: ARG002 (both ends share it)
        """The one namespace of both ends."""
        return self._namespace

    def drain(self) -> None:
        """Record every frame that has left by now."""
        while self._tap:
            try:
                frame, ancillary, _, (_, _, direction, _, _) = self._tap.recvmsg(1 << 17, 256)
            except BlockingIOError:
                return
            if direction == PACKET_OUTGOING and (seen := look(frame[14:])):
                seconds, nanoseconds = struct.unpack("ll", ancillary[0][2])
                self._record(Packet(frame, seen, "", arrived=True), seconds * 10**9 + nanoseconds)

    def _record(self, packet: Packet, moment: int) -> None:
        if packet.seen.flags == "S":
            self.sides.setdefault(packet.seen.sender.port, "client")
        packet.side = self.sides.get(packet.seen.sender.port, "server")
        other = "server" if packet.side == "client" else "client"
        self.recording.capture(packet, packet.frame, moment)
        self.recording.passages.append(Passage(moment, packet.side, packet, arrival=False))
        self.recording.passages.append(Passage(moment, other, packet, arrival=True))

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """What has left is recorded before and after the block."""
        self.drain()
        yield
        self.drain()

    def close(self) -> None:
        """Close the tap and the namespace."""
        if self._tap:
            self._tap.close()
        if self._namespace:
            self._namespace.close()


def tap(namespace: Namespace) -> socket.socket:
    """A socket that sees every frame of the loopback of ``namespace``, with the kernel's time of it."""
    with namespace.entered():
        made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        made.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        made.bind(("lo", 0))
    made.setblocking(False)
    return made
