"""What an end's next calls return, told where it differs from what was told of this end before.

The error that a socket holds is given once, to the call that asks first; so it is told as one thing, and what follows it
in brackets.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from tcpexplain.model.calls import Call
from tcpexplain.story.notes import BETWEEN, IF_OPEN, NEXT, NO_SOCKET, SAME, Note, alternatives

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tcpexplain.model.calls import End, Next, Side
    from tcpexplain.story.row import Cell, Row

SIDES: tuple[Side, Side] = ("client", "server")
NAMES = {"connect": "connect", "accept": "accept", "read": "read", "write": "write", "so_error": "SO_ERROR"}
WORDS = {"eof": "0 (EOF)", "none": "0"}
DONE = {"connect": "0", "accept": "fd"}
"""What a call returns that succeeds, where that is more than "ok"."""
NO_ERROR = Call("none")

Answers = dict[str, Call]
"""What each call returns, ``so_error`` among them; a call that this end has not is not in it."""


def annotated(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows with what the next calls of both ends return, wherever that differs from the rows above; a quiet mark elsewhere."""
    known: dict[Side, Answers | None] = {"client": None, "server": None}
    for row in rows:
        moved = bool(row.client.state or row.server.state)
        cells = {side: row.cell(side) for side in SIDES}
        for side, cell in cells.items():
            told, known[side] = _told(known[side], cell, moved=moved)
            cells[side] = replace(cell, next=told)
        yield replace(row, client=cells["client"], server=cells["server"])


def _told(known: Answers | None, cell: Cell, *, moved: bool) -> tuple[tuple[Note, ...], Answers | None]:
    """What is to be told of one end at a row, and what is known of it from then on."""
    if cell.end is None:
        return ((SAME,) if moved and known is not None else ()), known
    after = answers(cell.end)
    before = unheld(cell.end, after) if known is None else known
    absent = nobody(cell.end) and known is None
    notes = tuple(differences(before, after, gone=cell.gone))
    if notes and cell.gone:
        notes = (_if_open(notes),)
    elif cell.end.closed_by:
        notes = tuple(_own(note) for note in notes)
    if not notes and moved:
        notes = (NO_SOCKET if absent else SAME,)
    return notes, after


def _if_open(notes: Iterable[Note]) -> Note:
    """Predictions of a descriptor that its application has probably closed, in one note."""
    texts = [note.text.removeprefix(NEXT) for note in notes]
    return Note(f"{IF_OPEN}{NEXT}{BETWEEN.join(texts)}", "plain", "closed")


def _own(note: Note) -> Note:
    """That writes fail after an end's own shutdown(SHUT_WR) is no error of the connection."""
    return replace(note, tone="plain") if note.tone == "bad" and note.text.startswith(f"{NEXT}write → EPIPE") else note


def nobody(end: End) -> bool:
    """Whether no application at this end has a socket: nothing but its kernel was ever there."""
    return end.state == end.previous == "CLOSED" and end.next.connect is None


def answers(end: End) -> Answers:
    """The answers of one end, in the order in which they are told."""
    return answered(end.next)


@lru_cache(maxsize=1024)
def answered(given: Next) -> Answers:
    """The same of what its next calls return; what was told is looked up, nobody changes it."""
    calls = {"connect": given.connect, "accept": given.accept, "read": given.read, "write": given.write}
    errors = given.so_error
    pending = tuple(error or "none" for error in ((errors,) if isinstance(errors, str | None) else errors))
    told = {name: call for name, call in calls.items() if call is not None}
    return told | {"so_error": Call(pending[0] if len(pending) == 1 else pending)}


def unheld(end: End, first: Answers) -> Answers:
    """What need not be told at the beginning: that there is no error, and what reads and writes say of a socket that nobody has yet."""
    if nobody(end):
        return first
    unborn = end.state == "CLOSED" or (end.state in ("LISTEN", "SYN-RECEIVED") and "connect" not in first)
    unsaid = {name: call for name, call in first.items() if unborn and name in ("read", "write")}
    return unsaid | {"so_error": NO_ERROR}


def differences(before: Mapping[str, Call], after: Answers, *, gone: bool = False) -> list[Note]:
    """One note for each answer that differs, what fails first; calls with the same answer share one.

    A write that now fails or succeeds is told together with what reads say, and the end of reading together with what
    writes still say, unless the end is ``gone``.
    """
    changed = {name for name, call in after.items() if before.get(name) != call}
    error = pending(after)
    takers = [name for name, call in after.items() if error and error in alternatives(call.now)]
    notes: list[Note] = []
    told = {name for name in takers if name in before and error in alternatives(before[name].now)}
    if error and changed & (set(takers) - told):
        notes.append(_once(error, takers, after))
        changed -= set(takers)
    if not gone and _turned(before, after) and "read" not in takers:
        changed |= {"read"}
    if not gone and "write" not in takers and _ended(after) and not _ended(before):
        changed |= {"write"}
    notes += _grouped([name for name in after if name in changed], after)
    return sorted(notes, key=lambda note: note.tone != "bad")


def _turned(before: Mapping[str, Call], after: Answers) -> bool:
    """Whether writes fail that did not, or do not that did; or the connection is just made."""
    old, new = before.get("write"), after["write"]
    made = any(name in after and before.get(name) != after[name] for name in ("connect", "accept"))
    return (old is not None and failing(old) != failing(new)) or (made and new.now == "ok")


def _ended(known: Mapping[str, Call]) -> bool:
    """Whether reads may say that the other end sends no more."""
    return "read" in known and "eof" in alternatives(known["read"].now)


def pending(after: Mapping[str, Call]) -> str:
    """The error that the socket holds for whoever asks first; empty if there is none. EPIPE is what a later write says of its own accord."""
    return next((x for x in alternatives(after.get("so_error", NO_ERROR).now) if x.isupper() and x != "EPIPE"), "")


def failing(call: Call) -> bool:
    """Whether the likeliest outcome is an errno."""
    return alternatives(call.now)[0].isupper()


def _grouped(names: Sequence[str], after: Answers) -> Iterator[Note]:
    """``next connect, read or write → blocks``."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(said(name, after[name]), []).append(name)
    for text, calls in groups.items():
        bad = failing(after[calls[0]])
        yield Note(f"{NEXT}{listed(NAMES[name] for name in calls)} → {text}", "bad" if bad else "ok", "next")


def said(name: str, call: Call) -> str:
    """``ECONNRESET (once), then 0 (EOF)``, ``data or 0 (EOF)``."""
    now = alternatives(call.now)
    later = [x for x in alternatives(call.then) if x not in now and x != "blocks"]
    text = " or ".join(word(name, x, call.signal) for x in now)
    if not later:
        return text
    once = " (once)" if now[0].isupper() and len(now) == 1 else ""
    return f"{text}{once}, then {' or '.join(word(name, x, call.signal) for x in later)}"


def word(name: str, what: str, signal: str | None) -> str:
    """One outcome of one call."""
    if what == "ok":
        return DONE.get(name, "ok")
    return f"EPIPE + {signal}" if what == "EPIPE" and signal else WORDS.get(what, what)


def _once(error: str, takers: Sequence[str], after: Answers) -> Note:
    """One pending error: who may be told, and what is said after that."""
    later = ", ".join(f"{name} → {_later(name, error, after[name])}" for name in ("read", "write") if name in takers)
    if "connect" in takers:
        others = listed(NAMES[name] for name in takers if name != "connect")
        instead = f"if non-blocking, next {others} may return it instead; " if others else ""
        return Note(f"{NEXT}connect → {error} (once; {instead}then {later or 'blocks'})", "bad", "next")
    late = len(alternatives(after["read"].now)) > 1 or after["read"].now != error
    names = listed(f"{NAMES[name]} (after any data)" if name == "read" and late else NAMES[name] for name in takers)
    return Note(f"{NEXT}{names} → {error} (once{'; then ' + later if later else ''})", "bad", "next")


def _later(name: str, error: str, call: Call) -> str:
    """What a call returns when the error has been told."""
    then = [x for x in (*alternatives(call.then), *alternatives(call.now)) if x not in (error, "data", "blocks")]
    first = list(dict.fromkeys(then))[:1] or ["eof"]
    return "0" if first == ["eof"] else word(name, first[0], call.signal)


def listed(names: Iterable[str]) -> str:
    """``read, write or SO_ERROR``."""
    *head, last = names
    return f"{', '.join(head)} or {last}" if head else last
