"""What is said of a RST that shows its end's stack: it is the end's own, and which call or event it stands for is left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.machine.resets import DARWIN_HABIT, FAST_CLOSE_HABIT, WINDOWS_HABIT

if TYPE_CHECKING:
    from tcpexplain.machine.facts import Facts

WAYS = {
    WINDOWS_HABIT: "RST and ACK with window 0 is how Windows ends a socket: its process was killed, closed it hard (SO_LINGER 0), or left data unread",
    DARWIN_HABIT: "A RST without ACK that answers nothing is how macOS and iOS end a socket: an application or the system gave it up, by SO_LINGER 0 or otherwise",
    FAST_CLOSE_HABIT: "The RST carries MPTCP's fast close (MP_FASTCLOSE): it aborted the whole MPTCP connection, not this path alone",
}
"""By ``Facts.reset_habit``."""


def way(facts: Facts, plain: str) -> str:
    """How an end aborted; ``plain`` where its RST is like any other."""
    return WAYS.get(int(facts.reset_habit), plain)
