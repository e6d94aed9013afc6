"""Explain why a TCP connection closed, and what each application saw, from a packet capture.

>>> import tcpexplain as tx
>>> cap = tx.read("x.pcap")  # doctest: +SKIP
>>> cap[12].finding.why      # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tcpexplain.capture import Capture, Connection, Event, Finding
    from tcpexplain.errors import CaptureError, TcpexplainError
    from tcpexplain.magics import load_ipython_extension
    from tcpexplain.reading import read
    from tcpexplain.sniffing import Sniffer, sniff

__all__ = [
    "Capture",
    "CaptureError",
    "Connection",
    "Event",
    "Finding",
    "Sniffer",
    "TcpexplainError",
    "load_ipython_extension",
    "read",
    "sniff",
]

LATER = {
    "Capture": "capture",
    "CaptureError": "errors",
    "Connection": "capture",
    "Event": "capture",
    "Finding": "capture",
    "Sniffer": "sniffing",
    "TcpexplainError": "errors",
    "load_ipython_extension": "magics",
    "read": "reading",
    "sniff": "sniffing",
}
"""The module of each name, imported when it is asked for: the command line is there at once, also for a Ctrl-C."""


def __getattr__(name: str) -> Any:
    if name in LATER:
        return getattr(import_module(f"tcpexplain.{LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *LATER]
