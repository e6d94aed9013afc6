"""The one place where a state changes."""

from __future__ import annotations

from typing import Any

from tcpexplain.machine.transitions import EVENTS, NEXT, State

_ESTABLISHED = int(State.ESTABLISHED)


def move(end: Any, event: int) -> None:
    """One look-up in the table."""
    end.state = NEXT[end.state * EVENTS + event]
    if end.state == _ESTABLISHED:
        end.connected = 1
