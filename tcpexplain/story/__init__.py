"""One connection as rows, top to bottom: what every ladder shows, in text, Markdown, Mermaid, SVG and HTML.

Segments that matter stand alone; runs of plain data are folded; silences, repeated transmissions, ICMP errors and
timers have rows of their own. A state stands at a side only where it changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.story.folding import Quiet, shortened, with_folds, with_repeats, with_silences
from tcpexplain.story.notes import Note
from tcpexplain.story.row import Cell, Row, label
from tcpexplain.story.teller import rows_of, segments_of

if TYPE_CHECKING:
    from tcpexplain.capture import Connection

__all__ = ["Cell", "Note", "Row", "label", "shortened", "story"]


def story(connection: Connection) -> tuple[Row, ...]:
    """Tell a connection as rows in the order of the capture.

    All of it: `shortened` leaves out what would fill several screens. Connections without events (read with ``events=False``) have their segments, silences and folds, no states.
    """
    segments = segments_of(connection)
    quiet = Quiet(segments)
    rows = with_folds(connection, with_repeats(list(rows_of(connection, segments))), quiet)
    return tuple(with_silences(list(rows), quiet))
