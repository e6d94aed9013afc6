"""A path through a real router: a third namespace whose kernel forwards, and whose nft rules reject.

The capture is taken on the client's interface. What a kernel router answers comes back inside the sender's
own transmission, as it does on one machine: for connect() that is a story of its own.
"""

from __future__ import annotations

import contextlib
import subprocess
from typing import TYPE_CHECKING

from tcpexplain.lab.namespaces import Namespace
from tcpexplain.lab.path import ADDRESSES, ROUTER
from tcpexplain.lab.pcapfile import LINKTYPE_ETHERNET
from tcpexplain.lab.recording import SIDES, Passage, RecordedPacket, Recording
from tcpexplain.lab.seen import look
from tcpexplain.lab.tap import ETHERNET, Tap

if TYPE_CHECKING:
    from collections.abc import Iterator

NEAR = {"client": ROUTER, "server": "10.77.2.1"}
CHAIN = (
    "table ip lab { chain forward { type filter hook forward priority 0; ip saddr %s tcp dport > 0 reject with %s; }; }"
)


class Routed:
    """Client and server with a router's kernel between them."""

    def __init__(self) -> None:
        self.recording = Recording(LINKTYPE_ETHERNET, "client")
        self.addresses = ADDRESSES
        self._namespaces = {name: Namespace() for name in (*SIDES, "router")}
        for side in SIDES:
            self._cable(side)
        self._namespaces["router"].sysctl("net.ipv4.ip_forward", 1)
        self._namespaces["router"].sysctl("net.ipv4.icmp_ratelimit", 0)
        self._taps = {side: Tap(self._namespaces[side], "lab") for side in SIDES}
        self._under_way: dict[bytes, RecordedPacket] = {}

    def _cable(self, side: str) -> None:
        """A pair of interfaces: ``lab`` at the end, one named after the end at the router."""
        end, router = self._namespaces[side], self._namespaces["router"]
        end.ip(f"link add lab type veth peer name {side}")
        end.give(side, router)
        end.ip(f"addr add {ADDRESSES[side]}/24 dev lab", "link set lab up")
        router.ip(f"addr add {NEAR[side]}/24 dev {side}", f"link set {side} up")
        end.ip(f"route add default via {NEAR[side]}")

    def namespace(self, side: str) -> Namespace:
        """Where ``side`` lives."""
        return self._namespaces[side]

    def reject(self, side: str, answer: str) -> None:
        """From now on the router rejects what ``side`` sends, ``answer`` in nft's words ("tcp reset")."""
        with self._namespaces["router"].entered():
            subprocess.run(
                ["nft", "-f", "-"], input=CHAIN % (ADDRESSES[side], answer), text=True, check=True, capture_output=True
            )

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """What has passed is recorded before and after the block."""
        self.drain()
        yield
        self.drain()

    def drain(self) -> None:
        """Record what both taps have seen by now, in the order of time."""
        passed = sorted((*row, end) for end, tap in self._taps.items() for row in tap.frames())
        for time, leaving, frame, side in passed:
            if seen := look(frame[ETHERNET:]):
                # identification and everything behind the IP header: a router changes neither
                key = frame[ETHERNET + 4 : ETHERNET + 6] + frame[ETHERNET + 20 :]
                packet = self._under_way.pop(key, None) if not leaving else None
                packet = packet or RecordedPacket(frame, seen, side if leaving else "", forged=not leaving)
                if leaving:
                    self._under_way[key] = packet
                self._note(packet, frame, side, time, leaving=leaving)

    def _note(self, packet: RecordedPacket, frame: bytes, side: str, time: int, *, leaving: bool) -> None:
        packet.arrived = packet.arrived or not leaving
        if side == self.recording.vantage:
            self.recording.capture(packet, frame, time)
        self.recording.passages.append(Passage(time, side, packet, arrival=not leaving))

    def close(self) -> None:
        """Close the taps; the interfaces go with the namespaces."""
        for tap in self._taps.values():
            tap.close()
        for namespace in self._namespaces.values():
            namespace.close()
