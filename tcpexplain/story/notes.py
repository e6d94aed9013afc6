"""What the calls at each end return, as short notes beside the segments: ``read() → 0  (EOF)``.

A capture does not show calls. A note says what a call returns if the application makes it then, taken from the
events; ``close() or exit`` says what may have sent a FIN. Notes stand where an answer changes, not on every packet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tcpexplain.model.calls import Call, End, Possible, Reset

Tone = Literal["plain", "ok", "bad"]

WORDS = {"eof": "0  (EOF)", "ok": "ok", "data": "data", "blocks": "blocks"}
ACTIONS = {"close": "close()", "exit": "exit", "shutdown-write": "shutdown(SHUT_WR)"}
ABORTS = {
    "close-with-unread-data": ("close(), ", "data unread"),
    "abort-close": ("close(), ", "SO_LINGER 0"),
    "keepalive-timeout": ("", "keepalive gave up"),
    "closed-port": ("", "nobody listens"),
}


@dataclass(frozen=True, slots=True)
class Note:
    """One call and what it returns. ``tone``: bad for an errno, ok for a success, plain for an action of the end itself."""

    text: str
    tone: Tone = "plain"

    def __str__(self) -> str:
        return self.text


def alternatives(possible: Possible | None) -> tuple[str, ...]:
    """The possible outcomes, most likely first."""
    if possible is None:
        return ()
    return (possible,) if isinstance(possible, str) else tuple(possible)


def failed(possible: Possible | None) -> bool:
    """Whether the likeliest outcome is an errno."""
    return bool(possible) and alternatives(possible)[0].isupper()


def outcome(possible: Possible, signal: str | None = None) -> str:
    """``EPIPE + SIGPIPE``, ``ECONNRESET or 0  (EOF)``."""
    words = (WORDS.get(x, x) + (f" + {signal}" if signal and x == "EPIPE" else "") for x in alternatives(possible))
    return " or ".join(words)


def returns(name: str, call: Call) -> tuple[Note, ...]:
    """What a call says next; a second line where a pending error is told only once and EPIPE follows it."""
    signal_now = call.signal if call.now == "EPIPE" or "EPIPE" in alternatives(call.now) else None
    first = Note(f"{name}() → {outcome(call.now, signal_now)}", "bad" if failed(call.now) else "ok")
    if failed(call.now) and call.now != "EPIPE" and call.then == "EPIPE":
        return (first, Note(f"then {outcome('EPIPE', call.signal)}", "bad"))
    return (first,)


def closing(closed_by: tuple[str, ...]) -> Note:
    """``close() or exit``: which calls can have sent this FIN, as far as what followed tells."""
    if "shutdown-write" in closed_by and len(closed_by) > 1:
        return Note("close() or shutdown")
    return Note(" or ".join(ACTIONS.get(x, x) for x in closed_by))


def aborting(reset: Reset) -> tuple[Note, ...]:
    """What the end that sent a RST did, where the RST is an act and not an answer."""
    words = [ABORTS[reason] for reason in alternatives(reset.reason) if reason in ABORTS]
    return tuple(Note(call + how if at == 0 else f"or {how}") for at, (call, how) in enumerate(words[:2]))


def changes(before: End | None, after: End, *, connected: bool) -> tuple[Note, ...]:
    """What an arrival or a timer changed for the calls of one end; of one never ``connected`` only connect() and accept()."""
    old, new = before.next if before else None, after.next
    notes: list[Note] = []
    if new.connect and (not old or old.connect is None or old.connect.now != new.connect.now):
        notes += _connected(new.connect)
    if new.accept and new.accept.now == "ok" and not (old and old.accept and old.accept.now == "ok"):
        notes.append(Note("accept() → fd", "ok"))
    unaccepted = new.accept is not None and new.accept.now != "ok"
    if not connected or unaccepted or failed(new.connect.now if new.connect else None):
        return tuple(notes)
    closed = after.state == "CLOSE-WAIT" and (not before or before.state != "CLOSE-WAIT")
    written = _write(old.write if old else None, new.write, closed=closed)
    refused = any(note.tone == "bad" for note in written)
    ended = _end_of_reading(new.read)
    if ended and (refused or ended != (_end_of_reading(old.read) if old else None)):
        notes.append(Note(f"read() → {outcome(ended)}", "bad" if failed(ended) else "ok"))
    notes += written
    return tuple(sorted(notes, key=lambda note: note.tone != "bad"))


def _connected(call: Call) -> tuple[Note, ...]:
    """connect() returned: 0, or an errno; nothing while it is under way."""
    if call.now == "ok":
        return (Note("connect() → 0", "ok"),)
    return (Note(f"connect() → {outcome(call.now)}", "bad"),) if failed(call.now) else ()


def _write(old: Call | None, new: Call, *, closed: bool) -> tuple[Note, ...]:
    """A write that fails, or that surprisingly still does not."""
    if failed(new.now):
        return () if old and old.now == new.now else returns("write", new)
    return (Note("write() still → ok", "ok"),) if closed and new.now == "ok" else ()


def _end_of_reading(call: Call) -> Possible | None:
    """How reads end, once what had arrived has been read; None if they do not."""
    for possible in (call.now, call.then):
        ends = tuple(x for x in alternatives(possible) if x == "eof" or x.isupper())
        if ends:
            return ends[0] if len(ends) == 1 else ends
        if possible != "data":
            return None
    return None
