"""Records: what the loops read and write. A class declares its fields once, each with its type, its unit and where it is from.

    class Span(Record):
        begin: i8  # ns since 1970
        packets: i4 = 1

Of the declaration is made a structure of C (``ctypes``), which plain code reads by its attributes, machine code by its address, and
numpy as a column without a copy; ``FIELDS``, of which the C source has its layout; and what a type checker knows.
"""

from __future__ import annotations

from ctypes import Structure, c_int8, c_int16, c_int32, c_int64
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias

if TYPE_CHECKING:
    from _ctypes import _PyCStructType as StructureType
    from typing import Self

    import numpy as np
else:
    StructureType = type(Structure)

i1: TypeAlias = Annotated[int, "i1"]
i2: TypeAlias = Annotated[int, "i2"]
i4: TypeAlias = Annotated[int, "i4"]
i8: TypeAlias = Annotated[int, "i8"]
"""Signed integers of so many bytes. What is written to a field is cut to them, as in C: sequence numbers are compared modulo 2**32 (``wire.seqnum``)."""
INTEGERS = {"i1": c_int8, "i2": c_int16, "i4": c_int32, "i8": c_int64}

Fields: TypeAlias = tuple[tuple[str, str], ...]
"""Names and types, in the order in which they lie in memory."""


class RecordType(StructureType):
    """Makes a record of a class body."""

    def __new__(  # noqa: PYI034 (Self has no meaning in a metaclass)
        mcs, name: str, bases: tuple[type, ...], body: dict[str, Any], *, packed: bool = False, part: bool = False
    ) -> RecordType:
        """``packed``: the largest fields lie first, so that a record of them has no gaps. ``part``: only a packed record is made of it."""
        own = [(field, kind) for field, kind in body.get("__annotations__", {}).items() if kind in INTEGERS]
        defaults = {field: body.pop(field) for field, _ in own if field in body}
        fields = [pair for base in bases for pair in getattr(base, "FIELDS", ())] + own
        body["FIELDS"] = tuple(sorted(fields, key=lambda field: -int(field[1][1:])) if packed else fields)
        body["DEFAULTS"] = {
            key: value for base in bases for key, value in getattr(base, "DEFAULTS", {}).items()
        } | defaults
        body["__slots__"] = ()
        if own and not part:
            # Of what a record inherits only the fields of a part are still to be laid out.
            body["_fields_"] = [(field, INTEGERS[kind]) for field, kind in (body["FIELDS"] if packed else own)]
        return super().__new__(mcs, name, bases, body)

    def __init__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any], **how: bool) -> None:  # noqa: N805 (of a class)
        del how
        super().__init__(name, bases, body)


class Record(Structure, metaclass=RecordType):
    """Integers by their names, all 0 or what the declaration says at first."""

    FIELDS: ClassVar[Fields] = ()
    DEFAULTS: ClassVar[dict[str, int]] = {}
    """Fields that are not 0 at first."""

    def __init__(self) -> None:
        for name, value in self.DEFAULTS.items():
            setattr(self, name, value)

    def __copy__(self) -> Self:
        return type(self).from_buffer_copy(self)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self).from_buffer_copy, (bytes(self),)


@cache
def dtype(kind: type[Record]) -> np.dtype[np.void]:
    """A record's layout in numpy's arrays."""
    import numpy as np

    return np.dtype(list(kind.FIELDS), align=True)
