"""What a value may be in a hot function, and what it is in C."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """Of a value; compared by what it says."""

    @property
    def c(self) -> str:
        """The type in C."""
        raise NotImplementedError

    @property
    def text(self) -> str:
        """The annotation that says it."""
        raise NotImplementedError


@dataclass(frozen=True)
class Int(Kind):
    """A 64-bit integer; truth values are 0 and 1."""

    c = "int64_t"
    text = "int"


@dataclass(frozen=True)
class Nothing(Kind):
    """What a function without a result gives."""

    c = "void"
    text = "None"


@dataclass(frozen=True)
class Absent(Kind):
    """What only uncompiled code uses: a dictionary. It can be handed on and nothing else."""

    c = "int64_t"
    text = "dict"


@dataclass(frozen=True)
class Named(Kind):
    """A structure that has a name, in C as in Python."""

    name: str

    @property
    def c(self) -> str:
        """See ``Kind``."""
        return f"struct {self.name}"

    @property
    def text(self) -> str:
        """See ``Kind``."""
        return self.name


@dataclass(frozen=True)
class RecordOf(Named):
    """A record: a pointer to it."""

    @property
    def c(self) -> str:
        """See ``Kind``."""
        return f"{super().c} *"


@dataclass(frozen=True)
class ArrayOf(Kind):
    """An array of records, of ``int`` or of ``byte``: its address and its length."""

    element: str

    @property
    def c(self) -> str:
        """See ``Kind``."""
        return f"struct array_of_{self.element}"

    @property
    def text(self) -> str:
        """See ``Kind``."""
        return "Bytes" if self.element == "byte" else f"Array[{self.element}]"


@dataclass(frozen=True)
class TupleOf(Kind):
    """A tuple of so many integers."""

    count: int

    @property
    def c(self) -> str:
        """See ``Kind``."""
        return f"struct tuple{self.count}"

    @property
    def text(self) -> str:
        """See ``Kind``."""
        return f"tuple[{', '.join(['int'] * self.count)}]"


@dataclass(frozen=True)
class Group(Named):
    """A named tuple of values of any kind: passed by value."""

    fields: tuple[tuple[str, Kind], ...]


@dataclass(frozen=True)
class Constant(Kind):
    """A global that is known when it is translated: a function, a module, a class, or a list of integers (``name`` in C)."""

    value: object
    name: str = ""

    def __hash__(self) -> int:
        return id(self.value)


INT, NOTHING, ABSENT = Int(), Nothing(), Absent()
ELEMENTS = {"byte": "uint8_t", "int": "int64_t"}
FIELDS = {"i1": "int8_t", "i2": "int16_t", "i4": "int32_t", "i8": "int64_t"}
"""Fields of records, by numpy's letters for them."""


@dataclass(frozen=True)
class Value:
    """An expression in C.

    ``fixed``: nothing that is done before it is used can change it, and it may be written twice. ``calls``: evaluating it may write.
    """

    kind: Kind
    code: str
    fixed: bool = False
    calls: bool = False
