"""What stands beside the segments: what an application did, as the packets show it, and what its next calls return.

A capture does not show calls. ``wrote 26 bytes`` says what the packets prove, not how many calls it took; ``close() or
exit`` says what can have sent a FIN; ``next write → EPIPE + SIGPIPE`` is what the next call returns if it is made then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tcpexplain.units import counted
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from tcpexplain.model.calls import Possible, Reset
    from tcpexplain.model.said import Heard

Tone = Literal["plain", "ok", "bad"]
Form = Literal["did", "next", "closed", "same"]
"""did: it happened; next: what a call will return; closed: the same of a descriptor that is probably closed; same: as before."""

ACTIONS = {"close": "close()", "exit": "exit", "shutdown-write": "shutdown(SHUT_WR)"}
ABORTS = {
    "close-with-unread-data": ("close(), ", "data unread"),
    "abort-close": ("close(), ", "SO_LINGER 0"),
    "keepalive-timeout": ("", "keepalive gave up"),
    "closed-port": ("", "nobody listens"),
}
BETWEEN = " · "
"""Between predictions on one line, of which only the first says "next"."""
NEXT = "next "
IF_OPEN = "if open: "
"""Before the predictions for a descriptor that its application has probably closed."""


@frozen
class Note:
    """One thing that happened or will. ``tone``: bad for an errno, ok for a success, plain for an action of the end itself."""

    text: str
    tone: Tone = "plain"
    form: Form = "did"

    def __str__(self) -> str:
        return self.text


SAME = Note("· as before", form="same")
"""The quiet mark: the state may be another, the next calls return what they would have returned before."""
NO_SOCKET = Note("· no socket", form="same")
"""The quiet mark of an end where nobody has a socket yet."""


def alternatives(possible: Possible | None) -> tuple[str, ...]:
    """The possible outcomes, most likely first."""
    if possible is None:
        return ()
    return (possible,) if isinstance(possible, str) else tuple(possible)


def closing(closed_by: tuple[str, ...]) -> Note:
    """``close() or exit``: which calls can have sent this FIN, as far as what followed tells."""
    if "shutdown-write" in closed_by and len(closed_by) > 1:
        return Note("close() or shutdown")
    return Note(" or ".join(ACTIONS.get(x, x) for x in closed_by))


def aborting(reset: Reset) -> tuple[Note, ...]:
    """What the end that sent a RST did, where the RST is an act and not an answer."""
    words = [ABORTS[reason] for reason in alternatives(reset.reason) if reason in ABORTS]
    return tuple(Note(call + how if at == 0 else f"or {how}") for at, (call, how) in enumerate(words[:2]))


def wrote(length: int, segments: int, *, unread: bool, partial: bool) -> Note:
    """``wrote 26 bytes``: what was written, whatever number of calls it took; nobody ever read it if ``unread``, and it was more if ``partial``."""
    text = f"wrote {counted(length, 'byte')}{' or more' if partial else ''}"
    if segments > 1:
        text += f" in {segments:,} segments"
    return Note(f"{text} (never read)" if unread else text, "ok")


def said(message: Heard) -> Note:
    """``GET /orders``; ``GET /orders → 200, 440 of 1,000 bytes`` where an answer was cut."""
    text = (
        f"{message.answers} → {message.name}" if message.answers and message.answers != message.name else message.name
    )
    if message.whole is not False:
        return Note(text, "ok")
    return Note(
        f"{text}, {message.bytes:,} of {message.promised:,} bytes" if message.promised else f"{text}, cut", "bad"
    )


def parted(note: Note) -> tuple[str, ...]:
    """The parts of a note that does not fit on a line: ``if open:``, and each of its predictions."""
    if note.form != "closed":
        return (note.text,)
    head, *others = note.text.split(BETWEEN)
    return (IF_OPEN.strip(), head.removeprefix(IF_OPEN), *(f"{NEXT}{other}" for other in others))


def together(notes: tuple[Note, ...], width: int) -> tuple[Note, ...]:
    """Predictions side by side where a line of ``width`` letters holds them: ``next read → blocks · write → ok``."""
    told: list[Note] = []
    for note in notes:
        last = told[-1] if told else None
        joined = f"{last}{BETWEEN}{note.text.removeprefix(NEXT)}"
        if (
            last
            and last.form == note.form
            and (last.tone == "bad") == (note.tone == "bad")
            and _foretell(last, note)
            and len(joined) <= width
        ):
            told[-1] = Note(joined, note.tone, note.form)
        else:
            told.append(note)
    return tuple(told)


def _foretell(*notes: Note) -> bool:
    """Whether all of them are predictions of no more than one call each, without a bracket."""
    return all(note.form == "next" and "(once" not in note.text and ", then" not in note.text for note in notes)
