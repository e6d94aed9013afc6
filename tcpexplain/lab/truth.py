"""What one scenario really did, as a truth file: calls, states, RSTs, errors of every connection, by packet number."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

from tcpexplain.kernel.reasons import ACTIVE, NOBODY, REPLY
from tcpexplain.lab.history import History
from tcpexplain.lab.recording import SIDES

if TYPE_CHECKING:
    from tcpexplain.lab.recording import Passage, RecordedCall, RecordedPacket, Recording, Snapshot
    from tcpexplain.lab.stage import StagedConnection
    from tcpexplain.lab.trace import Traced

OWN_ERRORS = (
    "EAGAIN",
    "EINPROGRESS",
    "EALREADY",
    "EISCONN",
    "ENOTCONN",
    "EPIPE",
)  # errors of a call, not put on the socket
NEVER = 1 << 63
SENT_WITHIN = 20_000_000  # nanoseconds between the trace of a RST and its capture beside its sender


class Truth:
    """One connection's packets, passages and trace, and the truth file's rows made of them."""

    def __init__(
        self,
        connection: StagedConnection,
        recording: Recording,
        traced: list[Traced],
        following: StagedConnection | None,
    ) -> None:
        self.connection, self.vantage, self.traced = connection, recording.vantage, traced
        self.ends = {side: connection.end(side).local for side in SIDES}
        self.until = (
            following.opened if following else NEVER
        )  # nanoseconds: when the next connection of the same 4-tuple begins
        # a server may hold the old connection until the new SYN's handshake has made it let go
        self.server = born(connection, traced), born(following, traced) if following else NEVER
        self.passages = sorted((p for p in recording.passages if self._ours(p.packet, p.time)), key=lambda p: p.time)
        self.packets = [p for p in recording.packets if self._ours(p, p.time)]
        self.numbers = [p.number for p in self.packets]

    def _ours(self, packet: RecordedPacket, time: int) -> bool:
        return {packet.seen.sender, packet.seen.receiver} == set(
            self.ends.values()
        ) and self.connection.opened <= time < self.until

    def document(self) -> dict[str, Any]:
        """The connection in the form of a truth file."""
        return {
            **{side: {"address": end.host, "port": end.port} for side, end in self.ends.items() if end},
            "packets": self.numbers,
            "undelivered": [
                packet.number for packet in self.packets if packet.side == self.vantage and not packet.arrived
            ],
            "syscalls": [self._call(call) for call in sorted(self.connection.calls, key=lambda call: call.time)],
            "states": sorted((row for side in SIDES for row in self._states(side)), key=lambda row: row["time"]),
            "resets": self._resets(),
            "resets_accepted": [self._at(row) for row in self._rows("tcp_receive_reset")],
            "errors": self._errors(),
            "snapshots": [self._snapshot(row) for row in self.connection.snapshots],
        }

    def _captured(self, number: int) -> int:
        """How many of this connection's packets are among the first ``number`` of the capture."""
        return sum(1 for own in self.numbers if own is not None and own <= number)

    def _by(self, time: int) -> int:
        return sum(1 for packet in self.packets if packet.time <= time + 999)

    def _call(self, call: RecordedCall) -> dict[str, Any]:
        row = {
            "time": seconds(call.time),
            "after_packet": self._captured(call.before),
            "after_packet_end": self._captured(call.after),
            "end": seconds(call.end),
            "side": call.side,
            "call": call.call,
            "bytes": call.size,
            "returned": call.returned,
            "errno": call.errno,
            "signal": call.signal,
            "revents": call.revents,
        }
        return {**row, "note": call.note} if call.note else row

    def _snapshot(self, row: Snapshot) -> dict[str, Any]:
        return {
            "time": seconds(row.time),
            "after_packet": self._captured(row.before),
            "side": row.side,
            "state": row.state,
            "unread": row.unread,
            "unsent": row.unsent,
        }

    def _side(self, row: Traced) -> str:
        return next(side for side, end in self.ends.items() if end == row.local)

    def _rows(self, kind: str) -> list[Traced]:
        ends = set(self.ends.values())
        return [row for row in self.traced if row.kind == kind and {row.local, row.remote} == ends and self._lives(row)]

    def _lives(self, row: Traced) -> bool:
        first, last = self.server if row.local == self.ends["server"] else (self.connection.opened, self.until)
        return first <= row.time + 999 < last

    def _by_listeners(self) -> list[Traced]:
        """RSTs a listening socket sent: the trace names its own address only."""
        return [
            row
            for row in self.traced
            if row.kind == "tcp_send_reset" and row.local == self.ends["server"] and not row.remote.port
        ]

    def _at(self, row: Traced) -> dict[str, Any]:
        return {"time": seconds(row.time), "after_packet": self._by(row.time), "side": self._side(row)}

    def _errors(self) -> list[dict[str, Any]]:
        """The errors put on the sockets; without a trace, those that a call has shown."""
        if self.traced:
            return [{**self._at(row), "error": row.error or "0"} for row in self._rows("inet_sk_error_report")]
        shown = (
            call
            for call in self.connection.calls
            if call.errno and (call.call == "so_error" or call.errno not in OWN_ERRORS)
        )
        return [
            {
                "time": seconds(call.time - 1000),
                "after_packet": self._captured(call.before),
                "side": call.side,
                "error": call.errno,
                "source": "inferred",
            }
            for call in shown
        ]

    def _states(self, side: str) -> list[dict[str, Any]]:
        ours = [
            row
            for kind in ("inet_sock_set_state", "tcp_send_reset", "tcp_receive_reset", "inet_sk_error_report")
            for row in self._rows(kind)
        ]
        history = History(
            side,
            [p for p in self.passages if p.side == side],
            [row for row in ours if row.local == self.ends[side]],
            [call for call in self.connection.calls if call.side == side],
            [row for row in self.connection.snapshots if row.side == side],
            passive=side == "server"
            and not any(call.call == "connect" for call in self.connection.calls if call.side == side),
        )
        return [self._state(row) for row in history.build()] if self.traced else []

    def _state(self, row: dict[str, Any]) -> dict[str, Any]:
        shown = {key: value.number if value else None for key, value in row.items() if key in ("packet", "trigger")}
        return {**row, **shown, "time": seconds(row["time"]), "after_packet": self._by(row["time"])}

    def _resets(self) -> list[dict[str, Any]]:
        """Every RST a kernel sent, and every captured one that no end's kernel sent."""
        rows, told = [], set()
        for sent in [*self._rows("tcp_send_reset"), *self._by_listeners()]:
            side = self._side(sent)
            near = (
                p
                for p in self.passages
                if self._is_reset(p, side) and 0 <= p.time - sent.time + NEAR_BEFORE < SENT_WITHIN
            )
            passage = next((p for p in near if p.packet not in told), None)
            if passage:
                told.add(passage.packet)
            elif not sent.remote.port:
                continue  # a listener's RST that was for another connection
            rows.append(self._reset(sent.time, passage, side, sent.reason, sent.state or None))
        rows += [self._foreign(packet) for packet in self.packets if packet not in told and self._is_foreign(packet)]
        return sorted(rows, key=lambda row: row["time"])

    def _is_foreign(self, packet: RecordedPacket) -> bool:
        """Whether a packet is a RST that no kernel sent."""
        return bool("R" in packet.seen.flags and not packet.seen.icmp and self.traced and packet.forged)

    def _foreign(self, packet: RecordedPacket) -> dict[str, Any]:
        side = next(side for side, end in self.ends.items() if end == packet.seen.sender)
        return {
            "time": seconds(packet.time),
            "packet": packet.number,
            "side": side,
            "reason": "FOREIGN",
            "state": None,
            "answer_to_segment": None,
            "class": "foreign",
        }

    def _is_reset(self, passage: Passage, side: str) -> bool:
        return (
            not passage.arrival
            and passage.side == side
            and "R" in passage.packet.seen.flags
            and not passage.packet.seen.icmp
        )

    def _reset(self, time: int, passage: Passage | None, side: str, reason: str, state: str | None) -> dict[str, Any]:
        active = reason in ACTIVE if passage is None else not passage.packet.seen.bare
        return {
            "time": seconds(time),
            "packet": passage.packet.number if passage else None,
            "side": side,
            "reason": reason,
            "state": state,
            "answer_to_segment": not active,
            "class": self._class(reason, side, time, passage),
        }

    def _class(self, reason: str, side: str, time: int, passage: Passage | None) -> str:
        if reason in ACTIVE or reason in REPLY:
            return {**ACTIVE, **REPLY}[reason]
        if reason not in NOBODY:
            return "other"
        if passage and "A" in passage.packet.seen.flags:
            return "closed-port"
        earlier = (
            p.packet
            for p in self.passages
            if p.side == side
            and not p.arrival
            and p.packet.number
            and p.time < time
            and (passage is None or p.packet is not passage.packet)
        )
        return (
            "segment-after-close"
            if any("F" in packet.seen.flags or "R" in packet.seen.flags for packet in earlier)
            else "no-such-connection"
        )


def born(connection: StagedConnection, traced: list[Traced]) -> int:
    """When the server's socket of ``connection`` was made, nanoseconds; when the connection began, if it never was."""
    made = (
        row.time
        for row in traced
        if row.previous == "LISTEN"
        and row.time >= connection.opened
        and (row.local, row.remote) == (connection.server.local, connection.client.local)
    )
    return next(made, connection.opened)


NEAR_BEFORE = 1_000_000  # nanoseconds: the trace of a RST may come after its capture


def seconds(nanoseconds: int) -> float:
    """The truth files' unit of time."""
    return nanoseconds / 1e9


def kernel() -> str:
    """Name and release of the running kernel."""
    return f"{platform.system()} {platform.release()}"


def document(
    name: str, description: str, connections: list[StagedConnection], recording: Recording, traced: list[Traced]
) -> dict[str, Any]:
    """The truth file of one scenario."""
    rows = []
    for number, connection in enumerate(connections):
        ends = connection.client.local, connection.server.local
        following = next(
            (later for later in connections[number + 1 :] if (later.client.local, later.server.local) == ends), None
        )
        rows.append(Truth(connection, recording, traced, following).document())
    return {
        "name": name,
        "description": description,
        "kernel": kernel(),
        "capture": {"packets": len(recording.packets), "vantage": recording.vantage},
        "connections": rows,
    }
