"""Explain why a TCP connection closed, and what each application saw, from a packet capture.

>>> import tcpexplain as tx
>>> cap = tx.read("x.pcap")  # doctest: +SKIP
>>> cap[12].finding.why      # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tcpexplain.capture import Capture, Connection, Event, Finding
from tcpexplain.errors import CaptureError, TcpexplainError

if TYPE_CHECKING:
    from tcpexplain.analyse import read
    from tcpexplain.magics import load_ipython_extension
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

LATER = {"read": "analyse", "sniff": "sniffing", "Sniffer": "sniffing", "load_ipython_extension": "magics"}
"""What costs time, and the module it is imported from when it is asked for."""


def __getattr__(name: str) -> Any:
    if name in LATER:
        return getattr(import_module(f"tcpexplain.{LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
