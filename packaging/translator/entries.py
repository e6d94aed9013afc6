"""The entry points of the hot sources, and their translation as one file of C."""

from __future__ import annotations

from importlib import import_module
from inspect import get_annotations
from types import FunctionType, ModuleType

from tcpexplain.analysis.memory import KINDS
from tcpexplain.native.sources import PACKAGE, hot_files
from translator.boundary import Boundary
from translator.unit import Unit

RECORDS = {kind.__name__: kind.FIELDS for kind in KINDS}
"""The fields of each record."""
OPTIONAL = ("readers/live", "readers/tshark", "readers/filter", "machine/graph")
"""Hot folders' files that need packages which a build does not install; no hot function is in them."""


def modules() -> list[ModuleType]:
    """The hot modules, imported, in the order of the sources."""
    names = [path.relative_to(PACKAGE).with_suffix("").as_posix() for path in hot_files()]
    return [
        import_module("tcpexplain." + name.replace("/", ".").removesuffix(".__init__"))
        for name in names
        if name not in OPTIONAL
    ]


def own(module: ModuleType) -> list[object]:
    """What a module defines itself."""
    return [one for one in vars(module).values() if getattr(one, "__module__", "") == module.__name__]


def entry_points() -> list[FunctionType]:
    """All functions that say what ``fits`` them."""
    everything = (one for module in modules() for one in own(module))
    return [one for one in everything if isinstance(one, FunctionType) and hasattr(one, "fits")]


def groups(*more: ModuleType) -> dict[str, type]:
    """The named tuples of the hot modules, by their names; which of them hot functions are given, annotations say."""
    everything = (one for module in (*modules(), *more) for one in own(module))
    return {one.__name__: one for one in everything if isinstance(one, type) and issubclass(one, tuple)}


def protocols(*more: ModuleType) -> dict[str, tuple[str, ...]]:
    """The fields of the protocols that stand for records, by their names."""
    everything = (one for module in (*modules(), *more) for one in own(module))
    return {
        one.__name__: tuple(get_annotations(one))
        for one in everything
        if isinstance(one, type) and getattr(one, "_is_protocol", False) and get_annotations(one)
    }


def translated() -> str:
    """The file."""
    unit = Unit(RECORDS, groups(), protocols(), PACKAGE.parent)
    boundary = Boundary(unit)
    for function in entry_points():
        boundary.add(function)
    return unit.text(boundary.text())
