"""Explain why a TCP connection closed, and what each application saw, from a packet capture.

>>> import tcpexplain as tx
>>> cap = tx.demo()                    # or tx.read("x.pcap")
>>> cap.failed[0].finding.title
'the server wrote to a client that was gone'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tcpexplain.model.shown import VIEWS

if TYPE_CHECKING:
    from tcpexplain.errors import CaptureError, TcpexplainError
    from tcpexplain.live.sniff import Sniffer, sniff
    from tcpexplain.model.calls import Event
    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection, Finding
    from tcpexplain.notebook.magics import load_ipython_extension
    from tcpexplain.reading.demo import demo
    from tcpexplain.reading.read import read

    __version__: str

__all__ = [
    "Capture",
    "CaptureError",
    "Connection",
    "Event",
    "Finding",
    "Sniffer",
    "TcpexplainError",
    "__version__",
    "demo",
    "load_ipython_extension",
    "read",
    "sniff",
]

LATER = {
    "Capture": "model.capture",
    "CaptureError": "errors",
    "Connection": "model.connection",
    "Event": "model.calls",
    "Finding": "model.connection",
    "Sniffer": "live.sniff",
    "TcpexplainError": "errors",
    "demo": "reading.demo",
    "load_ipython_extension": "notebook.magics",
    "read": "reading.read",
    "sniff": "live.sniff",
}
"""The module of each name, imported when it is asked for: the command line is there at once, also for a Ctrl-C."""


VIEWS.update(
    {
        "capture.match": "tcpexplain.log.match:match",
        "capture.anonymize": "tcpexplain.pseudonyms.capture:anonymize",
        "matches.text": "tcpexplain.notebook.matched:text",
        "matches.html": "tcpexplain.notebook.matched:html",
        "matches.pandas": "tcpexplain.tables.logs:to_pandas",
        "matches.polars": "tcpexplain.tables.logs:to_polars",
        "capture.text": "tcpexplain.notebook.writing:capture_text",
        "capture.html": "tcpexplain.notebook.summary:html",
        "capture.plot": "tcpexplain.notebook.drawing:plot_capture",
        "capture.report": "tcpexplain.notebook.writing:report_on_capture",
        "connection.text": "tcpexplain.notebook.writing:connection_text",
        "connection.html": "tcpexplain.notebook.ladder:html",
        "connection.plot": "tcpexplain.notebook.drawing:plot_connection",
        "connection.ladder": "tcpexplain.notebook.drawing:ladder",
        "connection.report": "tcpexplain.notebook.writing:report_on_connection",
        "event.html": "tcpexplain.notebook.event:html",
        "finding.html": "tcpexplain.notebook.finding:html",
        "pandas": "tcpexplain.tables.dataframes:to_pandas",
        "polars": "tcpexplain.tables.dataframes:to_polars",
    }
)
"""Who shows what users hold; imported when it is asked for, too."""


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("importlib.metadata").version("tcpexplain")
    if name in LATER:
        return getattr(import_module(f"tcpexplain.{LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names, and nothing of how they are found."""
    return sorted(__all__)
