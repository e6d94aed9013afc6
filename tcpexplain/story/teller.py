"""Segments and events, told one after the other: which state stands beside a segment, and which notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.model.calls import Packet
from tcpexplain.story.files import are_apart, evidence_of
from tcpexplain.story.foretold import answers, nobody
from tcpexplain.story.notes import Note, aborting, alternatives, closing, said, wrote
from tcpexplain.story.row import Cell, Row, label
from tcpexplain.story.ways import points_of, short_names, strayed
from tcpexplain.units import counted
from tcpexplain.wire.segment import FILE_SHIFT, file_of, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tcpexplain.model.calls import End, Event, Reset, Side
    from tcpexplain.model.connection import Connection
    from tcpexplain.model.points import Journey
    from tcpexplain.model.said import Heard

Key = tuple[int, int]
SIDES: tuple[Side, Side] = ("client", "server")
FLOWING = {"data", "blocks", "ok"}
"""What reads and writes return while data flows."""
PAUSE = 1.0
"""Seconds after which data of the same end belongs to another write()."""


NAMED = 3
"""Messages that are named beside one packet."""


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
    bursts = _bursts(segments)
    for segment in segments:
        while timers and timers[0].time < segment.time:
            yield teller.timer(timers.pop(0))
        yield teller.segment(
            segment, at.get((segment.file, segment.packet), []), written=bursts.get((segment.file, segment.packet), ())
        )
    for event in timers:
        yield teller.timer(event)


def messages_by_packet(connection: Connection) -> dict[Key, list[Heard]]:
    """The messages that begin in each packet: all of them if they were read, else each end's last."""
    told = connection.said.messages or tuple(last for last in connection.said.last if last)
    found: dict[Key, list[Heard]] = {}
    for message in told:
        found.setdefault((file_of(message.packet), number_of(message.packet)), []).append(message)
    return found


def _bursts(segments: list[Packet]) -> dict[Key, tuple[Packet, ...]]:
    """The last packet of each burst of data, and its segments: what was written at one time, as far as one can see."""
    bursts: dict[Key, tuple[Packet, ...]] = {}
    burst: list[Packet] = []
    for segment in [s for s in segments if s.length and not s.retransmission and not s.icmp and not s.probe]:
        if burst and (
            segment.sender != burst[0].sender or "P" in burst[-1].flags or segment.time - burst[-1].time > PAUSE
        ):
            bursts[burst[-1].file, burst[-1].packet] = tuple(burst)
            burst = []
        burst.append(segment)
    if burst:
        bursts[burst[-1].file, burst[-1].packet] = tuple(burst)
    return bursts


class _Teller:
    """What has been told so far: each end's last End, the state shown, whether it is still a user of its socket."""

    def __init__(self, connection: Connection) -> None:
        self.resets = {(reset.file, reset.packet): reset for reset in connection.resets}
        self.duration = connection.duration
        self.evidence = set(evidence_of(connection.finding))
        self.apart = are_apart(connection)
        self.end: dict[Side, End | None] = {"client": None, "server": None}
        first = connection.events[0] if connection.events else None
        self.shown: dict[Side, str] = {side: first.end(side).previous if first else "" for side in SIDES}
        self.gone: dict[Side, bool] = {"client": False, "server": False}
        self.closed: dict[Side, bool] = {"client": False, "server": False}
        self.absent: dict[Side, bool] = {"client": True, "server": True}
        """Whether nobody at an end has had a socket so far."""
        self.whole = connection.opening == "handshake"
        self.finished: dict[Side, int] = {"client": -1, "server": -1}
        """The number behind each end's FIN."""
        self.refused = {key for reset in connection.resets if reset.shape == "reply" for key in evidence_of(reset)}
        self.full: dict[Side, bool] = {"client": False, "server": False}
        """Whether an end's window has been closed."""
        self.window: dict[Side, int] = {"client": -1, "server": -1}
        self.messages = messages_by_packet(connection)
        self.points = short_names(points_of(connection))
        self.passages: Mapping[int, Journey] = connection.united.passages if connection.united else {}

    def segment(self, segment: Packet, events: list[Event], *, written: tuple[Packet, ...]) -> Row:
        """The row of one packet; ``written``: the data of the burst that it is the last of."""
        did: dict[Side, list[Note]] = {"client": [], "server": []}
        if written and segment.fate != "ignored":
            did[segment.sender].append(self._wrote(written))
        begun = self.messages.get((segment.file, segment.packet), ())
        did[segment.sender] += [said(message) for message in begun[:NAMED]]
        if "F" in segment.flags:
            self.finished[segment.sender] = segment.seq + segment.length + 1
        plain = {side: self._flows(side, events) for side in SIDES}
        for event in events:
            for side in SIDES:
                did[side] += [note for note in self._did(side, event, segment) if note not in did[side]]
        if segment.fate == "ignored":
            did["server" if segment.sender == "client" else "client"].append(Note("ignored"))
        way = self.passages.get(segment.file << FILE_SHIFT | segment.packet)
        astray = strayed(way, self.points)
        text = self._label(segment) + astray
        plain[segment.sender] &= not self._first_closed(segment, text)
        cells = {side: self._cell(side, events, did[side], plain=plain[side]) for side in SIDES}
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
            messages=len(begun),
            evidence=(segment.file, segment.packet) in self.evidence,
            segment=segment,
            file=segment.file,
            last_file=segment.file,
            way=way,
            astray=astray,
            apart=self.apart,
        )

    def timer(self, event: Event) -> Row:
        """The row of a timer."""
        for side in SIDES:
            self.end[side] = event.end(side)
        cells = {side: self._cell(side, [event], [], plain=False) for side in SIDES}
        states = {event.end(side).previous for side in SIDES if event.end(side).previous != event.end(side).state}
        late = "retries would run out, after the capture" if event.time > self.duration else "retries run out"
        text = "2 MSL later" if "TIME-WAIT" in states else "FIN-WAIT-2 expires" if "FIN-WAIT-2" in states else late
        return Row("timer", event.time, event.time, text, client=cells["client"], server=cells["server"])

    def _cell(self, side: Side, events: list[Event], did: list[Note], *, plain: bool) -> Cell:
        """The state if it is news, what was done, and the end from here on."""
        state = events[-1].end(side).state if events else self.shown[side]
        moved = state != self.shown[side] or any(event.end(side).previous != event.end(side).state for event in events)
        self.shown[side] = state
        quiet = plain and all(note.tone == "ok" for note in did)
        end = self.end[side] if events else None
        self.absent[side] &= end is None or nobody(end)
        gone = self.gone[side] or self.absent[side]
        return Cell(state if moved else "", tuple(did), end=end, gone=gone, plain=quiet)

    def _flows(self, side: Side, events: list[Event]) -> bool:
        """Whether these events only change whether there is data to read, or room to write."""
        before = self.end[side]
        if not events or before is None:
            return not events
        old, new = answers(before), answers(events[-1].end(side))
        changed = [call for name, call in new.items() if old.get(name) != call]
        return all(set(alternatives(call.now)) <= FLOWING for call in changed)

    def _did(self, side: Side, event: Event, segment: Packet) -> Iterable[Note]:
        """What one event shows that the application of one side did."""
        after = event.end(side)
        self.end[side] = after
        if after.closed_by and not self.closed[side]:
            self.closed[side] = True
            self.gone[side] = after.closed_by[0] != "shutdown-write"
            return (*self._read(segment, side, after), closing(after.closed_by))
        reset = self.resets.get((event.file, event.packet)) if "R" in segment.flags else None
        if reset and reset.by == side and reset.origin != "middlebox":
            return self._aborted(reset, side, after)
        return ()

    def _aborted(self, reset: Reset, side: Side, after: End) -> Iterable[Note]:
        """The end that sent the RST: what it did, and that its socket is gone."""
        if self.gone[side] or after.previous == after.state:
            return ()
        self.gone[side] = True
        return aborting(reset)

    def _read(self, segment: Packet, side: Side, after: End) -> Iterable[Note]:
        """A FIN from an end that closed altogether proves that it had read all it had received: else it would have sent RST."""
        closed = set(after.closed_by) <= {"close", "exit"}
        if not closed or not self.whole or segment.sender != side or "F" not in segment.flags or segment.ack is None:
            return ()
        other: Side = "server" if side == "client" else "client"
        length = segment.ack - 1 - (segment.ack == self.finished[other])
        return (Note(f"had read {counted(length, 'byte')}", "ok"),) if length > 0 else ()

    def _wrote(self, written: tuple[Packet, ...]) -> Note:
        """What was written, and whether it is sure that nobody read it."""
        receiver: Side = "server" if written[0].sender == "client" else "client"
        refused = all((segment.file, segment.packet) in self.refused for segment in written)
        return wrote(
            sum(s.length for s in written),
            len(written),
            unread=refused or self.gone[receiver],
            partial=any(s.partial for s in written),
        )

    def _first_closed(self, segment: Packet, text: str) -> bool:
        """Whether an end closes its window for the first time: never folded away."""
        first = "window 0" in text and not self.full[segment.sender]
        self.full[segment.sender] |= first
        return first

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
