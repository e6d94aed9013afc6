"""How a plural package (readers, sockets, causes, reports) finds its members: every module in it is one."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


@cache
def names(package: str) -> tuple[str, ...]:
    """Names of the members of ``package`` (``tcpexplain.causes``), sorted; nothing is imported but the package."""
    paths = import_module(package).__path__
    return tuple(sorted(module.name for module in iter_modules(paths) if not module.name.startswith("_")))


def member(package: str, name: str) -> ModuleType:
    """Import one member; KeyError if there is none of that name."""
    if name not in names(package):
        raise KeyError(name)
    return import_module(f"{package}.{name}")


def members(package: str) -> tuple[ModuleType, ...]:
    """Import all members, sorted by name."""
    return tuple(member(package, name) for name in names(package))
