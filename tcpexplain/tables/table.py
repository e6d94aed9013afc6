"""Tables of connections, events, segments and messages: their columns, part by part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from tcpexplain.evidence.cause import SIDES
from tcpexplain.model.capture import Capture
from tcpexplain.tables import chunks
from tcpexplain.tables.chunk import Coded
from tcpexplain.tables.from_objects import SOME
from tcpexplain.tables.schema import EVENT, EVENT_END, FIELDS, MAY_LACK, MESSAGE, SEGMENT, TABLES
from tcpexplain.units import NANOSECOND
from tcpexplain.wire.segment import file_of, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tcpexplain.model.calls import Call, End
    from tcpexplain.model.connection import Connection
    from tcpexplain.tables.chunk import Chunk

NONE = -1
"""A number that is missing."""


@dataclass(frozen=True, slots=True)
class Column:
    """A cell of each row; or the ``cells`` that occur, and ``which`` of them each row has. None is missing, or ``missing`` is."""

    kind: str
    cells: Any
    which: Any = None
    missing: int | None = None

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.cells if self.which is None else self.which)


Table = dict[str, Column]


def connections(chunk: Chunk) -> Table:
    """One row a connection; ``start`` in nanoseconds since 1970 UTC, ``duration`` in seconds."""
    found: Table = {}
    for one in FIELDS:
        cells = chunk.connections.get(one.name)
        if one.kind:
            found[one.name] = column(one.name, one.kind, cells)
        for name, kind in one.fields.items():
            within = [None if cell is None else getattr(cell, name) for cell in cells or ()]
            found[f"{one.name}_{name}"] = column(f"{one.name}_{name}", kind, within)
    return found


def column(name: str, kind: str, cells: Any) -> Column:
    """A column of connections."""
    if isinstance(cells, Coded):
        return Column(kind, cells.values, cells.which)
    return Column(kind, cells, missing=NONE if name in MAY_LACK and kind in ("time", "int") else None)


def events(chunk: Chunk) -> Table:
    """One row an event; possible outcomes of a call as a list, most likely first."""
    found = chunk.events
    if found is None:
        raise ValueError("the events were left out")
    table = {name: Column(EVENT[name], getattr(found, name)) for name in ("packet", "file", "time", "seq", "length")}
    table["stream"] = Column("int", chunk.connections["stream"], found.place)
    table["at"] = Column("time", instants(picked(chunk.connections["start"], found.place), found.time))
    table["ack"] = Column("int", found.ack, missing=-1)
    for place, name in enumerate(("from", "flags")):
        table[name] = Column("word", [origin[place] for origin in found.origins], found.origin)
    table["basis"] = Column("word", [rest[0] for rest in found.rests], found.rest)
    _, *both_ends = zip(*found.rests, strict=True) if found.rests else ((), (), ())
    for side, every in zip(SIDES, both_ends, strict=True):
        ends, which = different(every)
        said, end_of_event = [end_cells(end) for end in ends], picked(which, found.rest)
        for name, kind in EVENT_END.items():
            table[f"{side}_{name}"] = Column(kind, [end[name] for end in said], end_of_event)
    return {name: table[name] for name in TABLES["events"]}


def instants(starts: Any, times: Any) -> Any:
    """Times of connections (s since their first packets) in ns since 1970."""
    if hasattr(starts, "dtype"):
        import numpy as np

        return starts + np.rint(np.asarray(times) * NANOSECOND).astype(np.int64)
    return [start + round(time * NANOSECOND) for start, time in zip(starts, times, strict=True)]


def different(ends: Sequence[End]) -> tuple[list[End], list[int]]:
    """The different ends, told apart by identity, and which of them each is."""
    known = {id(end): end for end in ends}
    places = {one: place for place, one in enumerate(known)}
    return list(known.values()), [places[id(end)] for end in ends]


def picked(values: Sequence[int], places: Any) -> Any:
    """The values at some places; an array if these are one."""
    if hasattr(places, "dtype"):
        import numpy as np

        return np.array(values, np.int64).take(places)
    return [values[place] for place in places]


def end_cells(end: End) -> dict[str, Any]:
    """What an event says about one end."""
    found: dict[str, Any] = {"previous": end.previous, "state": end.state, "signal": end.next.write.signal}
    for name in ("read", "write", "connect", "accept"):
        call: Call | None = getattr(end.next, name)
        found[name] = several(call.now if call else None)
        found[f"{name}_then"] = several(call.then if call else None)
    polls = end.next.poll
    found["poll"] = polls[0] if polls and isinstance(polls[0], tuple) else polls
    found["so_error"] = tuple("0" if error is None else error for error in several(end.next.so_error) or (None,))
    found["closed_by"] = end.closed_by
    return found


def several(value: Any) -> tuple[Any, ...]:
    """One or several outcomes as several."""
    return value if isinstance(value, tuple) else () if value is None else (value,)


def segments(connections: Iterable[Connection]) -> Table:
    """One row a segment; ``window`` in bytes, missing where it is not known."""
    rows = [
        (
            connection.stream, one.packet, one.file, one.time, connection.start + round(one.time * NANOSECOND), one.sender, one.flags, one.seq,
            -1 if one.ack is None else one.ack, one.length, max(one.window, -1), one.fate, one.retransmission, one.probe, one.icmp,
            one.icmp_sender,
        )
        for connection in connections
        for one in connection.segments_seen
    ]  # fmt: skip
    columns = zip(*rows, strict=True) if rows else ((),) * len(SEGMENT)
    found = {name: Column(kind, values) for (name, kind), values in zip(SEGMENT.items(), columns, strict=True)}
    return found | {name: replace(found[name], missing=-1) for name in ("ack", "window")}


def messages(connections: Iterable[Connection]) -> Table:
    """One row a message: all of them where they were read (``messages="full"``), else each end's last."""
    rows = [
        (
            connection.stream, number_of(one.packet), file_of(one.packet), one.time, SIDES[one.side], connection.said.protocol,
            one.name, one.answers or None, one.bytes, NONE if one.promised is None else one.promised,
            {None: None, True: "yes", False: "no"}[one.whole],
        )
        for connection in connections
        for one in (connection.said.messages or sorted((last for last in connection.said.last if last), key=lambda last: last.time))
    ]  # fmt: skip
    columns = zip(*rows, strict=True) if rows else ((),) * len(MESSAGE)
    found = {name: Column(kind, values) for (name, kind), values in zip(MESSAGE.items(), columns, strict=True)}
    return found | {"promised": replace(found["promised"], missing=NONE)}


ROWS = {"connections": connections, "events": events}
"""The tables that are made of chunks."""
OF_OBJECTS = {"segments": segments, "messages": messages}
"""Those that are made of connections one by one."""


def tables(capture: Capture | Iterable[Connection], what: str, stream: int | None = None) -> Iterator[Table]:
    """A table in parts, of all connections or the one with number ``stream``; KeyError if there is none."""
    if what in OF_OBJECTS:
        every = iter((capture.stream(stream),) if isinstance(capture, Capture) and stream is not None else capture)
        while some := list(islice(every, SOME)):
            yield OF_OBJECTS[what](some)
        return
    for chunk in chunks(capture, stream, events=what == "events", sentences=False):
        yield ROWS[what](chunk)
