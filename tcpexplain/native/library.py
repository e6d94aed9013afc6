"""Compiled code from disk without numba: machine code that llvmlite links, called through ctypes.

Importing numba and asking its cache costs more than half a second, which is most of what a capture of a hundred thousand
packets takes. Numba's machine code needs neither: an array goes in as its owner, parent, number of items, item size,
address, shape and stride (``numba.core.datamodel``'s ``ArrayModel``, flattened), integers as they are, results come back through a pointer.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import ref

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import FunctionType

INTEGER = "integer"
Kind = str | list[Any]
"""How an argument is passed: INTEGER, an array by its dtype (``"<i8"``, ``"|V112"``), a list of those for a named tuple."""

DONE = (0, -2)
"""What the functions return when all went well (numba.core.callconv: RETCODE_OK, RETCODE_NONE)."""

UNUSED = (
    "NRT_Free",
    "NRT_MemInfo_call_dtor",
    "NRT_adapt_ndarray_from_python",
    "numba_do_raise",
    "numba_gil_ensure",
    "numba_gil_release",
    "numba_runtime_build_excinfo_struct",
    "numba_unpickle",
)
"""What numba's own wrappers and its reference counts would call; arrays are borrowed here, and nobody calls the wrappers."""


class NotLinkedError(Exception):
    """There is no machine code on disk for this function, these arguments or this processor."""


def save(dispatcher: Any, function: FunctionType, folder: Path) -> None:
    """Write the machine code of a function that numba has compiled, and how it is called."""
    variants = []
    for number, compiled in enumerate(dispatcher.overloads.values()):
        file = f"{name_of(function)}-{number}.o"
        (folder / file).write_bytes(compiled.library.serialize_using_object_code()[2][0])
        returned = compiled.signature.return_type
        variants.append(
            {
                "file": file,
                "symbol": compiled.fndesc.llvm_func_name,
                "arguments": [kind_of(one) for one in compiled.signature.args],
                "returns": 0 if str(returned) == "none" else getattr(returned, "count", 1),
            }
        )
    (folder / f"{name_of(function)}.json").write_text(json.dumps({"processor": processor(), "variants": variants}))


def name_of(function: FunctionType) -> str:
    """What its files are called."""
    return f"{function.__module__}.{function.__qualname__}"


def kind_of(numba_type: Any) -> Kind:
    """How an argument of numba's type is passed."""
    from numba.np.numpy_support import as_dtype

    if hasattr(numba_type, "ndim"):
        return str(as_dtype(numba_type.dtype).str)
    if hasattr(numba_type, "types"):
        return [kind_of(one) for one in numba_type.types]
    return INTEGER


@cache
def processor() -> str:
    """The processor that machine code is for."""
    import llvmlite.binding as llvm

    return f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


def load(function: FunctionType, folder: Path) -> Linked:
    """The function, ready to be called; NotLinkedError if it is not on disk."""
    try:
        about = json.loads((folder / f"{name_of(function)}.json").read_text())
    except (OSError, ValueError):
        raise NotLinkedError from None
    if about["processor"] != processor():
        raise NotLinkedError
    return Linked({key_of(variant["arguments"]): Variant(folder, variant) for variant in about["variants"]})


def key_of(kinds: Sequence[Kind]) -> tuple[Any, ...]:
    """Kinds as something to look up."""
    return tuple(kind if isinstance(kind, str) else key_of(kind) for kind in kinds)


class Linked:
    """A function for some kinds of arguments."""

    def __init__(self, variants: dict[tuple[Any, ...], Variant]) -> None:
        self.variants = variants
        self.seen: list[tuple[Callable[[], Any], Any, tuple[int | None, ...]]] = []

    def __call__(self, *arguments: Any) -> Any:
        """Call it; NotLinkedError if it was not compiled for such arguments."""
        # Most arguments are those of the call before: what is passed of them is too.
        seen = self.seen
        if len(seen) == len(arguments):
            for place, one in enumerate(arguments):
                if one is not seen[place][0]():
                    seen[place] = remembered(one)
        else:
            seen = self.seen = [remembered(one) for one in arguments]
        found = self.variants.get(tuple([kind for _, kind, _ in seen]))
        if found is None:
            raise NotLinkedError
        return found([item for _, _, flat in seen for item in flat])


class Variant:
    """Machine code, linked when it is first called."""

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        self.folder, self.about = folder, about
        self.function: Callable[..., int] | None = None

    def __call__(self, flat: list[int | None]) -> Any:
        """Call it with flattened arguments; RuntimeError if it raised."""
        from ctypes import c_int64, c_void_p

        if self.function is None:
            self.function = linked((self.folder / self.about["file"]).read_bytes(), self.about["symbol"], flat)
        count = self.about["returns"]
        results, error = (c_int64 * max(count, 1))(), c_void_p()
        status = self.function(results, error, *flat)
        if status not in DONE:
            raise RuntimeError(f"{self.about['file']} ended with status {status}")
        return tuple(results) if count > 1 else results[0] if count else None


def remembered(one: Any) -> tuple[Callable[[], Any], Any, tuple[int | None, ...]]:
    """A weak reference to the argument, its type, and its flattened C arguments."""
    return ref(one) if hasattr(one, "nbytes") else lambda: one, *flattened(one)


def flattened(one: Any) -> tuple[Any, tuple[int | None, ...]]:
    """The kind of an argument, and what is passed of it."""
    if isinstance(one, int):
        return INTEGER, (one,)
    if isinstance(one, tuple):
        parts = [flattened(part) for part in one]
        return tuple(kind for kind, _ in parts), tuple(item for _, flat in parts for item in flat)
    if not one.flags.c_contiguous:
        raise NotLinkedError
    size = one.itemsize
    return one.dtype.str, (None, None, len(one), size, one.ctypes.data, len(one), size)


def linked(code: bytes, symbol: str, flat: Sequence[int | None]) -> Callable[..., int]:
    """The function in ``code``; ``flat`` is what it will be called with: None stands for a pointer."""
    from ctypes import CFUNCTYPE, c_int32, c_int64, c_void_p

    import llvmlite.binding as llvm

    engine = linker()
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    address = engine.get_function_address(symbol)
    if not address:
        raise NotLinkedError
    kinds = [c_void_p if one is None else c_int64 for one in flat]
    found: Callable[..., int] = CFUNCTYPE(c_int32, c_void_p, c_void_p, *kinds)(address)
    return found


@cache
def linker() -> Any:
    """LLVM's linker for this process; it lives as long as the process does."""
    from ctypes import c_void_p, cast, pythonapi

    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    never = cast(pythonapi.Py_FatalError, c_void_p).value
    for name in UNUSED:
        # Where numba is at work in this process these are its own, which it needs; should it come later, it replaces ours.
        if not llvm.address_of_symbol(name):
            llvm.add_symbol(name, never)
    machine = llvm.Target.from_default_triple().create_target_machine()
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
