"""The hot functions compiled by numba: the same source, with compiled callees.

A function is rebuilt over a copy of its module's globals in which every hot function it calls is rebuilt too, ``words``'
loaders are their array versions, and lists are arrays. Machine code is kept on disk in a folder named by a hash of all hot
sources and of numba's version; what it takes to call it from there is in ``native.library``.
"""

from __future__ import annotations

import os
import sys
from dis import get_instructions
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar, cast

from tcpexplain.hot.inline import borrowed, compiled_borrowed
from tcpexplain.hot.intrinsics import compiled_fetch, compiled_load
from tcpexplain.hot.prefetch import (
    fetch,
    fetch_all,
    fetch_connections,
    fetch_frame,
    foresee,
    foresee_connections,
    foresee_frame,
)
from tcpexplain.native import library
from tcpexplain.tracking.intake import take_familiar, take_none
from tcpexplain.wire import words

Function = TypeVar("Function")

HOT = (
    "hot",
    "wire",
    "readers",
    "vantage",
    "machine",
    "tracking",
    "native",
    "analysis/conclude",
    "analysis/memory",
    "parallel/buckets",
    "parallel/copies",
    "reading/warm_up",
)
"""Packages and modules whose sources name the folder of the compiled code."""


INSTEAD: dict[Any, Any] = {
    foresee: fetch_all,
    foresee_connections: fetch_connections,
    foresee_frame: fetch_frame,
    take_familiar: take_none,
}
"""Functions that compiled code has others for."""


def wanted() -> bool | None:
    """What ``TCPEXPLAIN_COMPILED`` says: 1 always, 0 never; None: by the size of the capture."""
    return {"0": False, "1": True}.get(os.environ.get("TCPEXPLAIN_COMPILED", ""))


def available() -> bool:
    """Whether numba is installed; it is not imported to find out."""
    from importlib.util import find_spec

    return find_spec("numba") is not None and find_spec("numpy") is not None


@cache
def folder() -> Path:
    """Where compiled code of these very sources is kept: below ``TCPEXPLAIN_CACHE``, else the user's cache folder."""
    given = os.environ.get("TCPEXPLAIN_CACHE") or os.environ.get("XDG_CACHE_HOME")
    home = Path(given) if given else Path.home() / ".cache"
    return home / "tcpexplain" / fingerprint()


@cache
def fingerprint() -> str:
    """A hash of all hot sources, of numba's version and of Python's."""
    here = Path(__file__).parent.parent
    packages = [installed(name) for name in ("numba", "llvmlite", "numpy")]
    digest = sha256(f"{packages} {sys.implementation.cache_tag}".encode())
    for name in HOT:
        for path in sorted([*here.glob(f"{name}/*.py"), *here.glob(f"{name}.py")]):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def installed(name: str) -> str:
    """A package and its version, as the folder says that pip leaves beside it: ``importlib.metadata`` takes 20 ms to import."""
    from importlib.util import find_spec

    spec = find_spec(name)
    beside = Path(spec.origin).parent.parent.glob(f"{name}-*.dist-info") if spec and spec.origin else ()
    folders = [one.name for one in beside]
    if len(folders) == 1:
        return folders[0]
    from importlib.metadata import version

    return f"{name} {version(name)}"


def ready() -> bool:
    """Whether compiled code of these sources is on disk."""
    return (folder() / "complete").exists()


def usable() -> bool:
    """Whether it may be used here without waiting for a compiler."""
    return available() and (wanted() is True or ready())


@cache
def compiled(function: FunctionType) -> Any:
    """The compiled twin of a hot function that is called from outside, from disk if it is there."""
    return OnDisk(function) if ready() else dispatcher(function)


@cache
def dispatcher(function: FunctionType) -> Any:
    """The function as numba compiles it when it is called."""
    return jitted(function)


def keep(function: FunctionType) -> None:
    """Put a function that has been compiled and called on disk."""
    library.save(dispatcher(function), function, folder())


class OnDisk:
    """A compiled function from disk, which is compiled anew should the disk not have it after all."""

    def __init__(self, function: FunctionType) -> None:
        self.function = function
        self.found: Any = None

    def __call__(self, *arguments: Any) -> Any:
        """Call what the disk has, loaded at the first call."""
        try:
            self.found = self.found or library.load(self.function, folder())
            return self.found(*arguments)
        except library.NotLinkedError:
            self.found = dispatcher(self.function)
            return self.found(*arguments)


@cache
def callee(function: FunctionType) -> Any:
    """The compiled twin of a hot function that others call: it becomes part of theirs."""
    return jitted(function, forceinline=getattr(function, "inlined", False))


def jitted(function: FunctionType, **how: bool) -> Any:
    """Made for numba."""
    import numba

    return numba.njit(rebuilt(function), nogil=True, error_model="numpy", **how)


def rebuilt(function: FunctionType) -> FunctionType:
    """The function over globals that compiled code can use."""
    module = function.__globals__
    names = {name: twin(module[name]) for name in every_name(function) if name in module}
    found = FunctionType(
        function.__code__, {**names, "__name__": function.__module__}, function.__name__, function.__defaults__
    )
    found.__qualname__, found.__module__, found.__doc__ = function.__qualname__, function.__module__, None
    return found


def every_name(function: FunctionType) -> tuple[str, ...]:
    """The global names a function uses; ``co_names`` would hold its attributes too."""
    return tuple({code.argval for code in get_instructions(function) if code.opname == "LOAD_GLOBAL"})


def twin(value: Any) -> Any:
    """What stands for a global in compiled code."""
    if value is borrowed:
        return bare()
    if value is fetch:
        return ahead()
    if value is words.big or value is words.little:
        return load(big_endian=value is words.big)
    if isinstance(value, FunctionType) and value.__module__.startswith("tcpexplain."):
        return callee(INSTEAD.get(value, value))
    name = LOADERS.get(id(value))
    if name is not None:
        return callee(cast("FunctionType", words.ARRAY[name]))
    if isinstance(value, list):
        import numpy as np

        return np.array(value, np.int64)
    return value


@cache
def bare() -> Any:
    """``borrowed`` for compiled code, made once."""
    return compiled_borrowed()


@cache
def ahead() -> Any:
    """``fetch`` for compiled code, made once."""
    return compiled_fetch()


@cache
def load(*, big_endian: bool) -> Any:
    """``words.big`` and ``words.little`` for compiled code, made once each."""
    return compiled_load(big_endian=big_endian)


LOADERS = {id(getattr(words, name)): name for name in words.ARRAY}
"""By identity, as the ``struct`` methods they are: every module that imports one has the same object."""
