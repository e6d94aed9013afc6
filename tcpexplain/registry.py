"""How a plural package (readers, sockets, causes, reports) finds its members: every module in it is one."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


@cache
def names(package: str) -> tuple[str, ...]:
    """Names of the members of ``package`` (``tcpexplain.causes``), sorted; nothing is imported but the package."""
    paths = import_module(package).__path__
    files = [file for path in paths for file in os.listdir(path)]  # noqa: PTH208 (names are all that is asked for)
    return tuple(
        sorted(file.removesuffix(".py") for file in files if file.endswith(".py") and not file.startswith("_"))
    )


def member(package: str, name: str) -> ModuleType:
    """Import one member; KeyError if there is none of that name."""
    if name not in names(package):
        raise KeyError(name)
    return import_module(f"{package}.{name}")


def members(package: str) -> tuple[ModuleType, ...]:
    """Import all members, sorted by name."""
    return tuple(member(package, name) for name in names(package))
