"""Words of a byte array in compiled code: one load each, where shifting bytes together takes a dozen instructions."""

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
