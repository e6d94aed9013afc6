"""What a function under translation knows: its names, their kinds, and the C that has been written so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from translator.kinds import NOTHING, ArrayOf, Constant, Group, Int, Kind, RecordOf, TupleOf, Value

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping, Sequence
    from types import FunctionType

    from translator.refused import Place


class Unit(Protocol):
    """The file that is being made: who translates the functions that this one calls (``translator.unit``)."""

    records: Mapping[str, Mapping[str, str]]

    def function(self, function: FunctionType, kinds: Sequence[Kind], place: Place, at: ast.AST) -> tuple[str, Kind]:
        """The name in C of a function for arguments of these kinds, and what it gives."""

    def table(self, values: Sequence[int]) -> str:
        """The name in C of an array of constants."""

    def tuple_of(self, count: int) -> TupleOf:
        """The kind of so many integers."""

    def lines_of(self, kind: Kind, line: int) -> int:
        """How many lines of the processor's cache, of ``line`` bytes each, an element of an array of this kind takes."""

    def site(self, where: str) -> int:
        """A number for a place where a division stands."""


class Scope:
    """The names of one function, and its lines in C."""

    def __init__(self, unit: Unit, names: Mapping[str, object], place: Place) -> None:
        self.unit, self.globals, self.place = unit, names, place
        self.kinds: dict[str, Kind] = {}
        self.declared: dict[str, Kind] = {}
        """What is to be declared at the function's top."""
        self.lines: list[str] = []
        self.depth = 1
        self.scratch = 0

    def write(self, line: str) -> None:
        """One line of C."""
        self.lines.append("    " * self.depth + line)

    def temporary(self, kind: Kind) -> str:
        """A new variable."""
        self.scratch += 1
        name = f"t{self.scratch}"
        self.declared[name] = kind
        return name

    def local(self, name: str, kind: Kind, at: ast.AST) -> str:
        """The variable of a Python name that is given a value of some kind."""
        known = self.kinds.setdefault(name, kind)
        if known != kind:
            raise self.place.refuse(at, f"{name} is {known.text} before and {kind.text} here", "use two names")
        if isinstance(kind, Constant) or kind == NOTHING:
            raise self.place.refuse(
                at, f"{name} is given nothing that C could hold", "give it a number, a record or an array"
            )
        variable = f"v_{name}"
        self.declared.setdefault(variable, kind)
        return variable

    def held(self, value: Value) -> tuple[str, Value]:
        """Write a value once: what puts it into a variable, and the variable."""
        if value.fixed:
            return "", value
        name = self.temporary(value.kind)
        return f"{name} = {value.code}", Value(value.kind, name, fixed=True)

    def in_order(self, values: Sequence[Value]) -> tuple[str, list[Value]]:
        """C does not say which operand comes first: what stands before one that may write is evaluated before it, into a variable.

        Returns
        -------
        tuple
            What is to be evaluated first, followed by a comma, or nothing; and the values as they stand then.
        """
        last = max((place for place, value in enumerate(values) if value.calls), default=0)
        first, found = [], []
        for place, value in enumerate(values):
            if place < last and not value.fixed:
                before, value = self.held(value)  # noqa: PLW2901 (the same value, kept)
                first.append(before)
            found.append(value)
        return "".join(f"{one}, " for one in first), found

    def field(self, value: Value, name: str, at: ast.AST) -> Value:
        """A field of a record or of a named tuple."""
        if isinstance(value.kind, RecordOf):
            if name not in self.unit.records[value.kind.name]:
                raise self.place.refuse(at, f"{value.kind.name} has no field {name}", "declare it with the record")
            return Value(Int(), f"((int64_t){value.code}->{name})", calls=value.calls)
        if isinstance(value.kind, Group):
            for field, kind in value.kind.fields:
                if field == name:
                    return Value(kind, f"{value.code}.{name}", fixed=value.fixed, calls=value.calls)
        if isinstance(value.kind, Constant):
            return self.constant(getattr(value.kind.value, name))
        raise self.place.refuse(at, f"{value.kind.text} has no field {name}", "take fields of records only")

    def constant(self, found: object) -> Value:
        """What a global is."""
        if isinstance(found, int) and -(1 << 63) <= found < 1 << 63:
            return Value(Int(), literal(int(found)), fixed=True)
        if isinstance(found, list | tuple) and found and all(isinstance(one, int) for one in found):
            return Value(Constant(found, self.unit.table([int(one) for one in found])), "", fixed=True)
        return Value(Constant(found), "", fixed=True)

    def element(self, array: Value, index: Value, at: ast.AST) -> Value:
        """One element of an array."""
        if not isinstance(index.kind, Int):
            raise self.place.refuse(at, "an index is no integer", "take one element at a time")
        before, (array, index) = self.in_order([array, index])
        calls = array.calls or index.calls
        if isinstance(array.kind, Constant) and array.kind.name:
            size = len(array.kind.value)  # type: ignore[arg-type]
            return Value(Int(), f"({before}{array.kind.name}[INDEX({index.code}, 1, {size})])", calls=calls)
        if not isinstance(array.kind, ArrayOf):
            raise self.place.refuse(at, "this has no elements", "take elements of arrays and of lists of constants")
        code = f"AT({array.code}, {index.code})"
        if array.kind.element in self.unit.records:
            return Value(RecordOf(array.kind.element), f"({before}&{code})", calls=calls)
        return Value(Int(), f"({before}(int64_t){code})", calls=calls)


def literal(number: int) -> str:
    """An integer as C writes it."""
    if number >= 1 << 63 or number < -(1 << 63):
        raise OverflowError(number)
    if number == -(1 << 63):
        return "INT64_MIN"
    return f"INT64_C({number})" if number >= 0 else f"(-INT64_C({-number}))"
