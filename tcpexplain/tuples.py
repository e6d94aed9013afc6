"""Named tuples as ``typing.NamedTuple`` makes them, at a tenth of what each costs when it is imported.

The standard library compiles the type of every field, which only a type checker reads, and a ``__new__`` for each class: that takes most
of a tenth of a millisecond, and some forty are imported before the first packet is read. ``__new__`` is compiled here when the first
tuple of its class is made.
"""

from __future__ import annotations

from collections import _tuplegetter  # type: ignore[attr-defined]
from functools import cache
from typing import TYPE_CHECKING, Any, cast

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NamedTuple, Self
else:

    class Tuples(type):
        """Makes a named tuple of a class body: of its annotations the fields, the rest as it is."""

        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            """Make it; one without a base is ``NamedTuple`` itself."""
            if not bases:
                return super().__new__(mcs, name, bases, body)
            names = (*body.get("__annotations__", ()),)
            defaults = {field: body[field] for field in names if field in body}
            about = {"__doc__": f"{name}({', '.join(names)})", "__slots__": (), "__new__": Compiled()}
            shown = {"_fields": names, "_field_defaults": defaults, "__match_args__": names}
            return type(name, (NamedValues,), about | shown | body | dict(zip(names, getters(len(names)), strict=True)))

    class NamedTuple(metaclass=Tuples):
        """What a class names as its base to become a named tuple."""


@cache
def getters(count: int) -> tuple[object, ...]:
    """What reads each of so many fields; all classes share them."""
    return (*getters(count - 1), _tuplegetter(count - 1, f"Alias for field number {count - 1}")) if count else ()


class Compiled:
    """``__new__`` of a class, which takes this one's place when it is first asked for: each field a parameter, with its default."""

    def __set_name__(self, owner: Any, _: str) -> None:
        self.owner = owner

    def __get__(self, _: object, __: type) -> Callable[..., object]:
        owner = self.owner
        fields = "".join(f"{name}, " for name in owner._fields)
        names = {"_made": tuple.__new__, "__builtins__": {}, "__name__": f"namedtuple_{owner.__name__}"}
        new: Any = eval(f"lambda _cls, {fields}: _made(_cls, ({fields}))", names)  # noqa: S307 (names of fields)
        new.__name__, new.__qualname__ = "__new__", f"{owner.__qualname__}.__new__"
        new.__defaults__ = (*owner._field_defaults.values(),)
        owner.__new__ = staticmethod(new)
        return cast("Callable[..., object]", new)


class NamedValues(tuple[Any, ...]):
    """What all named tuples can do."""

    __slots__ = ()
    if TYPE_CHECKING:
        _fields: tuple[str, ...]

    @classmethod
    def _make(cls, values: Iterable[object]) -> Self:
        """A tuple of as many values as there are fields."""
        made = tuple.__new__(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
        return made

    def _replace(self, /, **changes: object) -> Self:
        """The tuple with other values of some fields."""
        made = self._make(map(changes.pop, self._fields, self))
        if changes:
            raise ValueError(f"Got unexpected field names: {[*changes]!r}")
        return made

    __replace__ = _replace

    def _asdict(self) -> dict[str, object]:
        """The values by the names of their fields."""
        return dict(zip(self._fields, self, strict=True))

    def __getnewargs__(self) -> tuple[object, ...]:
        return (*self,)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"
