"""An event in a notebook: both ends' states, and what each call returns next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.notebook.markup import cell, code, row, style, table
from tcpexplain.picture.svg import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.model.calls import Call, End, Event

CALLS = ("read", "write", "connect", "accept")
FLAGS = {"S": "SYN", "F": "FIN", "R": "RST", "P": "PSH", "A": "ACK", "U": "URG", "E": "ECE", "C": "CWR"}


def html(event: Event) -> str:
    """The event as HTML."""
    heads = (cell("", head=True), *(cell(f"<b>{side}</b>", head=True) for side in ("client", "server")))
    return f"<div><p{style(margin='.4em 0')}>{headline(event)}</p>{table(heads, rows(event))}</div>"


def headline(event: Event) -> str:
    """Which packet, when, from whom."""
    if event.basis == "timer":
        return f"<b>timer</b> at {event.time:.6f} s"
    flags = " ".join(FLAGS[letter] for letter in event.flags) or "no flags"
    data = f", {event.length:,} bytes" if event.length else ""
    return f"<b>packet {event.packet}</b> at {event.time:.6f} s from the {event.sender}: <b>{flags}</b>{data}"


def rows(event: Event) -> Iterator[str]:
    """State, calls, poll and SO_ERROR of both ends."""
    ends = (event.client, event.server)
    yield line(
        "state", [clean(f"{end.previous} → {end.state}" if end.previous != end.state else end.state) for end in ends]
    )
    for name in CALLS:
        calls: list[Call | None] = [getattr(end.next, name) for end in ends]
        if any(calls):
            yield line(f"{name}()", [code(outcome(call)) for call in calls])
    yield line("poll()", [code(poll(end)) for end in ends])
    yield line("SO_ERROR", [code(outcome_words(end.next.so_error) or "0") for end in ends])
    if any(end.closed_by for end in ends):
        yield line("closed by", [clean(" or ".join(end.closed_by)) for end in ends])


def line(name: str, cells: list[str]) -> str:
    """One row of the table."""
    return row((cell(name), *(cell(content) for content in cells)))


def outcome(call: Call | None) -> str:
    """``EPIPE + SIGPIPE``, ``ECONNRESET, then eof``."""
    if call is None:
        return ""
    told = outcome_words(call.now) + (f" + {call.signal}" if call.signal and "EPIPE" in str(call.now) else "")
    return f"{told}, then {outcome_words(call.then)}" if call.then else told


def poll(end: End) -> str:
    """The bits of poll; several possible sets with "or" between them."""
    polls: Any = end.next.poll
    sets = polls if polls and isinstance(polls[0], tuple) else (polls,)
    return " or ".join("|".join(one) or "nothing" for one in sets)


def outcome_words(value: Any) -> str:
    """One or several outcomes, most likely first."""
    if isinstance(value, tuple):
        return " or ".join(str(one or 0) for one in value)
    return str(value or "")
