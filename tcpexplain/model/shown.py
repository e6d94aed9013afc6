"""How a Capture, a Connection, an Event and a Finding are shown: functions further right, imported when they are called.

Users hold the objects and ask them (``cap[12].plot()``); the objects know nothing of pictures and pages but these names.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

VIEWS = {
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
"""Who shows what: ``module:function``, called with the object first."""


def view(name: str, shown: object, *arguments: Any, **options: Any) -> Any:
    """Show an object in one of the ways of ``VIEWS``."""
    module, function = VIEWS[name].split(":")
    return getattr(import_module(module), function)(shown, *arguments, **options)
