"""How a Capture, a Connection, an Event and a Finding are shown: functions further right, imported when they are called.

Users hold the objects and ask them (``cap[12].plot()``). The objects know nothing of pictures and pages but these names:
the package says who shows what when it is imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from os import PathLike

VIEWS: dict[str, str] = {}
"""Who shows what: ``module:function``, called with the object first. ``tcpexplain/__init__.py`` fills it."""


def view(name: str, shown: object, *arguments: Any, **options: Any) -> Any:
    """Show an object in one of the ways of ``VIEWS``."""
    module, function = VIEWS[name].split(":")
    return getattr(import_module(module), function)(shown, *arguments, **options)


class Ladder(Protocol):
    """The ladder of one connection as ``Connection.ladder`` gives it: it shows itself in a notebook."""

    name: str
    svg: str

    def save(self, path: str | PathLike[str]) -> None:
        """Write the SVG."""


class Report(Protocol):
    """A postmortem as ``report()`` gives it: Markdown where it is shown, text where it is printed."""

    @property
    def text(self) -> str:
        """The report of a terminal, without colours."""

    @property
    def markdown(self) -> str:
        """The postmortem."""

    @property
    def html(self) -> str:
        """The self-contained page."""

    @property
    def json(self) -> str:
        """JSON Lines, schema tcpexplain/1."""

    def save(self, path: str | PathLike[str], *, draw: str = "diagram", theme: str = "light") -> None:
        """Write the format that the file name ends in; raises `TcpexplainError` (TE030) if there is none such."""
