"""The ways both endpoints of a connection took through the machine, and what is worth a note on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tcpexplain.machine.graph import Kind, kind, step
from tcpexplain.machine.transitions import State
from tcpexplain.picture.places import END, Place, target
from tcpexplain.story import Note, story
from tcpexplain.story.files import are_apart, number
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from tcpexplain.model.calls import Event, Packet, Side
    from tcpexplain.model.connection import Connection
    from tcpexplain.story import Cell, Row

SIDES: tuple[Side, Side] = ("client", "server")
Drawn = Kind | Literal["ignored"]
"""How an arrow is drawn: as its kind of step, or as a RST that changed nothing."""
FORGED = "forged "
"""Before the words of a RST that its pretended sender did not send."""


class Move(NamedTuple):
    """One endpoint's step from state to state, and the packets that made it take it; from a state to itself: a RST that it ignored."""

    side: Side
    previous: State
    state: State
    words: str
    """What moved it: "FIN in", "RST out"; empty if the table has no such row."""
    kind: Drawn
    numbers: tuple[str, ...]
    weight: float = 0.0
    """0 for one connection; else 0 to 1, how many of the connections took it."""

    @property
    def forged(self) -> bool:
        """Whether somebody else sent the RST."""
        return self.words.startswith(FORGED)


def state(name: str) -> State:
    """The member of ``State`` for RFC 9293's spelling."""
    return State[name.replace("-", "_")]


def moves(connection: Connection) -> tuple[Move, ...]:
    """The steps of both ends; a step taken several times is one move with several packet numbers."""
    taken: dict[tuple[Side, State, State, str], Move] = {}
    apart = are_apart(connection)
    errors = {(segment.file, segment.packet) for segment in connection.segments_seen if segment.icmp}
    forged = forged_resets(connection)
    for event in connection.events:
        # An ICMP error carries the flags of the segment that it quotes, which nobody sent or received again.
        flags = "" if (event.file, event.packet) in errors else event.flags
        for side in SIDES:
            move = _move(event, side, flags, apart=apart)
            if move is None:
                continue
            if (event.file, event.packet) in forged and move.words == "RST in":
                move = move._replace(words=f"{FORGED}{move.words}")
            _take(taken, move)
    for move in _ignored(connection, forged, apart=apart):
        _take(taken, move)
    return tuple(taken.values())


def _take(taken: dict[tuple[Side, State, State, str], Move], move: Move) -> None:
    """Note one more move, with the earlier ones that were the same."""
    key = (move.side, move.previous, move.state, move.words)
    earlier = taken.get(key)
    taken[key] = move._replace(numbers=earlier.numbers + move.numbers) if earlier else move


def forged_resets(connection: Connection) -> set[tuple[int, int]]:
    """File and number of the RSTs that something between the ends sent."""
    return {(reset.file, reset.packet) for reset in connection.resets if reset.origin == "middlebox"}


def _ignored(connection: Connection, forged: Container[tuple[int, int]], *, apart: bool) -> Iterator[Move]:
    """The RSTs that changed nothing, at the states that they met; none for an end that had no connection yet."""
    for segment in connection.segments_seen if connection.events else ():
        if "R" in segment.flags and segment.fate == "ignored" and not segment.icmp:
            side: Side = "server" if segment.sender == "client" else "client"
            at = _place_at(connection, side, segment)
            words = f"{FORGED if (segment.file, segment.packet) in forged else ''}RST ignored"
            met = State.CLOSED if at == END else at
            if at is not State.CLOSED and isinstance(met, State):
                yield Move(side, met, met, words, "ignored", (number(segment.packet, segment.file, apart=apart),))


def _place_at(connection: Connection, side: Side, packet: Packet) -> Place:
    """Where an end stood when a packet came."""
    place: Place = state(connection.events[0].end(side).previous)
    for event in connection.events:
        if event.time > packet.time:
            break
        end = event.end(side)
        if end.state != end.previous:
            place = target(state(end.previous), state(end.state))
    return place


def _move(event: Event, side: Side, flags: str, *, apart: bool) -> Move | None:
    """One end's step at an event; None if it stays where it is. ``apart``: packets are in several files."""
    end = event.end(side)
    if end.previous == end.state:
        return None
    previous, reached = state(end.previous), state(end.state)
    timer = event.basis == "timer"
    row = step(previous, reached, flags, sent=bool(flags) and event.sender == side, timer=timer)
    words, drawn = ("", "segment") if row is None else (str(row), kind(row))
    return Move(side, previous, reached, words, drawn, (number(event.packet, event.file, apart=apart),))  # type: ignore[arg-type]


def visited(connection: Connection) -> dict[Side, tuple[Place, ...]]:
    """The places of each end in the order it reached them, the one it started in first."""
    places: dict[Side, list[Place]] = {"client": [], "server": []}
    for event in connection.events:
        for side in SIDES:
            end, been = event.end(side), places[side]
            if not been:
                been.append(state(end.previous))
            if end.state != end.previous:
                been.append(target(state(end.previous), state(end.state)))
    return {side: tuple(been) for side, been in places.items()}


Visits = dict[Place, set["Side"]]
"""Which ends were at a place."""


def who_was(been: dict[Side, tuple[Place, ...]]) -> Visits:
    """Which ends were at each place."""
    found: Visits = {}
    for side, places in been.items():
        for place in places:
            found.setdefault(place, set()).add(side)
    return found


class Remark(NamedTuple):
    """What one end's application does or sees in a state."""

    side: Side
    place: Place
    notes: tuple[Note, ...]

    @property
    def rank(self) -> int:
        """0 is told first: errors, then what else could be read, then who closed."""
        tones = {note.tone for note in self.notes}
        return 0 if "bad" in tones else 1 if "ok" in tones else 2


def remarks(connection: Connection, rows: Iterable[Row] | None = None) -> tuple[Remark, ...]:
    """The notes of the story that belong to a state: errors, EOF and who closed; not every read and write. ``rows``: the story, if it has been told."""
    if not connection.events:
        return ()
    at: dict[Side, Place] = {side: state(connection.events[0].end(side).previous) for side in SIDES}
    found: dict[tuple[Side, Place], tuple[Note, ...]] = {}
    for row in story(connection) if rows is None else rows:
        for side in SIDES:
            cell = row.cell(side)
            if cell.state:
                at[side] = target(at[side], state(cell.state))
            earlier = found.get((side, at[side]), ())
            window = [Note(f"window 0 (#{row.number})")] if row.sender == side and "window 0" in row.label else []
            held = any("(once" in note.text for note in earlier)
            lasting = (note for note in _lasting(cell) if not held or note.form == "did")
            notes = tuple(note for note in (*window, *lasting) if note not in earlier)
            if notes:
                found[side, at[side]] = earlier + notes
    told = (Remark(side, place, notes) for (side, place), notes in found.items())
    return tuple(sorted(told, key=lambda remark: remark.rank))


def _lasting(cell: Cell) -> Iterator[Note]:
    """The notes of a row that say more than that a call did its work: who closed, how reads end, what writes say then."""
    yield from (note for note in cell.did if note.tone == "plain" and note.text != "ignored")
    ended = any("EOF" in note.text for note in cell.next)
    for note in cell.next:
        write = note.text.startswith("next write → ")
        if note.form == "next" and (note.tone == "bad" or "EOF" in note.text or (write and ended)):
            yield note
