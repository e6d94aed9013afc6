"""Arrays that a hot function only borrows: compiled code need not count references to them at every call."""

from __future__ import annotations

from typing import TypeVar

Borrowed = TypeVar("Borrowed")
Function = TypeVar("Function")


def borrowed(array: Borrowed) -> Borrowed:
    """The array itself, without its owner; the caller keeps it alive."""
    return array


def inlined(function: Function) -> Function:
    """Mark a hot function as one that becomes part of its callers in compiled code.

    A call copies all it is given, of every array seven words: for a function called once per segment that is most of its time.
    """
    function.inlined = True  # type: ignore[attr-defined]
    return function


def compiled_borrowed() -> object:
    """What ``borrowed`` is in compiled code."""
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    @intrinsic
    def bare(typingctx, array):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            given = context.make_array(signature.args[0])(context, builder, arguments[0])
            bare = context.make_array(signature.return_type)(context, builder)
            cgutils.copy_struct(bare, given)
            bare.meminfo = cgutils.get_null_value(bare.meminfo.type)
            bare.parent = cgutils.get_null_value(bare.parent.type)
            return bare._getvalue()  # noqa: SLF001

        if not isinstance(array, types.Array):
            return None
        return array(array), generate

    return bare
