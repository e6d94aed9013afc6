"""Values: frozen data classes with slots, at half of what each costs when it is imported.

``@dataclass(frozen=True, slots=True)`` writes and compiles six methods for each class, and some forty classes are needed
before the first packet is read. What no class needs in words of its own is written here once: how two are compared,
hashed and shown. All else is the standard library's, so that ``replace``, ``fields`` and ``asdict`` take them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Make a class one of values, compared by its fields; one written with a method of its own (``__repr__``) keeps it."""
    made = dataclass(frozen=True, slots=True, eq=False, repr=False)(cls)
    every = fields(made)  # type: ignore[arg-type]  # what dataclass() gives is its argument's type to mypy
    compared = attrgetter(*(one.name for one in every if one.compare))
    shown = tuple(one.name for one in every if one.repr)
    for method in (equality(compared), hashing(compared), showing(shown)):
        if method.__name__ not in vars(cls):
            setattr(made, method.__name__, method)
    return made


def equality(compared: Callable[[object], object]) -> Callable[[object, object], bool]:
    """``__eq__`` of values with these fields: those of another class are others."""

    def __eq__(self: object, other: object) -> bool:  # noqa: N807
        return compared(self) == compared(other) if type(self) is type(other) else NotImplemented

    return __eq__


def hashing(compared: Callable[[object], object]) -> Callable[[object], int]:
    """``__hash__`` of values with these fields."""

    def __hash__(self: object) -> int:  # noqa: N807
        return hash(compared(self))

    return __hash__


def showing(shown: tuple[str, ...]) -> Callable[[object], str]:
    """``__repr__`` of values with these fields: ``Address(address='10.0.0.1', port=80)``."""

    def __repr__(self: object) -> str:  # noqa: N807
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    return __repr__
