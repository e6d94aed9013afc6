"""Records: what the loops read and write. A class declares its fields once, each with its type, its unit and where it is from.

    class Span(Record):
        begin: i8  # ns since 1970
        packets: i4 = 1

Of the declaration are made: slots of integers, for plain code; ``FIELDS``, of which numpy's arrays and the structures of C have their
layout; and what a type checker knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias

if TYPE_CHECKING:
    import numpy as np

i1: TypeAlias = Annotated[int, "i1"]
i2: TypeAlias = Annotated[int, "i2"]
i4: TypeAlias = Annotated[int, "i4"]
i8: TypeAlias = Annotated[int, "i8"]
"""Signed integers of so many bytes. Plain code does not cut a number to them: sequence numbers are compared modulo 2**32 (``wire.seqnum``)."""

Fields: TypeAlias = tuple[tuple[str, str], ...]
"""Names and types, in the order in which they lie in memory."""


class RecordType(type):
    """Makes a record of a class body."""

    def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any], *, packed: bool = False) -> RecordType:
        """``packed``: the largest fields lie first, so that a record of them has no gaps."""
        own = [
            (field, kind) for field, kind in body.get("__annotations__", {}).items() if kind in {"i1", "i2", "i4", "i8"}
        ]
        defaults = {field: body.pop(field) for field, _ in own if field in body}
        body["__slots__"] = tuple(field for field, _ in own)
        fields = [pair for base in bases for pair in getattr(base, "FIELDS", ())] + own
        body["FIELDS"] = tuple(sorted(fields, key=lambda field: -int(field[1][1:])) if packed else fields)
        body["DEFAULTS"] = {
            key: value for base in bases for key, value in getattr(base, "DEFAULTS", {}).items()
        } | defaults
        body["__init__"] = initializer(body["FIELDS"], body["DEFAULTS"])
        return super().__new__(mcs, name, bases, body)


def initializer(fields: Fields, defaults: dict[str, int]) -> Any:
    """A method that sets all fields, written for them: a tenth of the time of a loop over their names."""
    zero = "=".join(f"self.{name}" for name, _ in fields if name not in defaults)
    rest = [f"self.{name} = {value}" for name, value in defaults.items()]
    lines = [f"{zero} = 0"] * bool(zero) + rest
    space: dict[str, Any] = {}
    exec("def __init__(self):\n    " + ("\n    ".join(lines) or "pass"), space)  # noqa: S102 (the names are our own)
    return space["__init__"]


class Record(metaclass=RecordType):
    """Integers by their names, all 0 or what the declaration says at first."""

    FIELDS: ClassVar[Fields] = ()
    DEFAULTS: ClassVar[dict[str, int]] = {}
    """Fields that are not 0 at first."""


def dtype(kind: type[Record]) -> np.dtype[np.void]:
    """A record's layout in numpy's arrays."""
    import numpy as np

    return np.dtype(list(kind.FIELDS), align=True)
