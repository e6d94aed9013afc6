"""What is known only when all packets have been read: messages, and what connections tell of each other."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from tcpexplain.analysis import shapes
from tcpexplain.reading.listening import note_unread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.errors import Warning  # noqa: A004 (the word users see)
    from tcpexplain.reading.request import Request
    from tcpexplain.reading.single import Found, Path

AT_ONCE = 20_000
"""Packets of a capture all of whose messages are read at once."""
HEARD = 2_000
"""Answers that are read because something failed upstream of them."""


def look_across(
    request: Request, found: Found, warnings: list[Warning], *, identify: bool
) -> Callable[[Sequence[int]], None] | None:
    """Read messages, and note what connections tell of each other; what is returned reads the messages of more."""
    analysis, hears = found.analysis, request.messages != "none"
    hear = listen(analysis, request, found.again) if request.twice and hears and not analysis.heard else None
    if hears:
        shapes.note(analysis)
    note_unread(analysis, asked=hears)
    if identify:
        note_links(analysis, hear)
    if warnings:
        from tcpexplain.analysis import losses

        losses.note(analysis, warnings)
    return hear


def listen(
    analysis: Analysis, request: Request, again: Callable[[list[int]], Any] | None
) -> Callable[[Sequence[int]], None] | None:
    """Read the messages of connections, and add what they say to their facts; those of the others, what is returned reads.

    Where all messages of a large capture are asked for, those of connections that need none for their verdicts are read when somebody shows them.
    """
    from tcpexplain.analysis.heard import note, worth_hearing
    from tcpexplain.reading.listening import Listener, hear_more

    files = [os.fspath(cast("Path", one)) for one in request.given]
    listener = Listener(analysis, files, request.reader, request.filter, again, every=request.told_of_each)
    everything = request.every or (request.messages == "full" and analysis.packets <= AT_ONCE)
    analysis.words = dict(note(analysis, listener.outcomes(worth_hearing(analysis, everything=everything))))
    return None if everything else partial(hear_more, listener)


def note_links(analysis: Analysis, hear: Callable[[Sequence[int]], None] | None) -> None:
    """Link the connections on the two sides of proxies; the answers that clients got for a failure upstream are read for that."""
    if analysis.streams < 2:
        return
    from tcpexplain.identity.linked import links_of, pairs_of

    pairs = pairs_of(analysis)
    failed = [pair.front.stream for pair in pairs if pair.back.bad]
    if hear and failed:
        hear(failed[:HEARD])
    analysis.linked = links_of(analysis, pairs)
