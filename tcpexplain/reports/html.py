"""A self-contained HTML report: one file, no network, readable without scripts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tcpexplain.log.worded import worded
from tcpexplain.model.selection import groups_of
from tcpexplain.model.unread import unread_words
from tcpexplain.page.card import Parts, card, key, pack
from tcpexplain.page.logged import log_section
from tcpexplain.page.machine import USE, picture, symbol
from tcpexplain.page.steps import steps
from tcpexplain.picture.diagram import STYLE
from tcpexplain.picture.svg import clean, svg
from tcpexplain.reports import json as json_lines
from tcpexplain.reports import ladder, mermaid
from tcpexplain.story import end_of, story
from tcpexplain.story.files import names_of
from tcpexplain.story.logged import with_log
from tcpexplain.story.systems import calls_in
from tcpexplain.terminal.connection import write_connection
from tcpexplain.terminal.groups import when
from tcpexplain.terminal.half_closed import TITLE, lines
from tcpexplain.terminal.paper import MARKS, UNKNOWN, Paper, mark_of
from tcpexplain.units import NANOSECOND, counted, duration, instant

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection
    from tcpexplain.model.group import Group, HalfClosed

SUFFIXES = (".html", ".htm")
DRAWS: tuple[str, ...] = ()

MOST = 200
"""Connections shown in full, the worst first."""
NAMED = 3
"""Files that the title names; of more it says how many."""
EACH = 12
"""Of each cause, where there are many: they are alike."""
DRAWN = 20
"""Of them, those whose pictures stand in the page; the others' are drawn when they are opened."""
COLUMNS = 96
PRINTED_HEIGHT, PRINTED_ROWS = 1000.0, 16
"""A ladder higher than so many pixels is printed with about so many rows, which a page of paper holds legibly."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def write(
    capture: Capture,
    target: Path | None,
    *,
    stream: int | None = None,
    draw: str = "diagram",  # noqa: ARG001 (the page holds both pictures)
    theme: str = "light",  # noqa: ARG001 (the page follows the reader's system)
) -> None:
    """Write the page."""
    page = render(capture, stream=stream)
    if target is None:
        sys.stdout.write(page)
    else:
        target.write_text(page, encoding="utf-8")


def render(capture: Capture, *, stream: int | None = None) -> str:
    """The page as text; KeyError if there is no connection ``stream``."""
    shown = (capture.stream(stream),) if stream is not None else shown_connections(capture)
    on_page = {connection.stream for connection in shown}
    name = title(capture)
    return "".join(
        (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="generator" content="tcpexplain">',
            f"<title>{clean(name)} · tcpexplain</title><style>{asset('look.css')}{STYLE}{ladder.style('auto')}</style></head>\n<body>",
            '<a class="skip" href="#connections">to the connections</a>',
            symbol(),
            head(capture, name, stream),
            f"<main><div class=overview>{ends(capture, on_page)}<div>{common(groups_of(capture))}{half_closed(capture.half_closed, on_page)}</div></div>",
            "" if capture.matches is None else log_section(capture.matches, on_page),
            connections(capture, shown),
            warnings(capture),
            "<footer>Written by tcpexplain · RFC 9293 states · one file, no network access</footer>",
            f"<script>{asset('drawing.js')}{asset('behaviour.js')}</script></body></html>\n",
        )
    )


def shown_connections(capture: Capture) -> tuple[Connection, ...]:
    """Connections of every cause, the worst cause first, and of each cause those that the tables name."""
    groups = groups_of(capture)
    each = max(EACH, MOST // (2 * len(groups))) if len(groups) > 1 else MOST
    some = capture.held.streams_of_each(each)
    logged = [] if capture.matches is None else [one.stream for one in capture.matches.found if one.stream is not None]
    named = [*logged, *(one.stream for one in lines(capture.half_closed)), *(group.worst for group in groups)]
    # All at once: what has left memory is read again, and once is enough.
    every = list(dict.fromkeys([*named, *(stream for streams in some.values() for stream in streams)]))
    known = {one.stream: one for one in capture.held.many(every)}
    shown = {stream: known[stream] for stream in logged}
    for group in groups:
        longest = (stream for stream in dict.fromkeys(named) if known[stream].cause == group.code)
        shown |= {stream: known[stream] for stream in (group.worst, *longest, *some.get(group.code, ())[:each])}
    return tuple(shown.values())[:MOST]


def title(capture: Capture) -> str:
    """The names of the first files, and how many more there are."""
    names = names_of(capture) or ["capture"]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def asset(name: str) -> str:
    """A file of the page."""
    from importlib import resources  # its import takes longer than that of all formats, one of which was asked for

    return resources.files("tcpexplain.page").joinpath(name).read_text(encoding="utf-8")


UNDECIDED = "cannot be told"
"""What the mark of such connections is read as."""


def head(capture: Capture, name: str, stream: int | None = None) -> str:
    """What was captured, and how many failed."""
    tiles = []
    groups = groups_of(capture)
    for severity in ("failed", "suspicious", "fine"):
        count = sum(group.count - group.undecided for group in groups if group.severity == severity)
        tiles.append(f'<li><b class="{severity}">{MARKS[severity]} {count:,}</b>{severity}</li>')
    unknown = sum(group.undecided for group in groups)
    if unknown:
        tiles.append(f'<li><b class="fine">{UNKNOWN} {unknown:,}</b>cannot be told from this capture</li>')
    return (
        f"<header><h1>{clean(name)}</h1><p class=muted>{counted(capture.packets, 'packet')} · {counted(len(capture), 'TCP connection')} · "
        f"{span(capture)} · {clean(calls_in(capture, stream))}</p>{unread(capture)}<ul class=tiles>{''.join(tiles)}</ul></header>"
    )


def unread(capture: Capture) -> str:
    """Of how many connections the messages could not be followed, and why."""
    said = unread_words(capture.messages_unread, len(capture))
    return f"<p class=muted>{clean(said)}.</p>" if said else ""


def span(capture: Capture) -> str:
    """From when to when, how long, and by which clock all times of the page are told."""
    first, last = instant(capture.start), instant(capture.start + int(capture.duration * NANOSECOND))
    end = last[11:] if first[:10] == last[:10] else last
    return f"{first} to {end}, {duration(capture.duration)} · all times are UTC"


def ends(capture: Capture, on_page: Collection[int]) -> str:
    """The table of causes, worst first."""
    groups = groups_of(capture)
    most = max((group.count for group in groups if group.severity != "fine"), default=1)
    return (
        '<section><h2>How they ended, worst first</h2><div class="scroll"><table class="ends"><thead><tr><td></td><th scope="col" class="number">conns</th>'
        '<td></td><th scope="col">why</th><th scope="col">what happened</th><th scope="col">the application sees</th><th scope="col">see</th></tr></thead><tbody>'
        + "".join(end(group, most, on_page) for group in groups)
        + "</tbody></table></div></section>"
    )


def end(group: Group, most: int, on_page: Collection[int]) -> str:
    """One row."""
    width = 0 if group.severity == "fine" else max(2, round(110 * group.count / most))
    bar = f'<span class="bar" style="width:{width}px"></span>' if width else ""
    return (
        f'<tr><td class="{group.severity}"><span aria-label="{UNDECIDED if group.all_undecided else group.severity}">{mark_of(group.severity, group.all_undecided)}</span></td><td class="number">{group.count:,}</td>'
        f'<td class="barred {group.severity}">{bar}</td>'
        f'<td><button type="button" class="cause" data-cause="{clean(group.code)}">{clean(group.code)}</button></td>'
        f'<td class="told">{clean(group.title)}</td><td class="sees"><code>{clean(group.sees)}</code></td><td>{see(group.worst, on_page)}</td></tr>'
    )


def see(stream: int, on_page: Collection[int]) -> str:
    """A connection's number, and the way to its card if there is one."""
    return f'<a href="#s{stream}">#{stream}</a>' if stream in on_page else f"#{stream}"


def common(groups: Sequence[Group]) -> str:
    """What the connections of a group share, and what to change."""
    rows = [
        f'<dt class="{group.severity}">{MARKS[group.severity]} {group.count:,} {clean(group.code)}</dt>'
        f"<dd>{clean(group.in_common)} {clean(group.do)} <span class=muted>{when(group)}</span></dd>"
        for group in groups
        if group.in_common
    ]
    return f'<h2>What they have in common</h2><dl class="common">{"".join(rows)}</dl>' if rows else ""


def half_closed(found: Sequence[HalfClosed], on_page: Collection[int]) -> str:
    """By server: what one end had closed and the other not; the page says once that its times are UTC."""
    rows = [
        f'<dt class="{one.severity}">{MARKS[one.severity]} {clean(one.who)}</dt><dd>{clean(one.said.replace(" UTC", ""))} {see(one.stream, on_page)}</dd>'
        for one in lines(found)
    ]
    return f'<h2>{TITLE}</h2><dl class="common">{"".join(rows)}</dl>' if rows else ""


def connections(capture: Capture, shown: Sequence[Connection]) -> str:
    """The cards, and the controls over them."""
    boxes = "".join(
        f'<label><input type="checkbox" name="severity" value="{severity}" checked> <span class="{severity}">{MARKS[severity]}</span> {severity}</label>'
        for severity in ("failed", "suspicious", "fine")
    )
    boxes += f'<label><input type="checkbox" name="severity" value="unknown" checked> <span class="fine">{UNKNOWN}</span> {UNDECIDED}</label>'
    left_out = (
        f"<p class=muted>{len(shown)} of {len(capture):,} connections: some of every cause, the worst first. All are counted in the table above, and listed by --json and -o FILE.csv.</p>"
        if len(shown) < len(capture)
        else ""
    )
    cards, packed = [], {}
    for number, connection in enumerate(shown):
        markup, packed[key(connection)] = one(capture, connection, number)
        cards.append(markup)
    return (
        f'<h2 id="connections">Connections</h2>{left_out}'
        f'<div class="controls" role="search"><input type="search" id="search" placeholder="Filter: address, port, cause, #stream  ( / )" aria-label="Filter connections">{boxes}'
        f'<span id="told" role="status" class="muted"></span></div>' + "".join(cards) + "</main>" + pack(packed)
    )


def one(capture: Capture, connection: Connection, number: int) -> tuple[str, dict[str, object]]:
    """One card, and what the script has of it: texts to copy, and the pictures that it draws when the card is opened."""
    told = story(connection, end_of(capture, connection))
    rows = with_log(told, connection, capture)
    paper = Paper(COLUMNS)
    write_connection(paper, capture, connection, rows=rows)
    drawn, machine = ladder.picture(connection, rows), picture(connection, told)
    printed = ladder.picture(connection, rows, most=PRINTED_ROWS) if drawn.height > PRINTED_HEIGHT else None
    kept: dict[str, object] = {
        "mermaid": mermaid.diagram(connection, rows),
        "json": json_lines.connection_line(connection).rstrip("\n"),
        "text": paper.plain(),
    }
    words = [str(one) for one in worded(capture, connection)]
    parts = Parts(steps(connection, rows), words=words)
    if number < DRAWN:
        parts = Parts(
            parts.steps, svg(drawn), svg(printed) if printed else "", svg(machine, USE) if machine else "", words
        )
    else:
        kept |= {"ladder": drawn, "machine": machine, "printed": printed}
    return card(connection, parts, unfolded=number == 0), kept


def warnings(capture: Capture) -> str:
    """What was skipped, and what the reader noticed."""
    rows = [f"{count:,} {reason}" for reason, count in capture.skipped.items()]
    told = "".join(
        f"<p><b>{clean(one.code)}</b> {clean(one.message)}: {clean(one.note)}</p>" for one in capture.warnings
    )
    skipped = f"<p>Not TCP, or not readable: {clean(', '.join(rows))}.</p>" if rows else ""
    return f"<section><h2>What is not in here</h2>{skipped}{told}</section>" if told or skipped else ""
