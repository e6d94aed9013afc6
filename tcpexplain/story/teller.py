"""Segments and events, told one after the other: which state stands beside a segment, and which notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.model.calls import Packet
from tcpexplain.story.notes import Note, aborting, changes, closing
from tcpexplain.story.row import Cell, Row, label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tcpexplain.model.calls import End, Event, Side
    from tcpexplain.model.connection import Connection

Key = tuple[int, int]
SIDES: tuple[Side, Side] = ("client", "server")
CONNECTED = ("ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT")
PAUSE = 1.0
"""Seconds after which data of the same end belongs to another write()."""


def segments_of(connection: Connection) -> list[Packet]:
    """The ladder, and whatever an event names that the ladder does not hold, in order."""
    held = {(segment.file, segment.packet) for segment in connection.segments_seen}
    missing: dict[Key, Packet] = {}
    for event in connection.events:
        key = (event.file, event.packet)
        if key not in held and event.basis != "timer":
            missing.setdefault(
                key,
                Packet(
                    event.packet,
                    event.time,
                    event.sender,
                    event.flags,
                    event.seq,
                    event.ack,
                    event.length,
                    -1,
                    file=event.file,
                ),
            )
    return sorted(
        [*connection.segments_seen, *missing.values()], key=lambda segment: (segment.time, segment.file, segment.packet)
    )


def rows_of(connection: Connection, segments: list[Packet]) -> Iterator[Row]:
    """One row for each segment and each timer, with states and notes."""
    at: dict[Key, list[Event]] = {}
    for event in connection.events:
        if event.basis != "timer":
            at.setdefault((event.file, event.packet), []).append(event)
    teller = _Teller(connection)
    timers = [event for event in connection.events if event.basis == "timer"]
    alone = _single_writes(segments)
    for segment in segments:
        while timers and timers[0].time < segment.time:
            yield teller.timer(timers.pop(0))
        yield teller.segment(segment, at.get((segment.file, segment.packet), []), written=segment.packet in alone)
    for event in timers:
        yield teller.timer(event)


def _single_writes(segments: list[Packet]) -> set[int]:
    """Packets whose data is a burst of one: there one write() made one segment, as far as one can see."""
    alone: set[int] = set()
    burst: list[Packet] = []
    for segment in [s for s in segments if s.length and not s.retransmission and not s.icmp and not s.probe]:
        if burst and (
            segment.sender != burst[0].sender or "P" in burst[-1].flags or segment.time - burst[-1].time > PAUSE
        ):
            alone |= {burst[0].packet} if len(burst) == 1 else set()
            burst = []
        burst.append(segment)
    return alone | ({burst[0].packet} if len(burst) == 1 else set())


class _Teller:
    """What has been told so far: each end's last End, the state shown, whether it is still a user of its socket."""

    def __init__(self, connection: Connection) -> None:
        self.resets = {reset.packet: reset for reset in connection.resets}
        self.duration = connection.duration
        self.evidence = set(connection.finding.evidence)
        self.end: dict[Side, End | None] = {"client": None, "server": None}
        first = connection.events[0] if connection.events else None
        self.shown: dict[Side, str] = {side: first.end(side).previous if first else "" for side in SIDES}
        self.gone: dict[Side, bool] = {"client": False, "server": False}
        self.closed: dict[Side, bool] = {"client": False, "server": False}
        self.connected: dict[Side, bool] = {"client": False, "server": False}
        self.refused = {packet for reset in connection.resets if reset.shape == "reply" for packet in reset.evidence}
        self.window: dict[Side, int] = {"client": -1, "server": -1}

    def segment(self, segment: Packet, events: list[Event], *, written: bool) -> Row:
        """The row of one packet."""
        notes: dict[Side, list[Note]] = {"client": [], "server": []}
        if segment.length and written and segment.fate != "ignored":
            self._transfer(segment, notes)
        for event in events:
            for side in SIDES:
                notes[side] += [note for note in self._notes(side, event, segment) if note not in notes[side]]
        if segment.fate == "ignored":
            notes["server" if segment.sender == "client" else "client"].append(Note("ignored"))
        cells = {side: self._cell(side, events, notes[side]) for side in SIDES}
        text = self._label(segment)
        return Row(
            kind="icmp" if segment.icmp else "segment",
            time=segment.time,
            until=segment.time,
            label=text,
            packet=segment.packet,
            last=segment.packet,
            sender=segment.sender,
            flags=segment.flags,
            fate=segment.fate,
            client=cells["client"],
            server=cells["server"],
            bytes=segment.length,
            evidence=segment.packet in self.evidence,
            segment=segment,
        )

    def timer(self, event: Event) -> Row:
        """The row of a timer."""
        notes = {side: list(self._notes(side, event, None)) for side in SIDES}
        cells = {side: self._cell(side, [event], notes[side]) for side in SIDES}
        states = {event.end(side).previous for side in SIDES if event.end(side).previous != event.end(side).state}
        late = "would give up" if event.time > self.duration else "gives up"
        text = "2 MSL later" if "TIME-WAIT" in states else "FIN-WAIT-2 expires" if "FIN-WAIT-2" in states else late
        return Row("timer", event.time, event.time, text, client=cells["client"], server=cells["server"])

    def _cell(self, side: Side, events: list[Event], notes: list[Note]) -> Cell:
        """The state if it is news, and the notes."""
        state = events[-1].end(side).state if events else self.shown[side]
        news = state if state != self.shown[side] else ""
        self.shown[side] = state
        return Cell(news, tuple(notes))

    def _notes(self, side: Side, event: Event, segment: Packet | None) -> Iterable[Note]:
        """What one event means for the calls of one side."""
        before, after = self.end[side], event.end(side)
        self.end[side] = after
        self.connected[side] |= after.state in CONNECTED
        if segment and after.closed_by and not self.closed[side]:
            self.closed[side] = True
            self.gone[side] = after.closed_by[0] != "shutdown-write"
            return (closing(after.closed_by),)
        reset = self.resets.get(event.packet) if segment and "R" in segment.flags else None
        if reset and reset.by == side and reset.origin != "middlebox":
            return self._aborted(side, after)
        if self.gone[side]:
            return ()
        return changes(before, after, connected=self.connected[side])

    def _aborted(self, side: Side, after: End) -> Iterable[Note]:
        """The end that sent the RST: what it did, and that its socket is gone."""
        if self.gone[side] or after.previous == after.state:
            return ()
        self.gone[side] = True
        return aborting(next(reset for reset in self.resets.values() if reset.by == side))

    def _transfer(self, segment: Packet, notes: dict[Side, list[Note]]) -> None:
        """One write() at the sender, one read() at the receiver where somebody is left to read."""
        receiver: Side = "server" if segment.sender == "client" else "client"
        taken = segment.fate == "arrived" and segment.packet not in self.refused
        delivered = taken and not self.gone[receiver] and not segment.retransmission
        if delivered:
            notes[receiver].append(Note(f"read() → {segment.length:,}", "ok"))
        if not segment.retransmission:
            late = "" if delivered else "  (queued)"
            notes[segment.sender].append(Note(f"write() → {segment.length:,}{late}", "ok"))

    def _label(self, segment: Packet) -> str:
        """The label, with a window that closes or opens."""
        side = segment.sender
        other: Side = "server" if side == "client" else "client"
        text = label(segment, was_closed=self.window[other] == 0)
        if segment.icmp or segment.window < 0 or segment.flags.strip("PAUEC"):
            return text
        before, self.window[side] = self.window[side], segment.window
        change = (
            "window 0"
            if segment.window == 0 and before != 0
            else "window open"
            if segment.window and before == 0
            else ""
        )
        return ", ".join(part for part in ("" if text == "ACK" and change else text, change) if part)
