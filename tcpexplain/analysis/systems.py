"""Which system an end is taken for, and whose calls are predicted: the one asked for, the one its SYN shows, else Linux."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.sockets import Profile, names, profile
from tcpexplain.tuples import NamedTuple
from tcpexplain.vantage.stacks import LINUX, SYSTEMS

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts

BY_CODE = (*SYSTEMS, *(name for name in names() if name not in SYSTEMS))
"""All systems, by code: those that a SYN shows, then those that can only be asked for; the first stands for none."""
MOST = 15
"""The largest code: it is packed into four bits."""
PREDICTED = tuple(name for name in BY_CODE if name in names())
"""The systems whose calls are known."""
SHOWN_ONLY = tuple(code for code, name in enumerate(BY_CODE) if name and name not in PREDICTED)
"""Codes of the systems that a SYN shows, and whose calls are not known."""
AUTO = "auto"
BASES = ("default", "fingerprint", "forced")


class Systems(NamedTuple):
    """What the ends of all connections are taken for: a system, or ``auto``: each for what it shows to be."""

    client: str = AUTO
    server: str = AUTO

    @property
    def forced(self) -> int:
        """As the loop takes them (``machine.step.Book``)."""
        return code(self.client) | code(self.server) << 4


NOTHING_FORCED = Systems()


def systems(os: str = AUTO, client_os: str | None = None, server_os: str | None = None) -> Systems:
    """``os`` for both ends, unless one is named; KeyError if the calls of a system are not known."""
    found = Systems(client_os or os, server_os or os)
    code(found.client), code(found.server)
    return found


def code(name: str) -> int:
    """The code of a system, 0 for ``auto``; KeyError if its calls are not known."""
    if name == AUTO:
        return 0
    if name not in PREDICTED:
        raise KeyError(name)
    return BY_CODE.index(name)


def predicted(forced: int, fingerprint: int) -> int:
    """The code of the system whose calls are predicted, of one end or of many (elementwise)."""
    shown = forced + (forced == 0) * fingerprint
    known = shown * has_profile(shown)
    return known + (known == 0) * LINUX


def has_profile(code: int) -> int:
    """Whether the calls of a system are known (elementwise)."""
    found = code > 0
    for other in SHOWN_ONLY:
        found = found & (code != other)
    return found


def predicted_of(end: EndFacts) -> int:
    """The same code, of what is known of an end or of many ends (elementwise)."""
    return predicted(end.forced, end.fingerprint)


def basis(forced: int, fingerprint: int) -> int:
    """Why: the place in ``BASES``, of one end or of many (elementwise)."""
    return (forced > 0) * 2 + (forced == 0) * has_profile(fingerprint)


def profile_of(end: EndFacts) -> Profile:
    """The profile that predicts the calls of an end (``machine.facts.EndFacts``)."""
    return profile(BY_CODE[predicted_of(end)])
