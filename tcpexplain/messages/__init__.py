"""Where the messages of a connection begin and end: one file a protocol, recognised by what it says, not by its port."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, cast

from tcpexplain import registry
from tcpexplain.wire.lead import NOTHING, UNSEEN, lead

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Talk

ENOUGH = 4
"""Bytes by which a protocol can be known at least."""
TRIES = 8
"""Segments of a direction that are looked at for a protocol before it stays unknown."""


class Language(Protocol):
    """A module of ``messages/``."""

    NAME: str
    """What reports call it."""
    RANK: int
    """Who is asked first, of protocols that begin alike."""
    FAREWELL: tuple[bool, bool]
    """Whether the client, the server, says goodbye before it closes in order."""
    GREETS: bool
    """Whether the server speaks first, so that a client's first bytes are none of it; False by default."""
    OPAQUE: bool
    """Whether what is whole in it says nothing of the messages that it carries; False by default."""

    ANSWERS: bool
    """Whether every request is answered, so that a server that closes without owes it; False by default."""

    NAMES_REQUESTS: bool
    """Whether an answer names its request, so that it is known again behind a gap; False by default."""

    def recognises(self, data: bytes) -> bool:
        """Whether a direction begins like this, with its first bytes."""

    def begins(self, data: bytes) -> bool:
        """Whether that may be so of a first segment that the snap length cut; never by default."""

    def reading(self, talk: Talk, side: int) -> Generator[Want, bytes, None]:
        """Read a direction from a message's beginning on."""

    def resumes(self, data: bytes) -> bool:
        """Whether a segment in the middle begins with a message."""


@cache
def languages() -> tuple[Language, ...]:
    """All protocols, those that are surest to recognise first."""
    return tuple(sorted(cast("tuple[Language, ...]", registry.members(__name__)), key=lambda one: one.RANK))


def may_answer(talk: Talk, side: int, server: bool | None) -> bool:
    """Whether what nobody has asked for in a known protocol may be an answer: not where its beginning was seen, and was none.

    Nor is it what the end begins with that opened the connection.
    """
    flow, other = talk.flows[side], talk.flows[1 - side]
    foreign = talk.tries[1 - side] > 0 and not other.resumed
    return flow.resumed or not (flow.reach or server is False or foreign)


def known(data: bytes, length: int, server: bool | None, *, answers: bool = True) -> Any:
    """The protocol that begins like this; None if none does. ``length``: on the wire; ``answers``: whether this may be an answer."""
    if len(data) < ENOUGH or lead(data, 0, len(data), length) in (NOTHING, UNSEEN):
        return None
    cut = len(data) < length
    found = next(
        (
            one
            for one in languages()
            if (one.recognises(data) or (cut and hasattr(one, "begins") and one.begins(data)))
            and not (server is False and getattr(one, "GREETS", False))
        ),
        None,
    )
    is_answer = None if answers else getattr(found, "is_answer", None)
    return None if is_answer and is_answer(data) else found


def say(talk: Talk, side: int, at: int, data: bytes, length: int, packet: int, time: int, server: bool | None) -> None:
    """A segment of a connection: recognise its protocol if that is open, and read on."""
    flow = talk.flows[side]
    if flow.reading is None and at == flow.reach and (talk.protocol or talk.tries[side] < TRIES):
        listen(talk, side, data, length, server)
    flow.feed(at, data, length, packet, time)


def listen(talk: Talk, side: int, data: bytes, length: int, server: bool | None) -> None:
    """Look for a protocol at the beginning of a segment."""
    flow = talk.flows[side]
    talk.tries[side] += 1
    if talk.protocol is None:
        talk.protocol = known(data, length, server, answers=may_answer(talk, side, server))
        if talk.protocol is None:
            return
    elif flow.reach and not (talk.tunnel and talk.tries[side] == 1) and not talk.protocol.resumes(data):
        return
    if flow.reach:
        flow.resumed = flow.resumed or not talk.tunnel
        if flow.lost:
            # Which requests were answered meanwhile, nobody knows.
            flow.lost, talk.memo["hazy"], talk.started = False, True, None
            if side != talk.asker or not getattr(talk.protocol, "NAMES_REQUESTS", False):
                talk.waiting.clear()
        talk.open[side] = None
    # The other direction may have ended the reading of this one amidst a message.
    flow.position, flow.buffer = flow.reach, b""
    talk.read(side, talk.protocol.reading(talk, side))


def upgrade(talk: Talk, protocol: Any) -> None:
    """From here on both ends speak something else; None: whatever a segment begins with."""
    talk.protocol, talk.tunnel = protocol, True
    for flow in talk.flows:
        if flow.reading is not None and not cast("Any", flow.reading).gi_running:
            flow.reading, flow.buffer, flow.want, flow.mark = None, b"", 0, b""
    talk.tries = [0, 0]
    talk.waiting.clear()
