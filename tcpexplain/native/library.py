"""The library of hot functions beside this file: found, checked against the sources, called through ctypes.

``packaging/native.py`` makes it of the sources when the package is built, and writes beside it their hash and its own. Where they are others
(an edit, until ``make native``), or it is not whole, it is left alone: the same functions run as they are, with the same answers.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import ref

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FunctionType

FILE = {"win32": "hot.dll", "darwin": "hot.dylib"}.get(sys.platform, "hot.so")
PATH: str | os.PathLike[str] = os.path.join(os.path.dirname(__file__), FILE)
REFUSED = -1
"""What an entry point returns of arguments that do not fit each other."""

Kind = str | list[Any]
"""How an argument is passed: ``int``, ``dict`` (what native code does not use), ``Segment[]``, ``int[]``, ``byte[]``; a list of kinds for a named tuple."""


class Library:
    """A library that has been loaded.

    Parameters
    ----------
    path
        Where it is; OSError if it cannot be loaded, as it is for another system.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        import json
        from ctypes import CDLL, addressof, c_char, c_int64, string_at

        self.handle = CDLL(str(path))
        self.about = json.loads(string_at(addressof(c_char.in_dll(self.handle, "tcpexplain_about"))))
        names = self.about["records"]
        self.sizes = dict(zip(names, (c_int64 * len(names)).in_dll(self.handle, "tcpexplain_sizes"), strict=True))

    def function(self, function: FunctionType, fields: Mapping[str, tuple[str, ...]]) -> Native:
        """An entry point; ``fields``: the names of the fields of each record. KeyError if it is none."""
        return Native(self, f"{function.__module__}.{function.__qualname__}", fields)


@cache
def library() -> Library | None:
    """The library of these sources; None if there is none, or of others only."""
    from hashlib import sha256
    from pathlib import Path

    from tcpexplain.native.sources import fingerprint

    path = Path(PATH)
    try:
        made_of, itself = path.with_suffix(".sum").read_text(encoding="ascii").split()
        whole = made_of == fingerprint() and itself == sha256(path.read_bytes()).hexdigest()
        return Library(PATH) if whole else None
    except (OSError, ValueError):
        return None


def wanted() -> bool | None:
    """What ``TCPEXPLAIN_COMPILED`` says: 1 always, 0 never; None: by the size of the capture."""
    return {"0": False, "1": True}.get(os.environ.get("TCPEXPLAIN_COMPILED", ""))


def usable() -> bool:
    """Whether hot functions may run as machine code here: on numpy's arrays, if it is installed."""
    from importlib.util import find_spec

    return wanted() is not False and library() is not None and find_spec("numpy") is not None


@cache
def say_so_once() -> None:
    """On a terminal: why this takes long."""
    if wanted() is not False and sys.stderr.isatty():
        why = "compiled code is of other sources" if os.path.exists(PATH) else "compiled code is not there"
        if library() is not None:
            why = "numpy is not installed"
        sys.stderr.write(f"{why}: large captures take about 20 times as long\n")


class Native:
    """An entry point of a library, called with arrays and integers."""

    def __init__(self, library: Library, name: str, fields: Mapping[str, tuple[str, ...]]) -> None:
        from ctypes import POINTER, c_int64

        about = library.about["entries"][name]
        self.name, self.sites = name, library.about["sites"]
        self.kinds: list[str] = leaves(about["arguments"])
        self.count: int = about["results"]
        self.sizes, self.fields = library.sizes, fields
        self.function = library.handle[about["symbol"]]
        self.function.argtypes, self.function.restype = [POINTER(c_int64)] * 2, c_int64
        self.words, self.results = (
            c_int64 * sum(1 if one in SINGLE else 2 for one in self.kinds),
            c_int64 * max(self.count, 1),
        )
        self.seen: list[tuple[Callable[[], Any], tuple[int, ...]]] = []

    def __call__(self, *arguments: Any) -> Any:
        """Call it.

        Raises
        ------
        TypeError, ValueError
            If an argument is not what it takes, or lengths and bounds do not fit each other.
        ZeroDivisionError
            As Python would.
        """
        given = list(flattened(arguments))
        # Most arrays are those of the call before: what is passed of them is too.
        seen = self.seen if len(self.seen) == len(given) else [(nothing, ())] * len(given)
        now = [
            before if before[0]() is one else remembered(one, self.word(one, kind))
            for one, kind, before in zip(given, self.kinds, seen, strict=True)
        ]
        self.seen = now
        results = self.results()
        status = self.function(self.words(*[word for _, words in now for word in words]), results)
        if status:
            self.failed(status)
        return tuple(results) if self.count > 1 else results[0] if self.count else None

    def word(self, one: Any, kind: str) -> tuple[int, ...]:
        """What is passed of an argument."""
        if kind == "dict":
            return (0,)
        if kind == "int":
            return (int(one),)
        element = kind.removesuffix("[]")
        expected = self.fields.get(element)
        size = self.sizes[element] if expected else SIZES[element]
        found = one.dtype
        if found.itemsize != size or found.names != expected or not one.flags.c_contiguous or not one.flags.aligned:
            raise TypeError(f"{self.name} takes an array of {element}, {size} bytes each, not of {found}")
        return one.ctypes.data, len(one)

    def failed(self, status: int) -> NoReturn:
        """Raise what an entry point reports."""
        if status == REFUSED:
            raise ValueError(f"{self.name}: lengths or bounds of its arguments do not fit each other")
        raise ZeroDivisionError(f"{self.sites[status - 1]}: division by zero")


SINGLE = ("int", "dict")
"""Kinds that are one word; arrays are two."""
SIZES = {"int": 8, "byte": 1}
"""Bytes of an element of the arrays that hold no records."""


def nothing() -> None:
    """Stands for what has not been seen."""


def remembered(one: Any, words: tuple[int, ...]) -> tuple[Callable[[], Any], tuple[int, ...]]:
    """A weak reference to an argument, and what is passed of it."""
    return (ref(one) if hasattr(one, "nbytes") else lambda: one), words


def leaves(kinds: Sequence[Kind]) -> list[str]:
    """Kinds one after the other, those of named tuples among them."""
    return [leaf for kind in kinds for leaf in ([kind] if isinstance(kind, str) else leaves(kind))]


def flattened(arguments: Sequence[Any]) -> list[Any]:
    """Arguments one after the other, the fields of named tuples among them."""
    return [leaf for one in arguments for leaf in (flattened(one) if isinstance(one, tuple) else [one])]
