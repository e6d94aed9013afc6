"""The parts of a ladder: the bars of states, the segments between them, the notes beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.picture.geometry import Point
from tcpexplain.picture.lanes import TIME_RIGHT
from tcpexplain.picture.passing import passing
from tcpexplain.picture.shapes import circle, group, path, rect, span, words
from tcpexplain.picture.timeline import LABEL_LINE, NOTE_LINE, above
from tcpexplain.story.ways import points_of, seen_at, short_names
from tcpexplain.units import NANOSECOND, clock, counted, duration, iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.model.connection import Connection
    from tcpexplain.picture.lanes import Lanes
    from tcpexplain.picture.shapes import Anchor, Shape
    from tcpexplain.picture.timeline import Bar, Chip, Rung
    from tcpexplain.story import Row

LETTER = {"client": "c", "server": "s"}
HEAD = 12.0
LOST_AT = 0.8
"""Where on its way a lost segment ends."""
RESTING = ("CLOSED", "LISTEN", "UNKNOWN")


def bar(one: Bar, lanes: Lanes, *, bad: bool) -> Shape:
    """The time that an end spends in a state."""
    left, right = lanes.bars(one.side)
    tone = "bad" if bad else "muted" if one.state in RESTING else LETTER[one.side]
    look = "box" if tone == "muted" else f"box box-{tone}"
    box = rect(look, left, one.top + 1, right - left, max(one.bottom - one.top - 2, 2.0), 5)
    label = words(f"state {tone}", (left + right) / 2, one.top + 14.5, one.state, "middle")
    return group(f"{one.side} in {one.state}", (box, label))


def chip(one: Chip) -> Iterator[Shape]:
    """What was done, bare; what a call returns next, in a box; what is as before, faint."""
    bad = one.tone == "bad"
    left, top, right, bottom = one.box
    if one.form == "next":
        yield rect("box box-bad" if bad else "box", left, top, right - left, bottom - top, 9.5)
    quiet = " muted" if one.form in ("closed", "same") else ""
    look = f"mono note{' bad bold' if bad else ''}{quiet}"
    for row, line in enumerate(one.lines):
        yield words(look, left + 8, top + 13.5 + NOTE_LINE * row, line)


def rung(one: Rung, connection: Connection, lanes: Lanes) -> Iterator[Shape]:
    """One row between the bars."""
    row = one.row
    if row.kind == "silence":
        yield from _silence(one, lanes)
    elif row.kind in ("fold", "timer"):
        times = when(row, connection, one.top + 16.5)
        yield group(_numbers(row, connection), (*_band(one, lanes), *times))
    else:
        drawn = _icmp(one, lanes) if row.kind == "icmp" else _segment(one, lanes)
        times = when(row, connection, one.top + 4)
        yield group(_numbers(row, connection), (*drawn, *passing(one, lanes), *_label(one, lanes), *times))


def _silence(one: Rung, lanes: Lanes) -> Iterator[Shape]:
    """A break through bars and lane, as no scale could hold it."""
    left, right = lanes.bars("client")[0] - 6, lanes.bars("server")[1] + 6
    yield rect("gap", left, one.top, right - left, one.bottom - one.top)
    yield path("silence", f"M{left:.0f} {one.top:.1f}H{right:.0f}M{left:.0f} {one.bottom:.1f}H{right:.0f}")
    yield words("warn bold", lanes.middle, one.top + 16.5, one.row.label, "middle")
    for side, state in one.states.items():
        yield words(f"state faded {LETTER[side]}", sum(lanes.bars(side)) / 2, one.bottom + 14.5, state, "middle")


def _band(one: Rung, lanes: Lanes) -> Iterator[Shape]:
    """Many packets, or the passing of time; an arrow says who sent all the data in a fold."""
    row, (left, right) = one.row, lanes.lane
    look, lines = "muted", list(one.label)
    if row.kind == "fold":
        look = LETTER.get(row.sender or "", "muted")
        yield rect("box", left + 8, one.top, right - left - 16, one.bottom - one.top, 12)
        if row.sender == "client":
            lines[-1] += "  →"
        elif row.sender == "server":
            lines[-1] = f"←  {lines[-1]}"
    for at, line in enumerate(lines):
        yield words(look, lanes.middle, one.top + 16.5 + LABEL_LINE * at, line, "middle")


def _segment(one: Rung, lanes: Lanes) -> Iterator[Shape]:
    """The arrow of a segment: to the other end, or to a cross where it was lost."""
    row, sender = one.row, one.row.sender or "client"
    near, far = lanes.lane if sender == "client" else lanes.lane[::-1]
    look = "bad" if row.reset else LETTER[sender]
    start, end = Point(near, one.top), Point(far, one.bottom)
    if row.way and row.way.fate:
        stop = _along(start, end, lanes.between(row.way))
        if row.way.fate == "lost":
            yield from _stopped(start, stop, look)
            return
        start = stop
        yield circle(f"fill-{look}", start.x, start.y, 5)
    if row.fate == "lost":
        end = Point(near + LOST_AT * (far - near), one.top + LOST_AT * (one.bottom - one.top))
        yield from _stopped(start, end, look)
        return
    if row.fate == "ignored":
        look = "muted"
    for again in range(min(row.count, 3) - 1, 0, -1):
        yield _line(Point(start.x, start.y + 4 * again), Point(end.x, end.y + 4 * again), f"{look} thin")
    yield _line(start, _short(start, end), look)
    yield path(f"fill-{look}", _head(start, end))


def _stopped(start: Point, end: Point, look: str) -> Iterator[Shape]:
    """An arrow that ends in a cross."""
    yield _line(start, end, look)
    yield path(f"line line-{look} cross", _cross(end))


def _along(start: Point, end: Point, x: float) -> Point:
    """Where a line between two points is at ``x``."""
    return Point(x, start.y + (end.y - start.y) * (x - start.x) / (end.x - start.x))


def _icmp(one: Rung, lanes: Lanes) -> Iterator[Shape]:
    """An error from somewhere between the ends, to the end whose segment drew it."""
    far = lanes.lane[0] if one.row.sender == "client" else lanes.lane[1]
    start, end = Point(lanes.middle, one.top), Point(far, one.bottom)
    yield circle("fill-bad", lanes.middle, one.top, 4.5)
    yield _line(start, _short(start, end), "bad")
    yield path("fill-bad", _head(start, end))


def _label(one: Rung, lanes: Lanes) -> Iterator[Shape]:
    """The words above an arrow, and the packet's number; beside its start where another arrow crosses it."""
    row, sender = one.row, one.row.sender or "client"
    look = "bad" if row.reset or row.kind == "icmp" else "muted" if row.fate == "ignored" else LETTER[sender]
    x: float = lanes.middle
    anchor: Anchor = "middle"
    if one.crossing:
        x, anchor = (lanes.lane[0] + 6, "start") if sender == "client" else (lanes.lane[1] - 6, "end")
    base = one.top - above(row)
    halo = " halo" if lanes.points else ""
    number = f"#{row.numbers('…')}"
    told = "" if row.astray else {"lost": " lost", "ignored": " ignored"}.get(row.fate, "")
    *lines, last = one.label
    for line, text in enumerate(lines):
        yield words(f"bold {look}{halo}", x, base - LABEL_LINE * (len(lines) - line), text, anchor)
    more = (span("bad", told),) if told else ()
    yield words(f"bold {look}{halo}", x, base, last, anchor, *more, span("muted small number", number, 7))


def when(row: Row, connection: Connection, y: float) -> Iterator[Shape]:
    """The time by the clock, in UTC, and below it the time since the first packet."""
    by_clock = clock(connection.start + round(row.time * NANOSECOND))
    yield words("mono small", TIME_RIGHT, y, by_clock, "end")
    if row.time:
        yield words("mono muted tiny", TIME_RIGHT, y + 13, f"+{moment(row.time)}", "end")


def _line(start: Point, end: Point, look: str) -> Shape:
    return path(f"line line-{look}", f"M{start.x:.1f} {start.y:.1f}L{end.x:.1f} {end.y:.1f}")


def _short(start: Point, end: Point) -> Point:
    """Where the line of an arrow stops: within its head."""
    share = 1 - 0.8 * HEAD / abs(end.x - start.x)
    return Point(start.x + share * (end.x - start.x), start.y + share * (end.y - start.y))


def _head(start: Point, end: Point) -> str:
    """The triangle at the end of an arrow."""
    back = Point(*_short(start, end))
    across, down = (end.x - back.x) * 0.5, (end.y - back.y) * 0.5
    one, other = Point(back.x - down, back.y + across), Point(back.x + down, back.y - across)
    return f"M{end.x:.1f} {end.y:.1f}L{one.x:.1f} {one.y:.1f}L{other.x:.1f} {other.y:.1f}z"


def _cross(at: Point) -> str:
    """An x."""
    x, y = at
    return f"M{x - 6:.1f} {y - 6:.1f}l12 12M{x - 6:.1f} {y + 6:.1f}l12 -12"


def moment(seconds: float) -> str:
    """A time on the axis, as exact as six figures are: 35 µs, 102.8 ms, 20.0006 s."""
    if abs(seconds) < 0.0009995:
        return f"{seconds * 1e6:.0f} µs" if seconds else "0"
    if abs(seconds) < 0.9995:
        return f"{seconds * 1e3:.1f} ms"
    return f"{seconds:.4f} s" if seconds < 100 else f"{seconds:,.1f} s"


def _numbers(row: Row, connection: Connection) -> str:
    """The tooltip: everything that the capture says about the packet."""
    if row.kind == "timer":
        return f"{row.label}: no packet, {moment(row.time)} after the first"
    segment = row.segment
    numbers = row.numbers(" to ")
    which = f"packet {numbers}" if numbers == row.number else f"packets {numbers}"
    told = [f"{which}: {row.label}" if row.packet else row.label]
    if segment and row.kind == "segment":
        told.append(f"seq {segment.seq:,}")
        told += [f"ack {segment.ack:,}"] if segment.ack is not None else []
        told += [counted(segment.length, "byte")] + ([f"window {segment.window:,}"] if segment.window >= 0 else [])
        told += [
            {"lost": "lost on the way", "ignored": "changed nothing", "unknown": "arrival not proved"}.get(
                segment.fate, ""
            )
        ]
    told.append(seen_at(row.way, short_names(points_of(connection))))
    if row.until > row.time:
        told.append(f"over {duration(row.until - row.time)}")
    told += [f"{row.time:.6f} s", iso(connection.start + round(row.time * NANOSECOND))]
    return ", ".join(part for part in told if part) + (" (the verdict rests on it)" if row.evidence else "")
