"""One connection as rows, top to bottom: what every ladder shows, in text, Markdown, Mermaid, SVG and HTML.

Segments that matter stand alone; runs of plain data are folded; silences, repeated transmissions, ICMP errors and
timers have rows of their own. A state stands at a side only where it changes. Beside it stands what the application did,
and what its next calls return wherever that differs from the rows above; a quiet mark where a state changes and they do not.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from tcpexplain.story.folding import Quiet, net_of, shortened, with_end, with_folds, with_repeats, with_silences
from tcpexplain.story.foretold import annotated
from tcpexplain.story.notes import Note, parted, together
from tcpexplain.story.row import Cell, Row, label
from tcpexplain.story.teller import rows_of, segments_of

if TYPE_CHECKING:
    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection

__all__ = ["Cell", "Note", "Row", "annotated", "end_of", "label", "net_of", "parted", "shortened", "story", "together"]

OVER = ("CLOSED", "LISTEN", "TIME-WAIT")
"""States in which nothing more is expected of an end."""


def story(connection: Connection, until: float | None = None) -> tuple[Row, ...]:
    """Tell a connection as rows in the order of the capture.

    All of it: `shortened` leaves out what would fill several screens. Connections without events (read with
    ``events=False``) have their segments, silences and folds, no states. ``until`` is when the capture ended, in seconds
    since the connection's first packet: a connection that was open then ends with that silence.
    """
    segments = segments_of(connection)
    quiet = Quiet(segments, longest_wait(connection))
    seen = list(rows_of(connection, segments))
    if connection.kernel:
        from tcpexplain.story.kernel import with_kernel

        seen = with_kernel(connection, seen)
    rows = with_folds(connection, with_repeats(seen), quiet)
    told = list(with_silences(list(rows), quiet))
    still = until is not None and any(state not in OVER for state in connection.final.values())
    return tuple(annotated(with_end(told, until) if still and until is not None else told))


def longest_wait(connection: Connection) -> float:
    """Seconds of the longest time without a packet, where some packets are not at hand to show it themselves."""
    known = connection.facts.facts if connection.omitted and connection.facts else None
    # Packets have times of nanoseconds; rows count seconds.
    return known.silence / 1e9 + 1e-6 if known else inf


def end_of(capture: Capture, connection: Connection) -> float:
    """When the capture ended, in seconds since the connection's first packet: for `story`."""
    return (capture.start - connection.start) / 1e9 + capture.duration
