"""The one place where a state changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.machine.transitions import EVENTS, NEXT, State

if TYPE_CHECKING:
    from tcpexplain.machine.endpoint import Endpoint

_ESTABLISHED = int(State.ESTABLISHED)


def move(end: Endpoint, event: int) -> None:
    """One look-up in the table."""
    end.state = NEXT[end.state * EVENTS + event]
    if end.state == _ESTABLISHED:
        end.connected = 1
