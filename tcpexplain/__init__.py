"""Explain why a TCP connection closed, and what each application saw, from a packet capture.

>>> import tcpexplain as tx
>>> cap = tx.read("x.pcap")  # doctest: +SKIP
>>> cap[12].finding.why      # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.capture import Capture, Connection, Event, Finding
from tcpexplain.errors import CaptureError, TcpexplainError

if TYPE_CHECKING:
    from tcpexplain.analyse import read

__all__ = ["Capture", "CaptureError", "Connection", "Event", "Finding", "TcpexplainError", "read"]


def __getattr__(name: str) -> Any:
    """Import what costs time when it is asked for."""
    if name == "read":
        from tcpexplain.analyse import read

        return read
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
