"""Loads in compiled code: a word of a byte array at once, where shifting bytes together takes a dozen instructions; a record ahead."""

from __future__ import annotations

from typing import Any


def compiled_load(*, big_endian: bool) -> Any:
    """What ``words.big`` or ``words.little`` is in compiled code; the number of bytes is a constant: 2, 4 or 8."""
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.core.errors import RequireLiteralValue
    from numba.extending import intrinsic

    @intrinsic(prefer_literal=True)
    def load(typingctx, array, index, size):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
        if not isinstance(size, types.IntegerLiteral):
            raise RequireLiteralValue(size)
        bits = 8 * size.literal_value

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            bytes_ = context.make_array(signature.args[0])(context, builder, arguments[0]).data
            place = builder.bitcast(cgutils.gep_inbounds(builder, bytes_, arguments[1]), ir.IntType(bits).as_pointer())
            word = builder.load(place, align=1)
            word = builder.bswap(word) if big_endian else word
            return word if bits == 64 else builder.zext(word, ir.IntType(64))

        return types.int64(array, types.intp, size), generate

    return load


LINE = 64
"""Bytes of a line of the processor's cache."""


def compiled_fetch() -> Any:
    """What ``hot.prefetch.fetch`` is in compiled code: all lines of an element are asked for, to be read soon."""
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    @intrinsic
    def fetch(typingctx, array, index):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
        size = array.dtype.size if isinstance(array.dtype, types.Record) else array.dtype.bitwidth // 8

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
            first = context.make_array(signature.args[0])(context, builder, arguments[0]).data
            bytes_ = builder.bitcast(first, byte)
            begin = builder.mul(arguments[1], ir.Constant(arguments[1].type, size))
            kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
            function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
            for line in range(0, size, LINE):
                place = builder.gep(bytes_, [builder.add(begin, ir.Constant(begin.type, line))])
                builder.call(function, [place, word(0), word(3), word(1)])
            return context.get_dummy_value()

        return types.none(array, types.intp), generate

    return fetch
