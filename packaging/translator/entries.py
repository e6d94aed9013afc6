"""The entry points of the hot sources, and their translation as one file of C."""

from __future__ import annotations

from importlib import import_module
from types import FunctionType

from tcpexplain.analysis.memory import KINDS
from tcpexplain.machine.step import Book
from tcpexplain.native.sources import PACKAGE, hot_files
from translator.boundary import Boundary
from translator.unit import Unit

RECORDS = {kind.__name__: fields for kind, fields in KINDS.items()}
"""The fields of each record."""
OPTIONAL = ("readers/live", "readers/tshark", "readers/filter", "machine/graph")
"""Hot folders' files that need packages which a build does not install; no hot function is in them."""


def entry_points() -> list[FunctionType]:
    """All functions that say what ``fits`` them, in the order of the sources."""
    found = []
    for path in hot_files():
        name = path.relative_to(PACKAGE).with_suffix("").as_posix()
        if name in OPTIONAL:
            continue
        module = import_module("tcpexplain." + name.replace("/", ".").removesuffix(".__init__"))
        found += [
            one
            for one in vars(module).values()
            if isinstance(one, FunctionType) and hasattr(one, "fits") and one.__module__ == module.__name__
        ]
    return found


def translated() -> str:
    """The file."""
    unit = Unit(RECORDS, {"Book": Book}, PACKAGE.parent)
    boundary = Boundary(unit)
    for function in entry_points():
        boundary.add(function)
    return unit.text(boundary.text())
