"""The parts of a ladder as SVG: the bars of states, the segments between them, the notes beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.picture.geometry import Point
from tcpexplain.picture.svg import clean, element, words
from tcpexplain.picture.timeline import BARS, LABEL_LINE, LANE, NOTE_LINE, TIME_RIGHT, above
from tcpexplain.quantity import counted, duration, iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.capture import Connection
    from tcpexplain.picture.timeline import Bar, Chip, Rung
    from tcpexplain.story import Row

LETTER = {"client": "c", "server": "s"}
MIDDLE = (LANE[0] + LANE[1]) / 2
HEAD = 12.0
LOST_AT = 0.8
"""Where on its way a lost segment ends."""
RESTING = ("CLOSED", "LISTEN", "UNKNOWN")


def bar(one: Bar, *, bad: bool) -> str:
    """The time that an end spends in a state."""
    left, right = BARS[one.side]
    resting = one.state in RESTING
    tone = "bad" if bad else "muted" if resting else LETTER[one.side]
    box = element(
        "rect",
        x=left,
        y=one.top + 1,
        width=right - left,
        height=max(one.bottom - one.top - 2, 2.0),
        rx=5,
        class_="box" if tone == "muted" else f"box box-{tone}",
    )
    label = words((left + right) / 2, one.top + 14.5, one.state, text_anchor="middle", class_=f"state {tone}")
    return element("g", box, label, title=f"{one.side} in {one.state}")


def chip(one: Chip) -> str:
    """What a call returns."""
    bad = one.tone == "bad"
    box = element(
        "rect",
        x=one.box.left,
        y=one.box.top,
        width=one.box.width,
        height=one.box.height,
        rx=9.5,
        class_="box box-bad" if bad else "box",
    )
    look = f"mono note{' bad bold' if bad else ''}"
    lines = (
        words(one.box.left + 8, one.box.top + 13.5 + NOTE_LINE * row, line, class_=look)
        for row, line in enumerate(one.lines)
    )
    return box + "".join(lines)


def rung(one: Rung, connection: Connection) -> str:
    """One row between the bars."""
    row = one.row
    if row.kind == "silence":
        return _silence(one)
    if row.kind in ("fold", "timer"):
        return element("g", *_band(one), title=_numbers(row, connection))
    time = words(TIME_RIGHT, one.top + 4, moment(row.time), text_anchor="end", class_="mono muted small")
    drawn = _icmp(one) if row.kind == "icmp" else _segment(one)
    return element("g", *drawn, *_label(one), time, title=_numbers(row, connection))


def _silence(one: Rung) -> str:
    """A break through bars and lane, as no scale could hold it."""
    left, right = BARS["client"][0] - 6, BARS["server"][1] + 6
    again = (
        words(sum(BARS[side]) / 2, one.bottom + 14.5, state, text_anchor="middle", class_=f"state faded {LETTER[side]}")
        for side, state in one.states.items()
    )
    return (
        element("rect", x=left, y=one.top, width=right - left, height=one.bottom - one.top, class_="gap")
        + element(
            "path", d=f"M{left:.0f} {one.top:.1f}H{right:.0f}M{left:.0f} {one.bottom:.1f}H{right:.0f}", class_="silence"
        )
        + words(MIDDLE, one.top + 16.5, one.row.label, text_anchor="middle", class_="warn bold")
        + "".join(again)
    )


def _band(one: Rung) -> Iterator[str]:
    """Many packets, or the passing of time; an arrow says who sent all the data in a fold."""
    row, (left, right) = one.row, LANE
    look, lines = "muted", list(one.label)
    if row.kind == "fold":
        look = LETTER.get(row.sender or "", "muted")
        yield element(
            "rect", x=left + 8, y=one.top, width=right - left - 16, height=one.bottom - one.top, rx=12, class_="box"
        )
        if row.sender == "client":
            lines[-1] += "  →"
        elif row.sender == "server":
            lines[-1] = f"←  {lines[-1]}"
    for at, line in enumerate(lines):
        yield words(MIDDLE, one.top + 16.5 + LABEL_LINE * at, line, text_anchor="middle", class_=look)
    yield words(TIME_RIGHT, one.top + 16.5, moment(row.time), text_anchor="end", class_="mono muted small")


def _segment(one: Rung) -> Iterator[str]:
    """The arrow of a segment: to the other end, or to a cross where it was lost."""
    row, sender = one.row, one.row.sender or "client"
    near, far = (LANE[0], LANE[1]) if sender == "client" else (LANE[1], LANE[0])
    look = "bad" if row.reset else LETTER[sender]
    start, end = Point(near, one.top), Point(far, one.bottom)
    if row.fate == "lost":
        end = Point(near + LOST_AT * (far - near), one.top + LOST_AT * (one.bottom - one.top))
        yield _line(start, end, look)
        yield element("path", d=_cross(end), class_=f"line line-{look} cross")
        return
    if row.fate == "ignored":
        look = "muted"
    for again in range(min(row.count, 3) - 1, 0, -1):
        yield _line(Point(start.x, start.y + 4 * again), Point(end.x, end.y + 4 * again), f"{look} thin")
    yield _line(start, _short(start, end), look)
    yield element("path", d=_head(start, end), class_=f"fill-{look}")


def _icmp(one: Rung) -> Iterator[str]:
    """An error from somewhere between the ends, to the end whose segment drew it."""
    far = LANE[0] if one.row.sender == "client" else LANE[1]
    start, end = Point(MIDDLE, one.top), Point(far, one.bottom)
    yield element("circle", cx=MIDDLE, cy=one.top, r=4.5, class_="fill-bad")
    yield _line(start, _short(start, end), "bad")
    yield element("path", d=_head(start, end), class_="fill-bad")


def _label(one: Rung) -> Iterator[str]:
    """The words above an arrow, and the packet's number; beside its start where another arrow crosses it."""
    row, sender = one.row, one.row.sender or "client"
    look = "bad" if row.reset or row.kind == "icmp" else "muted" if row.fate == "ignored" else LETTER[sender]
    if one.crossing:
        x, anchor = (LANE[0] + 6, "start") if sender == "client" else (LANE[1] - 6, "end")
    else:
        x, anchor = MIDDLE, "middle"
    base = one.top - above(row)
    number = f"#{row.packet}" if row.last in (0, row.packet) else f"#{row.packet}…{row.last}"
    told = {"lost": " lost", "ignored": " ignored"}.get(row.fate, "")
    for line, text in enumerate(one.label):
        y = base - LABEL_LINE * (len(one.label) - 1 - line)
        last = line == len(one.label) - 1
        more = (element("tspan", clean(told), class_="bad") if told else "") + element(
            "tspan", clean(number), class_="muted small", dx=7, style="font-weight:400"
        )
        yield element("text", clean(text), more if last else "", x=x, y=y, text_anchor=anchor, class_=f"bold {look}")


def _line(start: Point, end: Point, look: str) -> str:
    return element("path", d=f"M{start.x:.1f} {start.y:.1f}L{end.x:.1f} {end.y:.1f}", class_=f"line line-{look}")


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
    which = f"packet {row.packet}" if row.last in (0, row.packet) else f"packets {row.packet} to {row.last}"
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
    if row.until > row.time:
        told.append(f"over {duration(row.until - row.time)}")
    told += [f"{row.time:.6f} s", iso(connection.start + round(row.time * 1e9))]
    return ", ".join(part for part in told if part) + (" (the verdict rests on it)" if row.evidence else "")
