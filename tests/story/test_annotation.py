"""Every transition says what the application sees next: counted over all captures, in what a terminal shows."""

import re
from pathlib import Path

import pytest

import tcpexplain
from tcpexplain.story import end_of, shortened, story
from tcpexplain.terminal.ladder import columns_for, write_ladder
from tcpexplain.terminal.paper import Paper
from tcpexplain.terminal.times import Times

CAPTURES = sorted((Path(__file__).parents[2] / "captures").glob("*/*.pcap"))
SIDES = ("client", "server")
CALLS = {"read": "read", "write": "write", "connect": "connect", "accept": "accept", "so_error": "SO_ERROR"}
WORDS = {"eof": "0", None: "0"}
DONE = {"connect": "0", "accept": "fd", "write": "ok"}
SHOWN = {"note", "badnote", "next", "badnext", "closed", "same", "badsame", "badclosed"}
EACH = 40
"""Of a large capture one connection in so many is looked at, and the first of each cause."""


def connections(path):
    capture = tcpexplain.read(path)
    chosen = list(capture)
    if len(chosen) > EACH:
        chosen = [*chosen[::EACH], *capture.first_of_each().values()]
    return [(connection, shortened(story(connection, end_of(capture, connection)))) for connection in chosen]


def shown(connection, rows, width):
    """What stands on the page for each row: (client, server), as texts."""
    paper = Paper(width)
    write_ladder(paper, connection, rows)
    columns = columns_for(rows, paper.width, Times().texts(rows, connection.start, paper.width))
    texts, at = [], -1
    for line in paper.lines[2:]:
        place, head = 0, "".join(text for text, _ in line)
        if re.match(r"( *\d+)? +\d+\.\d{6} | *\d+-\d+ | +┄| +…", head) and at + 1 < len(rows):
            at += 1
            texts.append(["", ""])
        for text, style in line:
            if style in SHOWN and texts and "what that call returns" not in head and "if open: only" not in head:
                texts[at][place >= columns.server] += f" {text.strip()}"
            place += len(text)
    assert len(texts) == len(rows), connection
    return [dict(zip(SIDES, pair, strict=True)) for pair in texts]


def of_each_row(connection, rows):
    """The events behind each row."""
    events = list(connection.events)
    for row in rows:
        mine = []
        while events and (
            events[0].time <= row.time
            if row.kind == "timer"
            else events[0].basis != "timer" and row.packet and events[0].packet <= row.last
        ):
            mine.append(events.pop(0))
        yield mine
    assert not events, connection


def outcomes(call, answer):
    """The words of what a call returns next."""
    now = answer if call == "so_error" else answer.now
    if call == "so_error" and isinstance(now, tuple):  # an error that another call may have taken before
        now = now[1:] if now[0] is None else now[:1]
    return {
        DONE[call] if x == "ok" and call in DONE else WORDS.get(x, x)
        for x in (now if isinstance(now, tuple) else (now,))
    }


def calls(end):
    return {name: value for name in CALLS if (value := getattr(end.next, name)) is not None or name == "so_error"}


def held(end, first):
    """Of a socket that nobody has yet, nothing is told but accept()."""
    if end.state == "CLOSED" or (end.next.connect is None and end.previous in ("CLOSED", "LISTEN")):
        gone = end.state == "CLOSED" and end.next.connect is None
        return {name: value for name, value in first.items() if gone or name in ("read", "write")} | {"so_error": None}
    return {"so_error": None}


@pytest.mark.parametrize(
    "path", CAPTURES, ids=[path.stem if path.stem != "capture" else path.parent.name for path in CAPTURES]
)
def test_every_transition_is_told_with_what_comes_next(path):
    for connection, rows in connections(path):
        by_row = list(of_each_row(connection, rows))
        transitions = sum(
            event.end(side).previous != event.end(side).state for event in connection.events for side in SIDES
        )
        for width in (80, 100, 120):
            told, seen = 0, {}
            for row, events, text in zip(rows, by_row, shown(connection, rows, width), strict=True):
                moved = {side: sum(e.end(side).previous != e.end(side).state for e in events) for side in SIDES}
                for side in SIDES:
                    where = (path, connection.stream, width, row.packet, side, text[side])
                    if events:
                        after = calls(events[-1].end(side))
                        last = seen.get(side, held(events[0].end(side), calls(events[0].end(side))))
                        changed = {name for name, value in after.items() if name not in last or last[name] != value}
                        seen[side] = after
                        for name in changed:
                            assert "next" in text[side], where
                            assert CALLS[name] in text[side], where
                            assert all(word in text[side] for word in outcomes(name, after[name])), where
                        if not changed:
                            assert "next" not in text[side], where
                        if any(moved.values()):
                            assert changed or "·" in text[side], where
                    if "next" in text[side] or "·" in text[side]:
                        told += moved[side]
            assert told == transitions, (path, connection.stream, width)
