"""Ladders as tests: play the segments, and hold the states, calls and causes that the ladder names against what is found."""

from __future__ import annotations

import tempfile
from pathlib import Path

import tcpexplain
from tcpexplain.readers.ladder import sent
from tcpexplain.wire.notation import LadderNotation
from tcpexplain.wire.notation_read import parse, stories
from tcpexplain.wire.notation_written import render
from tcpexplain.wire.segment import FIN, RST, SYN


def found_in(folder):
    """(file and heading, ladder) of every story in the Markdown files of a folder."""
    return [
        (f"{path.stem}: {heading}", ladder)
        for path in sorted(Path(folder).glob("*.md"))
        if path.name != "README.md"
        for heading, ladder in stories(path.read_text(encoding="utf-8"), path.name)
    ]


def play(ladder, **options):
    """The capture that consists of the ladder's segments."""
    text = render(ladder) if isinstance(ladder, LadderNotation) else ladder
    with tempfile.NamedTemporaryFile("w", suffix=".ladder", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        return tcpexplain.read(file.name, **options)


def one(text, **options):
    """The only connection of a ladder."""
    (connection,) = play(text, **options)
    return connection


def at(connection, packet):
    """The last event at or before a packet; None if there is none yet."""
    return next((event for event in reversed(connection.events) if event.packet <= packet), None)


def side_of(ladder, name, connection):
    """client or server: the end a ladder calls ``name``."""
    if name == ladder.left[0]:
        return "client" if left_is_client(ladder, connection) else "server"
    return "server" if left_is_client(ladder, connection) else "client"


def left_is_client(ladder, connection):
    return connection.client.port == int((ladder.left[1] or "x:40000").rpartition(":")[2])


def check(ladder):
    """Everything a story claims: states of every line, calls after it, the cause."""
    options = dict(ladder.meta)
    capture = play(ladder, os=options.get("os", "auto"))
    connection = capture[int(options.get("stream", 0))]
    left, right = ("client", "server") if left_is_client(ladder, connection) else ("server", "client")
    packet = 0
    for index, line in enumerate(ladder.lines):
        packet = len(sent(LadderNotation(ladder.lines[: index + 1])))
        for side, state in zip((left, right), line.states, strict=True):
            check_state(ladder, index, connection, packet, side, state, from_left=side == right)
        for call in ladder.calls:
            if call.line == index:
                check_call(ladder, connection, packet, call)
    if ladder.causes:
        assert connection.cause in ladder.causes
    if ladder.certainty:
        assert connection.certainty == ladder.certainty
    if "severity" in options:
        assert connection.severity == options["severity"]


def check_state(ladder, index, connection, packet, side, state, *, from_left):
    """``state`` holds at ``side`` after a line.

    What is under way to it arrives later than it was seen: then it is enough that the end passes through ``state`` with this
    packet, and a pure ACK, whose arrival nothing shows, may do anything.
    """
    event = at(connection, packet)
    flying = under_way(ladder, index, from_left)
    if (
        state is None
        or event is None
        or any(not segment.length and not segment.flags & (SYN | FIN | RST) for segment in flying)
    ):
        return
    passed = {event.end(side).state}
    if flying:
        passed |= {
            state
            for one in connection.events
            if one.packet == event.packet
            for state in (one.end(side).previous, one.end(side).state)
        }
    assert state in passed, (index + 1, side, passed, render(ladder))


def under_way(ladder, index, from_left):
    """The segments from one end that have been sent, and have not arrived, after a line."""
    flying = {}
    for line in ladder.lines[: index + 1]:
        segment = line.segment
        if segment and segment.from_left == from_left:
            if segment.arrival == "under way":
                flying[segment.seq, segment.ack, segment.flags] = segment
            elif segment.arrival == "late":
                flying.pop((segment.seq, segment.ack, segment.flags), None)
    return list(flying.values())


def check_call(ladder, connection, packet, call):
    """``client read = data or blocks``, ``client read then = eof``, ``server write = EPIPE, SIGPIPE``, ``client poll = POLLIN, POLLOUT``."""
    side = side_of(ladder, call.name, connection)
    following = at(connection, packet).end(side).next
    word, _, later = call.call.partition(" ")
    if word == "poll":
        said = following.poll
        said = said[0] if said and isinstance(said[0], tuple) else said
        assert set(said) == set(call.outcomes) - {"nothing"}, (call, following.poll)
        return
    if word == "so_error":
        assert many(following.so_error) == tuple(
            None if word == "0" else word for word in call.outcomes[0].split(" or ")
        ), call
        return
    answer = getattr(following, word)
    value = (answer.then if answer.then is not None else answer.now) if later else answer.now
    assert many(value) == tuple(call.outcomes[0].split(" or ")), (call, answer)
    if word == "write" and not later and many(value)[0] == "EPIPE":
        assert answer.signal == (call.outcomes[1] if len(call.outcomes) > 1 else None), (call, answer)


def many(value):
    return value if isinstance(value, tuple) else (value,)


__all__ = ["at", "check", "found_in", "one", "parse", "play"]
