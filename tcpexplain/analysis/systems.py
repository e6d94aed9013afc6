"""Which system an end is taken for, and whose calls are predicted: the one asked for, the one its SYN shows, else Linux."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tcpexplain.sockets import Profile, profile
from tcpexplain.vantage.stacks import FREEBSD, LINUX, SYSTEMS

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts

PREDICTED = SYSTEMS[: FREEBSD + 1]
"""The systems whose calls are known, by code; the first stands for none."""
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
    if name not in PREDICTED[1:]:
        raise KeyError(name)
    return PREDICTED.index(name)


def predicted(forced: int, fingerprint: int) -> int:
    """The code of the system whose calls are predicted, of one end or of many (elementwise)."""
    shown = forced + (forced == 0) * fingerprint
    known = shown * (shown <= FREEBSD)
    return known + (known == 0) * LINUX


def both_predicted(client: EndFacts, server: EndFacts) -> int:
    """Both codes in one number, the client's times 8 (elementwise)."""
    return predicted(client.forced, client.fingerprint) * 8 + predicted(server.forced, server.fingerprint)


def basis(forced: int, fingerprint: int) -> int:
    """Why: the place in ``BASES``, of one end or of many (elementwise)."""
    shows = (fingerprint > 0) & (fingerprint <= FREEBSD)
    return (forced > 0) * 2 + (forced == 0) * shows


def profile_of(end: EndFacts) -> Profile:
    """The profile that predicts the calls of an end (``machine.facts.EndFacts``)."""
    return profile(PREDICTED[predicted(end.forced, end.fingerprint)])
