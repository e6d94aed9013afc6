"""The kernel's own account: state changes, errors put on sockets, RSTs sent (with the reason) and accepted.

Read from an instance of tracefs of our own; no BPF, no change of anybody else's tracing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.kernel.lines import KINDS, LINE, SocketEvent, leap
from tcpexplain.kernel.lines import parsed as read
from tcpexplain.kernel.tracefs import ROOT, Instance
from tcpexplain.kernel.tracefs import unavailable as available
from tcpexplain.lab.packets import IPv4Endpoint
from tcpexplain.values import frozen

if TYPE_CHECKING:
    import re

__all__ = ["LINE", "ROOT", "Trace", "Traced", "available", "parsed"]

EVENTS = {kind: event for event, kind in KINDS.items()}


@frozen
class Traced:
    """One line of the trace: ``kind`` is the tracepoint's name, ``time`` nanoseconds since 1970 (rounded to microseconds)."""

    time: int
    kind: str
    local: IPv4Endpoint
    remote: IPv4Endpoint
    previous: str = ""
    state: str = ""
    reason: str = ""
    error: str = ""


def state_name(name: str) -> str:
    """The truth files' word for RFC 9293's."""
    return "SYN_RCVD" if name == "SYN-RECEIVED" else name.replace("-", "_")


class Trace(Instance):
    """Tracing while the block lasts; ``rows()`` gives what was traced since ``clear()``."""

    def clear(self) -> None:
        """Forget what was traced so far."""
        (self.path / "trace").write_text("")

    def rows(self) -> list[Traced]:
        """What was traced, in the order of time."""
        ahead = leap()
        found = (LINE.search(line) for line in (self.path / "trace").read_text().splitlines())
        rows = (parsed(match, ahead) for match in found if match)
        return [row for row in rows if row]


def parsed(match: re.Match[str], ahead: int) -> Traced | None:
    """One line as a row; None for other families and protocols."""
    found = read(match.string, ahead)
    if not isinstance(found, SocketEvent) or "family=AF_INET6" in match.string or ":" in found.local.address:
        return None
    one = found.traced
    return Traced(
        one.time,
        EVENTS[one.kind],
        IPv4Endpoint(found.local.address, found.local.port),
        IPv4Endpoint(found.remote.address, found.remote.port),
        previous=state_name(one.previous),
        state=state_name(one.state),
        reason=one.reason,
        error=one.error,
    )
