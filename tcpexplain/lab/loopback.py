"""The loopback of a namespace of our own, captured frame by frame."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tcpexplain.lab.namespaces import Namespace
from tcpexplain.lab.pcapfile import LINKTYPE_ETHERNET
from tcpexplain.lab.recording import Passage, RecordedPacket, Recording
from tcpexplain.lab.seen import look
from tcpexplain.lab.tap import ETHERNET, Tap

if TYPE_CHECKING:
    from collections.abc import Iterator


class Loopback:
    """Both ends on 127.0.0.1; each frame is captured once, when it leaves.

    Without ``own_namespace`` the machine's own loopback is used, and nothing is captured.
    """

    def __init__(self, *, own_namespace: bool = True) -> None:
        self.recording = Recording(LINKTYPE_ETHERNET, "both (loopback)")
        self.addresses = {"client": "127.0.0.1", "server": "127.0.0.1"}
        self.sides: dict[int, str] = {}
        self._namespace = Namespace() if own_namespace else None
        self._tap = Tap(self._namespace, "lo") if self._namespace else None

    def namespace(self, side: str) -> Namespace | None:  # noqa: ARG002 (both ends share it)
        """The one namespace of both ends."""
        return self._namespace

    def drain(self) -> None:
        """Record every frame that has left by now."""
        for time, leaving, frame in self._tap.frames() if self._tap else ():
            if leaving and (seen := look(frame[ETHERNET:])):
                self._record(RecordedPacket(frame, seen, "", arrived=True), time)

    def _record(self, packet: RecordedPacket, moment: int) -> None:
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
