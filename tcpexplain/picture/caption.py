"""What stands above and below a state diagram, whoever draws it: the cause, its sentence, who is who, the small print."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from tcpexplain.picture.geometry import text_width
from tcpexplain.picture.paths import SIDES
from tcpexplain.story.files import legend
from tcpexplain.tuples import NamedTuple
from tcpexplain.units import counted, duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.model.calls import Side
    from tcpexplain.model.connection import Connection
    from tcpexplain.picture.placing import Plan

LEFT = 14.0
"""Where its lines begin."""
FOOTER = 30.0
"""The height of what stands below."""
CODE_SIZE, TITLE_SIZE, WHO_SIZE, SMALL_SIZE = 21.0, 14.5, 13.0, 11.5
CODE, TITLE, TITLE_LINE, WHO = 25.0, 52.0, 20.0, 22.0
"""The middle heights of the cause and of its first line, between the lines, and of who is who above the machine."""
TITLE_LETTERS = 114
SIGN = 16.0
"""Width and height of the sign before an end's address."""
SIGN_GAP, END_GAP = 7.0, 14.0


class Named(NamedTuple):
    """An end: its sign at ``sign``, its words at ``left``."""

    side: Side
    sign: float
    left: float
    words: str


class Caption(NamedTuple):
    """The words of one picture; ``top`` is the height of what stands above the machine."""

    name: str
    lines: tuple[str, ...]
    ends: tuple[Named, ...]
    small: str
    top: float


def caption(connection: Connection, ways: Plan) -> Caption:
    """What to write around the machine of ``connection``."""
    lines = tuple(wrap(connection.finding.title, TITLE_LETTERS)) or ("",)
    return Caption(
        f"{connection.cause}: client {connection.client}, server {connection.server}",
        lines,
        tuple(_ends(connection)),
        _small(connection, crossed=any(arrow.move.kind == "ignored" for arrow in ways.arrows)),
        88.0 + TITLE_LINE * len(lines),
    )


def _ends(connection: Connection) -> Iterator[Named]:
    """Who is who, from left to right."""
    left = LEFT
    for side in SIDES:
        words = f"{side}  {connection.address(side)}"
        yield Named(side, left, left + SIGN + SIGN_GAP, words)
        left += SIGN + SIGN_GAP + text_width(words, WHO_SIZE) + END_GAP


def _small(connection: Connection, *, crossed: bool) -> str:
    """What the numbers are, and what is faint."""
    return " · ".join(
        (
            f"stream {connection.stream}",
            counted(connection.packets, "packet"),
            duration(connection.duration),
            legend(connection) or "numbers on the arrows are packets",
            "faint: states and moves not used",
            "dashed: RST, dotted: time" + (", crossed: ignored" if crossed else ""),
        )
    )
