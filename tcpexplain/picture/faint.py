"""What is drawn faintly of RFC 9293's machine: each way between two states, as the first event that takes it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tcpexplain.machine.graph import Kind, kind
from tcpexplain.machine.transitions import TRANSITIONS, State
from tcpexplain.picture.places import target

if TYPE_CHECKING:
    from tcpexplain.picture.places import Place


@cache
def faint(*, unknown: bool) -> dict[tuple[Place, Place], Kind]:
    """The ways by where they begin and end; those of UNKNOWN only where a connection has been there."""
    found: dict[tuple[Place, Place], Kind] = {}
    for row in TRANSITIONS:
        if unknown or State.UNKNOWN not in (row.state, row.next):
            found.setdefault((row.state, target(row.state, row.next)), kind(row.event))
    return found
