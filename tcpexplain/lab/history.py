"""The states one end went through, each with the packet that shows it: the kernel's trace read beside the packets.

The trace has no word for three things, so they are inferred from what arrived (and checked against the socket
table): the passive end's SYN-RECEIVED, which is no socket yet; TIME-WAIT; and the FIN-WAIT-2 of a closed socket.
For the last two the kernel replaces the socket by a small timewait entry and traces "CLOSE".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tcpexplain.lab.seen import before

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpexplain.lab.recording import Passage, RecordedCall, RecordedPacket, Snapshot
    from tcpexplain.lab.seen import Observed
    from tcpexplain.lab.trace import Traced

NEAR = 1_000_000  # nanoseconds: a RST and the trace of its sending or acceptance
PROCESSING = 5_000_000  # nanoseconds: an arrival and what it causes
GOING = {"close", "close_linger0", "kill", "exit"}
WAITING = ("FIN_WAIT_2", "TIME_WAIT")


@dataclass(slots=True)
class Received:
    """What one end has received in order: ``following`` is the next sequence number it waits for."""

    following: int | None = None
    fin: int | None = None  # the number after the peer's FIN
    early: list[tuple[int, int]] = field(default_factory=list)

    def take(self, seen: Observed) -> bool:
        """Take an arrival; True if it brought something new in order."""
        if seen.icmp or "R" in seen.flags:
            return False
        if self.following is None or "S" in seen.flags:
            if "S" in seen.flags:
                self.following = seen.end
            return "S" in seen.flags
        if "F" in seen.flags:
            self.fin = seen.end
        self.early.append((seen.seq, seen.end))
        old = self.following
        for start, end in sorted(
            self.early, key=lambda piece: (piece[0] - old) & 0xFFFFFFFF if not before(piece[0], old) else -1
        ):
            if not before(self.following, start) and before(self.following, end):
                self.following = end
        self.early = [piece for piece in self.early if before(self.following, piece[1])]
        return old != self.following

    @property
    def finished(self) -> bool:
        """The peer's FIN was received with everything before it."""
        return self.fin is not None and self.following == self.fin


@dataclass(slots=True)
class History:
    """Builds the rows of one ``side`` of one connection; feed it in the order of time."""

    side: str
    passages: list[Passage]
    traced: list[Traced]
    calls: list[RecordedCall]
    snapshots: list[Snapshot]
    passive: bool
    state: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list)
    received: Received = field(default_factory=Received)
    entry: bool = False  # the kernel keeps a timewait entry, no socket
    syn: RecordedPacket | None = None

    def build(self) -> list[dict[str, Any]]:
        """The rows, times in nanoseconds, packets as ``RecordedPacket`` objects."""
        self.state = "LISTEN" if self.passive else "CLOSED"
        changes = (row for row in self.traced if row.kind == "inet_sock_set_state")
        moments: list[tuple[int, int, Callable[[], None]]] = [
            (row.time, 1, partial(self._traces, row, row.time)) for row in changes
        ]
        moments += [(passage.time, 0, partial(self._passes, passage, passage.time)) for passage in self.passages]
        moments += [(snapshot.time, 2, partial(self._looks, snapshot, snapshot.time)) for snapshot in self.snapshots]
        for _, _, happens in sorted(moments, key=lambda moment: moment[:2]):
            happens()
        return self.rows

    # the three sources

    def _passes(self, passage: Passage, time: int) -> None:
        packet = passage.packet
        if not passage.arrival:
            if self.state == "CLOSED" and packet.seen.flags == "S" and not self.passive and not self.rows:
                # a socket that is not bound has no port yet when the kernel traces its SYN-SENT
                self._row("SYN_SENT", time, "call", packet, source="inferred")
            elif self.state == "LISTEN" and packet.seen.flags == "SA" and self.syn:
                self._row("SYN_RCVD", self._arrived(self.syn), "received", self.syn, source="inferred")
            return
        if packet.seen.icmp is None and packet.seen.flags == "S" and self.state == "LISTEN":
            self.syn = packet
        exact = packet.seen.seq == self.received.following
        new = self.received.take(packet.seen)
        if "R" in packet.seen.flags and packet.seen.icmp is None:
            if exact and self.state == "SYN_RCVD" and self.passive:
                self._row("LISTEN", time, "received", packet, source="inferred")
            elif exact and (self.entry or self.state == "TIME_WAIT"):
                self._row("CLOSED", time, "received", packet, source="inferred")
        elif self.entry and self.state == "FIN_WAIT_2" and new:
            if self.received.finished and packet.seen.length == 0:
                self._row("TIME_WAIT", time, "received", packet, source="inferred")
            else:
                self._row("CLOSED", time, "received", self._reset_after(time), source="inferred", trigger=packet)

    def _traces(self, change: Traced, time: int) -> None:
        if change.state == "SYN_RCVD" and change.previous == "LISTEN":
            return  # the child is made when the handshake is over; the request was there since the SYN
        if change.state == "CLOSED":
            self._closes(time)
        elif change.state in ("SYN_SENT", "FIN_WAIT_1", "LAST_ACK"):
            wanted = "S" if change.state == "SYN_SENT" else "F"
            self._row(change.state, time, "call", self._departure(time, lambda seen: wanted in seen.flags))
        else:
            self._row(change.state, time, "received", self._arrival(time))

    def _looks(self, snapshot: Snapshot, time: int) -> None:
        """FIN-WAIT-2 of a closed socket and a half-open SYN-RECEIVED end by timers that nothing traces."""
        gone = snapshot.state == "CLOSED"
        if gone and ((self.entry and self.state == "FIN_WAIT_2") or (self.passive and self.state == "SYN_RCVD")):
            self._row("CLOSED", time, "timer", None, source="snapshot")

    # what "CLOSE" in the trace means

    def _closes(self, time: int) -> None:
        arrival, call = self._arrival(time, within=PROCESSING), self._call(time)
        sent = self._traced("tcp_send_reset", time, NEAR)
        if sent and sent.reason == "TCP_ABORT_ON_DATA":
            self._row("CLOSED", time, "received", self._reset_after(sent.time), trigger=arrival)
        elif self._traced("tcp_receive_reset", time, NEAR, after=False):
            self._row("CLOSED", time, "received", self._arrival(time, lambda seen: "R" in seen.flags))
        elif call and call.call == "vanish":
            self._row("CLOSED", time, "local", None)
        elif sent and sent.reason == "TCP_KEEPALIVE_TIMEOUT":
            self._row("CLOSED", time, "timer", self._reset_after(sent.time))
        elif sent and sent.reason in ("TCP_ABORT_ON_CLOSE", "TCP_STATE", "TCP_ABORT_ON_LINGER", "TCP_ABORT_ON_MEMORY"):
            self._row("CLOSED", time, "call", self._reset_after(sent.time))
        elif self.state == "SYN_SENT":
            self._gives_up_opening(time, arrival, call)
        elif self.state in ("FIN_WAIT_1", "FIN_WAIT_2") and self.received.finished:
            self._row("TIME_WAIT", time, "received", arrival or self._arrival(time), source="inferred")
        elif self.state == "FIN_WAIT_2" and (self._gone(time) or call):
            self.entry = True
        elif self.state == "CLOSING" and arrival:
            self._row("TIME_WAIT", time, "received", arrival, source="inferred")
        elif self.state == "LAST_ACK" and arrival:
            self._row("CLOSED", time, "received", arrival)
        elif self.state in WAITING:
            self.entry = True
        elif self.state != "CLOSED":
            self._row("CLOSED", time, "call" if call and call.call in GOING else "timer", None)

    def _gives_up_opening(self, time: int, arrival: RecordedPacket | None, call: RecordedCall | None) -> None:
        if call and call.call in GOING:
            self._row("CLOSED", time, "call", None)
        elif arrival and arrival.seen.icmp:
            self._row("CLOSED", time, "icmp", arrival)
        elif arrival and "R" in arrival.seen.flags:
            self._row("CLOSED", time, "received", arrival)
        elif (last := self._arrival(time)) and last.seen.icmp and self._error(time) not in ("ETIMEDOUT", ""):
            self._row("CLOSED", time, "icmp", last)
        else:
            self._row("CLOSED", time, "timer", None)

    # looking around

    def _row(
        self,
        state: str,
        time: int,
        cause: str,
        packet: RecordedPacket | None,
        *,
        source: str = "trace",
        trigger: RecordedPacket | None = None,
    ) -> None:
        row = {
            "time": time,
            "side": self.side,
            "from": self.state,
            "to": state,
            "source": source,
            "cause": cause,
            "packet": packet,
        }
        if trigger is not None:
            row["trigger"] = trigger
        self.rows.append(row)
        self.state = state
        if state in ("CLOSED", "LISTEN"):
            self.entry = False
        elif state == "TIME_WAIT":
            self.entry = True

    def _arrived(self, packet: RecordedPacket) -> int:
        return next(p.time for p in self.passages if p.packet is packet and p.arrival)

    def _arrival(self, time: int, matches: Any = lambda _: True, *, within: int | None = None) -> RecordedPacket | None:
        """The latest matching packet that arrived by ``time`` (no longer ago than ``within``)."""
        found = None
        for passage in self.passages:
            if passage.time > time + 999:  # the trace rounds down to microseconds
                break
            if passage.arrival and matches(passage.packet.seen) and (within is None or time - passage.time < within):
                found = passage.packet
        return found

    def _departure(self, time: int, matches: Any) -> RecordedPacket | None:
        """The first matching packet that left after ``time`` and is in the capture."""
        return next(
            (
                p.packet
                for p in self.passages
                if p.time >= time - NEAR and not p.arrival and p.packet.number and matches(p.packet.seen)
            ),
            None,
        )

    def _reset_after(self, time: int) -> RecordedPacket | None:
        for passage in self.passages:
            if not passage.arrival and passage.time >= time - NEAR and "R" in passage.packet.seen.flags:
                return passage.packet if passage.packet.number else None
        return None

    def _call(self, time: int) -> RecordedCall | None:
        return next((call for call in self.calls if call.time <= time + 999 and time <= call.end), None)

    def _gone(self, time: int) -> bool:
        return any(call.call in GOING and call.time <= time + 999 for call in self.calls)

    def _traced(self, kind: str, time: int, near: int, *, after: bool = True) -> Traced | None:
        latest = time + near if after else time
        return next((row for row in self.traced if row.kind == kind and time - near <= row.time <= latest), None)

    def _error(self, time: int) -> str:
        row = self._traced("inet_sk_error_report", time, NEAR)
        return row.error if row else ""
