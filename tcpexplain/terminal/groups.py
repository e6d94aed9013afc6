"""The table of causes: how many connections, why, what the application saw, and which one to look at first."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from tcpexplain.terminal.paper import Paper, Span, mark_of
from tcpexplain.units import clock
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from tcpexplain.model.group import Group

WIDE = 110
"""From this width on there is room to say what happened, not only its code."""
BAR = (4, 8)
"""Narrowest and widest bar."""
TITLE = 24
"""A title shorter than this is not worth its column."""
FEW = 3
"""Fewer connections have no rate."""
SEES = 20
"""Below this the application's view goes on a line of its own."""


@frozen
class Layout:
    """The widths of the columns; 0 where a column is left out."""

    conns: int
    bar: int
    code: int
    title: int
    sees: int
    see: int

    @property
    def widths(self) -> tuple[int, ...]:
        """All columns, left to right."""
        return (1, self.conns, self.bar, self.code, self.title, self.sees, self.see)

    @property
    def starts(self) -> tuple[int, ...]:
        """Where each column begins: one blank after the mark, two after the others."""
        starts, at = [], 0
        for number, width in enumerate(self.widths):
            starts.append(at)
            at += width + (1 if number == 0 else 2) if width else 0
        return tuple(starts)


def layout(groups: Sequence[Group], width: int) -> Layout:
    """Codes are never cropped; what is left goes to the application's view, the bar, and the title, in this order."""
    conns = max(5, *(len(f"{group.count:,}") for group in groups))
    code = max(12, *(len(group.code) for group in groups))
    see = max(4, *(len(f"#{group.worst}") for group in groups))
    sees = max(25, *(len(group.sees) for group in groups))
    room = width - (2 + conns + 2 + code + 2 + 2 + see)
    if room < SEES:
        return Layout(conns, 0, code, 0, 0, see)
    bar = min(BAR[1], room - sees - 2) if room - sees - 2 >= BAR[0] else BAR[0] if room - BAR[0] - 2 >= SEES else 0
    room -= bar + 2 if bar else 0
    title = room - sees - 2 if width >= WIDE else 0
    title = title if title >= TITLE else 0
    return Layout(conns, bar, code, title, min(sees, room - (title + 2 if title else 0)), see)


def write_groups(paper: Paper, groups: Sequence[Group]) -> None:
    """One line a cause, a blank one between severities."""
    if not groups:
        return
    columns = layout(groups, paper.width)
    heads = ("", "conns", "", "why it ended", "what happened", "what the application sees", "see")
    _write_line(paper, columns, [(head, "dim") for head in heads])
    most = max([group.count for group in groups if group.severity != "fine"], default=1)
    before = groups[0].severity
    for group in groups:
        if before != group.severity:
            paper.line()
        before = group.severity
        _write_group(paper, columns, group, most)


def _write_group(paper: Paper, columns: Layout, group: Group, most: int) -> None:
    """One cause."""
    fine = group.severity == "fine"
    plain = "dim" if fine else ""
    spans: list[Span] = [
        (mark_of(group.severity, group.all_undecided), group.severity),
        (f"{group.count:,}", plain),
        ("" if fine else bar(group.count, most, columns.bar), group.severity),
        (group.code, "dim" if fine else "bold"),
        (cut(group.title, columns.title), plain),
        (group.sees, plain),
        (f"#{group.worst}", "dim"),
    ]
    _write_line(paper, columns, spans)
    if not columns.sees and group.sees:
        paper.columns([(columns.starts[3], paper.width - columns.starts[3], [(group.sees, plain)])])


def _write_line(paper: Paper, columns: Layout, spans: Sequence[Span]) -> None:
    """One line; numbers to the right, words to the left."""
    right = (1, 6)
    cells: list[tuple[int, int, Sequence[Span]]] = []
    for number, (start, width, (text, style)) in enumerate(zip(columns.starts, columns.widths, spans, strict=True)):
        if width and text:
            cells.append((start, width, [(text.rjust(width) if number in right else text, style)]))
    paper.columns(cells)


def bar(count: int, most: int, width: int) -> str:
    """A bar in eighths of a column, at least one eighth."""
    if not width:
        return ""
    eighths = max(1, round(count * width * 8 / most))
    return "█" * (eighths // 8) + ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")[eighths % 8]


def when(group: Group, zone: tzinfo = UTC) -> str:
    """``09:30:21 to 09:39:42, 15 a minute; first failure 09:31:26.6``: begun when, how often, and which minute stands out.

    Without the times of the beginning if they are one moment, without the failure if nothing shows when it was.
    """
    failure = f"first failure {clock(group.first_failure, zone=zone)[:10]}" if group.first_failure else ""
    if not group.first or group.last <= group.first:
        return failure
    span = f"{clock(group.first, zone=zone)[:8]} to {clock(group.last, zone=zone)[:8]}"
    often_ = f", {often(group.rate)}" if group.count >= FEW else ""
    return f"{span}{often_}{f'; {failure}' if failure else ''}{minute(group, zone)}"


def minute(group: Group, zone: tzinfo = UTC) -> str:
    """``; 09:33 stands out: 28 of the 30 connections that ended in it, 12 of 1,800 in other minutes``; empty if none does."""
    return "".join(
        f"; {clock(int(share.value), zone=zone)[:5]} stands out: {share.count:,} of the {share.of:,} connections that ended in that minute, {share.others:,} of {share.others_of:,} in the others"
        for share in group.differs
        if share.by == "minute"
    )


def often(rate: float) -> str:
    """Times a minute in words: ``15 a minute``, ``2.5 an hour``, ``40 a second``."""
    for least, times, unit in ((120.0, 1 / 60, "a second"), (1.0, 1.0, "a minute"), (0.0, 60.0, "an hour")):
        if rate >= least:
            number = rate * times
            return f"{number:,.0f} {unit}" if number >= 9.95 else f"{number:.1f} {unit}"
    raise AssertionError(rate)  # times are no less than none


def cut(text: str, width: int) -> str:
    """A title that ends in … where there is no room for all of it."""
    return text if len(text) <= width else text[: max(0, width - 1)].rstrip() + "…"
