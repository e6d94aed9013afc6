"""A path between two namespaces: two TUN devices and this process in between as the only router.

Every packet passes through our hands, so it can be captured at either end, delayed, lost, doubled, overtaken,
held back and released, rejected with ICMP or RST; and packets nobody sent can be put in.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import random
import select
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tcpexplain.lab.namespaces import Namespace
from tcpexplain.lab.packets import checksum, icmp_error, segment
from tcpexplain.lab.pcapfile import LINKTYPE_RAW
from tcpexplain.lab.recording import SIDES, Passage, RecordedPacket, Recording
from tcpexplain.lab.seen import Observed, look
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ADDRESSES = {"client": "10.77.1.2", "server": "10.77.2.2"}
ROUTER = "10.77.1.1"
OTHER = {"client": "server", "server": "client"}
MTU = 1 << 16


@frozen
class Impairment:
    """What the path does to every packet: seconds, and probabilities."""

    delay: float = 0.0
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0


@dataclass(slots=True)
class PathRule:
    """``verdict`` for the next ``count`` packets of ``side`` that ``matches``; None: for all of them."""

    side: str
    matches: Callable[[Observed], bool]
    verdict: Callable[[RecordedPacket], bool]  # True: the packet goes no further
    count: int | None = 1


@dataclass(order=True, slots=True)
class Due:
    """A packet on its way to ``side``, due at ``time`` (monotonic seconds)."""

    time: float
    order: int
    side: str = field(compare=False)
    packet: RecordedPacket = field(compare=False)


def routed(packet: bytes) -> bytes:
    """``packet`` with one hop less to live."""
    head = packet[:8] + bytes([packet[8] - 1]) + packet[9:10] + b"\0\0" + packet[12:20]
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + packet[20:]


class Path:
    """Two ends 10.77.1.2 and 10.77.2.2 and the router between them; captured beside ``vantage``."""

    def __init__(self, impairment: Impairment | None = None, *, vantage: str = "client", seed: int = 0) -> None:
        self.recording = Recording(LINKTYPE_RAW, vantage)
        self.addresses = ADDRESSES
        self.impairment = impairment or Impairment()
        self.rules: list[PathRule] = []
        self._held: list[RecordedPacket] = []
        self._random = random.Random(seed)  # noqa: S311 (a repeatable path)
        self._due: list[Due] = []
        self._order = 0
        self._namespaces = {side: Namespace() for side in SIDES}
        self._tuns = {side: self._namespaces[side].tun(ADDRESSES[side]) for side in SIDES}
        self._lock = threading.RLock()
        self._bell, self._rope = os.pipe()
        self._router = threading.Thread(target=self._route, name="router", daemon=True)
        self._router.start()

    def namespace(self, side: str) -> Namespace:
        """Where ``side`` lives."""
        return self._namespaces[side]

    # what scenarios may do to the traffic

    def lose(self, side: str, matches: Callable[[Observed], bool] = lambda _: True, count: int | None = 1) -> None:
        """The next ``count`` matching packets sent by ``side`` (None: all) never arrive."""
        self.rules.append(PathRule(side, matches, lambda _: True, count))

    def break_down(self) -> None:
        """Nothing passes any more."""
        for side in SIDES:
            self.lose(side, count=None)

    def repair(self) -> None:
        """Forget all rules."""
        self.rules.clear()

    def hold(self, side: str, matches: Callable[[Observed], bool] = lambda _: True, count: int | None = 1) -> None:
        """The next ``count`` matching packets of ``side`` wait for ``release()``."""

        def keep(packet: RecordedPacket) -> bool:
            self._held.append(packet)
            return True

        self.rules.append(PathRule(side, matches, keep, count))

    def release(self) -> None:
        """What was held back goes on, in the order of sending; nothing is held any more."""
        with self._lock:
            self.rules.clear()
            held, self._held = self._held, []
            for packet in held:
                self._deliver(OTHER[packet.side], packet)
            self._pump()

    def reject(
        self,
        side: str,
        kind: int,
        code: int,
        *,
        after: float = 0.0,
        matches: Callable[[Observed], bool] = lambda _: True,
    ) -> None:
        """The router answers what ``side`` sends with an ICMP error, ``after`` seconds."""

        def answer(packet: RecordedPacket) -> bool:
            self._later(side, self._foreign(icmp_error(ROUTER, routed(packet.frame), kind, code)), after)
            return True

        self.rules.append(PathRule(side, matches, answer, None))

    def reset(self, side: str, matches: Callable[[Observed], bool] = lambda _: True) -> None:
        """The router answers what ``side`` sends with a RST in the other end's name, as a firewall does."""

        def answer(packet: RecordedPacket) -> bool:
            self._later(side, self._foreign(reply_reset(packet.seen)), 0)
            return True

        self.rules.append(PathRule(side, lambda seen: "R" not in seen.flags and matches(seen), answer, None))

    def inject(self, side: str, packet: bytes) -> None:
        """Put a packet that nobody sent in front of ``side``."""
        with self._lock:
            self._deliver(side, self._foreign(packet))
            self._pump()

    def _foreign(self, packet: bytes) -> RecordedPacket:
        seen = look(packet)
        if seen is None:
            raise ValueError(packet)
        return RecordedPacket(packet, seen, "", forged=True)

    # the router

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """Everything sent is on its way; until the end of the block the router rests."""
        with self._lock:
            self._pump()
            yield
            self._pump()

    def _route(self) -> None:
        while True:
            timeout = max(0.0, self._due[0].time - time.monotonic()) if self._due else None
            ready, _, _ = select.select([self._bell, *self._tuns.values()], [], [], timeout)
            if self._bell in ready and b"." in os.read(self._bell, 64):
                return
            with self._lock:
                self._pump()

    def _pump(self) -> None:
        """Take what the ends have sent, deliver what is due, until neither is left."""
        moved = True
        while moved:
            moved = False
            for side in SIDES:
                while (packet := self._take(side)) is not None:
                    moved = True
                    self._forward(packet)
            while self._due and self._due[0].time <= time.monotonic():
                due = heapq.heappop(self._due)
                self._deliver(due.side, due.packet)
                moved = True

    def _take(self, side: str) -> RecordedPacket | None:
        while True:
            try:
                data = os.read(self._tuns[side], MTU)
            except BlockingIOError:
                return None
            if seen := look(data):
                packet = RecordedPacket(data, seen, side)
                moment = time.time_ns()
                if side == self.recording.vantage:
                    self.recording.capture(packet, data, moment)
                self.recording.passages.append(Passage(moment, side, packet, arrival=False))
                return packet

    def _forward(self, packet: RecordedPacket) -> None:
        for rule in self.rules:
            if rule.side == packet.side and rule.count != 0 and rule.matches(packet.seen):
                rule.count = None if rule.count is None else rule.count - 1
                if rule.verdict(packet):
                    return
        chance, path = self._random.random, self.impairment
        if chance() < path.loss:
            return
        late = 3 * path.delay + 0.004 if chance() < path.reorder else 0.0
        self._later(OTHER[packet.side], packet, path.delay + late)
        if chance() < path.duplicate:
            self._later(OTHER[packet.side], packet, path.delay + 0.001)

    def _later(self, side: str, packet: RecordedPacket, delay: float) -> None:
        self._order += 1
        heapq.heappush(self._due, Due(time.monotonic() + delay, self._order, side, packet))
        if threading.current_thread() is not self._router:
            os.write(self._rope, b"!")  # it may have to get up earlier than it thought

    def _deliver(self, side: str, packet: RecordedPacket) -> None:
        frame = packet.frame if packet.forged else routed(packet.frame)
        if (
            packet.arrived and side == self.recording.vantage
        ):  # a duplicate made by the path is one more packet in the capture
            packet = RecordedPacket(packet.frame, packet.seen, packet.side, forged=packet.forged)
        moment = time.time_ns()
        packet.arrived = True
        if side == self.recording.vantage:
            self.recording.capture(packet, frame, moment)
        self.recording.passages.append(Passage(moment, side, packet, arrival=True))
        os.write(self._tuns[side], frame)

    def close(self) -> None:
        """Stop the router; the devices and namespaces go with their descriptors."""
        os.write(self._rope, b".")
        self._router.join()
        for descriptor in (self._bell, self._rope, *self._tuns.values()):
            os.close(descriptor)
        for namespace in self._namespaces.values():
            namespace.close()


def reply_reset(offending: Observed) -> bytes:
    """The RST of a kernel that has no socket for ``offending`` (RFC 9293 section 3.10.7.1): no options, no window."""
    if "A" in offending.flags:
        return segment(offending.receiver, offending.sender, "R", seq=offending.ack)
    return segment(offending.receiver, offending.sender, "RA", seq=0, ack=offending.end)
